/* The agent's socket, and what it says of the level: a small agent here, a program that logs in a child. */
#include "left.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

static char path[108];

static int listen_here(void)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof(path), "%s/emit.sock", place.path);
	unlink(path);
	memcpy(u.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(sock, (const void *)&u, sizeof(u)), 0);
	assert_int_equal(listen(sock, 8), 0);
	setenv("GENLOG_SOCKET", path, 1);
	return sock;
}

static bool is_readable(int fd, int ms)
{
	struct pollfd f = {.fd = fd, .events = POLLIN};

	return poll(&f, 1, ms) == 1;
}

static int accept_one(int sock)
{
	assert_true(is_readable(sock, 10000));
	return accept4(sock, NULL, NULL, SOCK_CLOEXEC);
}

/* The segment's descriptor. */
static int hello_of(int peer, struct gl_hello *h)
{
	struct iovec v = {h, sizeof(*h)};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} u;
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = u.room, .msg_controllen = sizeof(u.room)};
	int fd;

	assert_true(is_readable(peer, 10000));
	assert_int_equal(recvmsg(peer, &m, MSG_CMSG_CLOEXEC), sizeof(*h));
	assert_true(h->magic == GL_HELLO && h->version == GL_VERSION);
	assert_non_null(CMSG_FIRSTHDR(&m));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void answer(int peer, uint32_t flags, uint32_t level)
{
	struct gl_answer a = {.magic = GL_ANSWER, .version = GL_VERSION, .flags = flags, .level = level};

	assert_int_equal(send(peer, &a, sizeof(a), MSG_NOSIGNAL), sizeof(a));
}

static int control[2]; /* the child says that it is so far, and goes on when it is told to */

static void meet(void)
{
	char c = 0;

	MUST(write(control[1], &c, 1) == 1 && read(control[1], &c, 1) == 1);
}

static void await_child(void)
{
	char c;

	assert_true(is_readable(control[0], 10000));
	assert_int_equal(read(control[0], &c, 1), 1);
}

static void go_on(void)
{
	assert_int_equal(write(control[0], "", 1), 1);
}

static void prepare(void)
{
	make_place();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control), 0);
}

static void finish(void)
{
	close(control[0]);
	close(control[1]);
	setenv("GENLOG_SOCKET", "/none", 1);
	folder_remove(&place);
}

static void until_level(enum genlog_severity level)
{
	for (int i = 0; genlog_get_level() != level; i++) {
		MUST(i < 100000000);
		sched_yield();
	}
}

/* ── memory, which somebody keeps ── */

static void connects(void)
{
	GENLOG_INFO("over the socket");
	until_level(GENLOG_SEV_DEBUG);
	GENLOG_DEBUG("on");
	meet();
	until_level(GENLOG_SEV_ERROR);
	GENLOG_WARN("off");
	meet();
}

