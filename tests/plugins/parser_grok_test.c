#include "hostile.h"

static struct bench b;

static void open_grok(const char *settings)
{
	bench_open(&b, GENLOG_PARSER, "grok", settings);
	if (b.opened < 0)
		fail_msg("%s", b.config.said);
}

TEST(names_become_fields)
{
	open_grok("pattern: '^%{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:level} %{WORD} %{INT:n:int} "
		  "%{NUMBER:x:float} %{NUMBER:t} %{GREEDYDATA:message}$'");
	bench_parse(&b, "2025-12-22T10:30:45,123+01:00 WARN skipped 5 1.5 7 the text",
		"timestamp=2025-12-22T10:30:45,123+01:00 level=WARN message=the text"
		" | { \"n\" : 5, \"x\" : 1.5, \"t\" : \"7\" }");
	bench_parse(&b, "something else", NULL);
	bench_close(&b);
}

TEST(names_in_brackets_and_groups_of_the_pattern_itself)
{
	open_grok("pattern: '%{IP:[client][ip]} %{WORD:[http][verb]} (?<rest>\\d+) %{DATA:$x}$'");
	bench_parse(&b, "192.0.2.1 GET 77 y",
		"message=192.0.2.1 GET 77 y ip_address=192.0.2.1 | { \"http\xef\xbc\x8everb\" : \"GET\", "
		"\"\xef\xbc\x84x\" : \"y\", \"rest\" : \"77\" }");
	bench_close(&b);
}

TEST(definitions_of_one_s_own)
{
	open_grok("definitions: ['ORDER WO_%{NUM}', 'NUM [0-9]+', 'WORD X+'], pattern: '%{ORDER:order} %{WORD:w}'");
	bench_parse(&b, "WO_12 XX", "message=WO_12 XX | { \"order\" : \"WO_12\", \"w\" : \"XX\" }");
	bench_parse(&b, "WO_12 YY", NULL);
	bench_close(&b);
}

TEST(a_field_in_two_alternatives)
{
	open_grok("pattern: '^(?:a=%{INT:v:int}|b=%{INT:v:int}) %{WORD:message}$'");
	bench_parse(&b, "a=1 x", "message=x | { \"v\" : 1 }");
	bench_parse(&b, "b=2 x", "message=x | { \"v\" : 2 }");
	bench_close(&b);
}

TEST(whole_lines_of_the_library)
{
	open_grok("pattern: '^%{COMBINEDAPACHELOG}$'");
	bench_parse(&b, "192.0.2.1 - bob [22/Jan/2009:23:57:02 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"M \\\"x\\\"\"",
		"timestamp=22/Jan/2009:23:57:02 +0000 message=192.0.2.1 - bob [22/Jan/2009:23:57:02 +0000] \"GET /a "
		"HTTP/1.1\" 200 5 \"-\" \"M \\\"x\\\"\" ip_address=192.0.2.1 | { \"ident\" : \"-\", \"auth\" : "
		"\"bob\", "
		"\"verb\" : \"GET\", \"request\" : \"/a\", \"httpversion\" : \"1.1\", \"response\" : 200, \"bytes\" : "
		"5, "
		"\"referrer\" : \"\\\"-\\\"\", \"agent\" : \"\\\"M \\\\\\\"x\\\\\\\"\\\"\" }");
	bench_close(&b);
	open_grok("pattern: '^%{SYSLOGLINE}$'");
	bench_parse(&b, "Oct 11 22:14:15 host su[77]: failed",
		"timestamp=Oct 11 22:14:15 message=failed | { "
		"\"logsource\" : \"host\", \"program\" : \"su\", \"pid\" "
		": 77 }");
	bench_close(&b);
}

