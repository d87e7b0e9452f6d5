/*
 * input tail inside.
 *
 *	tail.c      the plugin: settings, start, the ready queue's turns
 *	glob.c      patterns with ** against paths
 *	dirs.c      folders: which ones, what is in them, their watches
 *	index.c     a folder by its watch, and by its path
 *	events.c    what the kernel says of them
 *	files.c     files: opening, finding, closing
 *	identify.c  who a file is, among those with the same first line
 *	known.c     positions: what is known of every generation from before
 *	read.c      from a file to lines
 *	rotate.c    renamed, truncated, deleted, and copies of what was
 *	stream.c    .gz, .zst, .xz as streams of bytes
 *	damaged.c   those of them that are cut or damaged
 *	replay.c    files that are read alone, under the names that they had
 *	text.c      encodings other than UTF-8
 *
 * A file is known by its generation (a hash of node, path without rotation suffix, and first line) and, among several
 * lives with one name, by the bytes just before the offset; device and inode only say which open file is meant.
 *
 *	found ──► pending (no first line yet) ──► following ──► rotated: read to the end, a quiet time ──► closed
 *	                                            │ truncated: a new life at offset 0
 *
 * There is no buffer a file: the one buffer of the input is filled from the offset, whole lines are handed over, and
 * the rest is read again when more has come.
 */
#ifndef INPUT_TAIL_H
#define INPUT_TAIL_H

#include <genlog/plugin.h>
#include <sys/stat.h>
#include <time.h>

#define TAIL_BYTES 32	       /* of the bytes before an offset */
#define FIRST_LINE 1024	       /* what names a generation, at most */
#define READ_CHUNK (256 << 10) /* one read */
#define KNOWN_INODES 4096
#define DIR_BUCKETS 1024
#define READ_TURN 4 /* chunks of one file before the next one's turn */
#define MARKS 8	    /* earlier offsets that a life is known by, too */

enum { START_BEGINNING, START_END };

/* The bytes before an offset, as a hash. */
struct mark {
	uint64_t offset, tail;
};

/* What is known of one life of a file; kept in the spool as a position. */
struct known {
	struct known *next, *by_inode; /* by_inode: the file where it was seen last */
	uint64_t generation, salt;
	uint64_t offset;
	uint64_t dev, ino;
	int64_t seen_ms;
	uint8_t tail_len;
	uint64_t tail; /* hash of the `tail_len` bytes before the offset: they may hold what a filter takes out */
	bool done;     /* a compressed file was read to its end; `dev`, `ino`, `size` tell which */
	uint64_t size;
	struct tfile *user;	 /* who is reading it; NULL: nobody */
	uint64_t path_hash;	 /* of the path without rotation suffix */
	struct mark mark[MARKS]; /* ascending; the nearer to the offset, the closer together.  In memory only */
	uint8_t marks;
	bool cut; /* its file was truncated, and no copy has gone on for it */
};

struct stream;

struct tfile {
	struct tfile *by_path, *by_inode; /* chains */
	struct tfile *next_ready, *next_rotated;
	char *path; /* as found */
	char *real; /* where it really lies; the key of events */
	uint64_t real_hash;
	int fd;
	dev_t dev;
	ino_t ino;
	struct known *known; /* NULL: pending, no first line yet */
	struct genlog_source *source;
	struct stream *stream; /* compressed; NULL: plain */
	uint64_t offset;       /* of the first byte not taken */
	uint64_t scanned;      /* up to here there is no newline */
	uint64_t size;	       /* as last seen */
	uint64_t old_size;     /* as seen the time before */
	int64_t grown_ms;      /* when bytes were last read, monotonic */
	int64_t quiet_since;   /* rotated: since when nothing came */
	uint64_t long_end;     /* behind the line that is longer than max_line, once it has been found */
	bool ready, rotated, deleted, listed_rotated, sibling;
	bool original; /* the inode in which its bytes were read before: no copy of them */
	bool at_end;   /* rotated and quiet: an unfinished last line counts as one */
	bool skipping; /* in a line longer than max_line */
	bool given_up; /* compressed, and cut or damaged: what there is has been read */
	bool live;     /* read alone while somebody may still write to it */
};

