/* What happens to a process: fork, clone, exec, closed descriptors. */
#include "left.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* ── fork and its kin ── */

static bool stop;

static void *log_on(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		GENLOG_INFO("busy");
	return arg;
}

static void *fork_and_log(void *arg)
{
	pid_t child;

	GENLOG_INFO("fork");
	child = fork();
	if (child == 0) {
		setenv("GENLOG_RING_DIR", "/none", 1);
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) /* which do not allow it here */
		for (int i = 0; i < 8; i++) /* one of them gets the place that this thread had */
			run(one_line, NULL);
#endif
		GENLOG_INFO("child");
		_exit(0);
	}
	MUST(end_of(child) == 0);
	return arg;
}

static void forks_among_threads(void)
{
	pthread_t t[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, log_on, NULL);
	for (int i = 0; i < 20; i++)
		run(fork_and_log, NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
}

TEST(a_fork_among_threads_that_log_does_not_hang)
{
	int status;
	const char *got = left_by(forks_among_threads, &status);

	assert_int_equal(status, 0);
	assert_int_equal(count_lines(got, "9 fork |"), 20);
	assert_null(strstr(got, "9 child |"));
	end();
}

static void *in_turn(void *arg)
{
	GENLOG_INFO("turn of {who}", (const char *)arg);
	return arg;
}

/* The child's main thread had ring 0, and there it finds another thread. */
static void child_with_threads(void)
{
	pid_t child;
	pthread_t t;

	GENLOG_INFO("parent");
	child = fork();
	if (child == 0) {
		char other[80];

		snprintf(other, sizeof(other), "%s/child", place.path);
		MUST(mkdir(other, 0700) == 0);
		setenv("GENLOG_RING_DIR", other, 1);
		MUST(pthread_create(&t, NULL, in_turn, "first") == 0);
		MUST(pthread_join(t, NULL) == 0);
		GENLOG_INFO("turn of {who}", "main");
		run(in_turn, "second");
		rings_open(&r, other);
		MUST(count_lines(rings_take(&r), "turn of") == 3);
		MUST(ring_of(&r, 0)->generation > 0);
		_exit(0);
	}
	MUST(end_of(child) == 0);
}

TEST(a_child_s_threads_have_rings_of_their_own)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	(void)child_with_threads;
	print_message("skipped: a sanitizer does not allow for threads in the child of a process with threads\n");
#else
	expect(child_with_threads, "9 parent |\n");
#endif
}

__attribute__((unused)) static void raw_clone(void)
{
	long child;

	GENLOG_INFO("parent");
	child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (child == 0) {
		setenv("GENLOG_RING_DIR", "/none", 1);
		GENLOG_INFO("child");
		_exit(0);
	}
	MUST(end_of((pid_t)child) == 0);
	GENLOG_INFO("parent again");
}

TEST(a_clone_without_handlers_does_not_write_into_its_parent_s_ring)
{
#ifdef __SANITIZE_THREAD__
	print_message("skipped: the race detector takes the clone for the same process\n");
#else
	expect(raw_clone, "9 parent |\n9 parent again |\n");
#endif
}

/* It shares the memory and not the descriptors. */
static void vforked_first(void)
{
	pid_t child = vfork();

	if (child == 0) {
		GENLOG_INFO("nowhere to go");
		_exit(0);
	}
	MUST(end_of(child) == 0);
	for (int i = 0; i < 1000; i++) /* until it is tried again */
		MUST(genlog_thread_init(NULL) == 0);
	GENLOG_INFO("parent");
}

TEST(a_vforked_child_opens_nothing_for_its_parent)
{
#ifdef __SANITIZE_THREAD__
	print_message("skipped: the race detector makes a fork of it\n");
#else
	expect(vforked_first, "9 parent |\n");
#endif
}

static void execs(void)
{
	GENLOG_INFO("before");
	execl("/bin/sh", "sh", "-c", "ls -l /proc/$$/fd | grep -q ring && exit 1; exit 0", NULL);
}

TEST(what_was_logged_before_an_exec_stays)
{
	expect(execs, "9 before |\n");
}

/* ── descriptors ── */

static void closed(void)
{
	char own[80], again[4] = "";
	int fd;

	GENLOG_INFO("a");
	for (fd = 3; fd < 64; fd++)
		close(fd);
	snprintf(own, sizeof(own), "%s/own", place.path);
	for (int i = 0; i < 8; i++) { /* what the library had is the program's now */
		fd = open(own, O_RDWR | O_CREAT, 0600);
		MUST(fd >= 3 && ftruncate(fd, 3) == 0 && pwrite(fd, "own", 3, 0) == 3);
	}
	run(one_line, NULL);
	GENLOG_INFO("b {n}", 1);
	MUST(pread(fd, again, 4, 0) == 3);
	MUST(lseek(fd, 0, SEEK_END) == 3);
}

TEST(closed_descriptors_are_not_taken_for_its_own)
{
	int status;
	const char *got = left_by(closed, &status);

	assert_int_equal(status, 0);
	if (!strstr(got, "9 a |\n9 b {n} | 1\n") || !strstr(got, "9 a thread |\n"))
		fail_msg("%s", got);
	end();
}

static void without_descriptors(void)
{
	struct rlimit none = {0, 64};

	setrlimit(RLIMIT_NOFILE, &none);
	errno = 7;
	for (int i = 0; i < 1000; i++)
		GENLOG_INFO("nowhere");
	MUST(errno == 7);
	none.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &none);
	MUST(genlog_thread_init(NULL) == 0);
	GENLOG_INFO("now");
}

TEST(without_descriptors_it_drops_and_tries_again)
{
	expect(without_descriptors, "9 now |\n");
}

static void no_folder(void)
{
	struct genlog_stats st = {.size = sizeof(st)};

	setenv("GENLOG_RING_DIR", "/proc", 1);
	GENLOG_INFO("kept in memory");
	genlog_get_stats(&st);
	MUST(st.dropped == 0 && st.rings == 1);
	setenv("GENLOG_RING_DIR", place.path, 1);
}

TEST(a_folder_that_cannot_be_written_to_leaves_memory)
{
	make_place();
	assert_int_equal(end_of(start(no_folder)), 0);
	folder_remove(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fork_among_threads_that_log_does_not_hang),
		cmocka_unit_test(a_child_s_threads_have_rings_of_their_own),
		cmocka_unit_test(a_clone_without_handlers_does_not_write_into_its_parent_s_ring),
		cmocka_unit_test(a_vforked_child_opens_nothing_for_its_parent),
		cmocka_unit_test(what_was_logged_before_an_exec_stays),
		cmocka_unit_test(closed_descriptors_are_not_taken_for_its_own),
		cmocka_unit_test(without_descriptors_it_drops_and_tries_again),
		cmocka_unit_test(a_folder_that_cannot_be_written_to_leaves_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