/* Each name against what it is and what it is not. */
static const struct {
	const char *name, *yes, *no;
} names[] = {
	{"INT", "-5", "x"},
	{"POSINT", "12", "0"},
	{"NONNEGINT", "0", "x"},
	{"NUMBER", "+1.5", "1.5.x"},
	{"BASE10NUM", ".5", "."},
	{"BASE16NUM", "0xfF", "0xg"},
	{"BASE16FLOAT", "a.b", "g"},
	{"BOOL", "True", "2"},
	{"WORD", "ab_1", "a b"},
	{"NOTSPACE", "a/b", "a b"},
	{"SPACE", "  ", "x"},
	{"DATA", "a b", NULL},
	{"GREEDYDATA", "a b", NULL},
	{"QUOTEDSTRING", "\"a \\\" b\"", "\"a"},
	{"QS", "'x'", "x"},
	{"UUID", "123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b"},
	{"URN", "urn:isbn:045", "isbn:045"},
	{"IPV4", "192.0.2.255", "192.0.2.256"},
	{"IPV6", "2001:db8::1", "2001:db8"},
	{"IPV6", "::", ":"},
	{"IPV6", "::ffff:192.0.2.1", "a.b"},
	{"IP", "::1", "1.2.3"},
	{"HOSTNAME", "a-b.example.org", "-a"},
	{"HOST", "localhost", "a b"},
	{"IPORHOST", "192.0.2.1", "?"},
	{"HOSTPORT", "h:80", "h:"},
	{"MAC", "00:1b:44:11:3a:b7", "00:1b"},
	{"MAC", "001b.4411.3ab7", "001b.4411"},
	{"USERNAME", "bob.x", "bob x"},
	{"USER", "bob", ""},
	{"EMAILADDRESS", "a+b@c.org", "a@"},
	{"HTTPDUSER", "a@b.c", " "},
	{"UNIXPATH", "/a/b.c", "a/b"},
	{"WINPATH", "C:\\a\\b", "C:/a"},
	{"PATH", "/a", "a"},
	{"TTY", "/dev/pts/3", "/dev/null"},
	{"URIPROTO", "https", "1x"},
	{"URIHOST", "h:80", "h:x"},
	{"URIPATH", "/a/b", "a"},
	{"URIPARAM", "?a=b", "a=b"},
	{"URIPATHPARAM", "/a?b=c", "?"},
	{"URI", "https://u:p@h.org:80/a/b?c=d", "h.org/a"},
	{"MONTH", "Jan", "Foo"},
	{"MONTH", "september", "sep."},
	{"MONTHNUM", "12", "13"},
	{"MONTHNUM2", "09", "9"},
	{"MONTHDAY", "31", "32"},
	{"DAY", "Monday", "Mo"},
	{"YEAR", "2025", "20255"},
	{"HOUR", "23", "24"},
	{"MINUTE", "59", "60"},
	{"SECOND", "59.123", "61"},
	{"TIME", "10:30:45", "10-30"},
	{"DATE_US", "12/22/2025", "22/12/2025"},
	{"DATE_EU", "22.12.2025", "12.22.2025"},
	{"DATE", "12/22/25", "x"},
	{"TZ", "CEST", "x"},
	{"ISO8601_TIMEZONE", "+01:00", "01"},
	{"ISO8601_TIMESTAMP", "2025-12-22 10:30", "2025-12-22"},
	{"DATESTAMP", "12/22/2025 10:30:45", "12/22/2025"},
	{"DATESTAMP_EVENTLOG", "20251222103045", "2025"},
	{"DATESTAMP_RFC2822", "Mon, 22 Dec 2025 10:30:45 +0100", "Mon"},
	{"DATESTAMP_RFC822", "Mon Dec 22 2025 10:30:45 CET", "Mon"},
	{"DATESTAMP_OTHER", "Mon Dec 22 10:30:45 CET 2025", "Mon"},
	{"SYSLOGTIMESTAMP", "Dec  2 10:30:45", "Dec"},
	{"HTTPDATE", "22/Jan/2009:23:57:02 +0000", "22/Jan"},
	{"LOGLEVEL", "Warning", "warned"},
	{"PROG", "sshd", "a[1]"},
	{"SYSLOGHOST", "h", "h h"},
	{"SYSLOGFACILITY", "<3.4>", "<3>"},
};

