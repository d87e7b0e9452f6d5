/*
 * RFC 9636.  A file is a header and a block with 32-bit times, and from version 2 on the same again with 64 bits and
 * a rule in a line at the end.  Every count is checked against the length before anything is read.
 */
#include "base/tz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tz_rule.h"

#define FOLDER "/usr/share/zoneinfo"
#define HEADER 44
#define MAX_FILE (256 * 1024)
#define MAX_COUNT 4096
#define MAX_OFFSET (26 * 3600)
#define DAY 86400
#define EARLIEST (-2 * 366 * DAY) /* changes before 1968 concern nobody's log */

static const int32_t zero_offset[1];
const struct tz tz_utc = {.offset = zero_offset, .name = "UTC"};

struct header {
	uint32_t isut, isstd, leap, time, type, chars;
	uint8_t version;
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static int header_read(struct header *h, const uint8_t *p, size_t n)
{
	if (n < HEADER || memcmp(p, "TZif", 4) != 0)
		return -EINVAL;
	*h = (struct header){be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32), be32(p + 36), be32(p + 40), p[4]};
	if (h->isut > MAX_COUNT || h->isstd > MAX_COUNT || h->leap > MAX_COUNT || h->time > MAX_COUNT ||
		h->type > 256 || h->type == 0 || h->chars > MAX_COUNT)
		return -EINVAL;
	return 0;
}

static size_t block_size(const struct header *h, size_t width)
{
	return h->time * (width + 1) + (size_t)h->type * 6 + h->chars + h->leap * (width + 4) + h->isstd + h->isut;
}

static int offset_of(const struct header *h, const uint8_t *types, size_t type, int32_t *out)
{
	int32_t off = type < h->type ? (int32_t)be32(types + type * 6) : MAX_OFFSET + 1;

	if (off > MAX_OFFSET || off < -MAX_OFFSET)
		return -EINVAL;
	*out = off;
	return 0;
}

/* The block's changes; `z` has room for all of them and the rule's. */
static int block_read(struct tz_build *b, const struct header *h, const uint8_t *p, size_t width)
{
	const uint8_t *index = p + h->time * width, *types = index + h->time;
	int r = offset_of(h, types, 0, &b->offset[0]);

	for (size_t i = 0; r == 0 && i < h->time; i++) {
		int64_t at = width == 8 ? be64(p + i * 8) : (int32_t)be32(p + i * 4);
		int32_t off = 0;

		r = offset_of(h, types, index[i], &off);
		if (r == 0)
			r = tz_build_add(b, at < EARLIEST ? INT64_MIN : at, off);
	}
	return r;
}

static int rule_line(struct tz_build *b, const uint8_t *p, size_t n)
{
	const uint8_t *nl = n > 1 && *p == '\n' ? memchr(p + 1, '\n', n - 1) : NULL;
	char line[256];
	size_t len = nl ? (size_t)(nl - p - 1) : 0;

	if (!nl || len >= sizeof(line))
		return -EINVAL;
	memcpy(line, p + 1, len);
	line[len] = 0;
	return len ? tz_rule_expand(b, line) : 0;
}

static int file_read(struct tz_build *b, const uint8_t *p, size_t n)
{
	struct header h = {0};
	size_t size;
	int r = header_read(&h, p, n);

	if (r < 0)
		return r;
	size = HEADER + block_size(&h, 4);
	if (size > n)
		return -EINVAL;
	if (h.version == 0)
		return h.leap ? -EINVAL : block_read(b, &h, p + HEADER, 4);
	p += size;
	n -= size;
	r = header_read(&h, p, n);
	size = HEADER + block_size(&h, 8);
	if (r < 0 || size > n || h.leap)
		return -EINVAL;
	r = block_read(b, &h, p + HEADER, 8);
	return r < 0 ? r : rule_line(b, p + size, n - size);
}

static int build_init(struct tz_build *b)
{
	b->most = MAX_COUNT + TZ_RULE_CHANGES;
	b->at = malloc(b->most * sizeof(*b->at));
	b->offset = malloc((b->most + 1) * sizeof(*b->offset));
	b->n = 0;
	return b->at && b->offset ? 0 : -ENOMEM;
}

