#include "hostile.h"

#include <ctype.h>

static struct bench b;

struct row {
	const char *line, *fields;
};

static void parse_rows(const struct row *rows, size_t n)
{
	bench_open(&b, GENLOG_PARSER, "syslog", "");
	for (size_t i = 0; i < n; i++)
		bench_parse(&b, rows[i].line, rows[i].fields);
	bench_close(&b);
}

TEST(time_host_program_pid_and_message)
{
	static const struct row rows[] = {
		{"Oct 11 22:14:15 mymachine su[77]: failed for lonvick",
			"timestamp=Oct 11 22:14:15 class_name=su message=failed for lonvick"
			" | { \"host\" : \"mymachine\", \"pid\" : 77 }"},
		{"Jun 14 15:16:01 combo sshd(pam_unix)[19939]: check pass; user unknown  ",
			"timestamp=Jun 14 15:16:01 class_name=sshd(pam_unix) message=check pass; user unknown"
			" | { \"host\" : \"combo\", \"pid\" : 19939 }"},
		{"Jun  4 15:16:01 combo kernel: klogd 1.4.1, log source = /proc/kmsg started.",
			"timestamp=Jun  4 15:16:01 class_name=kernel message=klogd 1.4.1, log source = /proc/kmsg "
			"started. | { \"host\" : \"combo\" }"},
		{"Jun 14 15:16:01 combo syslogd 1.4.1: restart.", "timestamp=Jun 14 15:16:01 class_name=syslogd 1.4.1 "
								  "message=restart. | { \"host\" : \"combo\" }"},
		{"Jul  7 08:06:15 combo  -- root[2421]: ROOT LOGIN ON tty2",
			"timestamp=Jul  7 08:06:15 class_name=-- root message=ROOT LOGIN ON tty2"
			" | { \"host\" : \"combo\", \"pid\" : 2421 }"},
		{"Jan  3 09:47:02 box sudo:     tim : TTY=pts/6",
			"timestamp=Jan  3 09:47:02 class_name=sudo message=    tim : TTY=pts/6"
			" | { \"host\" : \"box\" }"},
		{"Jan  3 09:47:02 box heroku[web.1]:text", "timestamp=Jan  3 09:47:02 class_name=heroku message=text"
							   " | { \"host\" : \"box\", \"pid\" : \"web.1\" }"},
		{"Jan  3 09:47:02 box postfix/smtpd[12] no colon",
			"timestamp=Jan  3 09:47:02 class_name=postfix/smtpd message=no colon"
			" | { \"host\" : \"box\", \"pid\" : 12 }"},
		{"Jan  3 09:47:02 box something without a program",
			"timestamp=Jan  3 09:47:02 message=something without a program | { \"host\" : \"box\" }"},
		{"Jan  3 09:47:02 box cron:", "timestamp=Jan  3 09:47:02 class_name=cron message="
					      " | { \"host\" : \"box\" }"},
		{"a line of something else", NULL},
		{"", NULL},
		{"<999>Oct 11 22:14:15 h p: x", NULL},
	};

	parse_rows(rows, ROWS(rows));
}

TEST(what_macos_puts_around)
{
	static const struct row rows[] = {
		{"Jul  1 09:00:55 calvisitor com.apple.xpc.launchd[1] (com.apple.xpc.launchd.domain.pid.X): Service "
		 "exited: 1",
			"timestamp=Jul  1 09:00:55 class_name=com.apple.xpc.launchd message=Service exited: 1 | "
			"{ \"host\" : \"calvisitor\", \"pid\" : 1, \"domain\" : \"com.apple.xpc.launchd.domain.pid.X\" "
			"}"},
		{"Jul  1 09:00:55 --- last message repeated 1 time ---",
			"timestamp=Jul  1 09:00:55 message=--- last message repeated 1 time ---"},
		{"Jul  1 09:00:55 mac --- last message repeated 1 time ---",
			"timestamp=Jul  1 09:00:55 message=--- last message repeated 1 time ---"
			" | { \"host\" : \"mac\" }"},
		{"Jul  1 09:00:55 box last message repeated 3 times",
			"timestamp=Jul  1 09:00:55 message=last message repeated 3 times | { \"host\" : \"box\" }"},
		{"Jul  1 09:00:55 mac sharingd[30299] <Warning>: 19:00:55.1: Scan",
			"timestamp=Jul  1 09:00:55 level=Warning class_name=sharingd message=19:00:55.1: Scan"
			" | { \"host\" : \"mac\", \"pid\" : 30299 }"},
	};

	parse_rows(rows, ROWS(rows));
}