TEST(every_name_knows_its_own)
{
	for (size_t i = 0; i < ROWS(names); i++) {
		char settings[128], fields[256];

		snprintf(settings, sizeof(settings), "pattern: '^(?<got>%%{%s})$'", names[i].name);
		open_grok(settings);
		bench_line(&b, names[i].yes);
		if (b.plug.code->parse(b.plug.state, &b.rec) != GENLOG_PARSED)
			fail_msg("%s is not \"%s\"", names[i].name, names[i].yes);
		snprintf(fields, sizeof(fields), "message=%s", names[i].yes);
		assert_memory_equal(bench_fields(&b), fields, strlen(fields));
		if (names[i].no) {
			bench_line(&b, names[i].no);
			if (b.plug.code->parse(b.plug.state, &b.rec) != GENLOG_NO_MATCH)
				fail_msg("%s is \"%s\"", names[i].name, names[i].no);
		}
		bench_close(&b);
	}
}

TEST(mistakes_are_said_with_their_place)
{
	static const struct {
		const char *settings, *said;
	} rows[] = {
		{"pattern: 'ab %{NUMBR:x}'",
			"column 4 of the pattern: no pattern is called \"NUMBR\"; did you mean \"NUMBER\"?"},
		{"pattern: '%{QQQQQQQQ:x}'", "no pattern is called \"QQQQQQQQ\""},
		{"pattern: '%{INT:x'", "column 1 of the pattern: no } behind"},
		{"pattern: '%{INT:x:date}'", "the type has to be int, float, bool or string, not \"date\""},
		{"pattern: '%{INT:[]}'", "that is no name of a field: \"[]\""},
		{"pattern: '%{INT}'", "the pattern has no field like %{GREEDYDATA:message}"},
		{"pattern: '%{INT:x}('", "missing closing parenthesis"},
		{"pattern: '%{A:x}', definitions: ['A %{B}', 'B %{A}']", "the definitions use each other in a circle"},
		{"pattern: '%{A:x}', definitions: ['A %{NUMBR}']",
			"column 3 of the definition: no pattern is called \"NUMBR\""},
		{"pattern: '%{A:x}', definitions: [A]", "\"A\" has to be NAME and, behind a blank, what it stands for"},
		{"pattern: '%{A:x}', definitions: ['A %{B}%{B}%{B}%{B}%{B}%{B}%{B}%{B}', 'B "
		 "%{C}%{C}%{C}%{C}%{C}%{C}%{C}%{C}', "
		 "'C %{D}%{D}%{D}%{D}%{D}%{D}%{D}%{D}', 'D %{E}%{E}%{E}%{E}%{E}%{E}%{E}%{E}', 'E %{URI}%{URI}%{URI}']",
			"the pattern becomes larger than 256 KiB"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&b, GENLOG_PARSER, "grok", rows[i].settings);
		assert_true(b.opened < 0);
		config_said(&b.config, rows[i].said);
		bench_close(&b);
	}
}

TEST(hostile_lines_are_borne)
{
	static const char *const patterns[] = {"%{COMBINEDAPACHELOG}", "%{SYSLOGLINE}", "%{URI:x}", "%{IPV6:x}",
		"%{PATH:x}", "%{EMAILADDRESS:x}", "%{HOSTPORT:x}"};
	static const char *const pieces[] = {"a", "/", ":", "0:", "a.", "\"", " ", "9"};

	for (size_t i = 0; i < ROWS(patterns); i++) {
		char settings[128];

		snprintf(settings, sizeof(settings), "pattern: '%s', timeout: 50ms", patterns[i]);
		open_grok(settings);
		hostile_line(&b, "1.2.3.4 - - [22/Jan/2009:23:57:02 +0000] \"G / H\" 200 5 \"-\" \"M\"", NULL);
		for (size_t k = 0; k < ROWS(pieces); k++)
			hostile_long(&b, "", pieces[k], NULL);
		bench_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_fields),
		cmocka_unit_test(names_in_brackets_and_groups_of_the_pattern_itself),
		cmocka_unit_test(definitions_of_one_s_own),
		cmocka_unit_test(a_field_in_two_alternatives),
		cmocka_unit_test(whole_lines_of_the_library),
		cmocka_unit_test(every_name_knows_its_own),
		cmocka_unit_test(mistakes_are_said_with_their_place),
		cmocka_unit_test(hostile_lines_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
