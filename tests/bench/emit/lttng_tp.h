#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER genlog_bench
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./lttng_tp.h"
#if !defined(BENCH_LTTNG_TP_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BENCH_LTTNG_TP_H
#include <lttng/tracepoint.h>
LTTNG_UST_TRACEPOINT_EVENT(genlog_bench, order,
	LTTNG_UST_TP_ARGS(int64_t, id, const char *, status, const char *, station, double, cycle, const char *, trace),
	LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(int64_t, order_id, id) lttng_ust_field_string(status, status)
			lttng_ust_field_string(station, station) lttng_ust_field_float(double, cycle_s, cycle)
				lttng_ust_field_string(trace, trace)))
#endif
#include <lttng/tracepoint-event.h>
