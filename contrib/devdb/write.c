#include "write.h"

#include <string.h>

#include "call.h"
#include "errors.h"
#include "gate.h"

struct retry {
	uint8_t session[SESSION_ID_SIZE];
	int64_t txn;
};

static bool get_retry(const struct call *c, struct retry *to)
{
	bson_iter_t it, id;
	const uint8_t *p = NULL;
	bson_subtype_t subtype;
	uint32_t n = 0;

	if (!call_find(c, &it, "txnNumber"))
		return false;
	to->txn = bson_iter_as_int64(&it);
	if (!bson_iter_init(&it, c->body) || !bson_iter_find_descendant(&it, "lsid.id", &id) ||
		!BSON_ITER_HOLDS_BINARY(&id))
		return false;
	bson_iter_binary(&id, &subtype, &n, &p);
	if (n != sizeof(to->session))
		return false;
	memcpy(to->session, p, n);
	return true;
}

/* Since 4.4 the server, not the driver, says what may be retried. */
static void label(const struct call *c, bson_t *reply, int code)
{
	bson_iter_t it;
	bson_t labels = BSON_INITIALIZER;

	if (!call_find(c, &it, "txnNumber") || !error_is_retryable(code))
		return;
	BSON_APPEND_UTF8(&labels, "0", "RetryableWriteError");
	BSON_APPEND_ARRAY(reply, "errorLabels", &labels);
	bson_destroy(&labels);
}

/* Puts a write concern error into an answer that is already there. */
static void add_concern_error(struct call *c, int code, const char *text)
{
	static const char *const again[] = {"writeConcernError", NULL};
	char name[ERROR_NAME_SIZE];
	bson_t old, inner;
	bson_t *d;

	if (!reply_view(&c->reply, &old))
		return;
	d = bson_new();
	doc_copy_without(d, &old, again);
	BSON_APPEND_DOCUMENT_BEGIN(d, "writeConcernError", &inner);
	BSON_APPEND_INT32(&inner, "code", code);
	BSON_APPEND_UTF8(&inner, "codeName", error_name(code, name));
	BSON_APPEND_UTF8(&inner, "errmsg", text);
	bson_append_document_end(d, &inner);
	label(c, d, code);
	reply_take(&c->reply, d);
}

/* The number of members that must have the write; 1 for "majority", since there is one. */
static int64_t wanted_members(const struct call *c)
{
	bson_iter_t it, w;

	if (!bson_iter_init(&it, c->body) || !bson_iter_find_descendant(&it, "writeConcern.w", &w))
		return 1;
	return BSON_ITER_HOLDS_NUMBER(&w) ? bson_iter_as_int64(&w) : 1;
}

/* True: the write must not be applied, and the answer is there. */
static bool fault_before(struct call *c)
{
	struct faults *f = &c->gate->faults;
	int code;

	faults_wait_delay(f);
	if (fault_fires(f, FAULT_ERROR, &code)) {
		call_error(c, code, code == ERR_NOT_PRIMARY ? "not primary" : "injected error %d", code);
		label(c, c->reply.doc, code);
		return true;
	}
	c->reply.hang_up = fault_fires(f, FAULT_DROP_BEFORE, NULL);
	return c->reply.hang_up;
}

static void fault_after(struct call *c)
{
	struct faults *f = &c->gate->faults;
	int code;

	if (fault_fires(f, FAULT_DROP_AFTER, NULL))
		c->reply.hang_up = true;
	else if (!c->reply.hang_up && fault_fires(f, FAULT_WCE, &code))
		add_concern_error(c, code, "injected write concern error");
}

static void apply_once(struct call *c, const struct retry *retry, void (*apply)(struct call *c))
{
	struct sessions *s = &c->gate->sessions;
	bson_t *before = NULL;
	bson_t now;

	switch (session_enter(s, retry->session, retry->txn, &before)) {
	case SESSION_REPEAT:
		reply_take(&c->reply, before);
		stat_add(&c->gate->stats, STAT_RETRIED, 1);
		break;
	case SESSION_OLD:
		call_error(c, ERR_TRANSACTION_TOO_OLD, "a later txnNumber of this session has been seen");
		break;
	case SESSION_NEW:
		apply(c);
		if (!c->reply.hang_up && reply_code(&c->reply) == 0 && reply_view(&c->reply, &now))
			session_leave(s, retry->session, &now);
		else
			session_leave(s, retry->session, NULL);
	}
}

/* True: this write cannot be, and the answer is there. */
static bool is_refused(struct call *c, bool retryable)
{
	enum topology topology = c->gate->opt.topology;
	bson_iter_t it;

	if (topology == TOPOLOGY_STANDALONE && wanted_members(c) > 1)
		call_error(c, ERR_BAD_VALUE, "cannot use 'w' > 1 when a host is not replicated");
	else if (topology == TOPOLOGY_STANDALONE && retryable)
		call_error(c, ERR_ILLEGAL_OPERATION,
			"Transaction numbers are only allowed on a replica set member or mongos");
	else if (call_find(c, &it, "autocommit"))
		call_error(c, ERR_NOT_IN_TRANSACTION, "multi-document transactions are not supported");
	else
		return false;
	return true;
}

void write_run(struct call *c, void (*apply)(struct call *c))
{
	struct retry retry;
	bool retryable = get_retry(c, &retry);

	if (fault_before(c) || is_refused(c, retryable))
		return;
	if (retryable)
		apply_once(c, &retry, apply);
	else
		apply(c);
	if (wanted_members(c) > 1 && !c->reply.hang_up)
		add_concern_error(c, ERR_UNSATISFIABLE_WRITE_CONCERN, "Not enough data-bearing nodes");
	fault_after(c);
}