TEST(a_priority_says_level_and_facility)
{
	static const struct row rows[] = {
		{"<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
			"timestamp=Oct 11 22:14:15 level=crit class_name=su message='su root' failed | { \"host\" : "
			"\"mymachine\", \"facility\" : \"auth\", \"severity\" : \"crit\" }"},
		{"<13>Oct 11 22:14:15 su: no host",
			"timestamp=Oct 11 22:14:15 level=notice class_name=su message=no host"
			" | { \"facility\" : \"user\", \"severity\" : \"notice\" }"},
		{"<0>text", "level=emerg message=text | { \"facility\" : \"kern\", \"severity\" : \"emerg\" }"},
		{"<191>prog[3]: text", "level=debug class_name=prog message=text"
				       " | { \"pid\" : 3, \"facility\" : \"local7\", \"severity\" : \"debug\" }"},
		{"<14>2025-12-22T10:30:45.123+01:00 h p[1]: ISO",
			"timestamp=2025-12-22T10:30:45.123+01:00 level=info class_name=p message=ISO | { \"host\" : "
			"\"h\", \"pid\" : 1, \"facility\" : \"user\", \"severity\" : \"info\" }"},
	};

	parse_rows(rows, ROWS(rows));
}

TEST(without_a_priority_the_message_may_say_its_level)
{
	static const struct row rows[] = {
		{"Oct 11 22:14:15 h sshd[1]: error: no key",
			"timestamp=Oct 11 22:14:15 level=error class_name=sshd "
			"message=error: no key | { \"host\" : \"h\", \"pid\" : 1 }"},
		{"Oct 11 22:14:15 h ERROR: disk full", "timestamp=Oct 11 22:14:15 level=ERROR message=ERROR: disk full"
						       " | { \"host\" : \"h\" }"},
		{"Oct 11 22:14:15 h p: errors: 5", "timestamp=Oct 11 22:14:15 class_name=p message=errors: 5"
						   " | { \"host\" : \"h\" }"},
	};

	parse_rows(rows, ROWS(rows));
}

TEST(times_of_other_shapes)
{
	static const struct row rows[] = {
		{"Oct 11 22:14:15 2023 h p: x", "timestamp=Oct 11 22:14:15 2023 class_name=p message=x"
						" | { \"host\" : \"h\" }"},
		{"Oct 11 2023 22:14:15 h p: x", "timestamp=Oct 11 2023 22:14:15 class_name=p message=x"
						" | { \"host\" : \"h\" }"},
		{"2023 Oct 11 22:14:15 h p: x", "timestamp=Oct 11 22:14:15 2023 class_name=p message=x"
						" | { \"host\" : \"h\" }"},
		{"Oct 11 22:14:15.678 h p: x", "timestamp=Oct 11 22:14:15.678 class_name=p message=x"
					       " | { \"host\" : \"h\" }"},
		{"2023-01-01T00:00:00.123456+00:00 h p: x",
			"timestamp=2023-01-01T00:00:00.123456+00:00 class_name=p message=x | { \"host\" : \"h\" }"},
		{"2023-01-01 00:00:00 h p[5]: x",
			"timestamp=2023-01-01 00:00:00 class_name=p message=x | { \"host\" : \"h\", \"pid\" : 5 }"},
		{"2023-01-01 00:00:00 INFO worker[5]: x", NULL},
		{"2023-01-01 00:00:00 main Foo: x", NULL},
		{"2023-01-01T00:00:00Z WARN app::x: y", NULL},
	};

	parse_rows(rows, ROWS(rows));
}

