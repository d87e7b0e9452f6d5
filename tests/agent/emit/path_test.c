/* The path of a call: what it does not do, and what is left of it when it is stopped anywhere. */
#include <genlog/genlog.h>

#include "lib/folder.h"
#include "lib/rings.h"
#include "lib/test.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct folder place;

static void make_place(void)
{
	folder_make(&place);
	setenv("GENLOG_RING_DIR", place.path, 1);
	setenv("GENLOG_SOCKET", "/none", 1);
}

static void call(int i)
{
	GENLOG_INFO_X("Work order {order_id} status updated to {status}", "station,cycle_s,trace", i, "released",
		"station-000017", 1.5, "4bf92f3577b34da6a3ce929d0e0e4736");
}

/* ── no system call, no allocation, no lock ── */

static bool is_slow(void)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
	print_message("skipped: a sanitizer makes system calls, and too many steps\n");
	return true;
#else
	return false;
#endif
}

/* From now on every system call but exit_group() kills; reading the clock is none where the vDSO has it. */
static void forbid_all(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {.len = sizeof(rules) / sizeof(*rules), .filter = rules};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static bool allocated, watching;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_malloc(size_t n)
{
	allocated = allocated || watching;
	return __real_malloc(n);
}

static void forbidden(void)
{
	struct genlog_options o = {.size = sizeof(o), .ring_bytes = 4 << 20};

	genlog_init(&o);
	call(0);
	forbid_all();
	watching = true;
	for (int i = 1; i < 10000; i++)
		call(i);
	_exit(allocated);
}

TEST(a_call_does_without_system_calls_and_memory)
{
	int status;
	pid_t child;

	if (is_slow())
		return;
	make_place();
	child = fork();
	if (child == 0)
		forbidden();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	folder_remove(&place);
}

/* ── killed behind each instruction ── */

#define CALLS 6

static void stepped(void)
{
	struct genlog_options o = {.size = sizeof(o), .ring_bytes = 65536};

	genlog_init(&o);
	call(-1);
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	for (int i = 0; i < CALLS; i++)
		call(i);
	raise(SIGSTOP);
	_exit(0);
}

/* Records in the ring without taking them; each has to be whole: the reader fails the test otherwise. */
static unsigned whole_records(void)
{
	static struct rings r;
	unsigned n = 0;

	rings_open(&r, place.path);
	for (const char *p = rings_take(&r); (p = strstr(p, "4bf92f3577b34da6a3ce929d0e0e4736\"\n")); p++)
		n++;
	rings_close(&r);
	return n;
}

static bool step(pid_t child)
{
	int status;

	ptrace(PTRACE_SINGLESTEP, child, 0, 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
}

static unsigned peek(void)
{
	static struct rings r;
	unsigned n = 0;

	rings_peek(&r, place.path);
	for (const char *p = rings_take(&r); (p = strstr(p, "4bf92f3577b34da6a3ce929d0e0e4736\"\n")); p++)
		n++;
	rings_close(&r);
	return n;
}

static uint64_t head_of(const struct rings *r)
{
	const struct gl_ring *ring = (const void *)((const uint8_t *)r->s + r->s->ring_headers_at);

	return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
}

/*
 * What lies in the file behind an instruction is what a kill there would leave.  A reader sees what is below the head,
 * so all of it is read whenever that has moved, and now and then.
 */
TEST(behind_every_instruction_records_are_whole)
{
	static struct rings live;
	unsigned records = 1, steps = 0;
	uint64_t head;
	pid_t child;
	int status;

	if (is_slow())
		return;
	make_place();
	child = fork();
	if (child == 0)
		stepped();
	assert_int_equal(waitpid(child, &status, 0), child);
	rings_open(&live, place.path);
	head = head_of(&live);
	while (step(child) && ++steps < 200000) {
		if (head_of(&live) == head && steps % 499)
			continue;
		assert_in_range(peek(), records, records + (head_of(&live) != head));
		records = peek();
		head = head_of(&live);
	}
	rings_close(&live);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	assert_int_equal(records, CALLS + 1);
	print_message("%u instructions\n", steps);
	folder_remove(&place);
}

/* A child is stepped so far, and killed there. */
static bool killed_after(long steps, unsigned *records)
{
	pid_t child;
	int status;
	bool ended = false;

	make_place();
	child = fork();
	if (child == 0)
		stepped();
	assert_int_equal(waitpid(child, &status, 0), child);
	for (long i = 0; i < steps && !ended; i++)
		ended = !step(child);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	*records = whole_records();
	folder_remove(&place);
	return ended;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STEP 2003 /* of many more, and each child takes long to begin */
#else
#define STEP 251
#endif

/* Some hundred points, spread over all calls. */
TEST(killed_anywhere_only_whole_records_are_left)
{
	unsigned records = 0, most = 0;

	if (is_slow())
		return;
	for (long at = 0; at < 40000; at += STEP) {
		bool ended = killed_after(at, &records);

		assert_in_range(records, 1, CALLS + 1);
		most = records > most ? records : most;
		if (ended)
			break;
	}
	assert_int_equal(most, CALLS + 1);
}

/* ── order ── */

#define MODEL_RECORDS 200000

/* One side writes as a call does, the other reads as the agent does: under a race detector no report, and all whole. */
struct model {
	uint8_t bytes[1 << 12];
	uint64_t head, tail;
};

static void *write_model(void *arg)
{
	struct model *m = arg;
	uint64_t head = 0;

	for (uint64_t i = 0; i < MODEL_RECORDS; i++) {
		uint64_t *at = (uint64_t *)(void *)(m->bytes + (head & (sizeof(m->bytes) - 1)));

		while (head + 16 - __atomic_load_n(&m->tail, __ATOMIC_ACQUIRE) > sizeof(m->bytes))
			sched_yield();
		at[0] = i;
		at[1] = ~i;
		head += 16;
		__atomic_store_n(&m->head, head, __ATOMIC_RELEASE);
	}
	return NULL;
}

TEST(what_is_below_the_head_is_whole_for_the_reader)
{
	static struct model m;
	uint64_t tail = 0;
	pthread_t t;

	assert_int_equal(pthread_create(&t, NULL, write_model, &m), 0);
	for (uint64_t i = 0; i < MODEL_RECORDS; i++) {
		const uint64_t *at = (const uint64_t *)(const void *)(m.bytes + (tail & (sizeof(m.bytes) - 1)));

		while (__atomic_load_n(&m.head, __ATOMIC_ACQUIRE) == tail)
			sched_yield();
		if (at[0] != i || at[1] != ~i)
			fail_msg("record %llu is torn", (unsigned long long)i);
		tail += 16;
		__atomic_store_n(&m.tail, tail, __ATOMIC_RELEASE);
	}
	pthread_join(t, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_does_without_system_calls_and_memory),
		cmocka_unit_test(behind_every_instruction_records_are_whole),
		cmocka_unit_test(killed_anywhere_only_whole_records_are_left),
		cmocka_unit_test(what_is_below_the_head_is_whole_for_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
