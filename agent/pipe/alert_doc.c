/* The document of an alarm, and what is to be run for it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "pipe/alerts.h"

#define TITLE 400
#define BODY 2000
#define DOC (8 << 10)

struct texts {
	char title[TITLE], body[BODY];
};

static void span(char *out, size_t cap, int64_t ms)
{
	if (ms % 3600000 == 0)
		snprintf(out, cap, "%" PRId64 " h", ms / 3600000);
	else if (ms % 60000 == 0)
		snprintf(out, cap, "%" PRId64 " min", ms / 60000);
	else
		snprintf(out, cap, "%g s", (double)ms / 1000);
}

static void make_title(const struct alarm *a, const char *service, char *out)
{
	const struct conf_alert *c = a->rule->conf;
	const struct genlog_value level = level_value((enum level)c->level);
	char within[32];

	span(within, sizeof(within), c->within);
	if (c->title)
		snprintf(out, TITLE, "%s", c->title);
	else if (c->faults && c->count == 1)
		snprintf(out, TITLE, "%s: %s fault: %.*s", service,
			a->is_new				 ? "new"
			: c->fingerprint == CONF_FAULT_RETURNING ? "returning"
								 : "a",
			(int)a->trace->exception_type.n, a->trace->exception_type.n ? a->trace->exception_type.p : "");
	else if (c->count == 1)
		snprintf(out, TITLE, "%s: %s: an event of level %.*s or worse", service, c->name, (int)level.n,
			level.u.p);
	else
		snprintf(out, TITLE, "%s: %s: %" PRIu64 " events of level %.*s or worse within %s", service, c->name,
			a->count, (int)level.n, level.u.p, within);
}

/* The event's message; of a fault also where in the program it was. */
static void make_body(const struct alarm *a, const struct genlog_record *rec, char *out)
{
	const struct genlog_value *v = &rec->slot[GENLOG_SLOT_MESSAGE];
	bool has = rec->set >> GENLOG_SLOT_MESSAGE & 1 && v->type == GENLOG_V_STR;
	int n = snprintf(out, BODY, "%.*s", has ? (int)(v->n < 1000 ? v->n : 1000) : 0, has ? v->u.p : "");

	for (uint32_t i = 0; a->trace && i < a->trace->n_frames; i++) {
		const struct trace_frame *f = &a->trace->frames[i];

		if (!f->in_app)
			continue;
		n += snprintf(out + n, BODY - (size_t)n, "\nat %.*s%s%.*s (%.*s:%d)",
			(int)(f->class_name.n < 200 ? f->class_name.n : 200), f->class_name.n ? f->class_name.p : "",
			f->class_name.n ? "." : "", (int)(f->function.n < 200 ? f->function.n : 200),
			f->function.n ? f->function.p : "", (int)(f->file.n < 200 ? f->file.n : 200),
			f->file.n ? f->file.p : "", f->line);
		break;
	}
	if (a->held)
		snprintf(out + n, BODY - (size_t)n, "\n%" PRIu64 " more were held back since the last notification",
			a->held);
}

/* The same fault within the same time is one notification, whichever node tells it; a count is a node's own. */
static void make_id(const struct genlog_input *in, const struct alarm *a, uint8_t id[12])
{
	const struct conf_alert *c = a->rule->conf;
	uint64_t turn = (uint64_t)(a->time_ms / c->quiet), h = hash64(c->name, strlen(c->name), in->alerts->service);
	uint32_t seconds = __builtin_bswap32((uint32_t)((int64_t)turn * c->quiet / 1000));

	if (c->faults && c->count == 1)
		h = hash64(a->trace->fingerprint, strlen(a->trace->fingerprint), hash_mix(h, turn));
	else
		h = hash64(in->host.node_id, strlen(in->host.node_id), hash_mix(h, turn));
	h = __builtin_bswap64(h);
	memcpy(id, &seconds, 4);
	memcpy(id + 4, &h, 8);
}

static uint8_t *put(uint8_t *w, const char *key, const char *text)
{
	return genlog_bson_text(
		genlog_bson_key(w, GENLOG_BSON_STR, key, strlen(key)), text, genlog_utf8_valid(text, strlen(text)));
}

static uint8_t *put_bool(uint8_t *w, const char *key, bool v)
{
	w = genlog_bson_key(w, GENLOG_BSON_BOOL, key, strlen(key));
	*w++ = v;
	return w;
}

static uint8_t *put_date(uint8_t *w, const char *key, int64_t ms)
{
	return genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_DATE, key, strlen(key)), ms);
}

