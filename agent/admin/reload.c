/* Another configuration in the place of the one that runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/agent.h"
#include "admin/metrics.h"
#include "admin/progress.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "pipe/sample.h"

int made_load(struct made *m, const struct run_options *o)
{
	struct conf *c;
	int r, e;

	m->loaded = mem_calloc(1, sizeof(*m->loaded));
	if (!m->loaded)
		return -ENOMEM;
	c = &m->loaded->conf;
	r = conf_load(c, o->config);
	if (r == 0) {
		r = pipes_build(&m->pipes, c, o->once);
		e = ship_open(&m->ship, c);
		r = r < 0 ? r : e;
	}
	if (r == 0 && o->check)
		r = samples_check(&m->pipes, c);
	if (c->n_errors && !o->checked)
		conf_errors_print(c, stderr);
	return r;
}

void made_fini(struct made *m)
{
	pipes_fini(&m->pipes);
	ship_fini(&m->ship);
	if (m->loaded)
		conf_fini(&m->loaded->conf);
	free(m->loaded);
	*m = (struct made){0};
}

size_t conf_aside(const struct conf *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_services; i++)
		n += c->services[i].aside;
	return n;
}

static bool needs(const struct agent *a, const struct conf *c)
{
	bool needed = a->ship_conf == c;

	for (size_t i = 0; i < a->pipes.n_inputs && !needed; i++)
		needed = a->pipes.inputs[i]->conf == c;
	return needed;
}

void loaded_forget(struct agent *a)
{
	for (struct loaded **at = &a->loaded->next; *at;) {
		struct loaded *l = *at;

		if (needs(a, &l->conf)) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		conf_fini(&l->conf);
		free(l);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* A drop-in that was good, or was not there, and is broken now. */
static const struct conf_service *newly_broken(const struct conf *was, const struct conf *is)
{
	for (size_t i = 0; i < is->n_services; i++) {
		bool before = false;

		for (size_t k = 0; k < was->n_services && is->services[i].aside; k++)
			before = before ||
				 (was->services[k].aside && same_text(was->services[k].file, is->services[i].file));
		if (is->services[i].aside && !before)
			return &is->services[i];
	}
	return NULL;
}

/* What only a restart changes. */
static void tell_fixed(const struct conf_agent *was, const struct conf_agent *is)
{
	const struct {
		const char *name;
		bool same;
	} rows[] = {
		{"spool.path", same_text(was->spool.path, is->spool.path)},
		{"spool.max_size", was->spool.max_size == is->spool.max_size},
		{"spool.min_free", was->spool.min_free == is->spool.min_free},
		{"workers", was->workers == is->workers},
		{"admin.socket", same_text(was->admin.socket, is->admin.socket)},
		{"admin.http", same_text(was->admin.http, is->admin.http)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!rows[i].same)
			log_warn("reload: %s is changed by a restart only; the old value stays", rows[i].name);
}

static struct conf_sum sum_of_output(const struct ship *sh, const struct conf *c)
{
	struct conf_sum s = {{0}};

	conf_sum_node(&s, c->output.node);
	if (sh->out.code)
		conf_sum_files(&s, sh->out.code->opts, c->output.node);
	return s;
}

/* One that needs an operator is opened anew in any case: what he has mended may lie outside of the configuration. */
static bool output_stays(const struct agent *a, const struct made *m)
{
	struct conf_sum is = sum_of_output(&m->ship, &m->loaded->conf);

	return a->ship_sum.h[0] == is.h[0] && a->ship_sum.h[1] == is.h[1] &&
	       !__atomic_load_n(&a->ship.alarm, __ATOMIC_RELAXED);
}

void agent_ship_made(struct agent *a, struct made *m)
{
	a->ship = m->ship;
	a->ship_conf = &m->loaded->conf;
	a->ship_sum = sum_of_output(&a->ship, a->ship_conf);
	m->ship = (struct ship){0};
}

static int change_output(struct agent *a, struct made *m, struct genlog_err *err)
{
	ship_stop(&a->ship);
	memcpy(m->ship.counts, a->ship.counts, sizeof(m->ship.counts)); /* totals go on */
	ship_fini(&a->ship);
	agent_ship_made(a, m);
	spool_go_on(a->spool);
	return agent_start_ship(a, err);
}

static char *errors_of(const struct made *m)
{
	char *text = NULL;
	size_t n;
	FILE *f = m->loaded && m->loaded->conf.n_errors ? open_memstream(&text, &n) : NULL;

	if (!f)
		return NULL;
	conf_errors_print(&m->loaded->conf, f);
	(void)fclose(f);
	return text;
}

void reloaded_fini(struct reloaded *r)
{
	free(r->errors);
	r->errors = NULL;
}

static void refuse(struct reloaded *out, struct made *m, const struct conf_service *broken)
{
	if (broken)
		snprintf(out->why, sizeof(out->why), "%s has errors; the old configuration stays", broken->file);
	else
		snprintf(out->why, sizeof(out->why), "the configuration has errors; the old one stays");
	log_error("reload: %s", out->why);
	out->errors = errors_of(m);
	made_fini(m);
}

static void take(struct agent *a, struct made *m, struct reloaded *out)
{
	struct genlog_err err = {0};
	bool stays = output_stays(a, m);
	int r;

	if (pipes_swap(&a->pipes, &m->pipes, &out->inputs) < 0) {
		snprintf(out->why, sizeof(out->why), "no memory; the old configuration stays");
		log_error("reload: %s", out->why);
		made_fini(m);
		return;
	}
	r = stays ? 0 : change_output(a, m, &err);
	m->loaded->next = a->loaded;
	a->loaded = m->loaded;
	m->loaded = NULL;
	loaded_forget(a);
	made_fini(m);
	out->taken = true;
	out->output = !stays;
	a->generation++;
	a->loaded_ms = clock_wall_ms();
	metrics_reloaded(a->metrics);
	if (r < 0) { /* the agent cannot be without an output; the next start tries again */
		log_error("reload: %s", err.text);
		agent_end(a, 1);
	}
}

static void reload(struct agent *a, struct reloaded *out)
{
	struct made m = {0};
	const struct conf *old = agent_conf(a);
	int r = made_load(&m, a->options);
	const struct conf_service *broken = m.loaded ? newly_broken(old, &m.loaded->conf) : NULL;

	if (r < 0 || broken || !m.loaded) {
		refuse(out, &m, broken);
		return;
	}
	tell_fixed(&old->agent, &m.loaded->conf.agent);
	take(a, &m, out);
	if (!out->taken)
		return;
	out->services = agent_conf(a)->n_services;
	out->aside = conf_aside(agent_conf(a));
	log_info("reload: generation %llu: %zu services run, %zu are set aside; inputs: %zu stay, %zu stopped, %zu "
		 "started; "
		 "the output %s",
		(unsigned long long)a->generation, out->services - out->aside, out->aside, out->inputs.kept,
		out->inputs.stopped, out->inputs.started, out->output ? "was opened anew" : "stays");
}

void agent_reload(struct agent *a, struct reloaded *out)
{
	*out = (struct reloaded){0};
	notify_reloading();
	reload(a, out);
	notify_ready(a);
}