TEST(devices_and_small_systems)
{
	static const struct row rows[] = {
		{"<189>29: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: Configured from console",
			"timestamp=Mar  1 18:46:11.123 level=notice class_name=SYS message=Configured from console "
			"error_code=CONFIG_I | { \"facility\" : \"local7\", \"severity\" : \"notice\", \"sequence\" : "
			"29 }"},
		{"Mar  1 18:46:11 10.1.1.1 29: .Mar  1 18:46:10.123 UTC: %LINK-SP-3-UPDOWN: down",
			"timestamp=Mar  1 18:46:11 level=err class_name=LINK-SP message=down error_code=UPDOWN | "
			"{ \"host\" : \"10.1.1.1\", \"severity\" : \"err\", \"sequence\" : 29, \"device_time\" : "
			"\"Mar  1 18:46:10.123 UTC\" }"},
		{"%ASA-6-302013: Built", "level=info class_name=ASA message=Built error_code=302013"
					 " | { \"severity\" : \"info\" }"},
		{"2023-01-12T09:01:02.123Z In(182) vobd[2097]: text",
			"timestamp=2023-01-12T09:01:02.123Z level=info class_name=vobd message=text | { \"pid\" : "
			"2097, \"facility\" : \"local6\", \"severity\" : \"info\" }"},
		{"2023-01-12T09:01:02.123Z warning hostd[2099] [Originator@6876 sub=V] x",
			"timestamp=2023-01-12T09:01:02.123Z level=warning class_name=hostd message=[Originator@6876 "
			"sub=V] x | { \"pid\" : 2099 }"},
		{"Thu Jan  1 00:00:16 2023 daemon.info dnsmasq[123]: read",
			"timestamp=Thu Jan  1 00:00:16 2023 level=info class_name=dnsmasq message=read | { \"pid\" : "
			"123, \"facility\" : \"daemon\", \"severity\" : \"info\" }"},
		{"Jan  1 00:00:16 OpenWrt kern.warn kernel: [    0.000000] x",
			"timestamp=Jan  1 00:00:16 level=warning class_name=kernel message=[    0.000000] x | "
			"{ \"host\" : \"OpenWrt\", \"facility\" : \"kern\", \"severity\" : \"warning\" }"},
		{"Jan  1 00:00:16 <3.4> bsd p: x", "timestamp=Jan  1 00:00:16 level=warning class_name=p message=x | "
						   "{ \"host\" : \"bsd\", \"facility\" : \"daemon\", \"severity\" : "
						   "\"warning\" }"},
	};

	parse_rows(rows, ROWS(rows));
}

