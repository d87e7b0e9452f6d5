/* insert, update, delete, findAndModify. */
#include <errno.h>
#include <stdlib.h>

#include "batch.h"
#include "call.h"
#include "commands.h"
#include "errors.h"
#include "gate.h"
#include "werrors.h"
#include "write.h"

static bool is_ordered(const struct call *c)
{
	bson_iter_t it;

	return !call_find(c, &it, "ordered") || bson_iter_as_bool(&it);
}

static void reply_n(struct call *c, int64_t n)
{
	bson_t *d = reply_begin(&c->reply);

	BSON_APPEND_INT32(d, "n", (int32_t)n);
	BSON_APPEND_DOUBLE(d, "ok", 1);
}

/* The engine's answer stands as it is, if there is no error in it. */
static void send_write(
	struct call *c, enum pg_query q, const bson_t *body, struct pg_arg documents, const struct batch *batch)
{
	struct pg_arg args[] = {pg_text(c->db), pg_bson(body), documents};
	PGresult *row = pg_run(&c->conn->pg, c, q, args);

	if (!row)
		return;
	if (pg_field_is_true(row, 1) && !(batch && batch->rejected))
		reply_row(&c->reply, row);
	else
		werrors_reply(c, batch, row);
}

static struct pg_arg first_sequence(const struct call *c)
{
	const struct wire_sequence *s = c->msg->sequence;

	return c->msg->sequences ? (struct pg_arg){s->p, s->n} : (struct pg_arg){NULL, 0};
}

/* What is left of the batch goes as a sequence, whichever way it came. */
static void send_rest(struct call *c, const struct batch *b)
{
	static const char *const documents[] = {"documents", NULL};
	bson_t body = BSON_INITIALIZER;
	size_t n;
	uint8_t *rest = batch_join(b, &n);

	doc_copy_without(&body, c->body, documents);
	if (!rest)
		call_error(c, ERR_INTERNAL, "out of memory");
	else if (n == 0)
		werrors_reply(c, b, NULL);
	else
		send_write(c, PG_INSERT, &body, (struct pg_arg){rest, n}, b);
	free(rest);
	bson_destroy(&body);
}

static void swallow(struct call *c, const struct batch *b)
{
	bson_t *d;
	bson_t errors;

	if (sink_write(&c->gate->sink, b) < 0) {
		call_error(c, ERR_INTERNAL, "the capture file cannot be written");
		return;
	}
	if (!b->rejected) {
		reply_n(c, (int64_t)b->n);
		return;
	}
	werrors_reply(c, b, NULL);
	reply_view(&c->reply, &errors);
	d = bson_new();
	BSON_APPEND_INT32(d, "n", (int32_t)(b->n - b->rejected));
	doc_copy_without(d, &errors, (const char *const[]){"n", NULL});
	reply_take(&c->reply, d);
}

static void count_batch(struct call *c, const struct batch *b)
{
	stat_add(&c->gate->stats, STAT_INSERTS, 1);
	stat_add(&c->gate->stats, STAT_DOCS, (int64_t)b->n);
	stat_add(&c->gate->stats, STAT_BYTES, (int64_t)b->bytes);
}

static void apply_insert(struct call *c)
{
	struct batch b = {0};
	int r = batch_read(&b, c->msg);

	if (r < 0) {
		stat_add(&c->gate->stats, STAT_BADBSON, 1);
		call_error(c, r == -ENOMEM ? ERR_INTERNAL : ERR_INVALID_BSON, "a document of the insert is malformed");
	} else {
		count_batch(c, &b);
		batch_screen(&b, &c->gate->rejects, is_ordered(c));
		if (c->gate->opt.null_sink)
			swallow(c, &b);
		else if (b.rejected)
			send_rest(c, &b);
		else
			send_write(c, PG_INSERT, c->body, first_sequence(c), &b);
	}
	batch_fini(&b);
}

static void apply_other(struct call *c, enum counter stat, enum pg_query q)
{
	stat_add(&c->gate->stats, stat, 1);
	if (c->gate->opt.null_sink)
		reply_n(c, 0);
	else
		send_write(c, q, c->body, first_sequence(c), NULL);
}

static void apply_update(struct call *c)
{
	apply_other(c, STAT_UPDATES, PG_UPDATE);
}

static void apply_delete(struct call *c)
{
	apply_other(c, STAT_DELETES, PG_DELETE);
}

static void apply_find_and_modify(struct call *c)
{
	apply_other(c, STAT_UPDATES, PG_FIND_AND_MODIFY);
}

void cmd_insert(struct call *c)
{
	write_run(c, apply_insert);
}

void cmd_update(struct call *c)
{
	write_run(c, apply_update);
}

void cmd_delete(struct call *c)
{
	write_run(c, apply_delete);
}

void cmd_find_and_modify(struct call *c)
{
	write_run(c, apply_find_and_modify);
}
