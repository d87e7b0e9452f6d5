/* fluent-bit: which section goes where, in both of its formats. */
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

#define FOR_MAIN "has no counterpart in a drop-in; the main file has spool and workers for it"
#define BUFFERS "not needed: what is not delivered is in the spool, whose size is in the main file"

static const struct conv_row service_rows[] = {
	{"Parsers_File", CONV_TELL, "not read: convert it too; parsers may stand in any drop-in", NULL},
	{"Plugins_File", CONV_TELL, "left out: fluent-bit's plugins are not genlog's", NULL},
	{"Flush", CONV_TELL, "left out: flush_interval of the output in the main file, 200ms if not set", NULL},
	{"Log_Level", CONV_TELL, "left out: genlogd's own log goes to the journal", NULL},
	{"HTTP_*", CONV_TELL, "left out: admin.http of the main file has metrics and health", NULL},
	{"storage.*", CONV_TELL, BUFFERS, NULL},
	{"*", CONV_TELL, FOR_MAIN, NULL},
	{0},
};

static void service(struct convert *c, struct conv_section *s)
{
	conv_apply(c, s, service_rows, NULL);
}

static void later(struct convert *c, struct conv_section *s)
{
	(void)c;
	(void)s;
}

static const struct conv_name sections[] = {
	{"SERVICE", service, NULL},
	{"INPUT", conv_bit_input, NULL},
	{"FILTER", conv_bit_filter, NULL},
	{"OUTPUT", conv_bit_output, NULL},
	{"PARSER", later, NULL},
	{"MULTILINE_PARSER", later, NULL},
	{"ROOT", NULL, "has no counterpart; left out"},
	{"CUSTOM", NULL, "has no counterpart; left out"},
	{"PLUGINS", NULL, "fluent-bit's plugins are not genlog's; left out"},
	{"STREAM_TASK", NULL, "genlog has no stream processor; left out"},
	{"PROCESSOR", NULL, "processors of an input are left out; write them as filters"},
	{0},
};

static const struct conv_list lists[] = {
	{"pipeline.inputs", "INPUT"},
	{"pipeline.filters", "FILTER"},
	{"pipeline.outputs", "OUTPUT"},
	{"parsers", "PARSER"},
	{"multiline_parsers", "MULTILINE_PARSER"},
	{"customs", "CUSTOM"},
	{"processors.logs", "PROCESSOR"},
	{"processors.metrics", "PROCESSOR"},
	{"processors.traces", "PROCESSOR"},
	{0},
};

/* Both formats name their sections alike; YAML has the service's keys, and `includes`, at its top. */
static const struct conv_row top_rows[] = {
	{"service.parsers_file", CONV_TELL, "not read: convert it too; parsers may stand in any drop-in", NULL},
	{"service.*", CONV_TELL, "left out: what genlog has of it is in the main file (spool, output, admin)", NULL},
	{"includes", CONV_TELL, "other files are not read; convert each", NULL},
	{"env.*", CONV_TELL, "left out: set it in genlogd's environment, or write it out", NULL},
	{0},
};

static bool is_yaml(const struct convert *c)
{
	const char *end = c->text + c->len;

	for (const char *p = c->text; p < end; p++) {
		p += strspn(p, " \t\r\n");
		if (p < end && *p == '[')
			return false;
		if (p < end && *p != '#' && *p != '@')
			return true;
		p = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
		if (!p)
			break;
	}
	return false;
}

/* Inputs have tags, and filters choose by them. */
static void tags(struct convert *c)
{
	size_t n = 0;

	for (struct conv_section *s = c->sections; s; s = s->next) {
		if (strcasecmp(s->name, "INPUT") == 0)
			s->tag = conv_value(s, "Tag", conv_fmt(c, "%s.%zu", conv_value(s, "Name", ""), n++));
	}
}

void conv_bit(struct convert *c)
{
	c->env = CONV_ENV_NAME;
	if (is_yaml(c))
		conv_read_yaml(c, lists);
	else
		conv_read_bit(c);
	if (c->refused)
		return;
	tags(c);
	conv_bit_parsers(c);
	for (struct conv_section *s = c->sections; s; s = s->next) {
		const struct conv_name *n = conv_name_find(sections, s->name);

		if (n && n->make)
			n->make(c, s);
		else if (*s->name)
			conv_note(c, s->line, "[%s]: %s", s->name,
				n ? n->words : "is no section that is known; left out");
		else
			conv_apply(c, s, top_rows, NULL);
	}
}