TEST(a_segment_goes_over_the_socket_sealed)
{
	struct gl_hello h;
	int sock, peer, fd;
	pid_t child;

	prepare();
	sock = listen_here();
	child = start(connects);
	peer = accept_one(sock);
	fd = hello_of(peer, &h);
	answer(peer, GL_ANSWER_KEPT, GENLOG_SEV_DEBUG);
	assert_int_equal(fcntl(fd, F_GET_SEALS) & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_equal(ftruncate(fd, 0), -1);
	rings_map(&r, fd);
	assert_memory_equal(r.s->uuid, h.uuid, 16);
	await_child();
	answer(peer, GL_ANSWER_KEPT, GENLOG_SEV_ERROR); /* and again, whenever it changes */
	go_on();
	await_child();
	go_on();
	assert_int_equal(end_of(child), 0);
	assert_non_null(strstr(rings_take(&r), "\n9 over the socket |\n5 on |\n"));
	assert_int_equal(r.n, strlen(r.text));
	rings_close(&r);
	close(peer);
	close(sock);
	finish();
}

/* ── a file, where nobody keeps it ── */

static void in_a_file(void)
{
	struct genlog_stats st = {.size = sizeof(st)};

	GENLOG_INFO("in a file");
	genlog_get_stats(&st);
	MUST(!st.connected && st.in_file);
	MUST(st.refused == (genlog_get_level() == GENLOG_SEV_DEBUG)); /* the tests say both together */
	MUST(genlog_flush(0) == -ETIMEDOUT);
	meet();
}

static void finds_a_file(uint32_t flags, enum genlog_severity level)
{
	struct gl_hello h;
	int sock, peer;
	pid_t child;

	prepare();
	sock = listen_here();
	child = start(in_a_file);
	peer = accept_one(sock);
	close(hello_of(peer, &h));
	answer(peer, flags, level);
	await_child();
	rings_open(&r, place.path);
	assert_non_null(strstr(rings_take(&r), "9 in a file |\n"));
	go_on();
	assert_int_equal(end_of(child), 0);
	rings_close(&r);
	close(peer);
	close(sock);
	finish();
}

TEST(an_agent_that_keeps_nothing_finds_a_file)
{
	finds_a_file(0, GENLOG_SEV_INFO);
}

TEST(an_agent_that_refuses_is_known_to_the_program)
{
	finds_a_file(GL_ANSWER_REFUSED, GENLOG_SEV_DEBUG);
}

/* ── another agent ── */

static void reconnects(void)
{
	struct genlog_options o = {.size = sizeof(o), .ring_dir = "/none"};

	genlog_init(&o);
	GENLOG_INFO("first");
	meet();
	GENLOG_INFO("second");
	meet();
}

TEST(the_segment_is_handed_over_again)
{
	struct gl_hello a, b;
	int sock, peer;
	pid_t child;

	prepare();
	sock = listen_here();
	child = start(reconnects);
	peer = accept_one(sock);
	rings_map(&r, hello_of(peer, &a));
	answer(peer, 0, 0);
	await_child();
	assert_non_null(strstr(rings_take(&r), "9 first |\n"));
	rings_close(&r);
	close(peer);
	close(sock);
	sock = listen_here();
	go_on();
	peer = accept_one(sock);
	rings_map(&r, hello_of(peer, &b));
	assert_memory_equal(a.uuid, b.uuid, 16);
	await_child();
	assert_string_equal(rings_take(&r), "9 second |\n");
	go_on();
	assert_int_equal(end_of(child), 0);
	rings_close(&r);
	close(peer);
	close(sock);
	finish();
}

/* An agent that drops what it accepts is asked again after a while, and not at once. */
TEST(who_is_refused_does_not_knock_all_the_time)
{
	struct timespec t;
	int64_t began, now;
	unsigned n = 0;
	int sock;
	pid_t child;

	prepare();
	sock = listen_here();
	child = start(reconnects);
	close(accept_one(sock));
	await_child();
	clock_gettime(CLOCK_MONOTONIC, &t);
	began = t.tv_sec * 1000 + t.tv_nsec / 1000000;
	do {
		if (is_readable(sock, 50)) {
			close(accept_one(sock));
			n++;
		}
		clock_gettime(CLOCK_MONOTONIC, &t);
		now = t.tv_sec * 1000 + t.tv_nsec / 1000000;
	} while (now - began < 500);
	assert_in_range(n, 1, 10);
	go_on();
	await_child();
	go_on();
	assert_int_equal(end_of(child), 0);
	close(sock);
	finish();
}

/* ── the level in the segment ── */

static void hears_the_level(void)
{
	GENLOG_INFO("here");
	meet();
	until_level(GENLOG_SEV_DEBUG);
	GENLOG_DEBUG("heard");
}

TEST(the_level_in_a_file_s_segment_is_heard)
{
	pid_t child;

	prepare();
	child = start(hears_the_level);
	await_child();
	rings_open(&r, place.path);
	__atomic_store_n(&r.s->level, GENLOG_SEV_DEBUG, __ATOMIC_RELEASE);
	syscall(SYS_futex, &r.s->level, FUTEX_WAKE, 1, NULL, NULL, 0);
	go_on();
	assert_int_equal(end_of(child), 0);
	assert_non_null(strstr(rings_take(&r), "9 here |\n5 heard |\n"));
	rings_close(&r);
	finish();
}

static void fixed(void)
{
	struct genlog_options o = {.size = sizeof(o), .level = GENLOG_SEV_WARN, .level_fixed = true};

	genlog_init(&o);
	rings_open(&r, place.path);
	r.s->level = GENLOG_SEV_DEBUG;
	for (int i = 0; i < 20000; i++)
		GENLOG_ERROR("{i}", i);
	MUST(genlog_get_level() == GENLOG_SEV_WARN);
	MUST(genlog_init(&o) == -EALREADY);
}

TEST(a_fixed_level_stays)
{
	prepare();
	assert_int_equal(end_of(start(fixed)), 0);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_goes_over_the_socket_sealed),
		cmocka_unit_test(an_agent_that_keeps_nothing_finds_a_file),
		cmocka_unit_test(an_agent_that_refuses_is_known_to_the_program),
		cmocka_unit_test(the_segment_is_handed_over_again),
		cmocka_unit_test(who_is_refused_does_not_knock_all_the_time),
		cmocka_unit_test(the_level_in_a_file_s_segment_is_heard),
		cmocka_unit_test(a_fixed_level_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
