/*
 * What is damaged goes into quarantine/, and a hole of the same size takes its place: so nothing that is good moves,
 * and what lies behind the hole counts for no more than it did behind the damage.  What the agent makes good by itself
 * when it starts, the end of the last segment and of the last dead letters, is cut here as it would cut it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "ctl/commands.h"
#include "ctl/spool.h"
#include "ship/letters.h"

struct options {
	const char *spool;
	bool dry_run;
};

static const struct ctl_option rows[] = {
	SPOOL_OPTION(struct options),
	{CTL_FLAG, "dry-run", 0, offsetof(struct options, dry_run), NULL, "only say what would be done"},
	{0},
};

struct repair {
	struct ctl *c;
	struct look *look;
	const char *path;
	bool dry_run;
	uint64_t done, bytes, docs;
	int failed;
};

static int mend_head(struct look *l, const struct look_span *d)
{
	return look_write_head(l, d->segment);
}

/* By what was found; NULL: it is left, and why. */
static const struct {
	int (*mend)(struct look *l, const struct look_span *d);
	const char *what;
} cures[FOUND_KINDS] = {
	[FOUND_HEAD] = {mend_head, "the header is written anew"},
	[FOUND_FRAME] = {look_put_aside, "into quarantine/, a hole in its place"},
	[FOUND_BODY] = {NULL, "left: what fits of it is shipped"},
	[FOUND_HOLE] = {NULL, "left: what is missing is not there to be mended"},
	[FOUND_TORN] = {look_cut, "into quarantine/, and cut off"},
};

static void tell(const struct repair *p, const char *place, uint64_t bytes, const char *what, int r)
{
	bson_t d = BSON_INITIALIZER;

	BSON_APPEND_UTF8(&d, "place", place);
	BSON_APPEND_INT64(&d, "bytes", (int64_t)bytes);
	BSON_APPEND_UTF8(&d, "done", what);
	BSON_APPEND_BOOL(&d, "dry_run", p->dry_run);
	if (r < 0)
		BSON_APPEND_UTF8(&d, "failed", strerror(-r));
	if (p->c->json)
		ctl_json(&d);
	else
		printf("%s  %" PRIu64 " bytes: %s%s%s%s\n", place, bytes, p->dry_run ? "would be: " : "", what,
			r < 0 ? "; failed: " : "", r < 0 ? strerror(-r) : "");
	bson_destroy(&d);
}

/* The end of a segment that is not a whole frame is cut: less than a header would not hold a hole. */
static int cure(struct repair *p, const struct finding *f)
{
	bool end = f->span.at + f->span.size == p->look->segment[f->span.segment].bytes;

	if (f->kind == FOUND_FRAME && end)
		return look_cut(p->look, &f->span);
	return cures[f->kind].mend(p->look, &f->span);
}

static void repair_finding(struct repair *p, const struct finding *f)
{
	char place[SPOOL_PLACE];
	int r = 0;

	if (f->kind == FOUND_MENDED)
		return;
	ctl_place(place, p->look->segment[f->span.segment].number, f->span.at);
	if (cures[f->kind].mend && !p->dry_run)
		r = cure(p, f);
	tell(p, place, f->kind == FOUND_HOLE ? 0 : f->span.size, cures[f->kind].what, r);
	p->done += cures[f->kind].mend && r == 0;
	p->docs += f->docs;
	p->failed = p->failed ? p->failed : r;
}

/* ── dead letters ── */

static int letter(void *arg, const struct letter *x)
{
	(void)arg;
	(void)x;
	return 0;
}

static int copy(int from, int to, int64_t at, int64_t n)
{
	uint8_t bytes[65536];

	for (int64_t done = 0; done < n;) {
		ssize_t k = io_read(from, bytes, sizeof(bytes), (off_t)(at + done));
		struct iovec v = {bytes, k > 0 ? (size_t)k : 0};
		int r = k <= 0 ? (k < 0 ? (int)k : -EIO) : io_write_all(to, &v, 1, (off_t)done);

		if (r < 0)
			return r;
		done += k;
	}
	return io_sync(to);
}

