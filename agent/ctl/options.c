#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ctl/ctl.h"

static const struct ctl_option shared[] = {
	{CTL_TEXT, "socket", 's', offsetof(struct ctl, socket), "PATH", "the agent's admin socket"},
	{CTL_TEXT, "config", 'c', offsetof(struct ctl, config), "FILE", "configuration (" CTL_CONFIG ")"},
	{CTL_FLAG, "json", 0, offsetof(struct ctl, json), NULL, "for programs: a JSON document a line"},
	{0},
};

struct found {
	const struct ctl_option *row;
	void *to;
};

static struct found find_in(const struct ctl_option *rows, void *to, const char *name, size_t n, char letter)
{
	for (; rows && rows->kind; rows++)
		if (letter ? rows->letter == letter : strlen(rows->name) == n && memcmp(rows->name, name, n) == 0)
			return (struct found){rows, (char *)to + rows->at};
	return (struct found){0};
}

static int wrong(const struct ctl_command *cmd, const struct ctl_option *row, const char *value, const char *wanted)
{
	ctl_error("%s%s--%s: \"%s\" is not %s", cmd->name, *cmd->name ? " " : "", row->name, value, wanted);
	return -EINVAL;
}

static int store_number(const struct ctl_command *cmd, const struct ctl_option *row, const char *value, int64_t *to)
{
	static const struct {
		int (*read)(const char *s, int64_t *out);
		const char *wanted;
	} kinds[] = {
		[CTL_NUMBER] = {text_int, "a number of 0 or more"},
		[CTL_SIZE] = {text_size, "a size like 64KiB or 4MiB"},
		[CTL_TIME] = {text_time, "a time like 200ms, 5s, 2h or 30d"},
	};
	int64_t v = 0;

	if (row->kind < CTL_NUMBER || row->kind > CTL_TIME || !kinds[row->kind].read) /* the others are no numbers */
		return -EINVAL;
	if (kinds[row->kind].read(value, &v) < 0 || v < 0)
		return wrong(cmd, row, value, kinds[row->kind].wanted);
	*to = v;
	return 0;
}

static int store_item(const struct ctl_option *row, const char *value, struct ctl_list *to)
{
	if (to->n == CTL_LIST_MOST) {
		ctl_error("--%s may be given %d times at most", row->name, CTL_LIST_MOST);
		return -EINVAL;
	}
	to->v[to->n++] = value;
	return 0;
}

static int store(const struct ctl_command *cmd, struct found f, const char *value)
{
	switch (f.row->kind) {
	case CTL_FLAG: *(bool *)f.to = true; return 0;
	case CTL_TEXT: *(const char **)f.to = value; return 0;
	case CTL_LIST: return store_item(f.row, value, f.to);
	default: return store_number(cmd, f.row, value, f.to);
	}
}

static int unknown(const struct ctl_command *cmd, const char *word)
{
	size_t n = strcspn(word, "=");
	char name[64];
	struct text_nearest near = {.word = name};

	snprintf(name, sizeof(name), "%.*s", (int)(n > 2 ? n - 2 : 0), word + 2);
	for (const struct ctl_option *o = cmd->options; o && o->kind; o++)
		text_nearest_try(&near, o->name);
	for (const struct ctl_option *o = shared; o->kind; o++)
		text_nearest_try(&near, o->name);
	ctl_error("%s%shas no option \"%.*s\"%s%s%s; try genlogctl %s --help", cmd->name, *cmd->name ? " " : "", (int)n,
		word, near.best ? "; did you mean --" : "", near.best ? near.best : "", near.best ? "?" : "",
		cmd->name);
	return -EINVAL;
}

/* One word that begins with '-'.  How many words it took, or -EINVAL. */
static int take(struct ctl *c, const struct ctl_command *cmd, void *options, char **argv)
{
	const char *word = argv[0], *value = NULL;
	bool is_long = word[1] == '-';
	size_t n = is_long ? strcspn(word + 2, "=") : 1;
	struct found f = find_in(cmd->options, options, word + 2, n, is_long ? 0 : word[1]);
	int r;

	if (!f.row)
		f = find_in(shared, c, word + 2, n, is_long ? 0 : word[1]);
	if (!f.row)
		return unknown(cmd, word);
	if (is_long ? word[2 + n] : word[2])
		value = word + (is_long ? 3 + n : 2);
	if (f.row->kind == CTL_FLAG) {
		if (value) {
			ctl_error("--%s takes no value", f.row->name);
			return -EINVAL;
		}
		return store(cmd, f, NULL) < 0 ? -EINVAL : 1;
	}
	r = value ? 1 : 2;
	value = value ? value : argv[1];
	if (!value) {
		ctl_error("--%s needs a value: %s", f.row->name, f.row->arg);
		return -EINVAL;
	}
	return store(cmd, f, value) < 0 ? -EINVAL : r;
}

static int count(const struct ctl_command *cmd, int n)
{
	if (n >= cmd->least && (cmd->most < 0 || n <= cmd->most))
		return 0;
	ctl_error("%s: %s; usage: genlogctl %s %s", cmd->name,
		n < cmd->least ? "an argument is missing" : "too many arguments", cmd->name,
		cmd->args ? cmd->args : "");
	return -EINVAL;
}

static bool is_help(const char *word)
{
	return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

int ctl_options_read(struct ctl *c, const struct ctl_command *cmd, void *options, int *argc, char ***argv)
{
	int n = *argc, kept = 0;
	char **v = *argv;

	while (n > 0) {
		int taken = 1;

		if (is_help(*v)) {
			ctl_help(cmd);
			return 1;
		}
		if (strcmp(*v, "--") == 0) {
			v++;
			n--;
			break;
		}
		if ((*v)[0] != '-' || !(*v)[1]) {
			if (cmd->rest)
				break;
			(*argv)[kept++] = *v;
		} else {
			taken = take(c, cmd, options, v);
		}
		if (taken < 0)
			return taken;
		v += taken;
		n -= taken;
	}
	while (n-- > 0)
		(*argv)[kept++] = *v++;
	(*argv)[kept] = NULL;
	*argc = kept;
	return count(cmd, kept);
}

static void help_row(const struct ctl_option *o)
{
	char name[80];

	snprintf(name, sizeof(name), "%c%c%s--%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		o->letter ? ", " : "  ", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	printf("  %-26s %s\n", name, o->help);
}

void ctl_help(const struct ctl_command *cmd)
{
	printf("usage: genlogctl %s%s%s%s\n%s\n\n", cmd->name, cmd->options ? " [OPTIONS]" : "", cmd->args ? " " : "",
		cmd->args ? cmd->args : "", cmd->summary);
	for (const struct ctl_option *o = cmd->options; o && o->kind; o++)
		help_row(o);
	for (const struct ctl_option *o = shared; o->kind; o++)
		help_row(o);
	if (cmd->text)
		printf("\n%s", cmd->text);
}
