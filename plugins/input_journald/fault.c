/*
 * A journal is mapped into memory: where it is truncated, reading it is SIGBUS, and a damaged one may lead the library
 * anywhere, or round in circles.  Then what was read is handed over, with the file that it died of, and that is all.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "reader.h"

#define STUCK_SECONDS 20 /* of computing, for one turn of one file */
#define STACK_SIZE (64 << 10)

static const struct wire_out *pending;
static int to = -1;
static volatile uint32_t about = UINT32_MAX;

static void send_all(const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t w = send(to, p, n, MSG_NOSIGNAL);

		if (w <= 0)
			return;
		p += w;
		n -= (size_t)w;
	}
}

/* Nothing but sends: the heap may be in any state. */
static void on_fault(int sig)
{
	uint8_t m[WIRE_HEAD + 5] = {WIRE_HEAD + 5 - sizeof(uint32_t), 0, 0, 0, WIRE_FAULT};
	uint32_t index = about;

	memcpy(m + WIRE_HEAD, &index, sizeof(index));
	m[WIRE_HEAD + 4] = (uint8_t)sig;
	if (pending)
		send_all(pending->b.p, pending->whole);
	send_all(m, sizeof(m));
	_exit(128 + sig);
}

void fault_open(struct reader *r)
{
	static const int signals[] = {SIGBUS, SIGSEGV, SIGABRT, SIGILL, SIGFPE, SIGVTALRM};
	struct sigaction act = {.sa_handler = on_fault, .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND)};
	stack_t stack = {.ss_sp = malloc(STACK_SIZE), .ss_size = STACK_SIZE};

	pending = &r->out;
	to = r->fd;
	if (stack.ss_sp)
		sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &act, NULL);
}

static void watch(int seconds)
{
	struct itimerval t = {.it_value = {.tv_sec = seconds}};

	setitimer(ITIMER_VIRTUAL, &t, NULL);
}

void fault_at(const struct rfile *f)
{
	about = f->index;
	watch(STUCK_SECONDS);
}

void fault_over(void)
{
	about = UINT32_MAX;
	watch(0);
}
