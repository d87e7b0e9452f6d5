#include "lib/spooled.h"

#include <dirent.h>
#include <genlog/bson.h>
#include <unistd.h>

#include "base/buf.h"
#include "lib/test.h"

/* Keeps its memory, so that where memory is made to fail it is the spool's. */
static struct spool_batch batch;

void spooled_make(struct spooled *p)
{
	memset(p, 0, sizeof(*p));
	assert_int_equal(genlog_buf_reserve(&batch.docs, 1 << 16), 0);
	assert_int_equal(genlog_buf_reserve(&batch.names, 256), 0);
	assert_int_equal(genlog_buf_reserve(&batch.positions, 1 << 12), 0);
	snprintf(p->folder.path, sizeof(p->folder.path), "/dev/shm/genlog-test-XXXXXX");
	if (!mkdtemp(p->folder.path))
		folder_make(&p->folder);
	p->conf = (struct spool_conf){
		.path = p->folder.path, .max_size = 1 << 20, .sync_ms = SPOOL_SYNC_NEVER, .segment_size = 1 << 16};
}

static void forget(struct spooled *p)
{
	for (size_t i = 0; i < SPOOLED_FILES; i++)
		free(p->kept[i].p);
	memset(p->kept, 0, sizeof(p->kept));
}

void spooled_end(struct spooled *p)
{
	spooled_close(p);
	spool_take_fini(&p->take);
	forget(p);
	folder_remove(&p->folder);
}

int spooled_try_open(struct spooled *p)
{
	p->err = (struct genlog_err){0};
	return spool_open(&p->spool, &p->conf, &p->err);
}

void spooled_open(struct spooled *p)
{
	if (spooled_try_open(p) < 0)
		fail_msg("%s", p->err.text);
}

void spooled_close(struct spooled *p)
{
	spool_close(p->spool);
	p->spool = NULL;
}

void spooled_again(struct spooled *p)
{
	spooled_close(p);
	spooled_open(p);
}

static void add_doc(struct spool_batch *b, const char *word, size_t n)
{
	uint8_t doc[128], *w = genlog_bson_begin(doc);
	int name = batch_name(b, "logs", 4);

	assert_true(n < 64 && name >= 0);
	w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, "w", 1), word, n);
	w = genlog_bson_end(doc, w);
	assert_int_equal(batch_doc_begin(b, (unsigned)name, 1), 0);
	assert_int_equal(buf_append(&b->docs, doc, (size_t)(w - doc)), 0);
	batch_doc_done(b);
}

static void add_position(struct spool_batch *b, const char *word, size_t n)
{
	const char *is = memchr(word, '=', n);
	size_t key = (size_t)(is - word);

	assert_non_null(is);
	assert_int_equal(batch_position(b, word, key, is + 1, n - key - 1), 0);
}

static void each_word(
	struct spool_batch *b, const char *text, void (*add)(struct spool_batch *b, const char *word, size_t n))
{
	for (size_t n; *text; text += n + (text[n] == ' ')) {
		n = strcspn(text, " ");
		add(b, text, n);
	}
}

int spooled_append(struct spooled *p, const char *docs, const char *positions)
{
	batch_clear(&batch);
	each_word(&batch, docs, add_doc);
	each_word(&batch, positions, add_position);
	return spool_append(p->spool, &batch);
}

void spooled_give(struct spooled *p, const char *docs)
{
	batch_clear(&batch);
	each_word(&batch, docs, add_doc);
	assert_int_equal(spool_give(p->spool, &batch), 0);
	assert_true(batch_is_empty(&batch));
}

void spooled_add(struct spooled *p, const char *docs, const char *positions)
{
	assert_int_equal(spooled_append(p, docs, positions), 0);
}

/* A document that is not one of add_doc() reads as "?". */
static size_t print_doc(char *to, size_t size, const uint8_t *bson, uint32_t len)
{
	uint32_t n;

	memcpy(&n, bson + 7, sizeof(n));
	if (len < 13 || memcmp(bson + 4, "\x02w", 3) != 0 || n + 12 != len || bson[len - 1])
		return (size_t)snprintf(to, size, "? ");
	return (size_t)snprintf(to, size, "%s ", (const char *)bson + 11);
}

static size_t print_frame(char *to, size_t size, const struct spool_frame *f)
{
	const struct frame_body *b = &f->body;
	const uint8_t *at, *bson;
	uint16_t name;
	uint8_t level;
	uint32_t len;
	size_t n = 0;

	assert_false(f->contradicts);
	assert_int_equal(b->docs, f->docs);
	at = b->doc_p;
	while (frame_next_doc(&at, b->doc_p + b->doc_len, &name, &level, &bson, &len) && n + 128 < size)
		n += print_doc(to + n, size - n, bson, len);
	return n;
}