/* What a folder is watched for; each includes those before it. */
enum dir_use {
	DIR_NAMES,   /* that a folder in it comes or goes */
	DIR_TARGETS, /* files in it that links point to */
	DIR_READ,    /* files in it that patterns name */
};

struct tdir {
	struct tdir *next, *before, *by_wd, *by_real;
	char *path, *real;
	dev_t dev;
	ino_t ino;
	int wd; /* -1: polled */
	enum dir_use use;
	bool stale; /* its events were told too late to make sense: it has to be read again */
};

struct replayed {
	char *path, *as;
};

struct tail {
	struct genlog_strs paths, exclude;
	int start;
	const char *encoding;
	int64_t rotate_wait, poll_interval;
	bool follow_links;

	struct genlog_input *in;
	const struct genlog_host *host;
	char **pattern; /* absolute */
	size_t patterns;
	int inotify;
	struct genlog_watch *watch;
	struct genlog_timer *turn, *tick, *poll, *flush;
	struct tdir *dirs;
	struct tdir *dir_by_wd[DIR_BUCKETS], *dir_by_real[DIR_BUCKETS];
	struct tfile **file_by_path, **file_by_inode;
	size_t file_cap, files;
	struct tfile *ready, **ready_end, *rotated;
	struct known **known, *by_inode[KNOWN_INODES];
	size_t known_cap, knowns;
	char *buf;
	size_t buf_cap;
	struct text_conv *conv;
	bool first_scan, started_before, links_stale, dirs_stale; /* dirs_stale: one of them is */
	bool polling, waiting;					  /* waiting: the spool is full */
	uint64_t random;
	uint64_t refused_hash; /* of the last path that could not be opened and was told */
	struct replayed *replay;
	size_t replays; /* 0: it reads what its paths name */
};

static inline int64_t tail_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* glob.c */
bool glob_match(const char *pattern, const char *path);
bool glob_below(const char *pattern, const char *dir); /* whether something below `dir` may match */
size_t glob_base(const char *pattern);		       /* length of its folders without wildcards */
bool tail_wants(const struct tail *t, const char *path);
bool tail_wants_below(const struct tail *t, const char *dir);
bool tail_wants_sibling(const struct tail *t, const char *path); /* a rotated form of a file that is wanted */

/* hash.c */
uint64_t tail_hash(const void *p, size_t n, uint64_t seed);
uint64_t path_hash(const char *path); /* without its rotation suffix */
size_t base_len(const char *path);    /* `/x/app.log.3.gz` → length of `/x/app.log` */

/* index.c: a folder is linked, and then has a watch or none. */
struct tdir *dir_of_wd(struct tail *t, int wd);
struct tdir *dir_of_real(struct tail *t, const char *real);
void dir_set_wd(struct tail *t, struct tdir *d, int wd); /* -1: none */
void dir_link(struct tail *t, struct tdir *d);
void dir_unlink(struct tail *t, struct tdir *d);

/* dirs.c */
int dirs_discover(struct tail *t); /* all patterns from their bases; idempotent */
void dirs_free(struct tail *t);
struct tdir *dir_add(struct tail *t, const char *path, enum dir_use use);
void dir_scan(struct tail *t, struct tdir *d);
void dir_remove(struct tail *t, struct tdir *d);
bool dirs_check(struct tail *t);		  /* removes those that are not there any more; true: some were */
void links_again(struct tail *t);		  /* where they point to may have changed */
void dir_entry(struct tail *t, const char *path); /* a name has appeared */

/* events.c */
int events_open(struct tail *t);

