/*
 * filter route: sends events to another collection.
 *
 *	filters:
 *	  - {type: route, rules: ['level=ERROR|CRITICAL -> error_logs', 'class_name~^audit && user_id -> audit_log']}
 *
 * The first rule whose conditions all hold decides; without one the event goes where its input says.  Conditions are
 * those of genlog/pattern.h.  What is read out of a stack trace stays in error_stack_traces.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <genlog/pattern.h>
#include <genlog/plugin.h>

/* With the name of a database before it, within the 255 bytes that MongoDB allows. */
#define NAME_MAX_LEN 180
#define CONDS_MAX 16

struct rule {
	char *text; /* the conditions, cut apart, and the name */
	const char *collection;
	struct genlog_conds *conds;
};

struct route {
	struct genlog_strs rules;
	struct rule *made;
};

static const struct genlog_opt opts[] = {
	GENLOG_LIST(struct route, rules, .required = true, .help = "CONDITION [&& CONDITION …] -> COLLECTION"),
	{0},
};

static int fail(struct genlog_err *err, size_t item, const char *why, const char *text)
{
	genlog_fail_opt(err, "rules", EINVAL, "\"%.64s\" %s", text, why);
	if (err)
		err->opt_item = (int)item;
	return -EINVAL;
}

static const char *name_fault(const char *name)
{
	if (!*name)
		return "is a rule without a collection: CONDITION -> COLLECTION";
	if (strlen(name) > NAME_MAX_LEN)
		return "is too long for the name of a collection";
	if (strchr(name, '$') || strncmp(name, "system.", 7) == 0 || *name == '.')
		return "cannot be the name of a collection: it has a $ in it, or begins with system. or a dot";
	for (; *name; name++)
		if ((unsigned char)*name <= ' ' || *name == 0x7f)
			return "cannot be the name of a collection: it has a blank in it";
	return NULL;
}

static void trim(char *p)
{
	size_t n = strlen(p);

	while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		p[--n] = 0;
}

static char *begin(char *p)
{
	return p + strspn(p, " \t");
}

static int rule_open(struct route *x, size_t item, struct genlog_err *err)
{
	struct rule *r = &x->made[item];
	const char *conds[CONDS_MAX], *why;
	struct genlog_strs list = {conds, 0};
	char *arrow, *p;

	r->text = strdup(x->rules.v[item]);
	if (!r->text)
		return -ENOMEM;
	arrow = strstr(r->text, "->");
	for (char *more = arrow; more; more = strstr(more + 2, "->"))
		arrow = more;
	if (!arrow)
		return fail(err, item, "is no rule: CONDITION -> COLLECTION", x->rules.v[item]);
	r->collection = begin(arrow + 2);
	trim(begin(arrow + 2));
	*arrow = 0;
	why = name_fault(r->collection);
	if (why)
		return fail(err, item, why, *r->collection ? r->collection : x->rules.v[item]);
	for (p = r->text; p && list.n < CONDS_MAX; list.n++) {
		char *next = strstr(p, "&&");

		if (next)
			*next = 0;
		conds[list.n] = begin(p);
		trim(p);
		p = next ? next + 2 : NULL;
	}
	if (p)
		return fail(err, item, "has more than 16 conditions", x->rules.v[item]);
	r->conds = genlog_conds_new(&list, "rules", err);
	if (!r->conds && err)
		err->opt_item = (int)item;
	return r->conds ? 0 : -EINVAL;
}

static int route_open(void *self, struct genlog_err *err)
{
	struct route *x = self;
	int r = 0;

	x->made = calloc(x->rules.n + 1, sizeof(*x->made));
	if (!x->made)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < x->rules.n; i++)
		r = rule_open(x, i, err);
	return r;
}

static void route_close(void *self)
{
	struct route *x = self;

	for (size_t i = 0; x->made && i < x->rules.n; i++) {
		genlog_conds_free(x->made[i].conds);
		free(x->made[i].text);
	}
	free(x->made);
}

static enum genlog_verdict route_filter(void *self, struct genlog_record *rec)
{
	const struct route *x = self;

	for (size_t i = 0; i < x->rules.n; i++)
		if (genlog_conds_hold(x->made[i].conds, rec)) {
			rec->collection = x->made[i].collection;
			break;
		}
	return GENLOG_KEEP;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "route",
	.summary = "sends events to another collection",
	.state_size = sizeof(struct route),
	.opts = opts,
	.open = route_open,
	.close = route_close,
	.filter = route_filter,
};
