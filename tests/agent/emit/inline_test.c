/* The path compiled into the program, against the library's: the same records. */
#define GENLOG_INLINE
#include "left.h"

#include <genlog/syslog.h>

#include <errno.h>

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

#define CALLS                                                                                                          \
	do {                                                                                                           \
		GENLOG_INFO("no argument");                                                                            \
		GENLOG_WARN("{a} {b} {c} {d}", 1, -2L, 3U, 4ULL);                                                      \
		GENLOG_ERROR("{a} {b} {c} {d}", 1.5, 2.5F, true, (char)'x');                                           \
		GENLOG_INFO("{p} {t}", (void *)&place, genlog_time(7));                                                \
		for (size_t i = 0; i < sizeof(letters); i++)                                                           \
			GENLOG_INFO_X(                                                                                 \
				"{a}", "b,c", genlog_text(letters, i), "between", genlog_text(letters + 52 - i, i));   \
		GENLOG_CRITICAL_X("16", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,  \
			14, "15", "16");                                                                               \
		GENLOG_DOC("c", "x", "y");                                                                             \
	} while (0)

static void inside(void)
{
	CALLS;
}

#undef GL_EMIT_
#define GL_EMIT_(...) gl_emit_site(&gl_site_, __VA_ARGS__)

static void outside(void)
{
	CALLS;
}

static void both(void)
{
	inside();
	outside();
}

static const struct gl_record *next(const struct gl_record *rec)
{
	return (const void *)((const uint8_t *)rec + rec->len);
}

TEST(inline_and_out_of_line_make_the_same_records)
{
	int status;
	const struct gl_record *a, *b, *all;
	uint64_t end_at;
	uint32_t n = 0;

	(void)left_by(both, &status);
	assert_int_equal(status, 0);
	all = (const void *)((const uint8_t *)r.s + r.s->rings_at);
	end_at = ring_of(&r, 0)->head;
	a = next(all); /* without the thread's */
	for (b = a; (uint64_t)((const uint8_t *)b - (const uint8_t *)all) < end_at; b = next(b))
		n++;
	assert_int_equal(n % 2, 0);
	b = a;
	for (uint32_t i = 0; i < n / 2; i++)
		b = next(b);
	for (uint32_t i = 0; i < n / 2; i++, a = next(a), b = next(b)) {
		assert_int_equal(a->len, b->len);
		assert_memory_equal(a + 1, b + 1, a->len - sizeof(*a));
	}
	end();
}

/* ── the environment ── */

static void debugging(void)
{
	GENLOG_DEBUG("on");
}

static void warnings(void)
{
	GENLOG_INFO("off");
	GENLOG_WARN("on");
}

/* It is read when the library is loaded: here, again. */
void gl_environment_take(void);

static void with_debug(void)
{
	setenv("GENLOG_LEVEL", "Debug", 1);
	gl_environment_take();
	debugging();
}

static void with_warn(void)
{
	setenv("GENLOG_LEVEL", "warn", 1);
	gl_environment_take();
	warnings();
}

TEST(the_environment_says_the_level)
{
	expect(with_debug, "5 on |\n");
	expect(with_warn, "13 on |\n");
}

/* ── syslog(3) ── */

static void old_program(void)
{
	char text[3000];

	openlog("ident", LOG_PID, LOG_DAEMON);
	errno = ENOENT;
	syslog(LOG_ERR, "cannot open %s: %m", "file");
	MUST(errno == ENOENT);
	syslog(LOG_LOCAL3 | LOG_WARNING, "with an end\n");
	syslog(LOG_DEBUG, "no %d", 1);
	setlogmask(LOG_UPTO(LOG_ERR));
	syslog(LOG_WARNING, "masked");
	setlogmask(LOG_UPTO(LOG_DEBUG));
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 0;
	closelog();
	syslog(LOG_EMERG, "%s", text + 2990);
	syslog(LOG_NOTICE, "%s", text);
}

TEST(syslog_goes_into_the_ring)
{
	int status;
	const char *got = left_by(old_program, &status);

	assert_int_equal(status, 0);
	got = strchr(got, '\n') + 1;
	assert_non_null(strstr(got, "17 {message} [ident,facility,priority] | "
				    "\"cannot open file: No such file or directory\" \"ident\" \"daemon\" 3\n"
				    "13 {message} [ident,facility,priority] | \"with an end\" \"ident\" \"local3\" 4\n"
				    "21 {message} [ident,facility,priority] | \"xxxxxxxxx\" \"\" \"daemon\" 0\n"
				    "9 {message} [ident,facility,priority] | \"xxxx"));
	assert_null(strstr(got, "masked"));
	assert_null(strstr(got, "no 1"));
	assert_int_equal(strlen(strstr(got, "\"xxxxxxxxxx") + 1), 2047 + strlen("\" \"\" \"daemon\" 5\n"));
	end();
}

/* ── options ── */

static void options(void)
{
	char dir[64];
	struct genlog_options o = {.size = sizeof(o), .app = "own name", .ring_dir = dir};
	static char longer[300];

	memset(longer, 'x', sizeof(longer) - 1);
	o.app = longer;
	MUST(genlog_init(&o) == -ENAMETOOLONG);
	o.app = "own name";
	o.ring_bytes = 65537;
	MUST(genlog_init(&o) == -EINVAL);
	o.ring_bytes = 0;
	o.level = (enum genlog_severity)99;
	MUST(genlog_init(&o) == -EINVAL);
	o.level = GENLOG_SEV_WARN;
	snprintf(dir, sizeof(dir), "%s", place.path);
	setenv("GENLOG_RING_DIR", "/none", 1);
	MUST(genlog_init(&o) == 0);
	memset(dir, 'x', sizeof(dir)); /* the caller's texts are the caller's */
	GENLOG_WARN("here");
	setenv("GENLOG_RING_DIR", place.path, 1);
}

TEST(options_are_checked_and_copied)
{
	int status;
	const char *got = left_by(options, &status);

	assert_int_equal(status, 0);
	assert_non_null(strstr(got, "13 here |\n"));
	assert_string_equal(r.s->app, "own name");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inline_and_out_of_line_make_the_same_records),
		cmocka_unit_test(the_environment_says_the_level),
		cmocka_unit_test(syslog_goes_into_the_ring),
		cmocka_unit_test(options_are_checked_and_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
