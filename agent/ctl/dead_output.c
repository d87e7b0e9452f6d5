/* Letters go the way that everything goes: through the output plugin of the configuration, as a shipper calls it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/dead.h"
#include "ship/ship.h"
#include "spool/look.h"

static int failed(const struct conf *c, const struct genlog_err *err)
{
	if (c->n_errors)
		conf_errors_print(c, stderr);
	if (err->code)
		ctl_error("output %s: %s", c->output.type, err->text);
	return -EINVAL;
}

/* An output that keeps a mark beside its data must not be told another one than it has. */
static int find_mark(struct dead_output *o, const char *path, struct genlog_err *err)
{
	struct look l = {0};
	int r = look_open(&l, path, err);

	if (r == 0)
		memcpy(o->mark.spool_id, look_id(&l), sizeof(o->mark.spool_id));
	look_fini(&l);
	if (r == 0 && o->plug.code->resumed)
		(void)o->plug.code->resumed(o->plug.state, &o->mark);
	return r;
}

int dead_output_open(struct dead_output *o, struct conf *conf, const char *path)
{
	struct plug_ask ask = ship_ask(conf);
	struct genlog_err err = {0};
	int r;

	*o = (struct dead_output){.conf = conf};
	r = plug_open(&o->plug, conf, &ask);
	if (r == 0 && o->plug.code->start)
		r = o->plug.code->start(o->plug.state, NULL, &err);
	if (r == 0 && o->plug.code->commit)
		r = find_mark(o, path, &err);
	return r < 0 ? failed(conf, &err) : 0;
}

void dead_output_close(struct dead_output *o)
{
	plug_close(&o->plug);
}

static int write_halves(struct dead_output *o, const char *collection, struct genlog_doc *docs, size_t n)
{
	int r;

	if (n == 1) { /* alone it is too large still */
		docs->outcome = GENLOG_REJECTED;
		docs->code = EMSGSIZE;
		return 0;
	}
	r = dead_output_write(o, collection, docs, n / 2);
	return r < 0 ? r : dead_output_write(o, collection, docs + n / 2, n - n / 2);
}

int dead_output_write(struct dead_output *o, const char *collection, struct genlog_doc *docs, size_t n)
{
	struct genlog_batch b = {.size = sizeof(b), .collection = collection, .docs = docs, .n = n};
	int r;

	for (size_t i = 0; i < n; i++)
		docs[i].outcome = GENLOG_DELIVERED;
	r = o->plug.code->write(o->plug.state, &b);
	if (r == -EMSGSIZE)
		return write_halves(o, collection, docs, n);
	if (r < 0)
		ctl_error("output %s: %s; what is not delivered stays in the dead letters", o->plug.code->name,
			b.why[0] ? b.why : strerror(-r));
	return r;
}

int dead_output_commit(struct dead_output *o)
{
	struct genlog_err err = {0};

	if (o->plug.code->commit && o->plug.code->commit(o->plug.state, &o->mark, &err) < 0)
		return failed(o->conf, &err);
	return 0;
}
