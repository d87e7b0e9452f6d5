/*
 * Grouping accuracy on the labelled logs of GENLOG_TEST_CORPUS (default ../shared/corpus), folder loghub: the share of
 * lines whose group - the lines with the same template - is exactly the group that people made.  By id, and by the
 * text as it was when the line came.  One setting for all systems.
 */
#include <time.h>

#include "base/hash.h"

#include "agent/mine/lines.h"

#define LINES_MAX 4000
#define FIELDS_MAX 32
#define ROUNDS 200

static const char *const systems[] = {
	"Apache", "HDFS", "Hadoop", "Linux", "OpenSSH", "OpenStack", "Spark", "Zookeeper"};

struct logs {
	char *file; /* fields are unquoted in it, in place */
	size_t n;
	char *line[LINES_MAX];
	size_t len[LINES_MAX];
	uint64_t truth[LINES_MAX], id[LINES_MAX], text[LINES_MAX];
};

struct figures {
	double by_id, by_text, ns;
};

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p;
	long n;

	if (!f)
		return NULL;
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	n = ftell(f);
	rewind(f);
	p = calloc(1, (size_t)n + GENLOG_PAD);
	assert_int_equal(fread(p, 1, (size_t)n, f), n);
	fclose(f);
	return p;
}

/* One field; quotes around it and doubled ones in it go.  Returns where the next begins; `*end`: the row ends here. */
static char *csv_field(char *p, char **field, bool *end)
{
	char *to = p;
	bool quoted = *p == '"';

	*field = p;
	for (p += quoted; *p; p++) {
		if (quoted && *p == '"') {
			if (p[1] != '"') {
				quoted = false;
				continue;
			}
			p++;
		} else if (!quoted && (*p == ',' || *p == '\n')) {
			break;
		}
		if (*p != '\r' || quoted)
			*to++ = *p;
	}
	*end = *p != ',';
	p += *p != '\0';
	*to = '\0';
	return p;
}

static char *csv_row(char *p, char **field, size_t *n)
{
	bool end = false;

	for (*n = 0; !end && *n < FIELDS_MAX; ++*n)
		p = csv_field(p, &field[*n], &end);
	return p;
}

static size_t column(char **field, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(field[i], name) == 0)
			return i;
	fail_msg("no column %s", name);
	return 0;
}

static void logs_take(struct logs *l, const char *content, const char *event)
{
	size_t n = strlen(content);

	assert_true(l->n < LINES_MAX);
	l->line[l->n] = calloc(1, n + GENLOG_PAD);
	memcpy(l->line[l->n], content, n);
	l->len[l->n] = n;
	l->truth[l->n++] = hash64(event, strlen(event), 0);
}

static bool logs_open(struct logs *l, const char *system)
{
	const char *corpus = getenv("GENLOG_TEST_CORPUS");
	char path[1000], *field[FIELDS_MAX], *p;
	size_t n, content, event;

	memset(l, 0, sizeof(*l));
	snprintf(path, sizeof(path), "%s/loghub/%s/%s_2k.log_structured.csv", corpus ? corpus : "../shared/corpus",
		system, system);
	l->file = read_file(path);
	if (!l->file)
		return false;
	p = csv_row(l->file, field, &n);
	content = column(field, n, "Content");
	event = column(field, n, "EventId");
	while (*p) {
		p = csv_row(p, field, &n);
		if (n > content && n > event)
			logs_take(l, field[content], field[event]);
	}
	return true;
}

static void logs_close(struct logs *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->line[i]);
	free(l->file);
}

/* How many lines stand in a group that is the same on both sides. */
static double accuracy(const uint64_t *a, const uint64_t *b, size_t n)
{
	size_t good = 0;

	for (size_t i = 0; i < n; i++) {
		bool same = true;

		for (size_t k = 0; k < n && same; k++)
			same = (a[k] == a[i]) == (b[k] == b[i]);
		good += same;
	}
	return (double)good / (double)n;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct figures measure(struct logs *l)
{
	struct mine *m = mine_new(2048);
	struct figures f;
	struct mined d;
	double begin;

	for (size_t i = 0; i < l->n; i++) {
		assert_int_equal(mine_line(m, l->line[i], l->len[i], &d), 0);
		l->id[i] = d.id;
		l->text[i] = hash64(d.text, d.n, 0);
	}
	begin = seconds();
	for (int r = 0; r < ROUNDS; r++)
		for (size_t i = 0; i < l->n; i++)
			mine_line(m, l->line[i], l->len[i], &d);
	f.ns = (seconds() - begin) * 1e9 / ROUNDS / (double)l->n;
	f.by_id = accuracy(l->id, l->truth, l->n);
	f.by_text = accuracy(l->text, l->truth, l->n);
	mine_free(m);
	return f;
}

TEST(lines_are_grouped_as_people_group_them)
{
	static struct logs l;
	double by_id = 0, by_text = 0;

	for (size_t i = 0; i < ROWS(systems); i++) {
		struct figures f;

		if (!logs_open(&l, systems[i])) {
			print_message(
				"no labelled logs of %s: skipped; GENLOG_TEST_CORPUS names their folder\n", systems[i]);
			skip();
		}
		f = measure(&l);
		print_message("%-10s by id %.4f  by text %.4f  %4.0f ns/line\n", systems[i], f.by_id, f.by_text, f.ns);
		assert_int_equal(l.n, 2000);
		by_id += f.by_id / ROWS(systems);
		by_text += f.by_text / ROWS(systems);
		logs_close(&l);
	}
	print_message("%-10s by id %.4f  by text %.4f\n", "average", by_id, by_text);
	assert_true(by_id >= 0.96);
	assert_true(by_text >= 0.96);
}

/* A restart in the middle changes nothing. */
TEST(half_of_the_lines_saved_and_loaded_make_the_same_templates)
{
	static struct logs l;

	for (size_t i = 0; i < ROWS(systems); i++) {
		struct mine *a, *b;
		struct genlog_buf out = {0};
		struct mined x, y;

		if (!logs_open(&l, systems[i]))
			skip();
		a = mine_new(2048);
		b = mine_new(2048);
		for (size_t k = 0; k < l.n / 2; k++)
			mine_line(a, l.line[k], l.len[k], &x);
		assert_int_equal(mine_save(a, &out), 0);
		assert_int_equal(mine_load(b, out.p, out.n), 0);
		for (size_t k = 0; k < l.n; k++) {
			mine_line(a, l.line[k], l.len[k], &x);
			mine_line(b, l.line[k], l.len[k], &y);
			assert_int_equal(x.id, y.id);
			assert_int_equal(x.n, y.n);
			assert_memory_equal(x.text, y.text, x.n);
		}
		free(out.p);
		mine_free(a);
		mine_free(b);
		logs_close(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_grouped_as_people_group_them),
		cmocka_unit_test(half_of_the_lines_saved_and_loaded_make_the_same_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