static int cut_letters(const struct repair *p, const struct letters_end *e)
{
	char from_path[4200], to_path[4200];
	int from, to, r;

	snprintf(from_path, sizeof(from_path), "%s/dead-letter/%06u.bson", p->path, e->file);
	snprintf(to_path, sizeof(to_path), "%s/quarantine", p->path);
	if (mkdirat(AT_FDCWD, to_path, 0700) < 0 && errno != EEXIST)
		return -errno;
	snprintf(to_path, sizeof(to_path), "%s/quarantine/dead-letter-%06u-%" PRId64, p->path, e->file, e->at);
	r = from = io_open(AT_FDCWD, from_path, O_RDWR | O_NOFOLLOW, 0);
	if (from < 0)
		return r;
	r = to = io_open(AT_FDCWD, to_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (to >= 0) {
		r = copy(from, to, e->at, e->bytes);
		close(to);
	}
	if (r >= 0)
		r = io_truncate(from, (off_t)e->at);
	if (r >= 0)
		r = io_sync(from);
	close(from);
	return r;
}

static void letter_end(void *arg, const struct letters_end *e)
{
	struct repair *p = arg;
	char place[SPOOL_PLACE];
	int r = p->dry_run ? 0 : cut_letters(p, e);

	snprintf(place, sizeof(place), "dead-letter/%06u.bson:%" PRId64, e->file, e->at);
	tell(p, place, (uint64_t)e->bytes, "into quarantine/, and cut off", r);
	p->done += r >= 0;
	p->failed = p->failed || r >= 0 ? p->failed : r;
}

static int repair_letters(struct repair *p)
{
	struct genlog_err err = {0};
	struct letters l = {.dir = -1};
	int r = letters_open(&l, p->path, &err);

	if (r == 0)
		r = letters_each(&l, letter, letter_end, p);
	if (r < 0)
		ctl_error("%s", err.code ? err.text : strerror(-r));
	letters_close(&l);
	return r;
}

static void sum(const struct repair *p)
{
	if (p->c->json)
		return;
	printf("%" PRIu64 " places %s; %" PRIu64 " documents are missing, unless their sources are read again\n",
		p->done, p->dry_run ? "would be mended" : "mended", p->docs);
}

static int repair(struct repair *p)
{
	struct spool_scan x = {0};
	int r = spool_scan(&x, p->look, p->c);

	for (size_t i = 0; i < x.n && r == 0 && !p->failed; i++)
		repair_finding(p, &x.finding[i]);
	if (r == 0)
		r = repair_letters(p);
	if (r == 0)
		sum(p);
	if (p->failed)
		ctl_error("spool repair: stopped: %s%s; what was not mended is as it was", strerror(-p->failed),
			p->failed == -EFBIG ? " (quarantine/ has a limit of 64 MiB for a run)" : "");
	spool_scan_fini(&x);
	return r == 0 && !p->failed ? CTL_OK : CTL_FAILED;
}

static bool has_id(const struct look *l)
{
	bool whole = l->has_cursor || !l->n;

	for (size_t i = 0; i < l->n; i++)
		whole |= l->segment[i].head == LOOK_WHOLE;
	return whole;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const struct options *o = options;
	struct conf conf = {0};
	struct genlog_err err = {0};
	struct look l = {0};
	struct repair p = {.c = c, .look = &l, .dry_run = o->dry_run, .path = ctl_spool_path(c, o->spool, &conf)};
	int r = !p.path ? -1 : o->dry_run ? look_open(&l, p.path, &err) : look_open_locked(&l, p.path, &err);

	(void)argc;
	(void)argv;
	if (p.path && r < 0)
		ctl_error("%s%s", err.text, r == -EBUSY ? "; stop it before its spool is repaired" : "");
	if (r == 0 && !has_id(&l)) {
		ctl_error("spool %s: neither its cursor nor a segment says whose it is; nothing is done", p.path);
		r = -1;
	}
	r = r < 0 ? CTL_FAILED : repair(&p);
	look_fini(&l);
	conf_fini(&conf);
	return r;
}

const struct ctl_command ctl_spool_repair = {
	.name = "spool repair",
	.summary = "damage goes into quarantine/, what is good stays",
	.text = "Only while no agent has the spool.  Damaged bytes are copied into quarantine/ and a hole takes their "
		"place:\n"
		"no frame moves, and all that is good is delivered as before.  Exit codes: 0 done, or nothing to do; 1 "
		"not.\n"
		"\n"
		"  genlogctl spool repair --dry-run\n"
		"  systemctl stop genlogd && genlogctl spool repair && systemctl start genlogd\n",
	.size = sizeof(struct options),
	.options = rows,
	.run = run,
};
