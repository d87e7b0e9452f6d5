#include "lib/side.h"

#include "lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct side s;
static char folder[] = "/tmp/genlog-syslog.XXXXXX";
static size_t wanted;

static void open_syslog(const char *more)
{
	char settings[512];

	snprintf(settings, sizeof(settings), "type: syslog, listen: ['unix:%s/d', 'unix-stream:%s/s'], templates: no%s",
		folder, folder, more);
	side_open_input(&s, settings);
	side_start(&s);
}

static void close_syslog(void)
{
	side_close(&s);
}

static int peer(const char *name, int type)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);

	snprintf(u.sun_path, sizeof(u.sun_path), "%s/%s", folder, name);
	assert_int_equal(connect(fd, (const void *)&u, sizeof(u)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static bool have_all(struct side *x)
{
	return pipes_count(&x->ps, PIPE_EVENTS) >= wanted;
}

static void expect(size_t events, const char *messages)
{
	wanted = events;
	assert_true(side_run(&s, have_all));
	side_collect_all(&s);
	assert_string_equal(s.text, messages);
}

TEST(datagrams_and_streams)
{
	int d, t;

	open_syslog("");
	d = peer("d", SOCK_DGRAM);
	t = peer("s", SOCK_STREAM);
	say(d, "<13>one\n");
	say(d, "<14>two");
	expect(2, "one|two");
	say(t, "<13>three\n4 <1>x8 <14>fo");
	expect(4, "one|two|three|x");
	say(t, "ur");
	close(t);
	expect(5, "one|two|three|x|four");
	close(d);
	close_syslog();
}

TEST(more_than_one_turn_of_datagrams)
{
	int d;

	open_syslog("");
	d = peer("d", SOCK_DGRAM);
	for (wanted = 0; wanted < 400;) {
		while (send(d, "<13>x", 5, MSG_DONTWAIT) == 5)
			wanted++;
		assert_true(side_run(&s, have_all));
	}
	assert_int_equal(pipes_input_count(&s.ps, GENLOG_COUNT_RECEIVED), wanted);
	close(d);
	close_syslog();
}

static bool look_twice(struct side *x)
{
	(void)x;
	return wanted++ > 20;
}

static void block(bool on)
{
	s.in->reader->blocked = on;
	wanted = 0;
	assert_true(side_run(&s, look_twice));
}

TEST(while_the_spool_is_full_nothing_is_taken_and_nothing_is_lost)
{
	int d, t;

	open_syslog("");
	d = peer("d", SOCK_DGRAM);
	t = peer("s", SOCK_STREAM);
	block(true);
	say(d, "<13>one");
	say(d, "<13>two");
	say(t, "<13>three\n<13>four\n<13>fi");
	wanted = 0;
	assert_true(side_run(&s, look_twice));
	assert_int_equal(pipes_count(&s.ps, PIPE_EVENTS), 0);
	say(t, "ve\n");
	close(t);
	s.in->reader->blocked = false;
	s.in->plug.code->resume(s.in->plug.state);
	wanted = 5;
	assert_true(side_run(&s, have_all));
	side_collect_all(&s);
	assert_non_null(strstr(s.text, "one|two"));
	assert_non_null(strstr(s.text, "three|four"));
	assert_non_null(strstr(s.text, "five"));
	assert_int_equal(pipes_count(&s.ps, PIPE_EVENTS), 5);
	close(d);
	close_syslog();
}

TEST(what_has_come_is_taken_when_the_agent_stops)
{
	int d, t;

	open_syslog("");
	d = peer("d", SOCK_DGRAM);
	t = peer("s", SOCK_STREAM);
	wanted = 0;
	assert_true(side_run(&s, look_twice)); /* it is accepted */
	say(d, "<13>one");
	say(t, "<13>two\n<13>three");
	s.in->plug.code->stop(s.in->plug.state);
	side_collect_all(&s);
	assert_string_equal(s.text, "one|two|three");
	close(d);
	close(t);
	close_syslog();
}

TEST(a_long_message_is_cut_and_its_rest_told)
{
	char *text = malloc(20001);
	int t;

	memset(text, 'a', 20000);
	memcpy(text, "<13>", 4);
	text[20000] = 0;
	open_syslog("");
	t = peer("s", SOCK_STREAM);
	say(t, text);
	say(t, "\n<13>next\n");
	wanted = 2;
	assert_true(side_run(&s, have_all));
	side_collect_all(&s);
	assert_non_null(strstr(s.text, "|next"));
	assert_int_equal(pipes_input_count(&s.ps, GENLOG_COUNT_LINES_TRUNCATED), 1);
	assert_int_equal(pipes_count(&s.ps, PIPE_TRUNCATED), 1);
	free(text);
	close(t);
	close_syslog();
}

TEST(limits_of_connections)
{
	int t[3], n;
	char c;

	open_syslog(", max_connections: 2");
	for (n = 0; n < 3; n++)
		t[n] = peer("s", SOCK_STREAM);
	wanted = 0;
	assert_true(side_run(&s, look_twice));
	assert_int_equal(recv(t[2], &c, 1, 0), 0);
	assert_int_equal(pipes_input_count(&s.ps, GENLOG_COUNT_CONNECTIONS), 2);
	assert_int_equal(pipes_input_count(&s.ps, GENLOG_COUNT_CONNECTIONS_REFUSED), 1);
	assert_int_equal(pipes_gauge(&s.ps, GENLOG_GAUGE_CONNECTIONS), 2);
	while (n)
		close(t[--n]);
	close_syslog();
}

static bool is_refilled(struct side *x)
{
	return pipes_count(&x->ps, PIPE_EVENTS) >= 30;
}

TEST(a_stream_beyond_its_rate_waits_and_loses_nothing)
{
	int t;

	open_syslog(", rate_limit: 10, message_timeout: 100ms");
	t = peer("s", SOCK_STREAM);
	for (int i = 0; i < 30; i++)
		say(t, "<13>x\n");
	assert_true(side_run(&s, is_refilled));
	close(t);
	close_syslog();
}

static bool gap_is_told(struct side *x)
{
	return pipes_count(&x->ps, PIPE_GAPS) > 0;
}

TEST(datagrams_beyond_their_rate_are_told)
{
	int d;

	open_syslog(", rate_limit: 3");
	d = peer("d", SOCK_DGRAM);
	for (int i = 0; i < 9; i++)
		say(d, "<13>x");
	assert_true(side_run(&s, gap_is_told));
	side_collect_all(&s);
	assert_non_null(strstr(s.text, "x|x|x|gap: 6 events were lost: its sender exceeds rate_limit"));
	close(d);
	close_syslog();
}

/* ── settings ── */

static void expect_error(const char *settings, const char *words)
{
	struct config c = {0};
	char config[1024];
	struct pipes ps = {0};

	snprintf(config, sizeof(config),
		"output: {type: 'null'}\nplugin_dir: " TEST_PLUGIN_DIR "\nservice: MES\ninputs: [{type: syslog, %s}]\n",
		settings);
	config_load(&c, config);
	config_listen(&c);
	(void)pipes_build(&ps, &c.conf, false);
	config_listen(&c);
	config_said(&c, words);
	pipes_fini(&ps);
	config_end(&c);
}

TEST(settings_that_are_wrong_are_told)
{
	expect_error("listen: ['ftp://x:1']", "\"ftp://x:1\" is no address");
	expect_error("listen: ['tcp://::1:514']", "an address of IPv6 stands in brackets: [::1]:514");
	expect_error("listen: ['tcp://[::1:514']", "has no closing bracket");
	expect_error("listen: ['tcp://x:99999']", "port 99999 is above 65535");
	expect_error("listen: ['tcp://x:ssh']", "\"ssh\" is no port");
	expect_error("listen: ['unix:log']", "path begins with /");
	expect_error("listen: ['tls://:6514']", "TLS needs a certificate");
	expect_error("listen: ['tls://:6514'], tls: {cert: /none}", "\"/none\" cannot be used");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_and_streams),
		cmocka_unit_test(more_than_one_turn_of_datagrams),
		cmocka_unit_test(while_the_spool_is_full_nothing_is_taken_and_nothing_is_lost),
		cmocka_unit_test(what_has_come_is_taken_when_the_agent_stops),
		cmocka_unit_test(a_long_message_is_cut_and_its_rest_told),
		cmocka_unit_test(limits_of_connections),
		cmocka_unit_test(a_stream_beyond_its_rate_waits_and_loses_nothing),
		cmocka_unit_test(datagrams_beyond_their_rate_are_told),
		cmocka_unit_test(settings_that_are_wrong_are_told),
	};

	int failed;

	assert_non_null(mkdtemp(folder));
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
