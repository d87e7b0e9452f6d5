/* The process is this program again: run with --child it tells how it finds itself. */
#include "pipe/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/config.h"
#include "lib/test.h"
#include "pipe/pipe.h"

static int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 3; /* . and .. and the folder itself */
}

/* "name folder fds=4 blocked=0 ignored=0", and then nothing until the other side is closed. */
static int as_child(char **args)
{
	sigset_t blocked;
	struct sigaction act;
	char c, text[256];

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	sigaction(SIGPIPE, NULL, &act);
	snprintf(text, sizeof(text), "%s %s fds=%d blocked=%d ignored=%d", args[0], args[1], count_fds(),
		sigismember(&blocked, SIGTERM), act.sa_handler == SIG_IGN);
	if (write(CHILD_FD, text, strlen(text)) < 0)
		return 1;
	return read(CHILD_FD, &c, 1) == 0 ? 7 : 1;
}

static ssize_t read_soon(int fd, char *p, size_t n)
{
	struct pollfd f = {fd, POLLIN, 0};

	assert_int_equal(poll(&f, 1, 5000), 1);
	return read(fd, p, n);
}

static void starts(int type)
{
	char text[256];
	int fd, status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(child_start("journald", "/some/folder", type, &fd, &pid), 0);
	n = read_soon(fd, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = 0;
	assert_string_equal(text, "journald /some/folder fds=4 blocked=0 ignored=0");
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

TEST(it_has_its_end_and_nothing_else_of_the_agent)
{
	int left_open = open("/dev/null", O_RDONLY);
	sigset_t all, old;

	signal(SIGPIPE, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	starts(SOCK_STREAM);
	starts(SOCK_SEQPACKET);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(left_open);
}

TEST(its_end_may_come_by_any_number)
{
	int taken[4];

	for (int i = 0; i < 4; i++)
		taken[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	starts(SOCK_STREAM);
	for (int i = 0; i < 4; i++) {
		close(taken[i]);
		starts(SOCK_STREAM);
	}
}

TEST(a_program_that_is_not_there_is_an_error)
{
	pid_t pid;
	int fd;

	child_program = "/none";
	assert_int_equal(child_start("journald", "/", SOCK_STREAM, &fd, &pid), -ENOENT);
	child_program = NULL;
}

TEST(a_plugin_without_a_child_has_none)
{
	static const struct genlog_plugin code = {GENLOG_HEAD, .name = "x"};
	struct genlog_input in = {.plug = {.code = &code}};
	pid_t pid;

	assert_int_equal(genlog_child(&in, SOCK_STREAM, &pid), -ENOSYS);
}

TEST(what_cannot_be_loaded_ends_at_once)
{
	char name[] = "nothing_like_it", folder[] = TEST_PLUGIN_DIR, tail[] = "tail";
	char *none[] = {NULL}, *unknown[] = {name, folder, NULL}, *childless[] = {tail, folder, NULL};

	assert_int_equal(child_main(none), 2);
	assert_int_equal(child_main(unknown), 1);
	assert_int_equal(child_main(childless), 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_its_end_and_nothing_else_of_the_agent),
		cmocka_unit_test(its_end_may_come_by_any_number),
		cmocka_unit_test(a_program_that_is_not_there_is_an_error),
		cmocka_unit_test(a_plugin_without_a_child_has_none),
		cmocka_unit_test(what_cannot_be_loaded_ends_at_once),
	};

	if (argc == 4 && strcmp(argv[1], "--child") == 0)
		return as_child(argv + 2);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
