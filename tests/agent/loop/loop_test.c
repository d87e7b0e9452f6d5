#include "loop/loop.h"

#include <pthread.h>
#include <unistd.h>

#include "lib/test.h"

struct bell {
	struct loop loop;
	struct loop_watch *watch, *other;
	struct loop_timer *timer, *timers[3];
	int fds[2];
	char said[64];
	int left;
};

static void say(struct bell *b, const char *word)
{
	size_t n = strlen(b->said);

	snprintf(b->said + n, sizeof(b->said) - n, "%s", word);
}

static void stop(void *arg)
{
	struct bell *b = arg;

	say(b, "stop ");
	loop_stop(&b->loop);
}

static void readable(void *arg, uint32_t events)
{
	struct bell *b = arg;
	char c;

	assert_true(events & EPOLLIN);
	assert_int_equal(read(b->fds[0], &c, 1), 1);
	say(b, "read ");
	if (--b->left == 0)
		loop_stop(&b->loop);
}

static struct bell *open_bell(void)
{
	struct bell *b = calloc(1, sizeof(*b));

	assert_int_equal(loop_open(&b->loop), 0);
	assert_int_equal(pipe(b->fds), 0);
	return b;
}

static void close_bell(struct bell *b)
{
	loop_close(&b->loop);
	loop_close(&b->loop);
	close(b->fds[0]);
	close(b->fds[1]);
	free(b);
}

TEST(what_can_be_read_is_told_until_it_is_read)
{
	struct bell *b = open_bell();

	assert_int_equal(write(b->fds[1], "abc", 3), 3);
	b->left = 3;
	b->watch = loop_watch(&b->loop, b->fds[0], EPOLLIN, readable, b);
	assert_non_null(b->watch);
	assert_int_equal(loop_run(&b->loop), 0);
	assert_string_equal(b->said, "read read read ");
	assert_null(loop_watch(&b->loop, -1, EPOLLIN, readable, b));
	loop_unwatch(b->watch);
	close_bell(b);
}

static void first(void *arg)
{
	struct bell *b = arg;

	say(b, "first ");
	loop_timer_free(b->timers[1]); /* would be due as well */
	loop_timer_free(b->timers[0]); /* its own */
}

static void second(void *arg)
{
	say(arg, "second ");
}

TEST(timers_come_in_their_order_and_a_freed_one_no_more)
{
	struct bell *b = open_bell();

	b->timers[2] = loop_timer(&b->loop, stop, b);
	b->timers[1] = loop_timer(&b->loop, second, b);
	b->timers[0] = loop_timer(&b->loop, first, b);
	loop_timer_set(b->timers[2], 3);
	loop_timer_set(b->timers[1], 2);
	loop_timer_set(b->timers[0], 1);
	assert_int_equal(loop_run(&b->loop), 0);
	assert_non_null(strstr(b->said, "first "));
	assert_non_null(strstr(b->said, "stop "));
	close_bell(b);
}

static void repeat(void *arg)
{
	struct bell *b = arg;

	say(b, ".");
	if (--b->left)
		loop_timer_set(b->timer, 0);
	else
		loop_stop(&b->loop);
}

TEST(a_timer_may_set_itself_again)
{
	struct bell *b = open_bell();

	b->left = 5;
	b->timer = loop_timer(&b->loop, repeat, b);
	loop_timer_set(b->timer, 0);
	assert_int_equal(loop_run(&b->loop), 0);
	assert_string_equal(b->said, ".....");
	close_bell(b);
}

static void unwatch_both(void *arg, uint32_t events)
{
	struct bell *b = arg;

	(void)events;
	say(b, "one ");
	loop_unwatch(b->watch);
	loop_unwatch(b->other);
	loop_stop(&b->loop);
}

/* Two are due at once; the one that comes first takes both away. */
TEST(a_watch_that_was_freed_is_called_no_more)
{
	struct bell *b = open_bell();
	int twin = dup(b->fds[0]);

	assert_int_equal(write(b->fds[1], "a", 1), 1);
	b->watch = loop_watch(&b->loop, b->fds[0], EPOLLIN, unwatch_both, b);
	b->other = loop_watch(&b->loop, twin, EPOLLIN, unwatch_both, b);
	assert_int_equal(loop_run(&b->loop), 0);
	assert_string_equal(b->said, "one ");
	close(twin);
	close_bell(b);
}

static void *wake(void *arg)
{
	loop_wake(arg);
	return NULL;
}

TEST(another_thread_wakes_it)
{
	struct bell *b = open_bell();
	pthread_t t;

	b->loop.woken = stop;
	b->loop.woken_arg = b;
	assert_int_equal(pthread_create(&t, NULL, wake, &b->loop), 0);
	assert_int_equal(loop_run(&b->loop), 0);
	assert_string_equal(b->said, "stop ");
	pthread_join(t, NULL);
	close_bell(b);
}

TEST(a_stop_before_the_run_counts)
{
	struct bell *b = open_bell();

	loop_stop(&b->loop);
	assert_int_equal(loop_run(&b->loop), 0);
	close_bell(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_read_is_told_until_it_is_read),
		cmocka_unit_test(timers_come_in_their_order_and_a_freed_one_no_more),
		cmocka_unit_test(a_timer_may_set_itself_again),
		cmocka_unit_test(a_watch_that_was_freed_is_called_no_more),
		cmocka_unit_test(another_thread_wakes_it),
		cmocka_unit_test(a_stop_before_the_run_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
