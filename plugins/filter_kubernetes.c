/*
 * filter kubernetes: says which pod an event is of, from where its file lies.
 *
 *	filters:
 *	  - {type: kubernetes}
 *
 *	/var/log/pods/NAMESPACE_POD_UID/CONTAINER/RESTART.log      also rotated: 0.log.20251222-103045.gz
 *	/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log
 *	        ─► context.kubernetes: {namespace, pod, uid, container, restart}    container_id instead of the last and
 *uid
 *
 * Names are those that Kubernetes allows: none has a `_` in it.  A path that is not such a one changes nothing.  What a
 * program has written of that name itself is replaced: it does not choose the pod that it is of.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <genlog/bson.h>
#include <genlog/plugin.h>

#define NAME_MOST 253 /* of a pod; the others are shorter */
#define ID_LEN 64

enum part { NAMESPACE, POD, UID, CONTAINER, CONTAINER_ID, PARTS };
static const char *const keys[PARTS] = {"namespace", "pod", "uid", "container", "container_id"};

#define DOC_MOST (4 + PARTS * GENLOG_BSON_MAX(sizeof("container_id"), NAME_MOST + 5) + 32)

struct piece {
	const char *p;
	size_t n;
};

struct place {
	struct piece part[PARTS]; /* n = 0: not known */
	int64_t restart;	  /* -1: not known */
};

struct kubernetes {
	const char *field;
};

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct kubernetes, field, .def = "kubernetes", .help = "its name in the context"),
	{0},
};

static bool is_name(const struct piece *x)
{
	for (size_t i = 0; i < x->n; i++) {
		char c = x->p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
			return false;
	}
	return x->n > 0 && x->n <= NAME_MOST;
}

/* The three pieces between two `_`. */
static bool split(const struct piece *all, struct piece *first, struct piece *second, struct piece *third)
{
	const char *end = all->p + all->n, *a = memchr(all->p, '_', all->n), *b;

	b = a ? memchr(a + 1, '_', (size_t)(end - a - 1)) : NULL;
	if (!b)
		return false;
	*first = (struct piece){all->p, (size_t)(a - all->p)};
	*second = (struct piece){a + 1, (size_t)(b - a - 1)};
	*third = (struct piece){b + 1, (size_t)(end - b - 1)};
	return is_name(first) && is_name(second) && is_name(third);
}

/* The last component of [p, *end), which then ends before it. */
static struct piece last_of(const char *p, const char **end)
{
	const char *slash = memrchr(p, '/', (size_t)(*end - p));
	struct piece x = {slash ? slash + 1 : p, 0};

	x.n = (size_t)(*end - x.p);
	*end = slash ? slash : p;
	return x;
}

static bool read_restart(const struct piece *file, int64_t *n)
{
	size_t i = 0;

	for (*n = 0; i < file->n && i < 9 && file->p[i] >= '0' && file->p[i] <= '9'; i++)
		*n = 10 * *n + (file->p[i] - '0');
	return i > 0 && file->n - i >= 4 && memcmp(file->p + i, ".log", 4) == 0;
}

static bool of_pods(const char *path, size_t n, struct place *x)
{
	const char *end = path + n;
	struct piece file = last_of(path, &end), container = last_of(path, &end), folder = last_of(path, &end);

	x->part[CONTAINER] = container;
	return read_restart(&file, &x->restart) && is_name(&container) &&
	       split(&folder, &x->part[NAMESPACE], &x->part[POD], &x->part[UID]);
}

static bool of_containers(const char *path, size_t n, struct place *x)
{
	const char *end = path + n;
	struct piece file = last_of(path, &end), *id = &x->part[CONTAINER_ID], *name = &x->part[CONTAINER];

	if (file.n < ID_LEN + 6 || memcmp(file.p + file.n - 4, ".log", 4) != 0)
		return false;
	file.n -= 4;
	if (!split(&file, &x->part[POD], &x->part[NAMESPACE], name) || name->n < ID_LEN + 2)
		return false;
	*id = (struct piece){name->p + name->n - ID_LEN, ID_LEN};
	name->n -= ID_LEN + 1;
	for (size_t i = 0; i < ID_LEN; i++)
		if (!strchr("0123456789abcdef", id->p[i]))
			return false;
	return name->p[name->n] == '-';
}

static size_t write_doc(uint8_t *doc, const struct place *x)
{
	uint8_t *w = genlog_bson_begin(doc);

	for (int i = 0; i < PARTS; i++)
		if (x->part[i].n)
			w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, keys[i], strlen(keys[i])),
				x->part[i].p, x->part[i].n);
	if (x->restart >= 0)
		w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, "restart", 7), x->restart);
	return (size_t)(genlog_bson_end(doc, w) - doc);
}

static int kubernetes_open(void *self, struct genlog_err *err)
{
	const struct kubernetes *k = self;

	return *k->field ? 0 : genlog_fail_opt(err, "field", EINVAL, "the name of the field is empty");
}

/* Without memory the event goes on as it is: it is worth more than the field. */
static enum genlog_verdict kubernetes_filter(void *self, struct genlog_record *rec)
{
	const struct kubernetes *k = self;
	struct place x = {.restart = -1}, y = {.restart = -1};
	uint8_t doc[DOC_MOST];
	struct genlog_value v = {.type = GENLOG_V_DOC, .u.p = (const char *)doc};
	size_t n = rec->origin ? strlen(rec->origin) : 0;

	if (!n)
		return GENLOG_KEEP;
	if (of_pods(rec->origin, n, &x))
		v.n = (uint32_t)write_doc(doc, &x);
	else if (of_containers(rec->origin, n, &y))
		v.n = (uint32_t)write_doc(doc, &y);
	if (v.n)
		(void)genlog_context_put(rec, k->field, strlen(k->field), v);
	return GENLOG_KEEP;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "kubernetes",
	.summary = "says which pod an event is of, from where its file lies",
	.state_size = sizeof(struct kubernetes),
	.opts = opts,
	.open = kubernetes_open,
	.filter = kubernetes_filter,
};
