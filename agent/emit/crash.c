/*
 * The last words of a program that dies by a fault: signal, address, registers and backtrace, as a CRITICAL record.  It
 * then dies as it would have.
 */
#include "emit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_BYTES (64U << 10)
#define WAIT_MS 1000

static const struct {
	int signal;
	const char *name;
} signals[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGILL, "SIGILL"}, {SIGFPE, "SIGFPE"}, {SIGABRT, "SIGABRT"}};

#define SIGNALS (sizeof(signals) / sizeof(*signals))

static struct sigaction before[SIGNALS];
static uint32_t telling, told; /* the thread that tells; 1: it has */

static size_t index_of(int signal)
{
	size_t i = 0;

	while (i < SIGNALS && signals[i].signal != signal)
		i++;
	return i;
}

static struct gl_text registers_of(const void *context)
{
#if defined(__x86_64__)
	const ucontext_t *u = context;

	return genlog_text((const char *)u->uc_mcontext.gregs, sizeof(u->uc_mcontext.gregs));
#else
	(void)context;
	return genlog_text("", 0);
#endif
}

static struct gl_site site = {0, __LINE__, GENLOG_SEV_CRITICAL, 5, 0,
	{GL_TEXT, GL_POINTER, GL_INT, GL_TRACE, GL_REGISTERS}, "{signal} at {address}", "si_code,trace,registers",
	__FILE__, "", ""};

static void tell(int signal, const char *name, const siginfo_t *info, const void *context)
{
	struct gl_arg a[6] = {gl_arg_s(name), gl_arg_p(info->si_addr), gl_arg_i(info->si_code),
		gl_arg_trace(gl_backtrace()), gl_arg_text(registers_of(context))};
	struct gl_segment *s;

	gl_emit_site(&site, a);
	s = __atomic_load_n(&gl_process->segment, __ATOMIC_ACQUIRE);
	if (s)
		__atomic_store_n(&s->crashed, (uint32_t)signal, __ATOMIC_RELEASE);
}

/* Another thread that faults meanwhile would end the process before the first one has told. */
static void wait_until_told(void)
{
	const struct timespec t = {.tv_nsec = 1000000};

	for (int i = 0; i < WAIT_MS && !__atomic_load_n(&told, __ATOMIC_ACQUIRE); i++)
		nanosleep(&t, NULL);
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	uint32_t me = (uint32_t)syscall(SYS_gettid), teller = 0;
	size_t i = index_of(signal);
	int code = errno;

	if (i == SIGNALS)
		return;
	if (__atomic_compare_exchange_n(&telling, &teller, me, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		tell(signal, signals[i].name, info, context);
		__atomic_store_n(&told, 1, __ATOMIC_RELEASE);
	} else if (teller != me) {
		wait_until_told();
	}
	(void)sigaction(signal, &before[i], NULL);
	if (info->si_code <= 0 || signal == SIGABRT) /* sent, and not caused by an instruction that runs again */
		(void)syscall(SYS_tgkill, getpid(), me, signal);
	errno = code;
}

/* A stack that overflows leaves none for a handler; of this thread only. */
static void other_stack(void)
{
	stack_t old, s = {.ss_size = STACK_BYTES};

	if (sigaltstack(NULL, &old) < 0 || !(old.ss_flags & SS_DISABLE))
		return;
	s.ss_sp = malloc(STACK_BYTES);
	if (s.ss_sp && sigaltstack(&s, NULL) < 0)
		free(s.ss_sp);
}

/* It may have to be told out of a call that is under way, where nothing can be written down any more. */
static void write_site(void)
{
	if (!gl_enter())
		return;
	gl_lock(true);
	if (gl_thread_state.producer->segment || gl_thread_open(NULL) == 0)
		(void)gl_site_register(&site);
	gl_unlock();
	gl_leave();
}

int genlog_crash_handler(void)
{
	struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	static uint32_t installed;
	int code = errno, r = 0;

	if (__atomic_exchange_n(&installed, 1, __ATOMIC_SEQ_CST))
		return 0;     /* what was there before would be ourselves */
	(void)gl_backtrace(); /* what it loads is loaded now */
	write_site();
	other_stack();
	for (size_t i = 0; r == 0 && i < SIGNALS; i++)
		if (sigaction(signals[i].signal, &a, &before[i]) < 0)
			r = -errno;
	errno = code;
	return r;
}
