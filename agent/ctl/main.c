/* genlogctl: the command line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <genlog/version.h>

#include "base/log.h"
#include "base/text.h"
#include "ctl/db.h"
#include "pipe/child.h"

static const char head[] = "usage: genlogctl [-s SOCKET] [-c FILE] [--json] COMMAND [ARGUMENTS]\n"
			   "Asks and steers genlogd, looks into its spool, and proves what it has delivered.\n"
			   "\n";

static const char tail[] =
	"\n"
	"  -s, --socket PATH   the agent's admin socket (that of the configuration, else " CTL_SOCKET ")\n"
	"  -c, --config FILE   configuration (" CTL_CONFIG ")\n"
	"      --json          for programs: a JSON document a line\n"
	"  -h, --help          of a command: genlogctl COMMAND --help\n"
	"  -V, --version\n"
	"\n"
	"Exit codes: 0, 1 failed, 2 usage.\n";

static void usage(void)
{
	fputs(head, stdout);
	for (const struct ctl_command *const *c = ctl_commands; *c; c++)
		printf("  %-19s %s\n", (*c)->name, (*c)->summary);
	fputs(tail, stdout);
}

/* How many of the words name the command: 1, 2, or 0. */
static int words_of(const struct ctl_command *c, int argc, char **argv)
{
	const char *blank = strchr(c->name, ' ');
	size_t n = blank ? (size_t)(blank - c->name) : strlen(c->name);

	if (strlen(argv[0]) != n || memcmp(c->name, argv[0], n) != 0)
		return 0;
	if (!blank)
		return 1;
	return argc > 1 && strcmp(blank + 1, argv[1]) == 0 ? 2 : 0;
}

static int no_command(int argc, char **argv)
{
	struct text_nearest near = {.word = argv[0]};
	size_t n = strlen(argv[0]);
	bool group = false;

	for (const struct ctl_command *const *c = ctl_commands; *c; c++) {
		text_nearest_try(&near, (*c)->name);
		if (strncmp((*c)->name, argv[0], n) == 0 && (*c)->name[n] == ' ') {
			if (!group)
				fprintf(stderr, "genlogctl: %s %s:\n", argv[0],
					argc > 1 ? "has no such command; there are" : "needs one of its commands");
			fprintf(stderr, "  %-19s %s\n", (*c)->name, (*c)->summary);
			group = true;
		}
	}
	if (!group)
		fprintf(stderr, "genlogctl: there is no command \"%s\"%s%s%s; try genlogctl --help\n", argv[0],
			near.best ? "; did you mean \"" : "", near.best ? near.best : "", near.best ? "\"?" : "");
	return CTL_USAGE;
}

static int run(struct ctl *c, const struct ctl_command *cmd, int argc, char **argv)
{
	void *options = calloc(1, cmd->size + 1);
	int r;

	if (!options) {
		ctl_error("no memory");
		return CTL_FAILED;
	}
	r = ctl_options_read(c, cmd, options, &argc, &argv);
	if (r == 0)
		r = cmd->run(c, options, argc, argv);
	else
		r = r > 0 ? CTL_OK : CTL_USAGE;
	free(options);
	if (fflush(stdout) != 0 && errno != EPIPE) {
		ctl_error("standard output: %s", strerror(errno));
		r = r == CTL_OK ? CTL_FAILED : r;
	}
	return r;
}

static int find_and_run(struct ctl *c, int argc, char **argv)
{
	for (const struct ctl_command *const *cmd = ctl_commands; *cmd; cmd++) {
		int words = words_of(*cmd, argc, argv);

		if (words)
			return run(c, *cmd, argc - words, argv + words);
	}
	return no_command(argc, argv);
}

/* The options that stand before the command are those that all have. */
int main(int argc, char **argv)
{
	static const struct ctl_command all = {.name = "", .args = "COMMAND", .most = -1, .rest = true};
	struct ctl c = {.colours = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"), .progress = isatty(STDERR_FILENO)};
	int r;

	mongo_forget_counters();
	if (argc > 1 && strcmp(argv[1], "--child") == 0)
		return child_main(argv + 2);
	log_threshold(LOG_LEVEL_WARN);
	argc--;
	argv++;
	if (argc && (strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "--help") == 0)) {
		usage();
		return CTL_OK;
	}
	if (argc && (strcmp(argv[0], "-V") == 0 || strcmp(argv[0], "--version") == 0)) {
		puts("genlogctl " GENLOG_VERSION);
		return CTL_OK;
	}
	r = ctl_options_read(&c, &all, NULL, &argc, &argv);
	if (r != 0)
		return CTL_USAGE;
	if (!argc) {
		fputs("genlogctl: what? try genlogctl --help\n", stderr);
		return CTL_USAGE;
	}
	return find_and_run(&c, argc, argv);
}
