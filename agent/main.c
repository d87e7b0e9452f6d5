/* genlogd: the command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <genlog/version.h>

#include "admin/explain.h"
#include "admin/run.h"
#include "base/log.h"
#include "base/place.h"
#include "conf/conf.h"
#include "pipe/child.h"
#include "plug/plug.h"

#define CONFIG "/etc/genlog/genlog.yaml"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

static const char usage[] =
	"usage: genlogd [-c FILE] [--once] [--check] [--foreground]\n"
	"Puts logs into MongoDB, exactly once, as structured documents.\n"
	"\n"
	"  -c, --config FILE   configuration (" CONFIG ")\n"
	"      --once          read what there is to its end, deliver it, and end\n"
	"      --check         print all errors of the configuration and end: 0 none, 1 some\n"
	"      --foreground    stay in the foreground, which is what it does anyway\n"
	"  -v, --verbose       say more; -q, --quiet: only warnings and errors\n"
	"      --explain FILE  what becomes of its lines, and why; behind it, a LINE's number for that one alone\n"
	"      --help-config   the reference page of all settings, those of plugins too\n"
	"      --plugin-dir DIR  with --help-config: where the plugins are\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Signals: SIGHUP reloads the configuration, SIGTERM ends (nothing is lost), SIGUSR1 logs the figures.\n"
	"Exit codes: 0, 1 failed, 2 usage.\n";

enum { OPT_ONCE = 256, OPT_CHECK, OPT_FOREGROUND, OPT_HELP_CONFIG, OPT_PLUGIN_DIR, OPT_EXPLAIN };

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"once", no_argument, NULL, OPT_ONCE},
	{"check", no_argument, NULL, OPT_CHECK},
	{"foreground", no_argument, NULL, OPT_FOREGROUND},
	{"verbose", no_argument, NULL, 'v'},
	{"quiet", no_argument, NULL, 'q'},
	{"explain", required_argument, NULL, OPT_EXPLAIN},
	{"help-config", no_argument, NULL, OPT_HELP_CONFIG},
	{"plugin-dir", required_argument, NULL, OPT_PLUGIN_DIR},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

struct asked {
	struct run_options run;
	struct explain_options explain;
	bool help_config;
	const char *plugin_dir;
};

static int help_config(const char *dir)
{
	conf_help(stdout);
	return plug_help(dir, stdout) < 0 ? EXIT_FAILED : EXIT_OK;
}

/* -1: go on; else the exit code. */
static int take(struct asked *a, int c)
{
	switch (c) {
	case 'c': a->run.config = a->explain.config = optarg; return -1;
	case OPT_EXPLAIN: a->explain.file = optarg; return -1;
	case OPT_ONCE: a->run.once = true; return -1;
	case OPT_CHECK: a->run.check = true; return -1;
	case OPT_FOREGROUND: return -1;
	case 'v': log_threshold(LOG_LEVEL_DEBUG); return -1;
	case 'q':
		log_threshold(LOG_LEVEL_WARN);
		a->run.quiet = true;
		return -1;
	case OPT_HELP_CONFIG: a->help_config = true; return -1;
	case OPT_PLUGIN_DIR: a->plugin_dir = optarg; return -1;
	case 'h': fputs(usage, stdout); return EXIT_OK;
	case 'V': puts("genlogd " GENLOG_VERSION); return EXIT_OK;
	default: fputs("try genlogd --help\n", stderr); return EXIT_USAGE;
	}
}

int main(int argc, char **argv)
{
	struct asked a = {.run = {.config = CONFIG}, .plugin_dir = place_plugins()};
	char *end;
	int c;

	if (argc > 1 && strcmp(argv[1], "--child") == 0)
		return child_main(argv + 2);
	while ((c = getopt_long(argc, argv, "c:vqhV", options, NULL)) != -1) {
		int code = take(&a, c);

		if (code >= 0)
			return code;
	}
	if (a.explain.file && optind + 1 == argc && (a.explain.line = strtoll(argv[optind], &end, 10)) > 0 && !*end)
		optind++;
	if (optind < argc) {
		fprintf(stderr, "genlogd: unexpected \"%s\"; try genlogd --help\n", argv[optind]);
		return EXIT_USAGE;
	}
	if (a.explain.file) {
		a.explain.plugin_dir = a.plugin_dir;
		log_threshold(LOG_LEVEL_WARN);
		return explain_file(&a.explain);
	}
	return a.help_config ? help_config(a.plugin_dir) : run_agent(&a.run);
}
