/*
 * What a call costs, for any emitter: a program of its own defines CALL(i) and begin_thread(), and includes this.
 *
 * Bursts of 20 calls with a pause between, so that whoever reads keeps up.  Of every second burst the mean is taken,
 * without a look at the clock in between; in the others each call is timed alone, by the time stamp counter with
 * fences, from which the cost of the timing itself is taken off.  Then calls back to back, by one thread and by two.
 */
#ifndef BENCH_EMIT_HARNESS_H
#define BENCH_EMIT_HARNESS_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#define BURST 20
#define MOST 40000

static const char *const statuses[] = {"released", "started", "completed", "closed"};
static const char *const stations[] = {"station-mes-00001234", "station-mes-00005678"};
#define TRACE "4bf92f3577b34da6a3ce929d0e0e47360001"

struct samples {
	double burst[MOST], single[MOST * BURST];
	int bursts, singles;
};

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline uint64_t ticks(void)
{
	uint64_t t;

	_mm_lfence();
	t = __rdtsc();
	_mm_lfence();
	return t;
}

static double ns_per_tick(void)
{
	double a = now_ns();
	uint64_t t = ticks();

	while (now_ns() - a < 5e7)
		;
	return (now_ns() - a) / (double)(ticks() - t);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double at(double *v, int n, double part)
{
	return v[(int)((double)(n - 1) * part)];
}

static double timing_cost(void)
{
	static double v[10001];

	for (int i = 0; i < 10001; i++) {
		uint64_t t = ticks();

		v[i] = (double)(ticks() - t);
	}
	qsort(v, 10001, sizeof(*v), compare);
	return v[5000];
}

static void pause_ns(long ns)
{
	struct timespec t = {0, ns};

	nanosleep(&t, NULL);
}

static void call_bursts(struct samples *s, int bursts, double per_tick)
{
	double cost = timing_cost();
	int i = 0;

	for (int b = 0; b < bursts; b++) {
		if (b & 1) {
			double t = now_ns();

			for (int k = 0; k < BURST; k++, i++)
				CALL(i);
			s->burst[s->bursts++] = (now_ns() - t) / BURST;
		} else {
			for (int k = 0; k < BURST; k++, i++) {
				uint64_t t = ticks();

				CALL(i);
				s->single[s->singles++] = ((double)(ticks() - t) - cost) * per_tick;
			}
		}
		pause_ns(100000);
	}
}

static int each;

static void *flood(void *arg)
{
	begin_thread();
	for (int i = 0; i < each; i++)
		CALL(i);
	return arg;
}

static double throughput(int threads, int n)
{
	pthread_t t[2];
	double began = now_ns();

	each = n;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, flood, NULL) != 0)
			return 0;
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	return (double)threads * n / (now_ns() - began) * 1e3;
}

static int measure(const char *name, int bursts, int n)
{
	static struct samples s;
	double per_tick = ns_per_tick();

	begin_thread();
	call_bursts(&s, bursts < MOST ? bursts : MOST, per_tick);
	qsort(s.burst, (size_t)s.bursts, sizeof(double), compare);
	qsort(s.single, (size_t)s.singles, sizeof(double), compare);
	printf("%-28s %8.1f %8.1f %8.0f %8.0f %9.0f %8.2f %8.2f\n", name, s.burst[0], at(s.burst, s.bursts, .5),
		at(s.single, s.singles, .5), at(s.single, s.singles, .99), at(s.single, s.singles, .999),
		throughput(1, n), throughput(2, n));
	return 0;
}

#endif
