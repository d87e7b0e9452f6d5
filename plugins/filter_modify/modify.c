/*
 * filter modify: puts, renames, copies, converts and removes fields.
 *
 *	filters:
 *	  - type: modify
 *	    when: ['module=MES']
 *	    copy: ['host=origin']
 *	    rename: ['usr=user_id', 'o.took=duration_ms']
 *	    set: ['team=mes']
 *	    add: ['environment=test']
 *	    split: ['labels=,']
 *	    convert: ['duration_ms=duration_ms', 'size=size', 'code=text']
 *	    remove: [password, context.o]
 *
 * Done in this order, each list from its beginning; where another order is wanted, another modify stands behind.
 * What cannot be converted stays as it is.  Without memory the event goes on as it is.
 */
#include "modify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum op { OP_COPY, OP_RENAME, OP_SET, OP_ADD, OP_SPLIT, OP_CONVERT, OP_REMOVE, OPS };

struct step {
	enum op op;
	enum as as;
	char *name; /* cut from `arg` at the sign */
	const char *arg;
};

struct modify {
	struct genlog_strs copy, rename, set, add, split, convert, remove, when;

	struct genlog_conds *conds;
	struct step *steps;
	size_t n;
};

static const struct genlog_opt opts[] = {
	GENLOG_LIST(struct modify, copy, .help = "FIELD=NAME: also under this name"),
	GENLOG_LIST(struct modify, rename, .help = "FIELD=NAME: under this name instead"),
	GENLOG_LIST(struct modify, set, .help = "FIELD=TEXT: whatever it was before"),
	GENLOG_LIST(struct modify, add, .help = "FIELD=TEXT: where the event has no such field"),
	GENLOG_LIST(struct modify, split,
		.help = "FIELD=SEPARATORS: a text becomes a list; the comma, where none is named"),
	GENLOG_LIST(struct modify, convert,
		.help = "FIELD=int, number, bool, text, lower, upper, duration_ms (of 1h30m, 12.5ms, 1:02:03) or size "
			"(of 4KiB)"),
	GENLOG_LIST(struct modify, remove, .help = "FIELD"),
	GENLOG_LIST(struct modify, when, .help = "conditions that all have to hold, such as module=MES"),
	{0},
};

static const char *const op_names[OPS] = {"copy", "rename", "set", "add", "split", "convert", "remove"};
static const char *const as_names[AS_COUNT] = {
	"int", "number", "bool", "text", "lower", "upper", "duration_ms", "size"};

static int fail(struct genlog_err *err, enum op op, size_t item, const char *text)
{
	static const char *const wanted[OPS] = {"FIELD=NAME", "FIELD=NAME", "FIELD=TEXT", "FIELD=TEXT",
		"FIELD=SEPARATORS", "FIELD=int, number, bool, text, lower, upper, duration_ms or size", "FIELD"};

	genlog_fail_opt(err, op_names[op], EINVAL, "\"%.64s\" has to be %s", text, wanted[op]);
	if (err)
		err->opt_item = (int)item;
	return -EINVAL;
}

static int as_read(struct step *s)
{
	for (int i = 0; i < AS_COUNT; i++)
		if (strcmp(s->arg, as_names[i]) == 0) {
			s->as = (enum as)i;
			return 0;
		}
	return -EINVAL;
}

static int step_open(struct modify *x, enum op op, size_t item, const char *text, struct genlog_err *err)
{
	struct step *s = &x->steps[x->n++];
	char *sign;

	s->op = op;
	s->name = strdup(text);
	if (!s->name)
		return -ENOMEM;
	sign = strchr(s->name, '=');
	s->arg = sign ? sign + 1 : ",";
	if (sign)
		*sign = 0;
	if (!*s->name || (!sign && op != OP_SPLIT && op != OP_REMOVE) || (sign && op == OP_REMOVE))
		return fail(err, op, item, text);
	if ((op == OP_COPY || op == OP_RENAME || op == OP_SPLIT) && !*s->arg)
		return fail(err, op, item, text);
	return op == OP_CONVERT && as_read(s) < 0 ? fail(err, op, item, text) : 0;
}

