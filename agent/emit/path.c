/* The entry of the stable ABI: programs hold call sites and arguments, and nothing of the rings. */
#include "emit.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((noinline, aligned(64))) void gl_emit_site(struct gl_site *site, const struct gl_arg *args)
{
	gl_emit(site, args, site->n_args, site->types, site->level);
}

/* The agent sleeps on that word.  A futex: a program that closes all descriptors cannot break it. */
void gl_ring_bell(struct gl_segment *s)
{
	int code = errno;

	if (__atomic_exchange_n(&s->doorbell, 0, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &s->doorbell, FUTEX_WAKE, 1, NULL, NULL, 0);
	errno = code;
}