/* files.c */
struct tfile *file_by_real(struct tail *t, const char *real);
struct tfile *file_found(struct tail *t, const char *path); /* opens it unless it is open already */
void file_renamed(struct tail *t, struct tfile *f, const char *real);
void file_close(struct tail *t, struct tfile *f);
void file_ready(struct tail *t, struct tfile *f);
bool file_is_there(const struct tfile *f); /* under its name, and no other file */
void files_free(struct tail *t);

/* identify.c */
int file_identify(struct tail *t, struct tfile *f); /* 1: known now; 0: not yet; -EBUSY: a copy; -errno */

/* known.c */
int known_load(struct tail *t);
void known_started(struct tail *t); /* the first start is over, for ever */
struct known *known_new(struct tail *t, uint64_t generation, uint64_t path);
struct known *known_next(const struct tail *t, uint64_t generation, const struct known *after);
int known_store(struct tail *t, struct known *k);
void known_moved(struct tail *t, struct known *k, const struct tfile *f); /* it lies in another file now */
void known_forget_old(struct tail *t);
void known_free(struct tail *t);
/* Remembers where it was before it moves on. */
void known_mark(struct known *k);
/* When of all lives of that path, by hash, the one was last read that was read the longest ago; 0: none ever was. */
int64_t known_path_since(const struct tail *t, uint64_t path);
bool known_is_done(const struct tail *t, const struct stat *st);
/* Those that were seen last in that inode, one after the other. */
struct known *known_at_inode(const struct tail *t, dev_t dev, ino_t ino, const struct known *after);

/* What genlog_plugin.describe() has to tell. */
int tail_describe(void *state, struct genlog_input *in, const char *path, struct genlog_source_desc *out);

/* read.c */
bool file_read(struct tail *t, struct tfile *f); /* true: there may be more at once */
void file_behind(struct tfile *f);		 /* the spool is full: that there is more is told all the same */
void file_taken(struct tail *t, struct tfile *f, const char *p, size_t n);
bool tail_matches(struct tfile *f, const struct known *k);
/* It ends before the offset, and has the bytes that were there: all of it has been read. */
bool tail_is_earlier(struct tfile *f, const struct known *k);
ssize_t file_get(struct tfile *f, void *p, size_t n, uint64_t at);

/* rotate.c */
void file_truncated(struct tail *t, struct tfile *f);
/* As above, where it is known already whether a copy of what it held goes on for it. */
void file_cut(struct tail *t, struct tfile *f, bool copied);
void file_rotated(struct tail *t, struct tfile *f);
void rotated_tick(struct tail *t);
void siblings_adopt(struct tail *t, const char *path); /* rotated away before we came: finished first */

/* stream.c */
struct stream *stream_open(int fd, const char *path, int *error); /* NULL and 0: a plain file */
void stream_free(struct stream *s);
/* The bytes at `offset` of what it holds, like pread(); cheap as long as offsets grow. */
ssize_t stream_read(struct stream *s, void *p, size_t n, uint64_t offset);
bool stream_is_whole(const struct stream *s); /* its end was reached, and was a proper one */
bool stream_is_broken(const struct stream *s);
bool path_is_compressed(const char *path);

/* damaged.c */
bool damaged_give_up(struct tail *t, struct tfile *f); /* true: now; its last piece and the gap are to be told */
void damaged_tell(struct tfile *f);
void damaged_look_again(struct tfile *f, uint64_t size);

/* replay.c */
int tail_replay(void *state, const char *path, const char *as);
void replay_start(struct tail *t);
void replay_free(struct tail *t);
/* How much of the `n` bytes at p, which end where the file does, may be handed over; `over`: nothing will be added. */
size_t replay_settled(const struct tail *t, const struct tfile *f, const char *p, size_t n, bool *over);

/* text.c */
struct text_conv *conv_open(const char *encoding); /* NULL with errno */
void conv_free(struct text_conv *c);
/* Whole lines at p, converted and handed over.  Like genlog_lines(). */
ssize_t conv_lines(
	struct text_conv *c, struct genlog_source *src, const char *p, size_t n, uint64_t offset, unsigned flags);

#endif
