#include <time.h>

#include "plugins/filter_redact.h"

/* The message behind the filter. */
static const char *redact(const char *text)
{
	static char out[65536];
	const struct genlog_value *v = &b.rec.slot[GENLOG_SLOT_MESSAGE];

	message(text);
	assert_int_equal(run(), GENLOG_KEEP);
	snprintf(out, sizeof(out), "%.*s", (int)v->n, v->u.p);
	return out;
}

struct row {
	const char *text, *out; /* NULL: nothing in it is secret */
};

static void check(const char *settings, const struct row *rows, size_t n)
{
	open_it(settings);
	for (size_t i = 0; i < n; i++) {
		const char *out = redact(rows[i].text), *want = rows[i].out ? rows[i].out : rows[i].text;

		if (strcmp(out, want) != 0)
			fail_msg("of     %s\ncame   %s\nwanted %s", rows[i].text, out, want);
	}
	bench_close(&b);
}

#define CHECK(settings, rows) check(settings, rows, ROWS(rows))

TEST(a_value_is_masked_by_its_name)
{
	static const struct row rows[] = {
		{"password=hunter2", "password=" PW},
		{"user=bob password=hunter2 host=a", "user=bob password=" PW " host=a"},
		{"Password: hunter2", "Password: " PW},
		{"DB_PASSWORD = 'hunter 2', x", "DB_PASSWORD = '" PW "', x"},
		{"spring.datasource.password=abc", "spring.datasource.password=" PW},
		{"userPassword=a userPwd=b apiKey=c", "userPassword=" PW " userPwd=" PW " apiKey=" PW},
		{"dbpassword=a new_password2=b", "dbpassword=" PW " new_password2=" PW},
		{"X-Api-Key: abc, next", "X-Api-Key: " PW ", next"},
		{"client_secret=a&grant_type=b", "client_secret=" PW "&grant_type=b"},
		{"password=a&b c", "password=" PW " c"},
		{"GET /login?user=a&pwd=b&c=d HTTP/1.1", "GET /login?user=a&pwd=" PW "&c=d HTTP/1.1"},
		{"Server=a;Uid=b;Pwd=c;Port=1", "Server=a;Uid=b;Pwd=" PW ";Port=1"},
		{"User(name=a, password=b)", "User(name=a, password=" PW ")"},
		{"{password=b, name=c}", "{password=" PW ", name=c}"},
		{"a,password=b,c=d", "a,password=" PW ",c=d"},
		{"password=b,c d", "password=" PW " d"},
		{"password=a\"b", "password=" PW},
		{"text \"password=ab\" end", "text \"password=" PW "\" end"},
		{"password => 'x y'", "password => '" PW "'"},
		{"password='un closed\nnext", "password='" PW "\nnext"},
		{"password=b'my secret'", "password=b'" PW "'"},
		{"secret==x", "secret==" PW},
		{"token:abc token: def", "token:" PW " token: " PW},
		{"access_token=abc refreshToken=def", "access_token=" PW " refreshToken=" PW},
		{"pass:\tabc", "pass:\t" PW},
		{"password=p\xc3\xa4ss end", "password=" PW " end"},
		{"HTTPToken=x", "HTTPToken=" PW},
	};

	CHECK("preset: [password]", rows);
}

