/* sd_journal_send() to a stand-in of journald, which reads and forgets. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <inttypes.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#define CALL(i)                                                                                                        \
	sd_journal_send("MESSAGE=Work order %" PRId64 " status updated to %s", (int64_t)(i), statuses[(i)&3],          \
		"PRIORITY=6", "STATION=%s", stations[(i)&1], "CYCLE_S=%g", (double)(i)*0.5, "TRACE=%s", TRACE, NULL)

static void begin_thread(void)
{
}

#include "harness.h"

static int stand_in(void)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	return fd < 0 || bind(fd, (const void *)&u, sizeof(u)) < 0 ? -1 : fd;
}

int main(void)
{
	static char sink[1 << 16];
	int fd = stand_in(), r;
	pid_t child;

	if (fd < 0)
		return 1;
	child = fork();
	while (child == 0)
		if (recv(fd, sink, sizeof(sink), 0) < 0)
			_exit(1);
	r = measure("sd_journal_send", 4000, 100000);
	kill(child, SIGKILL);
	return r;
}