/* Into the arena goes what was found, not what there might have been. */
static int build_done(struct tz_build *b, struct tz *z, struct arena *a, int r)
{
	int64_t *at = r == 0 ? arena_array(a, b->n + 1, sizeof(*at)) : NULL;
	int32_t *offset = r == 0 ? arena_array(a, b->n + 1, sizeof(*offset)) : NULL;

	if (r == 0 && (!at || !offset))
		r = -ENOMEM;
	if (r == 0) {
		memcpy(at, b->at, b->n * sizeof(*at));
		memcpy(offset, b->offset, (b->n + 1) * sizeof(*offset));
		*z = (struct tz){at, offset, b->n, z->name};
	}
	free(b->at);
	free(b->offset);
	return r;
}

int tz_parse(struct tz *z, struct arena *a, const uint8_t *p, size_t n, struct genlog_err *err)
{
	struct tz_build b = {0};
	int r = build_init(&b);

	if (r == 0)
		r = file_read(&b, p, n);
	r = build_done(&b, z, a, r);
	return r == -EINVAL ? genlog_fail(err, EINVAL, "the zone's file is damaged") : r;
}

int tz_parse_rule(struct tz *z, struct arena *a, const char *rule, struct genlog_err *err)
{
	struct tz_build b = {0};
	int r = build_init(&b);

	if (r == 0)
		r = tz_rule_expand(&b, rule);
	r = build_done(&b, z, a, r);
	return r == -EINVAL ? genlog_fail(err, EINVAL, "\"%.80s\" is no rule for a time zone", rule) : r;
}

static int slurp(int fd, uint8_t **out, size_t *len)
{
	struct stat st;
	uint8_t *p;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > MAX_FILE)
		return -EINVAL;
	p = malloc((size_t)st.st_size + 1);
	if (!p)
		return -ENOMEM;
	n = read(fd, p, (size_t)st.st_size);
	*out = p;
	*len = n > 0 ? (size_t)n : 0;
	return 0;
}

static int path_load(const struct tz **out, struct arena *a, const char *path, const char *name, struct genlog_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), r = fd < 0 ? -errno : 0;
	struct tz *z = arena_alloc(a, sizeof(*z));
	uint8_t *bytes = NULL;
	size_t n = 0;

	if (r == 0)
		r = slurp(fd, &bytes, &n);
	if (fd >= 0)
		close(fd);
	if (r == 0 && z)
		z->name = arena_str(a, name);
	if (!z || (r == 0 && !z->name))
		r = -ENOMEM;
	if (r == 0)
		r = tz_parse(z, a, bytes, n, err);
	free(bytes);
	if (r == 0)
		*out = z;
	return r;
}

/* No name leaves the folder. */
static bool is_name(const char *s)
{
	if (!*s || *s == '/' || strlen(s) > 128 || strstr(s, ".."))
		return false;
	return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")] == 0;
}

static int named_load(const struct tz **out, struct arena *a, const char *name, struct genlog_err *err)
{
	char *path;
	int r;

	if (!is_name(name))
		return genlog_fail(
			err, EINVAL, "\"%.80s\" is no time zone; write one like Europe/Berlin or +01:00", name);
	path = arena_printf(a, FOLDER "/%s", name);
	if (!path)
		return -ENOMEM;
	r = path_load(out, a, path, name, err);
	if (r == 0 || r == -ENOMEM)
		return r;
	if (access(FOLDER "/UTC", R_OK) < 0 && access(FOLDER "/Etc/UTC", R_OK) < 0)
		return genlog_fail(err, ENOENT, "no time zone \"%.80s\": " FOLDER " is empty; install tzdata", name);
	return genlog_fail(
		err, ENOENT, "no time zone \"%.80s\" in " FOLDER "; write one like Europe/Berlin or +01:00", name);
}