static void hex(char *out, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static uint8_t *put_about(uint8_t *w, const struct alarm *a)
{
	char id[25] = "";

	if (a->event_len > 4 + 5 + 12 && memcmp(a->event + 4, "\x07_id", 5) == 0)
		hex(id, a->event + 9, 12);
	w = put(w, "entity_type", a->trace ? "error_fingerprint" : "log_event");
	w = put(w, "entity_id", a->trace ? a->trace->fingerprint : id);
	return put(w, "related_id", id);
}

static uint8_t *put_delivery(uint8_t *w, const struct conf_alert *c)
{
	uint8_t *list;
	const char *channels[] = {c->command.n ? "command" : NULL, c->webhook ? "webhook" : NULL};
	int n = 0;

	list = genlog_bson_key(w, GENLOG_BSON_ARRAY, "delivery_channels", 17);
	w = genlog_bson_begin(list);
	for (int i = 0; i < 2; i++)
		if (channels[i])
			w = put(w, n++ ? "1" : "0", channels[i]);
	w = genlog_bson_end(list, w);
	w = put_bool(w, "email_sent", false);
	return put_bool(w, "sms_sent", false);
}

static size_t make(const struct genlog_input *in, const struct alarm *a, const struct texts *t, uint8_t *doc)
{
	const struct conf_alert *c = a->rule->conf;
	uint8_t id[12], *w = genlog_bson_begin(doc);
	char name[25];
	int64_t now = clock_wall_ms();

	make_id(in, a, id);
	hex(name, id, 12);
	w = genlog_bson_bytes(genlog_bson_key(w, GENLOG_BSON_OID, "_id", 3), id, 12);
	w = put(w, "notification_id", name);
	w = put(w, "recipient_id", c->recipient);
	w = put(w, "type", conf_alert_types[c->type]);
	w = put(w, "category", c->category);
	w = put(w, "title", t->title);
	w = put(w, "body", t->body);
	w = put_about(w, a);
	w = put(w, "priority", conf_alert_priorities[c->priority]);
	w = genlog_bson_i32(genlog_bson_key(w, GENLOG_BSON_INT32, "urgency_level", 13), (int32_t)c->urgency);
	w = put_date(w, "created_at", now);
	w = put_bool(w, "read", false);
	w = genlog_bson_key(w, GENLOG_BSON_NULL, "read_at", 7);
	w = put_bool(w, "action_required", true);
	w = put_delivery(w, c);
	w = put(w, "source_system", "genlog");
	w = put(w, "created_by", c->name);
	w = put(w, "module", in->service->name ? in->service->name : "");
	w = put(w, "node_id", in->host.node_id);
	w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, "event_count", 11), (int64_t)a->count);
	w = put_date(w, "createdAt", now);
	return (size_t)(genlog_bson_end(doc, w) - doc);
}

static int append(struct reader *r, const uint8_t *doc, size_t n)
{
	size_t before = r->batch.docs.n;
	int name = batch_name(&r->batch, NOTIFICATIONS, sizeof(NOTIFICATIONS) - 1);
	int done = name < 0 ? name : batch_doc_begin(&r->batch, (unsigned)name, LEVEL_ERROR);

	if (done == 0)
		done = buf_append(&r->batch.docs, doc, n);
	if (done < 0) {
		batch_doc_undo(&r->batch, before);
		return done;
	}
	batch_doc_done(&r->batch);
	return 0;
}

void alarm_run_free(struct alarm_run *r)
{
	for (size_t i = 0; r && r->argv && r->argv[i]; i++)
		free(r->argv[i]);
	if (r) {
		free(r->argv);
		free(r->webhook);
		free(r->name);
		free(r->bson);
	}
	free(r);
}

static bool copy_argv(struct alarm_run *run, const struct genlog_strs *command)
{
	if (!command->n)
		return true;
	run->argv = mem_calloc(command->n + 1, sizeof(char *));
	for (size_t i = 0; run->argv && i < command->n; i++) {
		run->argv[i] = mem_strdup(command->v[i]);
		if (!run->argv[i])
			return false;
	}
	return run->argv != NULL;
}

/* It is run when the batch is in the spool: what is told to people is in the database, too, or will be. */
static int queue_run(struct reader *r, const struct conf_alert *c, const uint8_t *doc, size_t n)
{
	struct alarm_run *run, **at = &r->alarms;

	if (!c->command.n && !c->webhook)
		return 0;
	run = mem_calloc(1, sizeof(*run));
	if (!run)
		return -ENOMEM;
	run->name = mem_strdup(c->name);
	run->webhook = c->webhook ? mem_strdup(c->webhook) : NULL;
	run->bson = mem_copy(doc, n);
	run->n = n;
	if (!copy_argv(run, &c->command) || !run->name || !run->bson || (c->webhook && !run->webhook)) {
		alarm_run_free(run);
		return -ENOMEM;
	}
	while (*at)
		at = &(*at)->next;
	*at = run;
	return 0;
}

int alarm_write(struct genlog_source *src, const struct alarm *a)
{
	static struct log_limit limit;
	const char *service = src->in->service->name ? src->in->service->name : "";
	const struct conf_alert *c = a->rule->conf;
	struct texts *t = mem_calloc(1, sizeof(*t));
	uint8_t *doc = mem_calloc(1, DOC + strlen(c->recipient) + strlen(c->category) + 2 * strlen(c->name) +
					     strlen(service) + strlen(src->in->host.node_id));
	size_t n;
	int r = t && doc ? 0 : -ENOMEM;

	if (r == 0) {
		make_title(a, service, t->title);
		make_body(a, &src->in->reader->rec, t->body);
		n = make(src->in, a, t, doc);
		r = append(src->in->reader, doc, n);
		if (r == 0 && queue_run(src->in->reader, c, doc, n) < 0)
			log_limited(&limit, LOG_LEVEL_ERROR,
				"alert %s of service %s: no memory for what it runs; its notification is written",
				c->name, service);
	}
	free(t);
	free(doc);
	return r;
}