static size_t print_take(char *to, size_t size, const struct spool_take *t)
{
	size_t n = 0;

	*to = 0;
	for (unsigned i = 0; i < t->frames; i++)
		n += print_frame(to + n, size - n, &t->frame[i]);
	return n;
}

const char *spooled_take(struct spooled *p, struct spool_take *t, uint32_t docs)
{
	static char out[1 << 14];
	struct take_limits l = {.docs = docs, .bytes = 1 << 20};
	int r = spool_take(p->spool, t, &l);
	size_t n;

	if (r == 0)
		return NULL;
	assert_int_equal(r, 1);
	n = print_take(out, sizeof(out), t);
	out[n ? n - 1 : 0] = 0;
	return out;
}

const char *spooled_all(struct spooled *p)
{
	static char out[1 << 16];
	struct take_limits l = {.docs = 1 << 20, .bytes = 1 << 20};
	size_t n = 0;
	int r;

	*out = 0;
	while ((r = spool_take(p->spool, &p->take, &l)) == 1) {
		n += print_take(out + n, sizeof(out) - n, &p->take);
		assert_int_equal(spool_ack(p->spool, &p->take), 0);
	}
	assert_int_equal(r, 0);
	out[n ? n - 1 : 0] = 0;
	return out;
}

struct words {
	char word[64][64];
	size_t n;
};

static void one_position(void *arg, const void *key, size_t key_len, const void *val, size_t len)
{
	struct words *w = arg;

	assert_true(w->n < 64);
	snprintf(w->word[w->n++], sizeof(w->word[0]), "%.*s=%.*s", (int)key_len, (const char *)key, (int)len,
		(const char *)val);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

const char *spooled_positions(struct spooled *p)
{
	static char out[4096];
	struct words w = {.n = 0};
	size_t n = 0;

	spool_positions(p->spool, one_position, &w);
	qsort(w.word, w.n, sizeof(w.word[0]), compare);
	*out = 0;
	for (size_t i = 0; i < w.n; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", i ? " " : "", w.word[i]);
	return out;
}

struct spool_stats spooled_stats(struct spooled *p)
{
	struct spool_stats s;

	spool_stats_get(p->spool, &s);
	return s;
}

static void keep_one(struct spooled *p, size_t i, const char *name)
{
	size_t n = strlen(name);

	struct spooled_file *f = &p->kept[i];
	FILE *file = fopen(folder_path(&p->folder, name), "r");

	assert_true(i < SPOOLED_FILES && file);
	assert_true(n < sizeof(f->name));
	memcpy(f->name, name, n + 1);
	f->p = malloc(1 << 17);
	f->n = fread(f->p, 1, 1 << 17, file);
	fclose(file);
}

static DIR *folder_of(struct spooled *p)
{
	DIR *d = opendir(p->folder.path);

	assert_non_null(d);
	return d;
}

void spooled_keep(struct spooled *p)
{
	DIR *d = folder_of(p);
	size_t i = 0;

	forget(p);
	for (struct dirent *e = readdir(d); e; e = readdir(d))
		if (e->d_type == DT_REG && strcmp(e->d_name, "lock") != 0)
			keep_one(p, i++, e->d_name);
	closedir(d);
}

void spooled_restore(struct spooled *p)
{
	DIR *d = folder_of(p);

	for (struct dirent *e = readdir(d); e; e = readdir(d))
		if (e->d_type == DT_REG)
			unlink(folder_path(&p->folder, e->d_name));
	closedir(d);
	for (size_t i = 0; i < SPOOLED_FILES && p->kept[i].p; i++)
		spooled_write(p, &p->kept[i]);
}

struct spooled_file *spooled_kept(struct spooled *p, const char *name)
{
	for (size_t i = 0; i < SPOOLED_FILES && p->kept[i].p; i++)
		if (strcmp(p->kept[i].name, name) == 0)
			return &p->kept[i];
	fail_msg("there is no %s", name);
	return NULL;
}

void spooled_write(struct spooled *p, const struct spooled_file *f)
{
	folder_write_bytes(&p->folder, f->name, f->p, f->n);
}

const char *spooled_segment(unsigned number)
{
	static char names[4][24];
	static unsigned turn;
	char *name = names[turn++ % 4];

	snprintf(name, sizeof(names[0]), "%016x.seg", number);
	return name;
}