static int modify_open(void *self, struct genlog_err *err)
{
	struct modify *x = self;
	const struct genlog_strs *const lists[OPS] = {
		&x->copy, &x->rename, &x->set, &x->add, &x->split, &x->convert, &x->remove};
	size_t n = 0;
	int r = 0;

	for (int op = 0; op < OPS; op++)
		n += lists[op]->n;
	if (!n)
		return genlog_fail(
			err, EINVAL, "modify has nothing to do: no copy, rename, set, add, split, convert or remove");
	x->steps = calloc(n, sizeof(*x->steps));
	if (!x->steps)
		return -ENOMEM;
	for (int op = 0; r == 0 && op < OPS; op++)
		for (size_t i = 0; r == 0 && i < lists[op]->n; i++)
			r = step_open(x, (enum op)op, i, lists[op]->v[i], err);
	if (r < 0)
		return r;
	x->conds = genlog_conds_new(&x->when, "when", err);
	return x->conds ? 0 : -EINVAL;
}

static void modify_close(void *self)
{
	struct modify *x = self;

	for (size_t i = 0; i < x->n; i++)
		free(x->steps[i].name);
	free(x->steps);
	genlog_conds_free(x->conds);
}

/* ── what is done ── */

static void put(struct genlog_record *rec, const char *name, struct genlog_value v)
{
	genlog_remove(rec, name);
	genlog_put(rec, name, strlen(name), v);
}

/* Of a field within others: where its place is, its value is exchanged. */
struct swap {
	const char *path;
	struct genlog_value v;
};

static bool is_path(const char *path, const struct genlog_place *at)
{
	size_t n = strlen(path);

	for (; at; at = at->up) {
		if (n < at->len || memcmp(path + n - at->len, at->key, at->len) != 0)
			return false;
		n -= at->len;
		if (at->up && (n == 0 || path[--n] != '.'))
			return false;
	}
	return n == 0;
}

static enum genlog_edit swap_value(
	void *arg, struct genlog_record *rec, const struct genlog_place *at, struct genlog_value *v)
{
	const struct swap *s = arg;

	(void)rec;
	if (!at->up || !is_path(s->path, at))
		return GENLOG_LEAVE;
	*v = s->v;
	return GENLOG_REPLACE;
}

static void replace(struct genlog_record *rec, const char *name, struct genlog_value v)
{
	struct swap s = {strncmp(name, "context.", 8) == 0 ? name + 8 : name, v};

	if (strchr(s.path, '.'))
		genlog_each(rec, ~0U, swap_value, &s);
	else
		put(rec, name, v);
}

static void remove_field(struct genlog_record *rec, const char *name)
{
	while (genlog_remove(rec, name))
		;
}

static void step(struct genlog_record *rec, const struct step *s)
{
	struct genlog_value v;
	bool has = genlog_get(rec, s->name, &v);

	switch (s->op) {
	case OP_SET: put(rec, s->name, genlog_str(s->arg, strlen(s->arg))); return;
	case OP_ADD:
		if (!has)
			genlog_put(rec, s->name, strlen(s->name), genlog_str(s->arg, strlen(s->arg)));
		return;
	case OP_REMOVE: remove_field(rec, s->name); return;
	default: break;
	}
	if (!has || !value_keep(rec, &v))
		return;
	switch (s->op) {
	case OP_RENAME: genlog_remove(rec, s->name); /* fall through */
	case OP_COPY: put(rec, s->arg, v); return;
	case OP_SPLIT:
		if (v.type == GENLOG_V_STR && value_split(rec, s->arg, &v))
			replace(rec, s->name, v);
		return;
	default:
		if (value_convert(rec, s->as, &v))
			replace(rec, s->name, v);
	}
}

static enum genlog_verdict modify_filter(void *self, struct genlog_record *rec)
{
	const struct modify *x = self;

	if (genlog_conds_hold(x->conds, rec))
		for (size_t i = 0; i < x->n; i++)
			step(rec, &x->steps[i]);
	return GENLOG_KEEP;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "modify",
	.summary = "puts, renames, copies, converts and removes fields",
	.state_size = sizeof(struct modify),
	.opts = opts,
	.open = modify_open,
	.close = modify_close,
	.filter = modify_filter,
};
