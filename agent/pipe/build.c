/* From configuration to inputs that are ready to start.  All errors of all services are found in one run. */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "conf/apply.h"
#include "mine/mine.h"
#include "pipe/alerts.h"
#include "pipe/join.h"
#include "pipe/parse.h"

/* Those of a list that are installed, and can say what is theirs. */
static int open_some(struct plug *plugs, size_t *n, struct conf *c, struct plug_ask ask, const char *const *names)
{
	int r = 0;

	for (; *names && r == 0; names++) {
		struct plug *p = &plugs[*n];

		ask.name = *names;
		if (!plug_exists(ask.dir, ask.kind, ask.name))
			continue;
		r = plug_open(p, c, &ask);
		if (r == 0 && p->code->looks)
			++*n;
		else
			plug_close(p);
	}
	return r;
}

static int open_all_parsers(struct genlog_input *in, struct conf *c, struct plug_ask ask)
{
	int r;

	ask.settings = NULL;
	r = open_some(in->parsers, &in->n_parsers, c, ask, auto_parsers);
	if (r == 0 && !in->wrapped)
		r = open_some(in->wrappers, &in->n_wrappers, c, ask, auto_wrappers);
	if (r == 0 && !in->n_parsers)
		r = conf_error(c, ask.pos, "parser auto: the folder \"%.200s\" has no parsers to choose from", ask.dir);
	return r;
}

/* A container's log: what is in it, the automatic choice reads. */
static void make_wrapper(struct genlog_input *in)
{
	in->wrappers[0] = in->parsers[0];
	in->parsers[0] = (struct plug){0};
	in->n_wrappers = 1;
	in->n_parsers = 0;
	in->wrapped = in->automatic = true;
}

static int make_scratch(struct genlog_input *in, struct conf *c)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n_parsers; i++)
		if (in->parsers[i].code->source_size > n)
			n = in->parsers[i].code->source_size;
	in->host.wants_head = n > 0;
	in->scratch = n ? arena_alloc(&c->arena, n) : NULL;
	return n && !in->scratch ? -ENOMEM : 0;
}

/* What reads messages that are lines: the named parser, or whatever knows them. */
static int open_inner(struct genlog_input *in, struct conf *c, struct plug_ask ask)
{
	in->inner = in->parsers;
	in->n_inner = in->n_parsers;
	if (in->automatic || !in->n_parsers || strcmp(in->parsers[0].code->name, "raw") == 0) {
		in->n_inner = in->automatic ? in->n_parsers : 0;
		return 0;
	}
	in->inner_named = !(in->parsers[0].code->flags & GENLOG_PARSER_OUTER);
	if (in->inner_named)
		return 0;
	in->inner = arena_array(&c->arena, AUTO_PARSERS, sizeof(*in->inner));
	in->n_inner = 0;
	ask.settings = NULL;
	return in->inner ? open_some(in->inner, &in->n_inner, c, ask, auto_parsers) : -ENOMEM;
}

/* One that reads by what stands before, or that heads another message, reads no message. */
static int list_lookers(struct genlog_input *in, struct conf *c)
{
	if (in->inner_named || !in->n_inner)
		return 0;
	in->lookers = arena_array(&c->arena, in->n_inner, sizeof(*in->lookers));
	if (!in->lookers)
		return -ENOMEM;
	for (size_t i = 0; i < in->n_inner; i++)
		if (!in->inner[i].code->source_size && !(in->inner[i].code->flags & GENLOG_PARSER_OUTER))
			in->lookers[in->n_lookers++] = &in->inner[i];
	return 0;
}

static int open_parsers(
	struct genlog_input *in, struct conf *c, const struct conf_input *ci, const struct conf_parser *p)
{
	struct plug_ask ask = {.dir = c->agent.plugin_dir,
		.kind = GENLOG_PARSER,
		.name = parse_alias(p ? p->type : ci->parser),
		.pos = p ? conf_where(p->node, "type", -1) : conf_where(ci->node, "parser", -1),
		.settings = p ? p->node : NULL,
		.host_keys = conf_parser_keys};
	int r;

