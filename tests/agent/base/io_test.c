#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "lib/folder.h"
#include "lib/test.h"

struct plan {
	enum io_op op;
	size_t len; /* of a write; SIZE_MAX: as it is */
	int error;
};

static int act(void *arg, enum io_op op, size_t *len)
{
	const struct plan *p = arg;

	if (op != p->op)
		return 0;
	if (p->len < *len)
		*len = p->len;
	return p->error;
}

static int open_new(struct folder *f)
{
	int fd;

	folder_make(f);
	fd = io_open(AT_FDCWD, folder_path(f, "x"), O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	return fd;
}

static const char *content(int fd)
{
	static char out[64];
	ssize_t n = io_read(fd, out, sizeof(out) - 1, 0);

	assert_true(n >= 0);
	out[n] = 0;
	return out;
}

static int write_parts(int fd)
{
	struct iovec v[] = {{"", 0}, {"ab", 2}, {"", 0}, {"cde", 3}, {"f", 1}, {"", 0}};

	return io_write_all(fd, v, ROWS(v), 0);
}

TEST(short_writes_go_on_until_all_is_written)
{
	for (size_t len = 1; len < 8; len++) {
		struct plan plan = {IO_WRITE, len, 0};
		struct io_hook hook = {act, &plan};
		struct folder f;
		int fd = open_new(&f);

		io_hook_set(&hook);
		assert_int_equal(write_parts(fd), 0);
		io_hook_set(NULL);
		assert_string_equal(content(fd), "abcdef");
		close(fd);
		folder_remove(&f);
	}
}

TEST(a_write_that_fails_may_have_written_its_beginning)
{
	struct plan plan = {IO_WRITE, 1, ENOSPC};
	struct io_hook hook = {act, &plan};
	struct folder f;
	int fd = open_new(&f);

	io_hook_set(&hook);
	assert_int_equal(write_parts(fd), -ENOSPC);
	assert_string_equal(content(fd), "a");
	plan.len = SIZE_MAX;
	assert_int_equal(write_parts(fd), -ENOSPC);
	io_hook_set(NULL);
	assert_int_equal(write_parts(fd), 0);
	close(fd);
	folder_remove(&f);
}

TEST(each_call_fails_as_it_is_told)
{
	static const enum io_op ops[] = {IO_OPEN, IO_READ, IO_SYNC, IO_ALLOCATE, IO_TRUNCATE, IO_UNLINK, IO_RENAME};
	struct folder f;
	int fd = open_new(&f);
	char c;

	for (size_t i = 0; i < ROWS(ops); i++) {
		struct plan plan = {ops[i], SIZE_MAX, EIO};
		struct io_hook hook = {act, &plan};
		const enum io_op op = ops[i];

		io_hook_set(&hook);
		assert_int_equal(io_read(fd, &c, 1, 0), op == IO_READ ? -EIO : 0);
		assert_int_equal(io_sync(fd), op == IO_SYNC ? -EIO : 0);
		assert_int_equal(io_allocate(fd, 100), op == IO_ALLOCATE ? -EIO : 0);
		assert_int_equal(io_truncate(fd, 0), op == IO_TRUNCATE ? -EIO : 0);
		assert_int_equal(io_unlink(AT_FDCWD, "/nowhere/x"), op == IO_UNLINK ? -EIO : -ENOENT);
		assert_int_equal(io_rename(AT_FDCWD, "/nowhere/x", "y"), op == IO_RENAME ? -EIO : -ENOENT);
		assert_int_equal(io_open(AT_FDCWD, "/nowhere/x", O_RDONLY, 0), op == IO_OPEN ? -EIO : -ENOENT);
		io_hook_set(NULL);
	}
	close(fd);
	folder_remove(&f);
}

TEST(a_file_is_closed_to_other_programs)
{
	struct folder f;
	int fd = open_new(&f);

	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	folder_remove(&f);
}

static bool always(void *arg)
{
	(void)arg;
	return true;
}

TEST(a_buffer_without_memory_stays_as_it_was)
{
	static const struct mem_hook hook = {always, NULL};
	struct genlog_buf b = {0};

	assert_int_equal(buf_append(&b, "abc", 3), 0);
	mem_hook_set(&hook);
	assert_int_equal(genlog_buf_grow(&b, 1 << 20), -ENOMEM);
	assert_null(mem_strdup("x"));
	assert_null(mem_calloc(1, 1));
	mem_hook_set(NULL);
	assert_int_equal(genlog_buf_grow(&b, SIZE_MAX - 1), -ENOMEM);
	assert_true(b.n == 3 && memcmp(b.p, "abc", 3) == 0);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_append(&b, "0123456789", (size_t)i % 11), 0);
	assert_true(b.cap >= b.n && memcmp(b.p + 3, "001", 3) == 0);
	buf_free(&b);
	assert_true(!b.p && !b.n && !b.cap);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_writes_go_on_until_all_is_written),
		cmocka_unit_test(a_write_that_fails_may_have_written_its_beginning),
		cmocka_unit_test(each_call_fails_as_it_is_told),
		cmocka_unit_test(a_file_is_closed_to_other_programs),
		cmocka_unit_test(a_buffer_without_memory_stays_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
