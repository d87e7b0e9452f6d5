/*
 * What is wrong, in an operator's words: each row finds one thing, says what it is, and what to do about it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "admin/status.h"
#include "base/clock.h"

#define NEARLY_FULL 0.8
#define UNPARSED_SHARE 0.2
#define UNPARSED_LEAST 100

struct found {
	struct agent *agent;
	struct spool_stats spool;
	struct answer *out;
	enum health worst;
};

static void tell(struct found *f, enum health health, const char *todo, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void tell(struct found *f, enum health health, const char *todo, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	answer_doc(f->out, NULL);
	answer_text(f->out, "health", health_words[health]);
	answer_text(f->out, "what", text);
	answer_text(f->out, "do", todo);
	answer_end(f->out);
	f->worst = health > f->worst ? health : f->worst;
}

static void find_output(struct found *f)
{
	struct ship *sh = &f->agent->ship;
	int64_t since = __atomic_load_n(&sh->failing_since, __ATOMIC_RELAXED);
	char why[sizeof(sh->why)];

	if (!since)
		return;
	ship_why(sh, why, sizeof(why));
	if (__atomic_load_n(&sh->alarm, __ATOMIC_RELAXED))
		tell(f, HEALTH_FAILING,
			"mend user, password or rights at the server or in the configuration, then `genlogctl reload`; "
			"nothing is lost",
			"output %s is refused: %s", sh->out.code->name, why);
	else
		tell(f, HEALTH_DEGRADED,
			"see that the server is up and can be reached from here; nothing is lost, and it is tried by "
			"itself",
			"output %s does not answer since %.0f s: %s", sh->out.code->name,
			(double)(clock_ms() - since) / 1000, why);
}

static void find_spool(struct found *f)
{
	const struct conf_spool *c = &agent_conf(f->agent)->agent.spool;
	double share = c->max_size ? (double)f->spool.bytes / (double)c->max_size : 0;
	bool waiting = f->spool.docs_waiting > 0;

	if (f->spool.full)
		tell(f, HEALTH_FAILING, "let the output catch up, make spool.max_size larger, or make room on the disk",
			"the spool %s is full (%.0f %% of max_size): sources that can wait do so", c->path,
			share * 100);
	else if (waiting && share > NEARLY_FULL)
		tell(f, HEALTH_DEGRADED, "let the output catch up, or make spool.max_size larger",
			"the spool %s is %.0f %% full", c->path, share * 100);
	if (f->agent->sync_failed)
		tell(f, HEALTH_FAILING, "look at the disk: dmesg, smartctl, df",
			"what is written to the spool %s cannot be made durable", c->path);
	if (f->spool.lost_docs || f->spool.damaged_bytes)
		tell(f, HEALTH_DEGRADED,
			"`genlogctl spool verify`; what was damaged lies in quarantine/ beside the segments",
			"the spool %s was damaged: %" PRIu64 " bytes were skipped and %" PRIu64
			" documents lost unless their source was read again",
			c->path, f->spool.damaged_bytes, f->spool.lost_docs);
}

static void find_readers(struct found *f)
{
	for (size_t i = 0; i < f->agent->pipes.n_readers; i++) {
		int told = __atomic_load_n(&f->agent->pipes.readers[i].told, __ATOMIC_RELAXED);

		if (told && told != -EAGAIN)
			tell(f, HEALTH_FAILING, "look at the disk and at the rights of the spool's folder",
				"the spool cannot be written: %s; nothing is read until it can", strerror(-told));
	}
}

static void find_services(struct found *f)
{
	const struct conf *c = agent_conf(f->agent);

	for (size_t i = 0; i < c->n_services; i++)
		if (c->services[i].aside)
			tell(f, HEALTH_DEGRADED,
				"`genlogctl check` says what is wrong with it; then `genlogctl reload`",
				"the drop-in %s has errors and does not run", c->services[i].file);
	if (!f->agent->pipes.n_inputs)
		tell(f, HEALTH_DEGRADED, "put a drop-in into conf.d/, then `genlogctl reload`",
			"no input is configured");
}

static void find_inputs(struct found *f)
{
	for (size_t i = 0; i < f->agent->pipes.n_inputs; i++) {
		const struct genlog_input *in = f->agent->pipes.inputs[i];
		uint64_t events = count_read(&in->events[PIPE_EVENTS]), odd = count_read(&in->events[PIPE_UNPARSED]);

		if (__atomic_load_n(&in->done, __ATOMIC_RELAXED) && !f->agent->options->once)
			tell(f, HEALTH_FAILING, "see its error below; `genlogctl reload` starts it again",
				"input %s of service %s does not run", in->plug.code->name, in->service->name);
		if (in->sum.stuck)
			tell(f, HEALTH_DEGRADED,
				"see what is said of the spool and the output; `genlogctl status` names the sources",
				"input %s of service %s: %zu %s more to read and %s not move", in->plug.code->name,
				in->service->name, in->sum.stuck, in->sum.stuck == 1 ? "source has" : "sources have",
				in->sum.stuck == 1 ? "does" : "do");
		if (odd > UNPARSED_LEAST && (double)odd > UNPARSED_SHARE * (double)events)
			tell(f, HEALTH_OK, "`genlogctl explain FILE` shows what becomes of its lines, and why",
				"input %s of service %s: %" PRIu64 " of %" PRIu64
				" events did not match their parser and are shipped as plain text",
				in->plug.code->name, in->service->name, odd, events);
		if (count_read(&in->counts[GENLOG_COUNT_KERNEL_DROPS]))
			tell(f, HEALTH_OK, "make receive_buffer of the input larger, or net.core.rmem_max",
				"input %s of service %s: the kernel has dropped %" PRIu64
				" messages, told by gap documents",
				in->plug.code->name, in->service->name,
				count_read(&in->counts[GENLOG_COUNT_KERNEL_DROPS]));
	}
}

static void find_dead(struct found *f)
{
	uint64_t n = ship_count(&f->agent->ship, SHIP_REJECTED);

	if (n)
		tell(f, HEALTH_DEGRADED,
			"`genlogctl dead-letter ls` says why; `genlogctl dead-letter retry` when it is mended",
			"%" PRIu64 " documents were refused for good since the start; they are kept in dead-letter/",
			n);
}

enum health problems_write(struct agent *a, struct answer *out)
{
	static void (*const rows[])(struct found *) = {
		find_output, find_spool, find_readers, find_services, find_inputs, find_dead};
	struct found f = {.agent = a, .out = out};

	inputs_sum(a);
	spool_stats_get(a->spool, &f.spool);
	answer_array(out, "problems");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		rows[i](&f);
	answer_end(out);
	return f.worst;
}
