/*
 * parser ltsv: labelled fields between tabs.
 *
 *	time:28/Feb/2013:12:00:00 +0900	host:192.0.2.1	req:GET /a HTTP/1.1	status:200	reqtime:0.030
 *
 * The labels that access logs of this form have mean what they mean there.
 */
#include "../scan.h"

#define LOOK_FIELDS 16

struct known {
	const char *label;
	enum genlog_slot slot;
	double scale; /* of times: into milliseconds */
};

static const struct known labels[] = {
	{"host", GENLOG_SLOT_IP_ADDRESS, 0},
	{"ua", GENLOG_SLOT_USER_AGENT, 0},
	{"user", GENLOG_SLOT_USER_ID, 0},
	{"reqtime", GENLOG_SLOT_DURATION_MS, 1000},
	{"reqtime_microsec", GENLOG_SLOT_DURATION_MS, 0.001},
};

#define LABEL_MAX 128

static bool is_of_label(char c)
{
	return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-' || c == '@';
}

/* Where its tab stands, or the end; NULL: it is no field. */
static const char *field(const char *p, const char *end, struct slice *label, struct slice *value)
{
	const char *colon = p, *tab;

	while (colon < end && is_of_label(*colon))
		colon++;
	if (colon == p || colon - p > LABEL_MAX || colon == end || *colon != ':')
		return NULL;
	tab = until(colon, end, '\t');
	*label = slice(p, colon);
	*value = slice(colon + 1, tab);
	return tab;
}

/* true: its place is a slot that nothing else has taken. */
static bool put_known(struct named *f, const struct known *k, struct slice value)
{
	struct genlog_value v = scan_value(value);

	if (f->rec->set >> k->slot & 1)
		return false;
	if (!k->scale)
		v = genlog_str(value.p, value.n);
	else if (v.type == GENLOG_V_STR)
		return false;
	else
		v = (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = value_double(&v) * k->scale};
	genlog_set_slot(f->rec, k->slot, v);
	f->taken[k->slot].rank = INT32_MAX; /* any name of the schema is surer */
	f->taken[k->slot].name = (struct slice){k->label, strlen(k->label)};
	return true;
}

static int put(struct named *f, struct slice label, struct slice value)
{
	if (value.n == 0 || (value.n == 1 && *value.p == '-'))
		return 0;
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		if (slice_is(label, labels[i].label) && put_known(f, &labels[i], value))
			return 0;
	return named_put(f, label, scan_value(value), value);
}

/* An access log has neither level nor message: the status says the one, the request is the other. */
static void complete(struct genlog_record *rec, struct slice status, struct slice request)
{
	if (status.n && !(rec->set >> GENLOG_SLOT_LEVEL & 1))
		genlog_set_slot(rec, GENLOG_SLOT_LEVEL,
			*status.p == '5'   ? genlog_str("ERROR", 5)
			: *status.p == '4' ? genlog_str("WARN", 4)
					   : genlog_str("INFO", 4));
	if (!(rec->set >> GENLOG_SLOT_MESSAGE & 1))
		slot_text(rec, GENLOG_SLOT_MESSAGE, request);
}

static int ltsv_parse(void *self, struct genlog_record *rec)
{
	const char *p = rec->line, *end = trim_end(p, p + rec->len), *tab;
	struct slice label, value, status = {NULL, 0}, request = {NULL, 0};
	struct named f;
	int r = 0;

	(void)self;
	named_begin(&f, rec);
	if (!field(p, end, &label, &value))
		return GENLOG_NO_MATCH;
	for (; r == 0 && p < end && f.n < NAMED_MAX; p = tab + (tab < end)) {
		tab = field(p, end, &label, &value);
		if (tab) {
			r = put(&f, label, value);
			status = slice_is(label, "status") ? value : status;
			request = slice_is(label, "req") ? value : request;
		} else if (*p == '\t') {
			tab = p;
		} else { /* no label: kept with those behind it */
			break;
		}
	}
	complete(rec, status, request);
	if (r == 0 && p < end)
		r = genlog_context_put(rec, KEY("rest"), genlog_str(p, (size_t)(end - p)));
	return r;
}

static int ltsv_looks(void *self, const char *p, size_t n)
{
	const char *end = trim_end(p, p + n);
	struct slice label, value;
	int fields = 0;

	(void)self;
	for (; p < end && fields < LOOK_FIELDS; fields++) {
		p = field(p, end, &label, &value);
		if (!p)
			return 0;
		p += p < end;
	}
	return fields >= 2 ? 88 : 0;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "ltsv",
	.summary = "labelled fields between tabs",
	.flags = GENLOG_PARSER_LINES,
	.parse = ltsv_parse,
	.looks = ltsv_looks,
};
