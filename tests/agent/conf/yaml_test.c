/* The tree, rendered as one line, and what is said of files that are none. */
#include <errno.h>

#include "conf/parts.h"
#include "lib/test.h"

struct reader {
	struct conf conf;
	struct conf_node *root;
	int result;
	char said[4096];
};

static void read_bytes(struct reader *r, const char *text, size_t n)
{
	struct conf_file *f = conf_file_add(&r->conf, "f.yaml");
	FILE *said = fmemopen(r->said, sizeof(r->said) - 1, "w");

	assert_non_null(f);
	f->text = text;
	f->len = n;
	r->result = conf_yaml(&r->conf, f, &r->root);
	conf_errors_print(&r->conf, said);
	fclose(said);
}

static size_t render(const struct conf_node *n, char *to, size_t size)
{
	size_t used = 0;

	if (n->kind == CONF_SCALAR)
		return (size_t)snprintf(to, size, "%s%s", n->text, n->plain ? "" : "'");
	used += (size_t)snprintf(to, size, n->kind == CONF_MAP ? "{" : "[");
	for (const struct conf_node *i = n->first; i; i = i->next) {
		if (i->key)
			used += (size_t)snprintf(to + used, size - used, "%s: ", i->key);
		used += render(i, to + used, size - used);
		used += (size_t)snprintf(to + used, size - used, i->next ? ", " : "");
	}
	return used + (size_t)snprintf(to + used, size - used, n->kind == CONF_MAP ? "}" : "]");
}

TEST(block_and_flow_style_give_the_same_tree)
{
	static const struct {
		const char *text, *tree;
	} rows[] = {
		{"a: 1\nb: [x, 'y']\nc:\n  d: {e: f}\n", "{a: 1, b: [x, y'], c: {d: {e: f}}}"},
		{"{a: 1, b: [x, 'y'], c: {d: {e: f}}}", "{a: 1, b: [x, y'], c: {d: {e: f}}}"},
		{"- a\n- b: 1\n  c: 2\n-\n", "[a, {b: 1, c: 2}, ]"},
		{"a: |\n  one\n  two\nb: >\n  three\n  four\n", "{a: one\ntwo\n', b: three four\n'}"},
		{"# nothing but this\n---\na: 1\n...\n", "{a: 1}"},
		{"\xef\xbb\xbf"
		 "a: 1\n",
			"{a: 1}"},
		{"a: &x {k: v}\nb: *x\nc: [*x, *x]\n", "{a: {k: v}, b: {k: v}, c: [{k: v}, {k: v}]}"},
		{"a: &x 1\nb: &x 2\nc: *x\n", "{a: 1, b: 2, c: 2}"},
		{"a: !!str 5\nb: ! x\n", "{a: 5', b: x}"},
		{"\"\\u00e4\": ä\n", "{ä: ä}"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct reader r = {0};
		char tree[512];

		read_bytes(&r, rows[i].text, strlen(rows[i].text));
		if (r.result < 0)
			fail_msg("%s\n%s", rows[i].text, r.said);
		render(r.root, tree, sizeof(tree));
		assert_string_equal(tree, rows[i].tree);
		conf_fini(&r.conf);
	}
}

TEST(every_node_knows_its_place)
{
	static const char text[] = "a: 1\nbb:\n  - x\n  - {kä: v, l: w}\n";
	struct reader r = {0};
	const struct conf_node *bb;

	read_bytes(&r, text, strlen(text));
	bb = conf_get(r.root, "bb");
	assert_int_equal(bb->key_pos.line * 100 + bb->key_pos.col, 201);
	assert_int_equal(bb->first->pos.line * 100 + bb->first->pos.col, 305);
	assert_int_equal(bb->first->next->first->key_pos.col, 6);
	assert_int_equal(bb->first->next->first->next->key_pos.col, 13);
	assert_int_equal(conf_where(r.root, "bb", 1).line, 4);
	assert_int_equal(conf_where(r.root, "bb", -1).line, 3);
	assert_int_equal(conf_where(r.root, "bb", 9).line, 3);
	assert_int_equal(conf_where(r.root, "zz", -1).line, 1);
	assert_int_equal(conf_where(NULL, "zz", -1).line, 0);
	assert_string_equal(conf_text(r.root, "a"), "1");
	assert_null(conf_text(r.root, "bb"));
	conf_fini(&r.conf);
}

TEST(an_empty_file_has_no_tree)
{
	static const char *const texts[] = {"", "# only words\n", "---\n"};

	for (size_t i = 0; i < ROWS(texts); i++) {
		struct reader r = {0};

		read_bytes(&r, texts[i], strlen(texts[i]));
		assert_int_equal(r.result, 0);
		assert_true(!r.root || conf_is_null(r.root));
		conf_fini(&r.conf);
	}
}

TEST(what_is_wrong_is_said_with_its_place)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: \"a\" is set twice; first in line 1\n    3 | a: 3\n      | ^\n"},
		{"a:\n\t- x\n", "f.yaml:2:1: a tab cannot indent in YAML; use spaces\n"},
		{"a: [1, 2\nb: 3\n", "f.yaml:2:2: did not find expected ',' or ']', while parsing a flow sequence that "
				     "begins in line 1\n"},
		{"a: 'x\n", "f.yaml:2:1: found unexpected end of stream, while scanning a quoted scalar that begins in "
			    "line 1\n"},
		{"a: *x\n", "f.yaml:1:4: no anchor \"&x\" stands before this alias\n"},
		{"a: &x [*x]\n", "f.yaml:1:8: no anchor \"&x\" stands before this alias\n"},
		{"b: &x {y: 1}\na:\n  <<: *x\n",
			"f.yaml:3:3: merge keys (<<) are not supported; write the settings out\n"},
		{"a: !python/object x\n", "f.yaml:1:4: unknown tag \"!python/object\"; there is only !file\n"},
		{"a: !file [x]\n", "f.yaml:1:4: !file wants a path\n"},
		{"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document in one file\n"},
		{"? [a]\n: b\n", "f.yaml:1:3: a key has to be a text\n"},
		{"a: \"x\\0y\"\n", "f.yaml:1:4: a NUL byte cannot stand in a text\n"},
		{"\"x\\0y\": a\n", "f.yaml:1:1: a NUL byte cannot stand in a key\n"},
		{"a: 1\nb: \xff\n", "f.yaml:2:4: invalid leading UTF-8 octet\n"},
		{"a: 1\nb: \x01\n", "f.yaml:2:4: control characters are not allowed\n"},
		{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
			"f.yaml:1:33: nested more than 32 deep\n"},
		{"\xff\xfe"
		 "a\0:\0",
			"f.yaml:1:1: invalid leading UTF-8 octet\n"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct reader r = {0};

		read_bytes(&r, rows[i].text, strlen(rows[i].text));
		assert_int_equal(r.result, -EINVAL);
		if (strncmp(r.said, rows[i].said, strlen(rows[i].said)) != 0)
			fail_msg("%s\nexpected: %s\nsaid:     %s", rows[i].text, rows[i].said, r.said);
		conf_fini(&r.conf);
	}
}

