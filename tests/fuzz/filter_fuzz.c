/* A line of filter, and behind it the bytes of a file of documents: both are anybody's. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/docs.h"
#include "ctl/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file_of(const uint8_t *p, size_t n)
{
	int fd = memfd_create("docs", MFD_CLOEXEC);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	return fd;
}

static void match_all(const struct filter *f, const uint8_t *p, size_t n)
{
	struct docs docs;
	bson_t doc;

	if (docs_open(&docs, file_of(p, n)) < 0)
		abort();
	while (docs_next(&docs, &doc) == 1)
		filter_match(f, &doc);
	docs_close(&docs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nl = memchr(data, '\n', size);
	size_t n = nl ? (size_t)(nl - data) : size;
	struct filter f = {0};
	struct genlog_err err = {0};
	char word[4096], *words[] = {word, NULL};

	if (n >= sizeof(word))
		return 0;
	memcpy(word, data, n);
	word[n] = 0;
	if (filter_parse(&f, 1, words, INT64_C(1767348000000), &err) == 0 && filter_compile(&f, &err) == 0 && nl)
		match_all(&f, nl + 1, size - n - 1);
	filter_fini(&f);
	return 0;
}