	in->automatic = strcmp(ask.name, "auto") == 0;
	in->parsers = arena_array(&c->arena, AUTO_PARSERS, sizeof(*in->parsers));
	in->wrappers = arena_array(&c->arena, AUTO_PARSERS, sizeof(*in->wrappers));
	if (!in->parsers || !in->wrappers)
		return -ENOMEM;
	r = in->automatic ? 0 : plug_open(&in->parsers[0], c, &ask);
	in->n_parsers = !in->automatic && r == 0;
	if (in->n_parsers && in->parsers[0].code->unwrap)
		make_wrapper(in);
	if (r == 0 && in->automatic)
		r = open_all_parsers(in, c, ask);
	if (r == 0)
		r = open_inner(in, c, ask);
	if (r == 0)
		r = list_lookers(in, c);
	if (r == 0)
		r = make_scratch(in, c);
	if (r == 0)
		r = join_open(in, c, ci);
	if (r == 0 && ci->templates && strcmp(ask.name, "raw") != 0) {
		in->mine = mine_new(TEMPLATES_MAX);
		r = in->mine ? 0 : -ENOMEM;
	}
	return r;
}

static int open_filters(struct genlog_input *in, struct conf *c, const struct conf_service *s)
{
	int r = 0;

	if (!s->n_filters)
		return 0;
	in->filters = arena_array(&c->arena, s->n_filters, sizeof(*in->filters));
	if (!in->filters)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_filters; i++) {
		struct plug_ask ask = {.dir = c->agent.plugin_dir,
			.kind = GENLOG_FILTER,
			.name = s->filters[i].type,
			.pos = conf_where(s->filters[i].node, "type", -1),
			.settings = s->filters[i].node,
			.host_keys = conf_filter_keys};
		int e = plug_open(&in->filters[in->n_filters++], c, &ask);

		r = r < 0 ? r : e;
	}
	return r;
}

static int build_input(
	struct genlog_input *in, struct conf *c, const struct conf_service *s, const struct conf_input *ci, bool once)
{
	const struct conf_parser *p = conf_parser_find(c, ci->parser);
	struct plug_ask ask = {.dir = c->agent.plugin_dir,
		.kind = GENLOG_INPUT,
		.name = ci->type,
		.pos = conf_where(ci->node, "type", -1),
		.settings = ci->node,
		.host_keys = conf_input_keys};
	int r = input_defaults(in, c, s, ci, p), e;

	in->conf = c;
	in->service = s;
	in->collection = ci->collection;
	in->collection_len = strlen(ci->collection);
	in->host = (struct genlog_host){.node_id = c->agent.node_id,
		.once = once,
		.max_line = (size_t)c->agent.max_line,
		.module = s->name && *s->name ? s->name : "unknown",
		.environment = s->fields.environment,
		.version = s->fields.version};
	if (r < 0)
		return r;
	r = plug_open(&in->plug, c, &ask);
	e = open_parsers(in, c, ci, p);
	r = r < 0 ? r : e;
	e = open_filters(in, c, s);
	r = r < 0 ? r : e;
	e = alerts_open(in, c, s);
	input_sign(in, c, s, ci, p);
	return r < 0 ? r : e;
}

/* Opened and closed again: whatever is wrong with its settings is told. */
static int try_plugin(struct conf *c, enum genlog_kind kind, const char *name, const struct conf_node *node,
	const char *const *host_keys)
{
	struct plug_ask ask = {.dir = c->agent.plugin_dir,
		.kind = kind,
		.name = name,
		.pos = conf_where(node, "type", -1),
		.settings = node,
		.host_keys = host_keys};
	struct plug trial = {0};
	int r = name && strcmp(name, "auto") != 0 ? plug_open(&trial, c, &ask) : 0;

	plug_close(&trial);
	return r;
}

