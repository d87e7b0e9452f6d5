/*
 * The path of a call, from arguments to a record in the ring.  In the library, and with GENLOG_INLINE in the program.
 *
 * Why a record is whole or not there: the thread that owns the ring writes behind `head`, where no reader looks, and
 * then stores `head` with release order.  A reader that loads that value (acquire) sees all that was stored before it.
 * The kernel keeps the memory when the program dies between any two instructions.  `head` only changes here and in the
 * slow path, both under `busy`; a signal handler that finds it set writes elsewhere.
 */
#ifndef GENLOG_PATH_H
#define GENLOG_PATH_H

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
extern __thread struct gl_thread_state gl_thread_state __attribute__((tls_model("initial-exec")));
extern const int gl_layout_1; /* of this header: with a library of another one the program does not link */
/* 1: there is room now, go on; 0: it is done, or dropped and counted. */
int gl_slow(struct gl_site *site, const struct gl_arg *args, uint64_t need, uint64_t time);
void gl_nested(struct gl_site *site, const struct gl_arg *args, uint64_t time); /* a call within a call */
void gl_emit_recorder(struct gl_site *site, const struct gl_arg *args, uint64_t need, uint64_t time);
void gl_ring_bell(struct gl_segment *segment);
uint64_t gl_clock_now(void); /* of the clocks that are a call */
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef GENLOG_LIBRARY
static const int *const gl_layout_used __attribute__((used, unused)) = &gl_layout_1;
#endif

#define GL_LIKELY(x) __builtin_expect(!!(x), 1)
#define GL_FENCE() __asm__ volatile("" ::: "memory") /* for signal handlers of this thread */

GL_INLINE uint64_t gl_now(void)
{
#if defined(__x86_64__)
	if (GL_LIKELY(__atomic_load_n(&gl_common.clock, __ATOMIC_RELAXED) == GL_CLOCK_TSC))
		return __rdtsc();
#endif
	return gl_clock_now();
}

/* Short texts without a call: two overlapping moves cover each length from 4 to 64. */
GL_INLINE void gl_copy(uint8_t *w, const char *p, size_t n)
{
	if (n > 64) {
		memcpy(w, p, n);
	} else if (n > 32) {
		memcpy(w, p, 32);
		memcpy(w + n - 32, p + n - 32, 32);
	} else if (n >= 16) {
		memcpy(w, p, 16);
		memcpy(w + n - 16, p + n - 16, 16);
	} else if (n >= 8) {
		memcpy(w, p, 8);
		memcpy(w + n - 8, p + n - 8, 8);
	} else if (n >= 4) {
		memcpy(w, p, 4);
		memcpy(w + n - 4, p + n - 4, 4);
	} else if (n) {
		w[0] = (uint8_t)p[0];
		w[n >> 1] = (uint8_t)p[n >> 1];
		w[n - 1] = (uint8_t)p[n - 1];
	}
}

/*
 * In a program the number of arguments is known where a call stands, and loops over them become straight code.  The
 * library's own copy is for any number: unrolled it would be ten times as large, and cold where a call is rare.
 */
#ifndef GL_UNROLL
#define GL_UNROLL _Pragma("GCC unroll 16")
#endif

GL_INLINE uint64_t gl_need(const struct gl_arg *a, uint32_t n, const uint8_t *types)
{
	uint64_t need = sizeof(struct gl_record) + 8 * (uint64_t)n;

	GL_UNROLL
	for (uint32_t i = 0; i < n; i++)
		need += a[i].v & -(uint64_t)(types[i] >= GL_TEXT);
	return (need + 7) & ~(uint64_t)7;
}

GL_INLINE void gl_put(
	uint8_t *w, uint64_t need, uint32_t id, uint64_t time, const struct gl_arg *a, uint32_t n, const uint8_t *types)
{
	uint64_t head = need | (uint64_t)id << 32;
	uint8_t *text = w + sizeof(struct gl_record) + 8 * (size_t)n;

	memset(w + need - 8, 0, 8); /* no old bytes between the last text and the end */
	memcpy(w, &head, 8);
	memcpy(w + 8, &time, 8);
	w += sizeof(struct gl_record);
	GL_UNROLL
	for (uint32_t i = 0; i < n; i++) {
		memcpy(w + 8 * i, &a[i].v, 8);
		if (types[i] >= GL_TEXT && a[i].p) {
			gl_copy(text, a[i].p, a[i].v);
			text += a[i].v;
		}
	}
}

/*
 * The order matters: the record, then `head` (release).  Where the next one will stand, memory is fetched meanwhile:
 * the first call after a pause is the slowest there is, and waits less.
 */
GL_INLINE void gl_commit(struct gl_producer *p, uint64_t need)
{
	const uint8_t *next;

	p->head += need;
	__atomic_store_n(&p->ring->head, p->head, __ATOMIC_RELEASE);
	next = p->base + (p->head & p->mask);
	__builtin_prefetch(next + 64, 1);
	__builtin_prefetch(next + 128, 1);
	__builtin_prefetch(next + 192, 1);
}

/*
 * The state by its name, never by a pointer to it: that the address is not null a sanitizer tests by the flags of an
 * instruction that the linker replaces by one that sets none.
 */
GL_INLINE void gl_emit(struct gl_site *site, const struct gl_arg *a, uint32_t n, const uint8_t *types, int level)
{
	uint64_t need = gl_need(a, n, types), time = gl_now();

	if (!GL_LIKELY(!gl_thread_state.busy)) {
		gl_nested(site, a, time);
		return;
	}
	gl_thread_state.busy = 1;
	GL_FENCE();
	if (!GL_LIKELY(level >= __atomic_load_n(&gl_common.level, __ATOMIC_RELAXED))) {
		gl_emit_recorder(site, a, need, time);
	} else {
		for (;;) {
			struct gl_producer *p = gl_thread_state.producer;
			uint32_t id = __atomic_load_n(&site->id, __ATOMIC_ACQUIRE);
			uint64_t limit = level >= GENLOG_SEV_ERROR ? p->limit_error : p->limit;

			if (GL_LIKELY(id && (int64_t)(limit - p->head) >= (int64_t)need)) {
				gl_put(p->base + (p->head & p->mask), need, id, time, a, n, types);
				gl_commit(p, need);
				if (!GL_LIKELY(level < GENLOG_SEV_ERROR) &&
					__atomic_load_n(&p->segment->doorbell, __ATOMIC_RELAXED))
					gl_ring_bell(p->segment);
				break;
			}
			if (!gl_slow(site, a, need, time))
				break;
			time = gl_now(); /* by the segment's clock, which the first call chooses */
		}
	}
	GL_FENCE();
	gl_thread_state.busy = 0;
}

#endif
