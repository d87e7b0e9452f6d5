#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include <genlog/record.h>

#define COLLECTION_MAX 64

/* An argument's name, cut at its dots. */
struct path {
	const char *p[PLAN_DEPTH];
	uint16_t n[PLAN_DEPTH];
	unsigned depth;
	bool done;
};

struct planner {
	struct plan *plan;
	struct path paths[GL_ARGS_MAX];
	unsigned n_args;
	char *w;
	struct path open; /* the containers that are, by name */
};

static bool may_name(const char *p)
{
	size_t n = strlen(p);

	if (!n || n > COLLECTION_MAX || *p == '.' || strncmp(p, "system.", 7) == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z') && !(p[i] >= '0' && p[i] <= '9') &&
			!strchr("_.-", p[i]))
			return false;
	return true;
}

/* The rest of a name that nests too deeply is one key. */
static void cut(struct path *x, const char *p, size_t n)
{
	const char *end = p + n, *dot;

	do {
		dot = x->depth + 1 < PLAN_DEPTH ? memchr(p, '.', (size_t)(end - p)) : NULL;
		x->p[x->depth] = p;
		x->n[x->depth++] = (uint16_t)((dot ? dot : end) - p);
		p = dot ? dot + 1 : end;
	} while (dot);
}

/* Names as documents have them, so that what becomes the same is the same. */
static void fit(struct planner *k, struct path *x)
{
	for (unsigned i = 0; i < x->depth; i++) {
		const char *p = x->n[i] ? x->p[i] : "field";

		x->n[i] = (uint16_t)genlog_key_fit(k->w, p, x->n[i] ? x->n[i] : 5);
		x->p[i] = k->w;
		k->w[x->n[i]] = 0;
		k->w += x->n[i] + 1;
	}
}

static void cut_all(struct planner *k, const char *p, size_t n)
{
	const char *end = p + n, *comma;

	for (unsigned i = 0; i < k->n_args; i++) {
		while (p < end && *p == ' ')
			p++;
		comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL;
		cut(&k->paths[i], p, (size_t)((comma ? comma : end) - p));
		fit(k, &k->paths[i]);
		p = comma ? comma + 1 : end;
	}
}

static bool same_part(const struct path *a, const struct path *b, unsigned i)
{
	return a->n[i] == b->n[i] && memcmp(a->p[i], b->p[i], a->n[i]) == 0;
}

static unsigned common(const struct path *a, const struct path *b)
{
	unsigned i = 0;

	while (i < a->depth && i < b->depth && same_part(a, b, i))
		i++;
	return i;
}

/* What another name says again, or goes into, is not a field. */
static void drop_doubles(struct planner *k)
{
	for (unsigned i = 0; i < k->n_args; i++)
		for (unsigned j = 0; j < k->n_args; j++) {
			unsigned same = common(&k->paths[i], &k->paths[j]);

			if (i != j && same == k->paths[i].depth && (k->paths[j].depth > same || j > i))
				k->paths[i].done = true;
		}
}

static bool is_number(const struct path *x, unsigned i)
{
	for (unsigned c = 0; c < x->n[i]; c++)
		if (x->p[i][c] < '0' || x->p[i][c] > '9')
			return false;
	return x->n[i] > 0;
}

/* All names below it are numbers. */
static bool is_array(const struct planner *k, const struct path *x, unsigned depth)
{
	for (unsigned i = 0; i < k->n_args; i++)
		if (k->paths[i].depth > depth && common(&k->paths[i], x) >= depth && !is_number(&k->paths[i], depth))
			return false;
	return true;
}

static void step(struct planner *k, enum plan_op op, unsigned arg, const struct path *x, unsigned part)
{
	struct plan_step *s = &k->plan->steps[k->plan->n++];

	*s = (struct plan_step){.op = (uint8_t)op, .arg = (uint8_t)arg, .p = ""};
	if (op == PLAN_CLOSE)
		return;
	s->p = x->p[part];
	s->n = x->n[part];
	k->plan->room += s->n + 40U;
}

/* The next field: one that shares as much as may be with what is open. */
static struct path *next(struct planner *k, unsigned *shared)
{
	for (unsigned depth = k->open.depth + 1; depth-- > 0;)
		for (unsigned i = 0; i < k->n_args; i++)
			if (!k->paths[i].done && common(&k->paths[i], &k->open) >= depth && k->paths[i].depth > depth) {
				*shared = depth;
				return &k->paths[i];
			}
	return NULL;
}

static void lay_out(struct planner *k)
{
	struct path *x;
	unsigned shared;

	while ((x = next(k, &shared))) {
		for (; k->open.depth > shared; k->open.depth--)
			step(k, PLAN_CLOSE, 0, NULL, 0);
		for (unsigned i = shared; i + 1 < x->depth; i++) {
			step(k, is_array(k, x, i + 1) ? PLAN_ARRAY : PLAN_DOC, 0, x, i);
			k->open.p[i] = x->p[i];
			k->open.n[i] = x->n[i];
			k->open.depth = i + 1;
		}
		step(k, PLAN_FIELD, (unsigned)(x - k->paths), x, x->depth - 1);
		x->done = true;
	}
	for (; k->open.depth; k->open.depth--)
		step(k, PLAN_CLOSE, 0, NULL, 0);
}

static bool has(const struct planner *k, const char *name)
{
	for (unsigned i = 0; i < k->n_args; i++)
		if (k->paths[i].n[0] == strlen(name) && memcmp(k->paths[i].p[0], name, k->paths[i].n[0]) == 0)
			return true;
	return false;
}

static void look_for_names(struct planner *k, const struct site *t)
{
	struct plan *p = k->plan;

	for (unsigned i = 0; i < k->n_args; i++) /* its own is the agent's to make */
		if (k->paths[i].n[0] == 3 && memcmp(k->paths[i].p[0], "_id", 3) == 0)
			k->paths[i].done = true;
	p->has_node = has(k, "node_id");
	p->has_environment = has(k, "environment");
	p->has_version = has(k, "version");
	p->has_created = has(k, "createdAt");
	p->has_source = has(k, "source");
	p->wants_timestamp = strcmp(t->collection, "integration_event_log") == 0 && !has(k, "timestamp");
}

struct plan *plan_new(const struct site *t, const char *names, size_t n, const char **error)
{
	struct planner k = {.n_args = t->n_args};

	if (!may_name(t->collection)) {
		*error = "its collection has a name that none may have";
		return NULL;
	}
	k.plan = calloc(1, sizeof(*k.plan) + 3 * n + 1024);
	if (!k.plan)
		return NULL;
	k.w = k.plan->keys;
	cut_all(&k, names, n);
	look_for_names(&k, t);
	drop_doubles(&k);
	lay_out(&k);
	return k.plan;
}

void plan_free(struct plan *p)
{
	free(p);
}
