/* The command: reads the file, lets its format's translator work, prints the drop-in and what is to be told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parts.h"
#include "ctl/array.h"
#include "ctl/commands.h"
#include "ctl/convert.h"

static const struct {
	const char *name;
	void (*translate)(struct convert *c);
} formats[] = {{"fluent-bit", conv_bit}, {"filebeat", conv_beat}, {"rsyslog", conv_rsyslog}};

static int load(struct convert *c, const char *path)
{
	char *text = NULL;
	int r = conf_slurp(&c->arena, path, CONV_MAX_FILE, &text, &c->len);

	c->text = text;
	c->file = path;
	if (r == -EFBIG)
		ctl_error("convert: %s: larger than 1 MiB; nothing is translated", path);
	else if (r < 0)
		ctl_error("convert: %s: cannot be read: %s; nothing is translated", path, strerror(-r));
	return r;
}

static void tell(const struct convert *c)
{
	for (const struct conv_note *n = c->notes; n; n = n->next)
		fprintf(stderr, "%s:%d: %s\n", c->file, n->line, n->what);
}

static void print_json(const struct convert *c, const char *dropin)
{
	bson_t doc = BSON_INITIALIZER, notes, item;
	char key[16];
	unsigned i = 0;

	BSON_APPEND_UTF8(&doc, "dropin", dropin);
	array_begin(&notes);
	for (const struct conv_note *n = c->notes; n; n = n->next) {
		snprintf(key, sizeof(key), "%u", i++);
		BSON_APPEND_DOCUMENT_BEGIN(&notes, key, &item);
		BSON_APPEND_UTF8(&item, "file", c->file);
		BSON_APPEND_INT32(&item, "line", n->line);
		BSON_APPEND_UTF8(&item, "what", n->what);
		bson_append_document_end(&notes, &item);
	}
	array_end(&notes, &doc, "notes");
	ctl_json(&doc);
	bson_destroy(&doc);
}

static int print(struct ctl *ctl, struct convert *c, const char *format)
{
	bool any = c->dropin.first && !c->refused;
	char *text = NULL;
	size_t bytes;

	if (any && !c->arena.short_of)
		text = conv_write(c, format, &bytes);
	if (any && !text) {
		ctl_error("convert: no memory; nothing is printed");
		return CTL_FAILED;
	}
	if (ctl->json)
		print_json(c, text ? text : "");
	else if (text)
		fputs(text, stdout);
	if (!ctl->json)
		tell(c);
	if (!any)
		ctl_error("convert: %s: nothing in it could be translated; nothing is printed", c->file);
	free(text);
	return any ? CTL_OK : CTL_FAILED;
}

static int run(struct ctl *ctl, const void *options, int argc, char **argv)
{
	struct convert c = {.dropin.kind = CONV_MAP};
	size_t f = 0;
	int r;

	(void)options;
	(void)argc;
	while (f < sizeof(formats) / sizeof(*formats) && strcmp(formats[f].name, argv[0]) != 0)
		f++;
	if (f == sizeof(formats) / sizeof(*formats)) {
		ctl_error("convert: \"%s\" is none of fluent-bit, filebeat, rsyslog", argv[0]);
		return CTL_USAGE;
	}
	r = load(&c, argv[1]);
	if (r == 0) {
		conv_look(&c);
		if (!c.refused)
			formats[f].translate(&c);
		r = print(ctl, &c, formats[f].name);
	} else {
		r = CTL_FAILED;
	}
	conv_fini(&c);
	return r;
}

const struct ctl_command ctl_convert = {
	.name = "convert",
	.args = "FORMAT FILE",
	.summary = "another shipper's configuration as a drop-in",
	.text = "FORMAT is fluent-bit (both its formats), filebeat, or rsyslog.  The drop-in goes to standard output; "
		"what\n"
		"could not be translated, why, and what is done instead goes to standard error, with its line.  What\n"
		"belongs into the main file stands in comments at the top.  Exit code 1 where nothing could be "
		"translated.\n"
		"\n"
		"  genlogctl convert fluent-bit /etc/fluent-bit/fluent-bit.conf >/etc/genlog/conf.d/app.yaml\n"
		"  genlogctl check\n",
	.least = 2,
	.most = 2,
	.run = run,
};
