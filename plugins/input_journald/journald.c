#include "journald.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FORGET_EVERY_MS 3600000

static const char *const starts[] = {[START_BEGINNING] = "beginning", [START_END] = "end", NULL};
static const char *const which[] = {[FIELDS_USUAL] = "usual", [FIELDS_ALL] = "all", NULL};

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct journald, path, .def = "",
		.help = "a folder of journal files, or one file; also another host's; without it this host's journals"),
	GENLOG_STR(struct journald, namespace, .def = "",
		.help = "the journal of a namespace; * means all of them, +NAME that one and the usual one"),
	GENLOG_LIST(struct journald, units, .help = "only entries of these units, and about them; with wildcards"),
	GENLOG_LIST(struct journald, identifiers, .help = "only those with these SYSLOG_IDENTIFIERs; with wildcards"),
	GENLOG_STR(struct journald, priority, .help = "only those as grave as this or graver: warning; or 0..4"),
	GENLOG_STR(struct journald, boot, .def = "all", .help = "only those of one boot: its id, or current"),
	GENLOG_LIST(struct journald, matches,
		.help = "FIELD=value, with wildcards: of each field that is named one value has to be there"),
	GENLOG_CHOICE(struct journald, start, .def = "end", .choices = starts,
		.help = "where to begin when nothing is known of this journal with these filters from before"),
	GENLOG_STR(struct journald, since,
		.help = "instead of start: 2h, or a time like 2025-12-22 10:30:45 (local) or 2025-12-22T10:30:45Z"),
	GENLOG_CHOICE(struct journald, fields, .def = "usual", .choices = which,
		.help = "all: what hardly anybody needs too, such as command lines, cgroups, sessions, capabilities"),
	{0},
};

static bool has_suffix(const char *name)
{
	static const char *const types[] = {".service", ".socket", ".target", ".device", ".mount", ".automount",
		".swap", ".timer", ".path", ".slice", ".scope"};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(dot, types[i]) == 0)
			return true;
	return dot && dot[1] && dot[strlen(dot) - 1] == '*';
}

/* "nginx" is "nginx.service", as systemctl has it. */
static int mangle_units(struct journald *j, struct genlog_err *err)
{
	size_t n = j->units.n;

	j->mangled = calloc(n + 1, sizeof(*j->mangled));
	if (!j->mangled)
		return genlog_fail(err, ENOMEM, "no memory");
	for (size_t i = 0; i < n; i++) {
		const char *u = j->units.v[i];
		size_t room = strlen(u) + sizeof(".service");

		j->mangled[i] = malloc(room);
		if (!j->mangled[i])
			return genlog_fail(err, ENOMEM, "no memory");
		snprintf(j->mangled[i], room, "%s%s", u, has_suffix(u) ? "" : ".service");
	}
	j->a.units = (struct genlog_strs){(const char *const *)j->mangled, n};
	return 0;
}