TEST(rfc_5424_with_its_data)
{
	static const struct row rows[] = {
		{"<165>1 2003-10-11T22:14:15.003Z host app 77 ID47 [a@1 x=\"1\" y.z=\"q\\\"\\]\\\\\"][b] "
		 "\xef\xbb\xbftext  ",
			"timestamp=2003-10-11T22:14:15.003Z level=notice class_name=app message=text | { \"host\" : "
			"\"host\", \"pid\" : 77, \"facility\" : \"local4\", \"severity\" : \"notice\", \"msgid\" : "
			"\"ID47\", \"a@1\" : { \"x\" : \"1\", \"y．z\" : \"q\\\"]\\\\\" }, \"b\" : {  } }"},
		{"<34>1 - - - - - -", "level=crit message= | { \"facility\" : \"auth\", \"severity\" : \"crit\" }"},
		{"<34>1 - h - - - - text", "level=crit message=text"
					   " | { \"host\" : \"h\", \"facility\" : \"auth\", \"severity\" : \"crit\" }"},
		{"<34>1 - h - - - [x a=\"1\" a=\"2\"][x b=\"3\"][host c=\"4\"] m",
			"level=crit message=m | { \"host\" : \"h\", \"facility\" : \"auth\", \"severity\" : \"crit\", "
			"\"x\" : { \"b\" : \"3\" }, \"sd_host\" : { \"c\" : \"4\" } }"},
		{"<34>1 - h - - - [x a=\"1\" a=\"2\"]",
			"level=crit message= | { \"host\" : \"h\", \"facility\" : \"auth\", "
			"\"severity\" : \"crit\", \"x\" : { \"a\" : \"2\" } }"},
		{"<34>1 - h - - - [x] [broken m", "level=crit message=[broken m | { \"host\" : \"h\", \"facility\" : "
						  "\"auth\", \"severity\" : \"crit\", \"x\" : {  } }"},
		{"<34>1 - h - - - [y][x a=1] m", "level=crit message=[y][x a=1] m | { \"host\" : \"h\", \"facility\" : "
						 "\"auth\", \"severity\" : \"crit\" }"},
	};

	parse_rows(rows, ROWS(rows));
}

TEST(it_knows_how_sure_it_is)
{
	static const struct {
		const char *line;
		int least, most;
	} rows[] = {
		{"<165>1 2003-10-11T22:14:15.003Z host app 77 ID47 - x", 95, 100},
		{"<34>Oct 11 22:14:15 mymachine su: x", 90, 100},
		{"Oct 11 22:14:15 mymachine su: x", 80, 95},
		{"Oct 11 22:14:15 mymachine su[5]: x", 80, 95},
		{"2023-01-01T00:00:00.123456+00:00 h p: x", 80, 95},
		{"2023-01-01T00:00:00Z h p[1]: x", 80, 95},
		{"2023-01-01T00:00:00Z h p: x", 0, 0},
		{"2023-01-01 00:00:00,123 INFO p: x", 0, 0},
		{"<html>", 0, 0},
		{"127.0.0.1 - - [22/Jan/2009:23:57:02 +0000] \"GET / HTTP/1.1\" 200 5", 0, 0},
		{"{\"a\":1}", 0, 0},
	};

	bench_open(&b, GENLOG_PARSER, "syslog", "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_line(&b, rows[i].line);
		assert_in_range(b.plug.code->looks(b.plug.state, b.rec.line, b.rec.len), rows[i].least, rows[i].most);
	}
	bench_close(&b);
}

TEST(hostile_lines_are_borne)
{
	static const char *const lines[] = {
		"<165>1 2003-10-11T22:14:15.003Z host app 77 ID47 [a@1 x=\"1\" y=\"q\\\"\"][b] text",
		"Jul  1 09:00:55 cal com.apple[1] (com.apple.x): Service",
		"<189>29: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: Configured",
		"2023-01-12T09:01:02.123Z In(182) vobd[2097]: text",
		"2023 Oct 11 22:14:15 h p: x",
	};
	static const char *const pieces[] = {"a", " ", "[", "<", ": ", "x[1]: ", "[a b=\"c\"]", " k=\"v\"", "(", "9"};

	bench_open(&b, GENLOG_PARSER, "syslog", "");
	for (size_t i = 0; i < ROWS(lines); i++)
		hostile_line(&b, lines[i], NULL);
	for (size_t i = 0; i < ROWS(pieces); i++) {
		hostile_long(&b, "", pieces[i], NULL);
		hostile_long(&b, "Jul  1 09:00:55 h ", pieces[i], NULL);
		hostile_long(&b, "<34>1 - h - - - [x", pieces[i], NULL);
		hostile_long(&b, "<34>1 - h - - - ", pieces[i], NULL);
	}
	bench_close(&b);
}

/* ── real logs with ground truth; without them nothing is tested here ── */