TEST(json_within_text_is_read)
{
	static const struct row rows[] = {
		{"{\"user\":\"a\",\"password\":\"b c\"}", "{\"user\":\"a\",\"password\":\"" PW "\"}"},
		{"{\"password\" : \"a\\\"b\", \"x\": 1}", "{\"password\" : \"" PW "\", \"x\": 1}"},
		{"{\"password\":123,\"x\":1}", "{\"password\":" PW ",\"x\":1}"},
		{"{\"password\":null}", NULL},
		{"{\"password\":\"\"}", NULL},
		{"{\"password\":{\"a\":\"}\",\"b\":[1]},\"x\":1}", "{\"password\":" PW ",\"x\":1}"},
		{"{\\\"password\\\":\\\"b c\\\",\\\"x\\\":1}", "{\\\"password\\\":\\\"" PW "\\\",\\\"x\\\":1}"},
		{"{\\\\\\\"pwd\\\\\\\":\\\\\\\"b\\\\\\\"}", "{\\\\\\\"pwd\\\\\\\":\\\\\\\"" PW "\\\\\\\"}"},
		{"{'password': 'b', 'x': 1}", "{'password': '" PW "', 'x': 1}"},
		{"{\"password\":\"cut off", "{\"password\":\"" PW},
		{"$p[\"password\"] = \"x\"", "$p[\"password\"] = \"" PW "\""},
		{"<user><password>my secret</password></user>", "<user><password>" PW "</password></user>"},
		{"<wsse:Password Type=\"http://x#PasswordText\">my secret</wsse:Password>",
			"<wsse:Password Type=\"http://x#PasswordText\">" PW "</wsse:Password>"},
		{"<password/>text<b>", NULL},
	};

	CHECK("preset: [password]", rows);
}

TEST(names_that_only_look_like_it_are_left)
{
	static const struct row rows[] = {
		{"password for bob is wrong", NULL},
		{"bypass=1 compass: north", NULL},
		{"max_tokens=55 tokens: 7", NULL},
		{"Password::check called", NULL},
		{"password= user=bob", NULL},
		{"password: ", NULL},
		{"password=", NULL},
		{"key=value monkey=1", NULL},
		{"2025-12-22 10:30:45,123 INFO [OrderService] Work order WO_001 updated: ok", NULL},
		{"a=b&c=d", NULL},
		{"x->y => z", NULL},
		{"password=" PW " x", NULL},
		{"password='" PW "'", NULL},
	};

	CHECK("preset: [password]", rows);
}

TEST(what_only_begins_like_a_mask_is_masked)
{
	static const struct row rows[] = {
		{"password='" PW " secret'", "password='" PW "'"},
		{"password=" PW "secret", "password=" PW},
	};

	CHECK("preset: [password]", rows);
}

TEST(urls_and_command_lines_are_read)
{
	static const struct row rows[] = {
		{"mongodb://u:p@h/db", "mongodb://u:" PW "@h/db"},
		{"see postgres://u:p/w@h:5432/db?a=b now", "see postgres://u:" PW "@h:5432/db?a=b now"},
		{"amqp://u:p@ss@h", "amqp://u:" PW "@h"},
		{"http://h:8080/a@b", NULL},
		{"http://h/a:b", NULL},
		{"https://u@h/x", NULL},
		{"redis://:p@h:6379", "redis://:" PW "@h:6379"},
		{"mysql -u root --password hunter2 -h x", "mysql -u root --password " PW " -h x"},
		{"tool --db-password='a b' x", "tool --db-password='" PW "' x"},
		{"['tool', '--password', 'a b', 'x']", "['tool', '--password', '" PW "', 'x']"},
		{"tool --password --force", NULL},
		{"tool -passwd x", "tool -passwd " PW},
		{"----------", NULL},
		{"http-password x", NULL},
	};

	CHECK("preset: [password]", rows);
}

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"

