/*
 * Each allocation that an input makes itself fails once, from its beginning to its end: it does not start, and says so;
 * or a connection ends, as its other side sees; or it is tried again.  Nothing is lost.
 */
#include "lib/test.h"

#include "lib/scarce.h"

#include "lib/side.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* What is said by a stream, in two pieces; the second completes a message that the first has begun. */
struct piece {
	const char *p;
	size_t n;
	unsigned events;
};

static struct side s;
static struct folder place;
static uint64_t wanted;
static int stream = -1;
static bool ended;

static int connect_to(const char *name, int type)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	snprintf(u.sun_path, sizeof(u.sun_path), "%s/%s", place.path, name);
	assert_int_equal(connect(fd, (const void *)&u, sizeof(u)), 0);
	return fd;
}

static bool have_all(struct side *x)
{
	char byte;

	ended = stream >= 0 && recv(stream, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
	return ended || pipes_count(&x->ps, PIPE_EVENTS) >= wanted;
}

/* Its other side says all of it again where its connection has ended. */
static void say(const char *name, const struct piece pieces[2])
{
	for (int tries = 0; tries < 3; tries++) {
		stream = connect_to(name, SOCK_STREAM);
		ended = false;
		for (int i = 0; i < 2 && !ended; i++) {
			wanted = pipes_count(&s.ps, PIPE_EVENTS) + pieces[i].events;
			(void)!send(stream, pieces[i].p, pieces[i].n, MSG_NOSIGNAL);
			assert_true(side_run(&s, have_all));
		}
		close(stream);
		stream = -1;
		if (!ended)
			return;
		assert_true(scarce.refused);
	}
	fail_msg("its connections end without a reason");
}

static void say_datagram(const char *name, const char *text)
{
	int fd = connect_to(name, SOCK_DGRAM);

	wanted = pipes_count(&s.ps, PIPE_EVENTS) + 1;
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	assert_true(side_run(&s, have_all));
	close(fd);
}

/* Whether the input is open; else it has said why not. */
static bool opens(const char *settings, const char *plugin)
{
	bool is_open;

	scarce_go_on(plugin);
	is_open = side_try_input(&s, settings) == 0;
	if (!is_open && (!scarce.refused || !strstr(s.text, "emory")))
		fail_msg("%s: \"%s\"", plugin, s.text);
	return is_open;
}

static void closes(const char *const *messages)
{
	scarce_pause();
	side_collect_all(&s);
	for (; *messages; messages++)
		if (!strstr(s.text, *messages))
			fail_msg("\"%s\" is lost: %s", *messages, s.text);
	scarce_go_on(scarce.whose);
	side_close(&s);
	scarce_pause();
}

TEST(syslog_messages)
{
	static const struct piece pieces[2] = {{"<13>two\n<13>thr", 15, 1}, {"ee\n", 3, 1}};
	static const char *const messages[] = {"one", "two", "three", NULL};
	const char *plugin = "input_syslog.so";
	char settings[512];
	unsigned n;

	for (n = 1; scarce_runs(n, plugin); n++) {
		scarce_pause();
		folder_make(&place);
		snprintf(settings, sizeof(settings),
			"type: syslog, listen: ['unix:%s/d', 'unix-stream:%s/s'], templates: no", place.path,
			place.path);
		if (opens(settings, plugin)) {
			say_datagram("d", "<13>one");
			say("s", pieces);
			closes(messages);
		}
		scarce_pause();
		folder_remove(&place);
	}
	print_message("%u allocations\n", n - 2);
	assert_true(n > 8);
}

TEST(forward_records)
{
	static const char two[] = "\x93\xa1t\x05\x81\xa7message\xa3two\x93\xa1t\x05\x81\xa7mess";
	static const struct piece pieces[2] = {{two, sizeof(two) - 1, 1}, {"age\xa5three", 9, 1}};
	static const char *const messages[] = {"two", "three", NULL};
	const char *plugin = "input_forward.so";
	char settings[512];
	unsigned n;

	for (n = 1; scarce_runs(n, plugin); n++) {
		scarce_pause();
		folder_make(&place);
		snprintf(settings, sizeof(settings), "type: forward, listen: ['unix:%s/s'], templates: no", place.path);
		if (opens(settings, plugin)) {
			say("s", pieces);
			closes(messages);
		}
		scarce_pause();
		folder_remove(&place);
	}
	print_message("%u allocations\n", n - 2);
	assert_true(n > 8);
}

/* Without its process, which has no journal to read here. */
TEST(journald_begins_and_ends)
{
	static const char *const messages[] = {NULL};
	const char *plugin = "input_journald.so";
	char settings[512];
	unsigned n;

	for (n = 1; scarce_runs(n, plugin); n++) {
		scarce_pause();
		folder_make(&place);
		snprintf(settings, sizeof(settings), "type: journald, path: '%s', units: [a, b.service], templates: no",
			place.path);
		if (opens(settings, plugin))
			closes(messages);
		scarce_pause();
		folder_remove(&place);
	}
	print_message("%u allocations\n", n - 2);
	assert_true(n > 3);
}

TEST(emit_begins_and_ends)
{
	static const char *const messages[] = {NULL};
	const char *plugin = "input_emit.so";
	char settings[512];
	unsigned n;

	for (n = 1; scarce_runs(n, plugin); n++) {
		scarce_pause();
		folder_make(&place);
		snprintf(settings, sizeof(settings), "type: emit, socket: '%s/s', rings: ['%s/r'], templates: no",
			place.path, place.path);
		if (opens(settings, plugin))
			closes(messages);
		scarce_pause();
		folder_remove(&place);
	}
	print_message("%u allocations\n", n - 2);
	assert_true(n > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syslog_messages),
		cmocka_unit_test(forward_records),
		cmocka_unit_test(journald_begins_and_ends),
		cmocka_unit_test(emit_begins_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
