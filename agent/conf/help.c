/* The page of reference, made from the same rows that settings are read by. */
#include <string.h>

#include "conf/parts.h"

static const char *const types[] = {
	[GENLOG_OPT_STR] = "text",
	[GENLOG_OPT_INT] = "number",
	[GENLOG_OPT_BOOL] = "yes or no",
	[GENLOG_OPT_CHOICE] = "one of",
	[GENLOG_OPT_SIZE] = "size",
	[GENLOG_OPT_TIME] = "time",
	[GENLOG_OPT_LIST] = "text or list",
	[GENLOG_OPT_GROUP] = "map",
};

static void unit_print(FILE *f, const struct genlog_opt *row, int64_t v)
{
	static const char *const units[] = {"", "KiB", "MiB", "GiB"};
	size_t u = 0;

	if (row->type == GENLOG_OPT_SIZE) {
		for (; v >= 1024 && v % 1024 == 0 && u < 3; u++)
			v /= 1024;
	}
	fprintf(f, "%lld%s", (long long)v, row->type == GENLOG_OPT_TIME ? "ms" : units[u]);
}

static void range_print(FILE *f, const struct genlog_opt *row)
{
	if (row->max) {
		fputs(", ", f);
		unit_print(f, row, row->min);
		fputs(" to ", f);
		unit_print(f, row, row->max);
	} else if (row->min > 0) {
		fputs(", at least ", f);
		unit_print(f, row, row->min);
	}
}

static void choices_print(FILE *f, const struct genlog_opt *row)
{
	for (size_t i = 0; row->choices && row->choices[i]; i++)
		fprintf(f, "%s%s", i || row->type != GENLOG_OPT_CHOICE ? " | " : " ", row->choices[i]);
}

static void row_print(FILE *f, const struct genlog_opt *row, int depth)
{
	fprintf(f, "%*s%-*s %s", depth * 2, "", 24 - depth * 2, row->name, types[row->type]);
	choices_print(f, row);
	fputs(row->percent ? " or share of it all" : "", f);
	range_print(f, row);
	if (row->required)
		fputs("; required", f);
	if (row->def)
		fprintf(f, "; default: %s", *row->def ? row->def : "''");
	fputs("\n", f);
	if (row->help)
		fprintf(f, "%*s%s\n", 25, "", row->help);
}

void conf_help_rows(FILE *f, const struct genlog_opt *rows, int depth)
{
	for (const struct genlog_opt *row = rows; row && row->type; row++) {
		row_print(f, row, depth);
		if (row->type == GENLOG_OPT_GROUP)
			conf_help_rows(f, row->rows, depth + 1);
	}
}

static void section_print(FILE *f, const struct conf_section *sec)
{
	fprintf(f, "%-24s list of maps\n%*s%s\n", sec->name, 25, "", sec->help);
	conf_help_rows(f, sec->rows, 1);
}

void conf_help(FILE *f)
{
	fputs("THE MAIN FILE\n\n", f);
	conf_help_rows(f, conf_agent_rows, 0);
	fprintf(f, "%-24s map; required\n%*swhere documents go\n", "output", 25, "");
	conf_help_rows(f, conf_output_rows, 1);
	fputs("\nIt may also hold all that a drop-in may.\n\nA DROP-IN: ONE SERVICE\n\n", f);
	conf_help_rows(f, conf_service_rows, 0);
	fprintf(f, "%-24s map\n%*sput on every document; names not listed here go into its context\n", "fields", 25,
		"");
	conf_help_rows(f, conf_field_rows, 1);
	for (const struct conf_section *sec = conf_sections; sec->name; sec++)
		section_print(f, sec);
	fputs("\nIn texts, ${NAME} and ${NAME:-default} stand for variables of the environment, $${ for ${ itself, "
	      "and\n"
	      "!file PATH for what is in a file.  An input, parser, filter or output also takes the settings of its "
	      "plugin.\n",
		f);
}