static int check_matches(const struct journald *j, struct genlog_err *err)
{
	for (size_t i = 0; i < j->matches.n; i++) {
		const char *m = j->matches.v[i];
		size_t n = strspn(m, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

		if (n == 0 || n > 64 || m[n] != '=')
			return genlog_fail_opt(err, "matches", EINVAL,
				"\"%.100s\" is no FIELD=value; names of fields have capitals, digits and _", m);
	}
	return 0;
}

static int current_boot(uint8_t id[ID_SIZE])
{
	char text[40] = "";
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	bool read = f && fgets(text, sizeof(text), f);

	if (f)
		fclose(f);
	text[strcspn(text, "\n")] = 0;
	return read ? id_parse(text, id) : -ENOENT;
}

static int read_filters(struct journald *j, struct genlog_err *err)
{
	struct asked *a = &j->a;

	a->by_priority = j->priority && *j->priority;
	if (a->by_priority && priority_parse(j->priority, &a->priority_from, &a->priority_to) < 0)
		return genlog_fail_opt(err, "priority", EINVAL,
			"\"%.64s\" is no priority; emerg alert crit err warning notice info debug, 0 to 7, or two with "
			".. "
			"between",
			j->priority);
	a->by_boot = strcmp(j->boot, "all") != 0;
	if (a->by_boot && strcmp(j->boot, "current") != 0 && id_parse(j->boot, a->boot) < 0)
		return genlog_fail_opt(
			err, "boot", EINVAL, "\"%.64s\" is neither all nor current nor the id of a boot", j->boot);
	if (strcmp(j->boot, "current") == 0 && current_boot(a->boot) < 0)
		return genlog_fail_opt(err, "boot", ENOENT, "this system does not tell the id of its boot");
	return check_matches(j, err);
}

static int read_since(struct journald *j, struct genlog_err *err)
{
	struct timespec t;

	if (!j->since || !*j->since)
		return 0;
	clock_gettime(CLOCK_REALTIME, &t);
	if (since_parse(j->since, (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000, &j->a.since) < 0)
		return genlog_fail_opt(err, "since", EINVAL,
			"\"%.64s\" is neither a span like 2h nor a time like 2025-12-22 10:30:45", j->since);
	return 0;
}

static uint64_t add_text(uint64_t h, const char *p)
{
	return genlog_hash(p, strlen(p) + 1, h);
}

static uint64_t add_list(uint64_t h, const struct genlog_strs *l)
{
	for (size_t i = 0; i < l->n; i++)
		h = add_text(h, l->v[i]);
	return genlog_hash("", 1, h);
}

/* What positions are kept under: the same path, namespace and filters. */
static uint64_t scope(const struct journald *j)
{
	uint64_t h = add_text(add_text(7, j->path), j->namespace);

	h = add_list(add_list(add_list(h, &j->units), &j->identifiers), &j->matches);
	h = add_text(h, j->priority ? j->priority : "");
	return strcmp(j->boot, "all") == 0 ? h : add_text(h, j->boot);
}

static int journald_open(void *state, struct genlog_err *err)
{
	struct journald *j = state;
	int r;

	j->open = true;
	j->fd = -1;
	j->a = (struct asked){.path = j->path,
		.namespace_ = j->namespace,
		.match_root = "",
		.identifiers = j->identifiers,
		.matches = j->matches,
		.start = (uint8_t)j->start,
		.all_fields = j->fields == FIELDS_ALL};
	if (*j->path && *j->path != '/')
		return genlog_fail_opt(err, "path", EINVAL, "\"%.200s\" does not begin with /", j->path);
	r = read_filters(j, err);
	if (r == 0)
		r = read_since(j, err);
	if (r == 0)
		r = mangle_units(j, err);
	j->scope = scope(j);
	return r;
}

static void journald_close(void *state)
{
	struct journald *j = state;

	if (!j->open)
		return;
	process_end(j);
	sources_free(j);
	known_free(j);
	for (size_t i = 0; j->mangled && i < j->units.n; i++)
		free(j->mangled[i]);
	free(j->mangled);
}

static void on_again(void *arg)
{
	struct journald *j = arg;

	if (j->pid > 0)
		process_resume(j);
	else
		process_start(j);
}

static int journald_start(void *state, struct genlog_input *in, struct genlog_err *err)
{
	struct journald *j = state;

	j->in = in;
	j->host = genlog_host(in);
	j->a.max_line = j->host->max_line;
	j->again = genlog_timer(in, on_again, j);
	if (!j->again || !genlog_lru_open(&j->sources, SOURCES, sizeof(struct source)) || known_load(j) < 0)
		return genlog_fail(err, ENOMEM, "no memory");
	process_start(j);
	return 0;
}

static void journald_resume(void *state)
{
	process_resume(state);
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_INPUT,
	.name = "journald",
	.summary = "reads systemd's journal: this host's, a namespace's, or another host's files",
	.state_size = sizeof(struct journald),
	.opts = opts,
	.open = journald_open,
	.close = journald_close,
	.start = journald_start,
	.resume = journald_resume,
	.child = reader_main,
};
