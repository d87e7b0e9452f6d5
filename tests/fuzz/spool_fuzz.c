/*
 * Bytes as a spool's files.  The first says what: a payload behind a good checksum, which is sorted for delivery and
 * whose positions are taken over; or a segment and a cursor in a folder, which are opened, taken and written on.  With
 * "mend" in the first byte the checksums are made good, so that the fuzzer comes behind them.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crc.h"
#include "ship/sort.h"
#include "spool/format.h"
#include "spool/positions.h"
#include "spool/spool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEGMENT "0000000000000001.seg"

static void payload(const uint8_t *p, size_t n)
{
	static struct sorted sorted;
	struct spool_take t = {.frames = 1};
	struct frame_body b;
	struct positions ps = {0};
	struct genlog_buf out = {0};

	t.frame[0].contradicts = frame_body_read(p, n, &b) < 0;
	if (!t.frame[0].contradicts) {
		t.frame[0].body = b;
		t.docs = t.frame[0].docs = b.docs < 1000 ? b.docs : 1000;
		(void)positions_apply(&ps, b.position_p, b.position_len);
	}
	(void)sort_take(&sorted, &t);
	for (size_t i = 0; i < sorted.n; i++)
		if (sorted.docs[i].bson < p || sorted.docs[i].bson + sorted.docs[i].len > p + n)
			abort();
	if (positions_write(&ps, &out) < 0 || out.n != ps.bytes)
		abort();
	buf_free(&out);
	positions_fini(&ps);
}

/* Checksums of header, frames and slots made good where they stand. */
static void mend(uint8_t *p, size_t n)
{
	struct segment_header h = {.version = SPOOL_VERSION, .number = 1, .id = "fuzz"};
	uint32_t salt = frame_salt(h.id, 1);
	struct frame_header f;

	if (n < SEGMENT_HEADER)
		return;
	h.flags = p[12] & 1;
	segment_header_write(p, &h);
	for (size_t at = SEGMENT_HEADER; at + FRAME_HEADER <= n; at += frame_size(&f)) {
		f = (struct frame_header){.kind = p[at + 4] % 6, .flags = p[at + 5], .header_len = FRAME_HEADER};
		memcpy(&f.payload_len, p + at + 8, 4);
		f.payload_len %= 512;
		memcpy(&f.docs, p + at + 12, 4);
		memcpy(&f.sequence, p + at + 16, 8);
		f.docs %= p[at + 28] & 1 ? 8 : 4096; /* checksums make more than fit unlikely enough */
		if (p[at + 28] & 2)
			f.sequence %= 64;
		if (at + frame_size(&f) <= n)
			f.payload_crc = crc32c(0, p + at + FRAME_HEADER, f.payload_len);
		frame_header_write(p + at, &f, salt);
	}
}

static void write_file(const char *dir, const char *name, const uint8_t *p, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fwrite(p, 1, n, f) != n)
		abort();
	fclose(f);
}

static void put_cursor(const char *dir, const uint8_t *p, size_t n)
{
	struct cursor_slot s = {.turn = 1, .id = "fuzz", .segment = 1};
	uint8_t bytes[CURSOR_SLOT];

	if (n < 16)
		return;
	s.segment = p[0] % 3;
	memcpy(&s.offset, p + 1, 2);
	s.sequence = p[3];
	cursor_slot_write(bytes, &s);
	write_file(dir, "cursor", bytes, sizeof(bytes));
}

/* All that can be taken; ends because each take moves on. */
static void take_all(struct spool *s)
{
	static struct sorted sorted;
	struct spool_take t = {.frames = 0};
	struct take_limits l = {.docs = 100, .bytes = 1 << 16};

	for (int i = 0; spool_take(s, &t, &l) == 1; i++) {
		(void)sort_take(&sorted, &t);
		if (i > 10000 || spool_ack(s, &t) < 0)
			abort();
	}
	spool_take_fini(&t);
}

static void open_and_take(const char *dir)
{
	struct spool_conf conf = {.path = dir, .max_size = 1 << 20, .sync_ms = SPOOL_SYNC_NEVER, .segment_size = 4096};
	struct spool_batch b = {.doc_n = 0};
	struct spool *s = NULL;
	struct genlog_err err;

	if (spool_open(&s, &conf, &err) < 0)
		return;
	take_all(s);
	if (batch_position(&b, "F", 1, "1", 1) < 0 || spool_append(s, &b) < 0)
		abort();
	take_all(s);
	spool_close(s);
	if (spool_open(&s, &conf, &err) < 0)
		abort();
	take_all(s);
	spool_close(s);
	batch_fini(&b);
}

static void forget(const char *dir)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/cursor", dir);
	unlink(path);
	for (unsigned i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "%s/%016x.seg", dir, i);
		unlink(path);
	}
}

static char dir[64];

static void remove_folder(void)
{
	DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (*e->d_name != '.')
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
}

/* A file where the quarantine would be: its copies would fill the memory. */
static void folder_once(void)
{
	if (*dir)
		return;
	(void)atexit(remove_folder);
	snprintf(dir, sizeof(dir), "/dev/shm/genlog-fuzz-XXXXXX");
	if (!mkdtemp(dir))
		abort();
	write_file(dir, "quarantine", (const uint8_t *)"", 0);
}

static void folder(const uint8_t *p, size_t n, bool mended)
{
	uint8_t *copy = malloc(n + 1);

	folder_once();
	memcpy(copy, p, n);
	forget(dir);
	put_cursor(dir, p, n);
	if (mended)
		mend(copy, n);
	write_file(dir, SEGMENT, copy, n);
	open_and_take(dir);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	if (data[0] & 1)
		payload(data + 1, size - 1);
	else
		folder(data + 1, size - 1, data[0] & 2);
	return 0;
}
