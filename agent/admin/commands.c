/* What the agent can be asked. */
#include <string.h>
#include <unistd.h>

#include <genlog/version.h>

#include "admin/admin.h"
#include "base/log.h"

static void run_version(struct agent *a, const struct request *r, struct answer *out)
{
	(void)a;
	(void)r;
	answer_text(out, "genlogd", GENLOG_VERSION);
	answer_int(out, "pid", getpid());
}

/* Only root, the agent's user and a group of the operator's choice can open the socket. */
static void run_reload(struct agent *a, const struct request *r, struct answer *out)
{
	struct reloaded done;

	(void)r;
	agent_reload(a, &done);
	if (!done.taken)
		answer_text(out, "error", done.why);
	answer_bool(out, "taken", done.taken);
	answer_uint(out, "generation", a->generation);
	if (!done.taken) {
		if (done.errors)
			answer_text(out, "errors", done.errors);
		reloaded_fini(&done);
		return;
	}
	answer_uint(out, "services", done.services);
	answer_uint(out, "aside", done.aside);
	answer_doc(out, "inputs");
	answer_uint(out, "kept", done.inputs.kept);
	answer_uint(out, "stopped", done.inputs.stopped);
	answer_uint(out, "started", done.inputs.started);
	answer_end(out);
	answer_text(out, "output", done.output ? "opened anew" : "kept");
	reloaded_fini(&done);
}

/* What is in the spool goes out without waiting for more, and is made durable. */
static void run_flush(struct agent *a, const struct request *r, struct answer *out)
{
	struct spool_stats st;
	int synced = spool_sync(a->spool);

	(void)r;
	spool_flush(a->spool);
	spool_stats_get(a->spool, &st);
	answer_uint(out, "docs_waiting", st.docs_waiting);
	answer_uint(out, "docs_out", st.docs_out);
	if (synced < 0)
		answer_text(out, "sync", strerror(-synced));
}

static const struct command commands[] = {
	{"status", status_write, false},
	{"reload", run_reload, false},
	{"flush", run_flush, false},
	{"version", run_version, false},
	{"tail", NULL, true},
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}
