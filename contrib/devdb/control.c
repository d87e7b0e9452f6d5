#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "gate.h"

enum { MAX_WORDS = 5, LINE_SIZE = 1024 };

struct order {
	struct gate *gate;
	int n;
	char *word[MAX_WORDS];
	char *out;
	size_t size;
};

static int number(const struct order *o, int i, int otherwise)
{
	return o->n > i ? (int)strtol(o->word[i], NULL, 10) : otherwise;
}

static bool is_on(const struct order *o)
{
	return o->n > 1 && (!strcmp(o->word[1], "on") || !strcmp(o->word[1], "1"));
}

/* [N [SKIP]] from the i-th word on. */
static int set_fault(const struct order *o, enum fault_kind kind, int arg, int i)
{
	struct fault f = {.arg = arg, .left = number(o, i, 1), .skip = number(o, i + 1, 0)};

	fault_set(&o->gate->faults, kind, f);
	return 0;
}

static int do_drop_before(const struct order *o)
{
	return set_fault(o, FAULT_DROP_BEFORE, 0, 1);
}

static int do_drop_after(const struct order *o)
{
	return set_fault(o, FAULT_DROP_AFTER, 0, 1);
}

static int do_notprimary(const struct order *o)
{
	return set_fault(o, FAULT_ERROR, ERR_NOT_PRIMARY, 1);
}

static int do_error(const struct order *o)
{
	return o->n > 1 ? set_fault(o, FAULT_ERROR, number(o, 1, 0), 2) : -EINVAL;
}

static int do_wce(const struct order *o)
{
	return set_fault(o, FAULT_WCE, number(o, 1, ERR_WRITE_CONCERN_FAILED), 2);
}

static int do_delay(const struct order *o)
{
	faults_set_delay(&o->gate->faults, number(o, 1, 0));
	return 0;
}

static int do_reject(const struct order *o)
{
	struct reject rule = {.code = number(o, 3, ERR_VALIDATION)};

	if (o->n < 3)
		return -EINVAL;
	snprintf(rule.field, sizeof(rule.field), "%s", o->word[1]);
	snprintf(rule.value, sizeof(rule.value), "%s", o->word[2]);
	return rejects_add(&o->gate->rejects, &rule);
}

static int do_hang(const struct order *o)
{
	faults_set_hang(&o->gate->faults, is_on(o));
	return 0;
}

static int do_rst(const struct order *o)
{
	faults_set_rst(&o->gate->faults, is_on(o));
	return 0;
}

static int do_refuse(const struct order *o)
{
	door_set(&o->gate->door, !is_on(o));
	if (is_on(o))
		conns_kill(&o->gate->conns);
	return 0;
}

static int do_kill(const struct order *o)
{
	conns_kill(&o->gate->conns);
	return 0;
}

static int do_ttl(const struct order *o)
{
	if (o->gate->opt.null_sink || !engine_expire(&o->gate->engine, o->out, o->size))
		return -EIO;
	return 0;
}

static int do_clear(const struct order *o)
{
	faults_clear(&o->gate->faults);
	rejects_clear(&o->gate->rejects);
	door_set(&o->gate->door, true);
	return 0;
}

static int do_stats(const struct order *o)
{
	stats_print(&o->gate->stats, o->out, o->size);
	return 0;
}

static int do_reset(const struct order *o)
{
	stats_reset(&o->gate->stats);
	return 0;
}

static int do_help(const struct order *o)
{
	snprintf(o->out, o->size,
		"delay MS | drop-before [N [SKIP]] | drop-after [N [SKIP]] | notprimary [N [SKIP]] |"
		" error CODE [N [SKIP]] | wce [CODE [N [SKIP]]] | reject FIELD VALUE [CODE] | hang on|off |"
		" refuse on|off | rst on|off | kill | ttl | stats | reset | clear");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const struct order *o);
} orders[] = {
	{"delay", do_delay},
	{"drop-before", do_drop_before},
	{"drop-after", do_drop_after},
	{"notprimary", do_notprimary},
	{"error", do_error},
	{"wce", do_wce},
	{"reject", do_reject},
	{"hang", do_hang},
	{"refuse", do_refuse},
	{"rst", do_rst},
	{"kill", do_kill},
	{"ttl", do_ttl},
	{"stats", do_stats},
	{"reset", do_reset},
	{"clear", do_clear},
	{"help", do_help},
};

static void split(struct order *o, char *line)
{
	static const char blank[] = " \t\r\n";

	for (line += strspn(line, blank); *line && o->n < MAX_WORDS; line += strspn(line, blank)) {
		o->word[o->n++] = line;
		line += strcspn(line, blank);
		if (*line)
			*line++ = '\0';
	}
}

int control_run(struct gate *g, const char *line, char *out, size_t size)
{
	struct order o = {.gate = g, .out = out, .size = size};
	char copy[LINE_SIZE];
	int r = -EINVAL;

	snprintf(copy, sizeof(copy), "%s", line);
	snprintf(out, size, "ok");
	split(&o, copy);
	for (size_t i = 0; o.n && i < sizeof(orders) / sizeof(orders[0]); i++)
		if (!strcmp(orders[i].name, o.word[0]))
			r = orders[i].run(&o);
	if (r < 0) {
		char why[LINE_SIZE];

		snprintf(why, sizeof(why), "%.900s", strcmp(out, "ok") ? out : strerror(-r));
		snprintf(out, size, "error: %s", why);
	}
	return r;
}
