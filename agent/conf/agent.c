/* The tables of the agent's own settings. */
#include "conf/parts.h"

static const char *const syncs[] = {"always", "never", NULL};
_Static_assert(CONF_SYNC_ALWAYS == -1 && CONF_SYNC_NEVER == -2, "the order of syncs[] is that of CONF_SYNC_*");

static const char *const fulls[] = {
	[CONF_BLOCK] = "block", [CONF_DROP_OLDEST] = "drop_oldest", [CONF_DROP_NEWEST] = "drop_newest", NULL};

static const struct genlog_opt spool_rows[] = {
	GENLOG_STR(struct conf_spool, path, .def = "/var/lib/genlog/spool",
		.help = "folder of the spool, which alone keeps what is not delivered yet"),
	GENLOG_SIZE(struct conf_spool, max_size, .def = "1GiB", .min = 1 << 16, .help = "the most it takes on disk"),
	GENLOG_SIZE(struct conf_spool, min_free, .def = "5%", .percent = true,
		.help = "what it leaves free on its file system"),
	GENLOG_TIME(struct conf_spool, sync, .def = "1s", .min = 1, .choices = syncs,
		.help = "how often it is forced to disk; matters at a power cut only"),
	GENLOG_CHOICE(struct conf_spool, when_full, .def = "block", .choices = fulls,
		.help = "what becomes of sources that cannot wait; files always wait"),
	{0},
};

static const struct genlog_opt admin_rows[] = {
	GENLOG_STR(struct conf_admin, socket, .def = "/run/genlog/admin.sock",
		.help = "unix socket for genlogctl; '' for none"),
	GENLOG_STR(struct conf_admin, group, .help = "group whose members may ask, too, such as adm"),
	GENLOG_STR(struct conf_admin, http, .help = "address and port of metrics and health; none without it"),
	GENLOG_BOOL(struct conf_admin, tail, .def = "no",
		.help = "show documents over TCP, where every user of this host can read them; over a unix socket they "
			"always are"),
	GENLOG_TIME(struct conf_admin, ready_after, .def = "30s", .min = 1,
		.help = "/ready says no when documents wait and none was delivered for so long"),
	{0},
};

static const char *const never[] = {"never", NULL};

static const struct genlog_opt metrics_rows[] = {
	GENLOG_TIME(struct conf_metrics, interval, .def = "1m", .min = 100, .choices = never,
		.help = "how often a document says how the agent is, which is the node's heartbeat too"),
	GENLOG_STR(struct conf_metrics, collection, .def = "real_time_metrics", .help = "where it goes"),
	{0},
};

const struct genlog_opt conf_agent_rows[] = {
	GENLOG_STR(struct conf_agent, node_id, .help = "name of this node, unlike all others; default: the host name"),
	GENLOG_STR(struct conf_agent, environment, .help = "production, staging, …; put on every document"),
	GENLOG_INT(struct conf_agent, workers, .def = "1", .min = 1, .max = 64, .help = "threads that read"),
	GENLOG_GROUP(struct conf_agent, spool, spool_rows, .help = "the durable buffer between inputs and output"),
	GENLOG_GROUP(struct conf_agent, admin, admin_rows, .help = "how the agent is asked and watched"),
	GENLOG_GROUP(struct conf_agent, metrics, metrics_rows, .help = "what the agent writes about itself"),
	GENLOG_LIST(struct conf_agent, include,
		.help = "drop-ins, relative to this file, with wildcards; in the order of their names"),
	GENLOG_STR(struct conf_agent, plugin_dir, .help = "folder of the plugins; default: where they were installed"),
	GENLOG_SIZE(struct conf_agent, max_line, .def = "1MiB", .min = 1 << 10, .max = 1 << 21,
		.help = "longer lines are cut, and marked so"),
	{0},
};

const struct genlog_opt conf_output_rows[] = {
	GENLOG_STR(struct conf_output, type, .required = true, .help = "name of the plugin"),
	GENLOG_INT(struct conf_output, connections, .def = "2", .min = 1, .max = 64,
		.help = "batches that are under way at the same time"),
	GENLOG_INT(struct conf_output, batch_docs, .def = "1000", .min = 1, .max = 100000,
		.help = "the most documents of a batch"),
	GENLOG_SIZE(struct conf_output, batch_bytes, .def = "4MiB", .min = 1 << 10, .max = 48000000,
		.help = "the most bytes of a batch"),
	GENLOG_TIME(struct conf_output, flush_interval, .def = "200ms",
		.help = "how long a batch that is not full waits for more"),
	{0},
};

const char *const conf_output_keys[] = {"type", "connections", "batch_docs", "batch_bytes", "flush_interval", NULL};