TEST(tokens_are_known_by_their_shape)
{
	static const struct row rows[] = {
		{"Authorization: Bearer abc.def", "Authorization: Bearer " TOK},
		{"authorization=Basic dXNlcjpwYXNz, x", "authorization=Basic " TOK ", x"},
		{"-H 'Authorization: Bearer abc' -v", "-H 'Authorization: Bearer " TOK "' -v"},
		{"{\"Authorization\":\"Basic abc=\",\"x\":1}", "{\"Authorization\":\"Basic " TOK "\",\"x\":1}"},
		{"Authorization: Digest username=\"a\", response=\"b\"\nHost: x", "Authorization: " TOK "\nHost: x"},
		{"Authorization: abc", "Authorization: " TOK},
		{"{Authorization=[Bearer abc], Host=[x]}", "{Authorization=[Bearer " TOK "], Host=[x]}"},
		{"Cookie: a=b; c=d\nx", "Cookie: " TOK "\nx"},
		{"Set-Cookie: a=b", "Set-Cookie: " TOK},
		{"PHPSESSID=abc; x", "PHPSESSID=" TOK "; x"},
		{"got " JWT ", thanks", "got " TOK ", thanks"},
		{"got " JWT ".", "got " TOK "."},
		{"keyJabc eyJab", NULL},
		{"AKIAIOSFODNN7EXAMPLE", TOK},
		{"xAKIAIOSFODNN7EXAMPLE AKIAshort", NULL},
		{"(sk_live_abcdefghij0123)", "(" TOK ")"},
		{"ghp_0123456789abcdefghij0123", TOK},
		{"ghp_short snake_case_name disk-0123456789abcdefghijk", NULL},
		{"xoxb-123456789012-abcdef", TOK},
		{"glpat-0123456789abcdefghij", TOK},
		{"used Bearer abcDEF123 here", "used Bearer " TOK " here"},
		{"bearer authentication is missing", NULL},
		{"basic authentication", NULL},
		{"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest", TOK "\nrest"},
		{"x -----BEGIN PRIVATE KEY----- MIIE", "x " TOK},
		{"-----BEGIN PRIVATE KEY-----\nM\n-----END ", TOK},
		{"-----BEGIN CERTIFICATE-----", NULL},
	};

	CHECK("preset: [token]", rows);
}

TEST(cards_are_found)
{
	static const struct row rows[] = {
		{"card 4111111111111111 ok", "card [redacted:card] ok"},
		{"4111 1111 1111 1111", "[redacted:card]"},
		{"4111-1111-1111-1111.", "[redacted:card]."},
		{"3782 822463 10005", "[redacted:card]"},
		{"378282246310005", "[redacted:card]"},
		{"5555555555554444,2223003122003222", "[redacted:card],[redacted:card]"},
		{"6011111111111117 3530111333300000", "[redacted:card] [redacted:card]"},
		{"12 4111 1111 1111 1111", "12 [redacted:card]"},
		{"1,4111111111111111", "1,[redacted:card]"},
		{"pan4111111111111111", "pan[redacted:card]"},
		{"4111111111111112", NULL},
		{"41111111111111111111", NULL},
		{"9999999999999999", NULL},
		{"0.4111111111111111", NULL},
		{"4111111111111111abc", NULL},
		{"4111 1111-1111 1111", NULL},
		{"1766399445123 1766399445123456789", NULL},
		{"4111", NULL},
		{"4111 ", NULL},
	};

	CHECK("preset: [card]", rows);
}

TEST(last_digits_may_stay)
{
	static const struct row rows[] = {
		{"4111-1111-1111-1234 x 4111111111111111", "4111-1111-1111-1234 x [redacted:card:1111]"},
		{"4111-1111-1111-1111", "[redacted:card:1111]"},
	};

	CHECK("preset: [card], keep: 4", rows);
}

TEST(addresses_are_found)
{
	static const struct row rows[] = {
		{"from bob.b+x@example.co.uk.", "from [redacted:email]."},
		{"a@b @example.com x@localhost", NULL},
		{"from 192.168.0.17:8080", "from [redacted:ip]:8080"},
		{"10.0.0.1, 10.0.0.2.", "[redacted:ip], [redacted:ip]."},
		{"1.2.3 1.2.3.4.5 1.2.3.400 v1.2.3.4", NULL},
		{"from fe80::1%eth0 ::1 2001:db8::8a2e:370:7334,",
			"from [redacted:ip]%eth0 [redacted:ip] [redacted:ip],"},
		{"::ffff:10.0.0.1", "[redacted:ip]"},
		{"std::vector a::b 10:30:45 x: y", NULL},
		{"DE89370400440532013000", "[redacted:iban]"},
		{"to DE89 3704 0044 0532 0130 00 now", "to [redacted:iban] now"},
		{"GB82WEST12345698765432.", "[redacted:iban]."},
		{"DE88370400440532013000 XDE89370400440532013000", NULL},
	};

	CHECK("preset: [email, ip, iban]", rows);
}

