/* filebeat: its top level, and which section goes where. */
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

static const struct conv_list lists[] = {
	{"filebeat.inputs", "input"},
	{"filebeat.prospectors", "input"},
	{"filebeat.modules", "module"},
	{"filebeat.autodiscover.providers", "autodiscover"},
	{"processors", "processor"},
	{0},
};

static void put_tag(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	(void)out;
	conv_add(c, conv_map(c, &c->dropin, "fields"), "tags", p->value);
}

/* Fields of all documents; deeper ones keep their dots, under which the context has them. */
void conv_beat_field(struct convert *c, const struct conv_pair *p)
{
	struct conv_out *fields = conv_map(c, &c->dropin, "fields");
	const char *key = p->key + strlen("fields.");

	if (conv_has(fields, key))
		conv_note(c, p->line, "%s: a second value; the last one stays", p->key);
	conv_put(c, fields, key, p->value);
}

static void put_field(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	(void)out;
	conv_beat_field(c, p);
}

static void output(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	const char *name = p->key + strlen("output.");
	size_t n = strcspn(name, ".");

	(void)s;
	(void)out;
	conv_hint(c, "output: {type: mongodb, database: genims_production}   # in place of %.*s", (int)n, name);
	conv_note(c, p->line,
		"%s: left out: genlog's outputs are mongodb, forward, archive and stdout; one of them is in the "
		"main file",
		p->key);
}

static void name(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	(void)out;
	conv_hint(c, "node_id: '%s'", p->value);
	conv_note(c, p->line, "name: is a hint for the main file, at the top of the drop-in");
}

static const struct conv_row top_rows[] = {
	{"fields_under_root", CONV_TELL, "not needed: fields are in the context of the document, or in its own fields",
		NULL},
	{"fields.*", CONV_CALL, NULL, put_field},
	{"tags", CONV_CALL, NULL, put_tag},
	{"name", CONV_CALL, NULL, name},
	{"output.*", CONV_CALL, NULL, output},
	{"filebeat.config.*", CONV_TELL, "other files are not read; convert each", NULL},
	{"filebeat.registry.*", CONV_TELL, "positions are not taken over; genlog keeps its own in the spool", NULL},
	{"filebeat.shutdown_timeout", CONV_TELL, "not needed: what is not delivered stays in the spool", NULL},
	{"queue.*", CONV_TELL, "left out: the spool of the main file is the queue", NULL},
	{"logging.*", CONV_TELL, "left out: genlogd's own log goes to the journal", NULL},
	{"monitoring.*", CONV_TELL, "left out: `metrics` and `admin` of the main file", NULL},
	{"http.*", CONV_TELL, "left out: admin.http of the main file has metrics and health", NULL},
	{"setup.*", CONV_TELL, "left out: genlogctl schema makes collections, indexes and lifetimes", NULL},
	{"path.*", CONV_TELL, "left out: spool.path is in the main file", NULL},
	{"max_procs", CONV_TELL, "left out: `workers` of the main file", NULL},
	{0},
};

static const struct conv_name sections[] = {
	{"input", conv_beat_input, NULL},
	{"processor", conv_beat_processor, NULL},
	{"disabled", NULL, "an input that is not enabled; left out"},
	{"autodiscover", NULL, "left out: conf.d/kubernetes.yaml and conf.d/docker.yaml read what containers write"},
	{0},
};

/* Modules whose lines genlog has a drop-in for. */
static const struct conv_name modules[] = {{"nginx", NULL, "conf.d/nginx.yaml"}, {"apache", NULL, "conf.d/apache.yaml"},
	{"mysql", NULL, "conf.d/mysql.yaml"}, {"postgresql", NULL, "conf.d/postgresql.yaml"},
	{"redis", NULL, "conf.d/redis.yaml"}, {"mongodb", NULL, "conf.d/mongodb.yaml"},
	{"haproxy", NULL, "conf.d/haproxy.yaml"}, {"elasticsearch", NULL, "conf.d/elasticsearch.yaml"},
	{"rabbitmq", NULL, "conf.d/rabbitmq.yaml"}, {"system", NULL, "conf.d/journald.yaml or conf.d/syslog.yaml"},
	{0}};

static void module(struct convert *c, const struct conv_section *s)
{
	const char *what = conv_value(s, "module", "");
	const struct conv_name *n = conv_name_find(modules, what);

	conv_note(c, s->line, "module \"%s\": left out: %s", what,
		n ? conv_fmt(c, "%s reads the same", n->words)
		  : "genlog has no drop-in for it; name its files in an input tail");
}

/* They are told, and count for nothing else. */
static void not_enabled(struct convert *c)
{
	for (struct conv_section *s = c->sections; s; s = s->next) {
		if (strcmp(s->name, "input") == 0 && !conv_on(conv_value(s, "enabled", "true")))
			s->name = "disabled";
	}
}

void conv_beat(struct convert *c)
{
	c->env = CONV_ENV_COLON;
	conv_read_yaml(c, lists);
	not_enabled(c);
	for (struct conv_section *s = c->refused ? NULL : c->sections; s; s = s->next) {
		const struct conv_name *n = conv_name_find(sections, s->name);

		if (n && n->make)
			n->make(c, s);
		else if (n)
			conv_note(c, s->line, "%s: %s", s->name, n->words);
		else if (*s->name)
			module(c, s);
		else
			conv_apply(c, s, top_rows, NULL);
	}
}
