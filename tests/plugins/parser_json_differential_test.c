/*
 * Against another reader of JSON: Python makes random objects and says what they are; each is parsed here, printed by
 * libbson, and compared by Python, value by value.  GENLOG_SEED names another run.
 */
#include <bson/bson.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/plugin.h"
#include "lib/test.h"

#define PYTHON "/usr/bin/python3"

static const char program[] =
	"import json, random, sys\n"
	"R = random.Random(int(sys.argv[1]))\n"
	"CHARS = 'abz09 \\t\\n\"\\\\/\\x00\\x1f\\x7f\\u00e9\\u20ac\\ufffd\\U0001f600{}[]:,.$'\n"
	"def text(n): return ''.join(R.choice(CHARS) for _ in range(R.randrange(n)))\n"
	"def key(): return 'k' + ''.join(c for c in text(40) if c not in '.\\x00')\n"
	"def number():\n"
	"    k = R.randrange(6)\n"
	"    if k == 0: return R.randrange(-9, 10)\n"
	"    if k == 1: return R.randrange(-2**63, 2**63)\n"
	"    if k == 2: return R.randrange(-2**80, 2**80)\n"
	"    if k == 3: return R.random() * 10 ** R.randrange(-320, 308)\n"
	"    if k == 4: return -R.random()\n"
	"    return float(R.randrange(10**R.randrange(1, 20)))\n"
	"def value(d):\n"
	"    k = R.randrange(10 if d else 7)\n"
	"    if k < 2: return text(60)\n"
	"    if k < 4: return number()\n"
	"    if k < 7: return [True, False, None][k - 4]\n"
	"    if k < 8: return [value(d - 1) for _ in range(R.randrange(5))]\n"
	"    return {key(): value(d - 1) for _ in range(R.randrange(5))}\n"
	"def write(v):\n"
	"    s = json.dumps(v, ensure_ascii=R.random() < .5, separators=R.choice([(',', ':'), (' , ', ' : ')]))\n"
	"    return s.replace('/', '\\\\/') if R.random() < .1 else s\n"
	"def want(v):\n"
	"    if isinstance(v, list): return [want(x) for x in v]\n"
	"    if isinstance(v, dict): return {k: want(x) for k, x in v.items()}\n"
	"    if type(v) is int and not -2**63 <= v < 2**63: return str(v)\n"
	"    return v\n"
	"def same(a, b):\n"
	"    if type(a) is not type(b): return False\n"
	"    if isinstance(a, list): return len(a) == len(b) and all(map(same, a, b))\n"
	"    if isinstance(a, dict): return list(a) == list(b) and all(same(a[k], b[k]) for k in a)\n"
	"    return a == b\n"
	"n, path = int(sys.argv[2]), sys.argv[3]\n"
	"docs = [{key(): value(4) for _ in range(R.randrange(1, 12))} for _ in range(n)]\n"
	"texts = [write(d) for d in docs]\n"
	"if sys.argv[4] == 'make':\n"
	"    open(path, 'w', encoding='utf-8', newline='\\n').write('\\n'.join(texts) + '\\n')\n"
	"    sys.exit(0)\n"
	"got = open(path, encoding='utf-8', newline='\\n').read().split('\\n')\n"
	"for i, d in enumerate(docs):\n"
	"    have = json.loads(got[i], strict=False)\n"
	"    if not same(want(d), have):\n"
	"        sys.exit('line %d: %s\\nbecame %s' % (i + 1, texts[i], got[i]))\n";

static void python(const char *script, const char *path, const char *what)
{
	const char *seed = getenv("GENLOG_SEED");
	const char *const argv[] = {PYTHON, script, seed ? seed : "17", "3000", path, what, NULL};
	int status = -1;
	pid_t pid;

	assert_int_equal(posix_spawn(&pid, PYTHON, NULL, NULL, (char *const *)(uintptr_t)argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("python %s", what);
}

/* Doubles with all their digits: libbson's own printing is exact, but for infinities, which are no JSON. */
static void print_context(const struct genlog_record *rec, FILE *out)
{
	int32_t n = (int32_t)rec->context.n + 5;
	uint8_t *doc = calloc(1, (size_t)n);
	bson_t bson;
	char *json;

	memcpy(doc, &n, 4);
	memcpy(doc + 4, rec->context.p, rec->context.n);
	assert_true(bson_init_static(&bson, doc, (size_t)n));
	json = bson_as_relaxed_extended_json(&bson, NULL);
	assert_non_null(json);
	fprintf(out, "%s\n", json);
	bson_free(json);
	free(doc);
}

static void parse_all(struct bench *b, FILE *in, FILE *out)
{
	static char line[sizeof(b->line)];
	int n = 0;

	while (fgets(line, sizeof(line) - GENLOG_PAD, in)) {
		line[strcspn(line, "\n")] = 0;
		bench_line(b, line);
		if (b->plug.code->parse(b->plug.state, &b->rec) != GENLOG_PARSED)
			fail_msg("%s: %s", b->rec.parse_error, line);
		assert_int_equal(b->rec.set, 0);
		print_context(&b->rec, out);
		n++;
	}
	assert_int_equal(n, 3000);
}

TEST(what_python_reads_we_read)
{
	struct folder f;
	struct bench *b = calloc(1, sizeof(*b));
	FILE *in, *out;

	if (access(PYTHON, X_OK) < 0) {
		print_message("there is no " PYTHON "\n");
		free(b);
		skip();
	}
	folder_make(&f);
	folder_write(&f, "differ.py", program);
	python(folder_path(&f, "differ.py"), folder_path(&f, "in"), "make");
	bench_open(b, GENLOG_PARSER, "json", "");
	in = fopen(folder_path(&f, "in"), "r");
	out = fopen(folder_path(&f, "out"), "w");
	assert_true(in && out);
	parse_all(b, in, out);
	fclose(in);
	fclose(out);
	python(folder_path(&f, "differ.py"), folder_path(&f, "out"), "compare");
	bench_close(b);
	free(b);
	folder_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_python_reads_we_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
