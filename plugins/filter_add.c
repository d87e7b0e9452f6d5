/*
 * filter add: puts one field on every event that passes.
 *
 *	filters:
 *	  - {type: add, field: site, value: hall 7}
 */
#include <errno.h>
#include <string.h>

#include <genlog/plugin.h>

struct add {
	const char *field;
	const char *value;
	bool replace;

	size_t field_len;
};

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct add, field, .required = true, .help = "a slot like `environment`, or a name in the context"),
	GENLOG_STR(struct add, value, .def = "", .help = "what to put in it"),
	GENLOG_BOOL(struct add, replace, .def = "yes", .help = "also where the event has that field already"),
	{0},
};

static int add_open(void *self, struct genlog_err *err)
{
	struct add *a = self;

	a->field_len = strlen(a->field);
	if (a->field_len == 0)
		return genlog_fail_opt(err, "field", EINVAL, "the name of the field is empty");
	return 0;
}

/* Without memory the event goes on as it is: it is worth more than the field. */
static enum genlog_verdict add_filter(void *self, struct genlog_record *rec)
{
	const struct add *a = self;
	struct genlog_value old;

	if (a->replace || !genlog_get(rec, a->field, &old))
		genlog_put(rec, a->field, a->field_len, genlog_str(a->value, strlen(a->value)));
	return GENLOG_KEEP;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "add",
	.summary = "puts one field on every event",
	.state_size = sizeof(struct add),
	.opts = opts,
	.open = add_open,
	.filter = add_filter,
};
