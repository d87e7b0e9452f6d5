/* The table of an alert rule. */
#include <errno.h>

#include "conf/parts.h"

static const char *const levels[] = {"DEBUG", "INFO", "WARN", "ERROR", "CRITICAL", NULL};
static const char *const faults[] = {
	[CONF_FAULT_ANY] = "any", [CONF_FAULT_NEW] = "new", [CONF_FAULT_RETURNING] = "returning", NULL};
const char *const conf_alert_types[] = {"alert", "info", "warning", "urgent", NULL};
const char *const conf_alert_priorities[] = {"critical", "high", "normal", "low", NULL};

const struct genlog_opt conf_alert_rows[] = {
	GENLOG_STR(struct conf_alert, name, .required = true, .help = "what it is called in notifications"),
	GENLOG_CHOICE(
		struct conf_alert, level, .def = "ERROR", .choices = levels, .help = "events of this level or worse"),
	GENLOG_LIST(struct conf_alert, where, .help = "conditions that have to hold too, as those of filters"),
	GENLOG_INT(struct conf_alert, count, .def = "1", .min = 1, .max = 1000000, .help = "so many of them"),
	GENLOG_TIME(struct conf_alert, within, .def = "1m", .min = 1000, .help = "within so long, by their own times"),
	GENLOG_CHOICE(struct conf_alert, fingerprint, .def = "any", .choices = faults,
		.help = "only events with a stack trace: any, one whose fingerprint was never seen on this node, or "
			"one that "
			"returns"),
	GENLOG_TIME(
		struct conf_alert, absent, .def = "7d", .min = 1000, .help = "returning: it was not seen for so long"),
	GENLOG_TIME(struct conf_alert, quiet, .def = "1h", .min = 1000,
		.help = "nothing more of the same rule (and fingerprint) for so long; what is held back is counted"),
	GENLOG_TIME(struct conf_alert, max_age, .def = "1h", .min = 1000, .help = "older events alarm nobody"),
	GENLOG_STR(struct conf_alert, recipient, .def = "operations", .help = "recipient_id of the notification"),
	GENLOG_STR(struct conf_alert, category, .def = "logs", .help = "category of the notification"),
	GENLOG_STR(struct conf_alert, title, .help = "in place of a title that says what was seen"),
	GENLOG_CHOICE(
		struct conf_alert, type, .def = "alert", .choices = conf_alert_types, .help = "of the notification"),
	GENLOG_CHOICE(struct conf_alert, priority, .def = "high", .choices = conf_alert_priorities,
		.help = "of the notification"),
	GENLOG_INT(struct conf_alert, urgency, .def = "3", .min = 1, .max = 5,
		.help = "urgency_level of the notification"),
	GENLOG_LIST(struct conf_alert, command,
		.help = "program and arguments, run without a shell; it gets the notification as JSON on its standard "
			"input"),
	GENLOG_STR(struct conf_alert, webhook, .secret = true, .help = "http or https address that it is posted to"),
	{0},
};

int conf_alert_build(struct conf *c, const struct conf_node *node, void *item)
{
	struct conf_alert *a = item;
	int r = conf_apply(c, conf_alert_rows, node, "alert", a);

	r = conf_worse(r, conf_unknown(c, conf_alert_rows, NULL, node, "alert"));
	a->node = node;
	a->faults = conf_get(node, "fingerprint") != NULL;
	if (a->command.n && a->command.v[0][0] != '/')
		r = conf_worse(r, conf_error(c, conf_where(node, "command", 0),
					  "the program has to be named by its whole path, like /usr/local/bin/page"));
	return r;
}
