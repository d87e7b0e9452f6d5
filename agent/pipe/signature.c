/* What makes an input what it is, as a number. */
#include "pipe/pipe.h"

static void add_fields(struct conf_sum *s, const struct conf_fields *f)
{
	conf_sum_text(s, f->version);
	conf_sum_text(s, f->environment);
	for (size_t i = 0; i < f->tags.n; i++)
		conf_sum_text(s, f->tags.v[i]);
	conf_sum_text(s, NULL);
	for (size_t i = 0; i < f->n_others; i++) {
		conf_sum_text(s, f->others[i].name);
		conf_sum_text(s, f->others[i].value);
	}
	conf_sum_text(s, NULL);
}

/* After its plugins were loaded, whose rows say which files they read. */
void input_sign(struct genlog_input *in, const struct conf *c, const struct conf_service *s,
	const struct conf_input *ci, const struct conf_parser *p)
{
	const struct conf_agent *a = &c->agent;
	struct conf_sum sum = {{in->ordinal, (uint64_t)a->max_line}};

	conf_sum_text(&sum, a->node_id);
	conf_sum_text(&sum, a->plugin_dir);
	conf_sum_text(&sum, ci->zone->name);
	conf_sum_text(&sum, s->name);
	add_fields(&sum, &s->fields);
	conf_sum_node(&sum, ci->node);
	conf_sum_node(&sum, p ? p->node : NULL);
	if (in->plug.code)
		conf_sum_files(&sum, in->plug.code->opts, ci->node);
	for (size_t i = 0; i < s->n_filters; i++) {
		conf_sum_node(&sum, s->filters[i].node);
		if (i < in->n_filters && in->filters[i].code)
			conf_sum_files(&sum, in->filters[i].code->opts, s->filters[i].node);
	}
	for (size_t i = 0; i < s->n_alerts; i++)
		conf_sum_node(&sum, s->alerts[i].node);
	in->signature = sum;
}
