/* LTTng's tracepoints in user space, into its own shared memory. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "lttng_tp.h"

#define CALL(i)                                                                                                        \
	lttng_ust_tracepoint(                                                                                          \
		genlog_bench, order, (int64_t)(i), statuses[(i)&3], stations[(i)&1], (double)(i)*0.5, TRACE)

static void begin_thread(void)
{
}

#include "harness.h"

int main(void)
{
	pause_ns(500000000); /* until the session's daemon knows of us */
	return measure("lttng-ust", 20000, 1000000);
}