static int fixed_load(const struct tz **out, struct arena *a, const char *name, int32_t offset)
{
	struct tz *z = arena_alloc(a, sizeof(*z));
	int32_t *o = arena_alloc(a, sizeof(*o));
	char *copy = arena_str(a, name);

	if (!z || !o || !copy)
		return -ENOMEM;
	*o = offset;
	*z = (struct tz){.offset = o, .name = copy};
	*out = z;
	return 0;
}

static int rule_load(const struct tz **out, struct arena *a, const char *rule)
{
	struct tz *z = arena_alloc(a, sizeof(*z));
	char *copy = arena_str(a, rule);
	int r = z && copy ? tz_parse_rule(z, a, rule, NULL) : -ENOMEM;

	if (r < 0)
		return r;
	z->name = copy;
	*out = z;
	return 0;
}

/* As tzset(3) goes about it; what cannot be read means UTC there too. */
static int host_load(const struct tz **out, struct arena *a)
{
	const char *tz = getenv("TZ");
	int r;

	tz = tz && *tz == ':' ? tz + 1 : tz;
	if (!tz)
		r = path_load(out, a, "/etc/localtime", "local", NULL);
	else if (*tz == '/')
		r = path_load(out, a, tz, tz, NULL);
	else
		r = is_name(tz) ? named_load(out, a, tz, NULL) : -ENOENT;
	if (r < 0 && r != -ENOMEM && tz && *tz && *tz != '/')
		r = rule_load(out, a, tz);
	if (r < 0 && r != -ENOMEM)
		*out = &tz_utc;
	return r == -ENOMEM ? r : 0;
}

int tz_load(const struct tz **out, struct arena *a, const char *name, struct genlog_err *err)
{
	int32_t offset = 0;

	if (!name)
		return host_load(out, a);
	if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0 || strcmp(name, "GMT") == 0) {
		*out = &tz_utc;
		return 0;
	}
	if (*name && tz_parse_offset(name, strlen(name), &offset) == strlen(name))
		return fixed_load(out, a, name, offset);
	return named_load(out, a, name, err);
}

static bool two(const char *p, int max, int *out)
{
	unsigned a = (unsigned)p[0] - '0', b = (unsigned)p[1] - '0';

	if (a > 9 || b > 9 || (int)(a * 10 + b) > max)
		return false;
	*out = (int)(a * 10 + b);
	return true;
}

size_t tz_parse_offset(const char *p, size_t n, int32_t *out)
{
	int h = 0, m = 0, sign;
	size_t used = 3, colon;

	if (n && (*p == 'Z' || *p == 'z')) {
		*out = 0;
		return 1;
	}
	if (n < 3 || (*p != '+' && *p != '-') || !two(p + 1, 25, &h))
		return 0;
	colon = n >= 6 && p[3] == ':';
	if (n >= 5 + colon && two(p + 3 + colon, 59, &m))
		used = 5 + colon;
	sign = *p == '-' ? -1 : 1;
	*out = sign * (h * 3600 + m * 60);
	return used;
}

/* How many changes have been made by `t`. */
static size_t changes_by(const struct tz *z, int64_t t)
{
	const int64_t *base = z->at;
	size_t n = z->n;

	while (n > 1) {
		size_t half = n / 2;

		base = base[half - 1] <= t ? base + half : base;
		n -= half;
	}
	return z->n ? (size_t)(base - z->at) + (*base <= t) : 0;
}

int32_t tz_offset_at(const struct tz *z, int64_t utc)
{
	return z->offset[changes_by(z, utc)];
}

/* From the earliest period that it can be in onwards, so that of two readings the earlier one is met first. */
int64_t tz_to_utc(const struct tz *z, int64_t local, unsigned *flags)
{
	size_t first = changes_by(z, local - MAX_OFFSET), i = first;
	int64_t utc = local - z->offset[i];

	while (i < z->n && utc >= z->at[i])
		utc = local - z->offset[++i];
	if (i > first && utc < z->at[i - 1]) {
		*flags |= TZ_GAP;
		return local - z->offset[i - 1];
	}
	if (i < z->n && local - z->offset[i + 1] >= z->at[i])
		*flags |= TZ_FOLD;
	return utc;
}