TEST(own_patterns_are_masked)
{
	static const struct row rows[] = {
		{"PN-123456 and PN-654321", "[redacted:pattern] and [redacted:pattern]"},
		{"employee=17;", "employee=[redacted:pattern];"},
		{"nothing", NULL},
		{"", NULL},
	};

	CHECK("preset: [none], patterns: ['\\bPN-\\d{6}\\b', 'employee=\\K\\d+', 'q*']", rows);
}

TEST(a_text_that_a_pattern_gives_up_on_is_masked_whole)
{
	static char line[3000];

	memset(line, 'a', sizeof(line) - 1);
	open_it("preset: [none], patterns: ['^(a+)+[!?]$']");
	assert_string_equal(redact(line), "[redacted:pattern]");
	bench_close(&b);
}

TEST(a_hash_tells_equal_secrets_and_nothing_else)
{
	char first[256];

	open_it("action: hash, key: k1");
	snprintf(first, sizeof(first), "%s", redact("password=a token=a pwd=b card 4111111111111111"));
	assert_string_equal(first,
		"password=[redacted:password:b48a3d0812d5055b] token=[redacted:password:b48a3d0812d5055b] "
		"pwd=[redacted:password:bd08db8a4875782d] card [redacted:card:63935b550453c14f]");
	bench_close(&b);
}

TEST(removed_secrets_leave_nothing)
{
	static const struct row rows[] = {
		{"password=a x 4111111111111111 y", "password= x  y"},
	};

	CHECK("action: remove", rows);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What would be quadratic takes minutes at this length. */
TEST(no_text_takes_long)
{
	static const char *const rows[] = {"password:[", "token:'\n", "\\\"token\\\":\\\"", "x://a:", "x://a:1/",
		"://a:@/", "@@a.b", "1:", "4111 ", "4111-1111-", "eyJ", "a=,b=", "authorization:bearer ,", "--pass ",
		"-----BEGIN ", "-----BEGIN PRIVATE KEY", "<password>", "<", "bearer ", "password=[redacted:x]",
		"password='[redacted:x] ", "DE89 ", "AAAA", "1.1.1.1", "\\", "password=\\", ",a", "a,", "password=,"};
	static char text[1 << 16];
	const size_t n = 60000;
	int64_t start;

	open_it("preset: [all]");
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t len = strlen(rows[i]);

		for (size_t at = 0; at + len <= n; at += len)
			memcpy(text + at, rows[i], len);
		text[n] = 0;
		start = now_ns();
		redact(text);
		if (now_ns() - start > 200000000)
			fail_msg("%s: %lld us", rows[i], (long long)(now_ns() - start) / 1000);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_masked_by_its_name),
		cmocka_unit_test(json_within_text_is_read),
		cmocka_unit_test(names_that_only_look_like_it_are_left),
		cmocka_unit_test(what_only_begins_like_a_mask_is_masked),
		cmocka_unit_test(urls_and_command_lines_are_read),
		cmocka_unit_test(tokens_are_known_by_their_shape),
		cmocka_unit_test(cards_are_found),
		cmocka_unit_test(last_digits_may_stay),
		cmocka_unit_test(addresses_are_found),
		cmocka_unit_test(own_patterns_are_masked),
		cmocka_unit_test(a_text_that_a_pattern_gives_up_on_is_masked_whole),
		cmocka_unit_test(a_hash_tells_equal_secrets_and_nothing_else),
		cmocka_unit_test(removed_secrets_leave_nothing),
		cmocka_unit_test(no_text_takes_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