/* A parser that no input uses is opened as well: what is wrong with it is told now, not when somebody uses it. */
static int try_parsers(struct conf *c, const struct conf_service *s)
{
	int r = 0;

	for (size_t i = 0; i < s->n_parsers; i++) {
		const struct conf_parser *p = &s->parsers[i];
		bool used = false;
		int e;

		for (size_t k = 0; k < s->n_inputs && !s->aside; k++)
			used = used || strcmp(s->inputs[k].parser, p->name) == 0;
		e = used ? 0 : try_plugin(c, GENLOG_PARSER, parse_alias(p->type), p->node, conf_parser_keys);
		r = r < 0 ? r : e;
	}
	return r;
}

/* A service that is set aside already does not run; but all that is wrong with it is told in this one run. */
static void try_service(struct conf *c, const struct conf_service *s)
{
	(void)try_parsers(c, s);
	for (size_t i = 0; i < s->n_inputs; i++)
		(void)try_plugin(c, GENLOG_INPUT, s->inputs[i].type, s->inputs[i].node, conf_input_keys);
	for (size_t i = 0; i < s->n_filters; i++)
		(void)try_plugin(c, GENLOG_FILTER, s->filters[i].type, s->filters[i].node, conf_filter_keys);
}

void input_close(struct genlog_input *in)
{
	plug_close(&in->plug);
	for (size_t i = 0; i < in->n_parsers; i++)
		plug_close(&in->parsers[i]);
	for (size_t i = 0; i < in->n_wrappers; i++)
		plug_close(&in->wrappers[i]);
	for (size_t i = 0; in->inner != in->parsers && i < in->n_inner; i++)
		plug_close(&in->inner[i]);
	for (size_t i = 0; i < in->n_filters; i++)
		plug_close(&in->filters[i]);
	alerts_close(in);
	join_close(in);
	mine_free(in->mine);
	buf_free(&in->own);
	buf_free(&in->defaults.context);
	*in = (struct genlog_input){0};
}

static void undo(struct pipes *ps, size_t n)
{
	while (ps->n_inputs > n)
		input_close(ps->inputs[--ps->n_inputs]);
}

/* All of a service, or nothing of it. */
static int build_service(struct pipes *ps, struct conf *c, struct conf_service *s, bool once)
{
	size_t before = ps->n_inputs;
	int r = try_parsers(c, s);

	for (size_t i = 0; i < s->n_inputs; i++) {
		struct genlog_input *in = arena_alloc(&c->arena, sizeof(*in));
		int e = -ENOMEM;

		if (in) {
			ps->inputs[ps->n_inputs++] = in;
			in->ordinal = (unsigned)i;
			e = build_input(in, c, s, &s->inputs[i], once);
		}
		r = r < 0 ? r : e;
	}
	if (r < 0) {
		undo(ps, before);
		s->aside = true;
	}
	return r;
}

static void spread(struct pipes *ps)
{
	for (size_t i = ps->n_inputs; i-- > 0;) {
		struct reader *r = &ps->readers[i % ps->n_readers];

		ps->inputs[i]->reader = r;
		ps->inputs[i]->next = r->inputs;
		r->inputs = ps->inputs[i];
	}
}

static int make_readers(struct pipes *ps, size_t n)
{
	ps->readers = mem_calloc(n, sizeof(*ps->readers));
	if (!ps->readers)
		return -ENOMEM;
	ps->n_readers = n;
	for (size_t i = 0; i < n; i++) {
		ps->readers[i].number = (unsigned)i;
		pthread_mutex_init(&ps->readers[i].lock, NULL);
		pthread_cond_init(&ps->readers[i].changed, NULL);
	}
	return 0;
}

int pipes_build(struct pipes *ps, struct conf *c, bool once)
{
	size_t inputs = 0;
	int r = make_readers(ps, (size_t)c->agent.workers);

	for (size_t i = 0; i < c->n_services; i++)
		inputs += c->services[i].n_inputs;
	ps->inputs = mem_calloc(inputs + 1, sizeof(struct genlog_input *));
	if (r < 0 || !ps->inputs)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_services && r != -ENOMEM; i++) {
		int e = 0;

		if (c->services[i].aside)
			try_service(c, &c->services[i]);
		else
			e = build_service(ps, c, &c->services[i], once);
		if (e == -ENOMEM || (e < 0 && i == 0)) /* the main file's own: fatal */
			r = e;
	}
	spread(ps);
	return r;
}