/* One cell of a CSV line; quotes around it are taken off, doubled ones halved. */
static char *cell(char **at)
{
	char *from = *at, *to = from, *p = from;
	bool quoted = *p == '"';

	for (p += quoted; *p; p++) {
		if (quoted && *p == '"' && *++p != '"')
			break;
		if (!quoted && *p == ',')
			break;
		*to++ = *p;
	}
	*at = *p ? p + 1 : p;
	*to = 0;
	return from;
}

static void rtrim(char *s)
{
	size_t n = strlen(s);

	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = 0;
}

static bool slot_is(enum genlog_slot s, const char *text)
{
	const struct genlog_value *v = &b.rec.slot[s];
	size_t n = b.rec.set >> s & 1 ? v->n : 0;
	const char *p = v->u.p;

	while (n && *p == ' ') {
		p++;
		n--;
	}
	return strlen(text) == n && memcmp(text, n ? p : "", n) == 0;
}

/* Line, columns of date and time, then: component, pid, content. */
static void compare(char *line, char *truth, int skip)
{
	char *component, *pid, *content;
	struct genlog_value v;

	for (int i = 0; i < skip; i++)
		cell(&truth);
	component = cell(&truth);
	pid = cell(&truth);
	content = cell(&truth);
	rtrim(content);
	bench_line(&b, line);
	assert_int_equal(b.plug.code->parse(b.plug.state, &b.rec), GENLOG_PARSED);
	if (!slot_is(GENLOG_SLOT_MESSAGE, content))
		fail_msg("message of: %s", line);
	if (skip == 5 && !slot_is(GENLOG_SLOT_CLASS_NAME, component))
		fail_msg("component of: %s", line);
	assert_true(genlog_get(&b.rec, "context.pid", &v) == (*pid != 0));
	assert_true(!*pid || (v.type == GENLOG_V_INT && v.u.i == strtol(pid, NULL, 10)));
}

static FILE *corpus_open(const char *system, const char *suffix)
{
	const char *dir = getenv("GENLOG_TEST_CORPUS");
	char path[512];

	snprintf(
		path, sizeof(path), "%s/loghub/%s/%s_2k.log%s", dir ? dir : "../shared/corpus", system, system, suffix);
	return fopen(path, "r");
}

static void against_truth(const char *system, int skip_columns)
{
	FILE *log = corpus_open(system, ""), *truth = corpus_open(system, "_structured.csv");
	static char line[4096], row[8192];
	int n = 0;

	if (!log || !truth) {
		print_message("no %s in ../shared/corpus (GENLOG_TEST_CORPUS): skipped\n", system);
		skip();
	}
	bench_open(&b, GENLOG_PARSER, "syslog", "");
	assert_non_null(fgets(row, sizeof(row), truth));
	for (; fgets(line, sizeof(line), log) && fgets(row, sizeof(row), truth); n++) {
		rtrim(line);
		compare(line, row, skip_columns);
	}
	assert_int_equal(n, 2000);
	bench_close(&b);
	fclose(log);
	fclose(truth);
}

TEST(messages_and_components_of_a_real_linux)
{
	against_truth("Linux", 5);
}

/* Its column of components holds the host. */
TEST(messages_of_a_real_sshd)
{
	against_truth("OpenSSH", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_host_program_pid_and_message),
		cmocka_unit_test(what_macos_puts_around),
		cmocka_unit_test(a_priority_says_level_and_facility),
		cmocka_unit_test(without_a_priority_the_message_may_say_its_level),
		cmocka_unit_test(times_of_other_shapes),
		cmocka_unit_test(devices_and_small_systems),
		cmocka_unit_test(rfc_5424_with_its_data),
		cmocka_unit_test(it_knows_how_sure_it_is),
		cmocka_unit_test(hostile_lines_are_borne),
		cmocka_unit_test(messages_and_components_of_a_real_linux),
		cmocka_unit_test(messages_of_a_real_sshd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