TEST(several_mistakes_of_one_file_are_all_said)
{
	static const char text[] = "a: !x 1\nb: 1\nb: 2\n<<: 3\n";
	struct reader r = {0};

	read_bytes(&r, text, strlen(text));
	assert_int_equal(r.conf.n_errors, 3);
	assert_non_null(r.root);
	conf_fini(&r.conf);
}

TEST(aliases_that_multiply_are_stopped)
{
	char text[4096];
	size_t n = (size_t)snprintf(text, sizeof(text), "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	struct reader r = {0};

	for (int i = 1; i < 10; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1,
			i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	read_bytes(&r, text, n);
	assert_int_equal(r.result, -EINVAL);
	assert_non_null(strstr(r.said, "aliases counted each time"));
	conf_fini(&r.conf);
}

TEST(a_map_has_a_limit_of_keys)
{
	size_t size = 32768, n = 0;
	char *text = malloc(size);
	struct reader r = {0};

	assert_non_null(text);
	for (int i = 0; i < 1100; i++)
		n += (size_t)snprintf(text + n, size - n, "k%d: 1\n", i);
	read_bytes(&r, text, n);
	assert_int_equal(r.result, -EINVAL);
	assert_non_null(strstr(r.said, "more than 1024 settings"));
	conf_fini(&r.conf);
	free(text);
}

TEST(every_allocation_may_fail)
{
	static const char text[] = "a: &x {b: [1, 'two', \"${HOME:-x}\"], c: !y z}\nd: *x\na: 2\n";
	int r = -ENOMEM;

	for (size_t n = 1; r == -ENOMEM; n++) {
		struct conf c = {.arena.fail_at = n};
		struct conf_file f = {.path = "f.yaml", .text = text, .len = strlen(text)};
		struct conf_node *root = NULL;

		r = conf_yaml(&c, &f, &root);
		assert_true(r == -ENOMEM || (r == -EINVAL && n > 20));
		conf_fini(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(block_and_flow_style_give_the_same_tree),
		cmocka_unit_test(every_node_knows_its_place),
		cmocka_unit_test(an_empty_file_has_no_tree),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(several_mistakes_of_one_file_are_all_said),
		cmocka_unit_test(aliases_that_multiply_are_stopped),
		cmocka_unit_test(a_map_has_a_limit_of_keys),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
