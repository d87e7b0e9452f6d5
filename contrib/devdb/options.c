#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"wiregw --port N --pg CONNINFO [OPTION...]   MongoDB's wire protocol before PostgreSQL with DocumentDB\n"
	"wiregw --port N --null-sink [OPTION...]     acknowledges writes and keeps nothing\n"
	"wiregw --ctl SOCKET --send COMMAND          talks to a running one\n"
	"\n"
	"  --port N             of 127.0.0.1; 0 picks one (default 27017)\n"
	"  --pg CONNINFO        libpq's, e.g. \"host=/tmp/dir user=docdb dbname=postgres\"\n"
	"  --null-sink          no database: documents are checked and counted\n"
	"  --capture FILE       with --null-sink: appends the documents, as raw BSON\n"
	"  --auth               commands need SCRAM-SHA-256; the users are the engine's\n"
	"  --topology T         standalone (default), replset (of one, \"rs0\") or mongos\n"
	"  --compressors LIST   offered to clients (default snappy,zlib,zstd)\n"
	"  --ctl SOCKET         the control socket; \"help\" sent to it lists the commands\n"
	"  --fault COMMAND      a control command to begin with; may be repeated\n"
	"  --pidfile FILE       pid and port, a line each, as soon as clients may connect\n"
	"  --verbose            a line on stderr for each command\n"
	"  --help               this\n";

static const struct option options[] = {
	{"port", required_argument, NULL, 'p'},
	{"pg", required_argument, NULL, 'g'},
	{"null-sink", no_argument, NULL, 'n'},
	{"capture", required_argument, NULL, 'C'},
	{"auth", no_argument, NULL, 'a'},
	{"topology", required_argument, NULL, 't'},
	{"compressors", required_argument, NULL, 'z'},
	{"ctl", required_argument, NULL, 'c'},
	{"send", required_argument, NULL, 's'},
	{"fault", required_argument, NULL, 'f'},
	{"pidfile", required_argument, NULL, 'P'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static const char *const topologies[] = {
	[TOPOLOGY_STANDALONE] = "standalone",
	[TOPOLOGY_REPLSET] = "replset",
	[TOPOLOGY_MONGOS] = "mongos",
};

void options_usage(void)
{
	fputs(usage, stdout);
}

static int refuse(const char *what, const char *value)
{
	fprintf(stderr, "wiregw: %s \"%s\"\n", what, value);
	return -EINVAL;
}

static int set_port(struct options *o, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (*end || end == value || n < 0 || n > 65535)
		return refuse("no port:", value);
	o->port = (int)n;
	return 0;
}

static int set_topology(struct options *o, const char *value)
{
	for (int i = 0; i <= TOPOLOGY_MONGOS; i++)
		if (!strcmp(topologies[i], value)) {
			o->topology = (enum topology)i;
			return 0;
		}
	return refuse("unknown topology", value);
}

static int add_fault(struct options *o, const char *value)
{
	if (o->faults == OPTIONS_MAX_FAULTS)
		return refuse("too many faults:", value);
	o->fault[o->faults++] = value;
	return 0;
}

static int set_option(struct options *o, int which, const char *value)
{
	switch (which) {
	case 'p': return set_port(o, value);
	case 't': return set_topology(o, value);
	case 'f': return add_fault(o, value);
	case 'g': o->pg = value; return 0;
	case 'C': o->capture = value; return 0;
	case 'z': o->compressors = value; return 0;
	case 'c': o->ctl = value; return 0;
	case 's': o->send = value; return 0;
	case 'P': o->pidfile = value; return 0;
	case 'n': o->null_sink = true; return 0;
	case 'a': o->auth = true; return 0;
	case 'v': o->verbose = true; return 0;
	case 'h': o->help = true; return 0;
	default: return -EINVAL;
	}
}

static int check(const struct options *o)
{
	if (o->help)
		return 0;
	if (o->send)
		return o->ctl ? 0 : refuse("--ctl is needed with", "--send");
	if (!o->pg && !o->null_sink)
		return refuse("one is needed of", "--pg, --null-sink");
	if (o->auth && o->null_sink)
		return refuse("without a database there are no users:", "--auth");
	return 0;
}

int options_parse(struct options *o, int argc, char **argv)
{
	int which, r = 0;

	*o = (struct options){.port = 27017, .compressors = "snappy,zlib,zstd"};
	while (r == 0 && (which = getopt_long(argc, argv, "", options, NULL)) != -1)
		r = set_option(o, which, optarg);
	if (r == 0 && optind < argc)
		r = refuse("unknown argument", argv[optind]);
	return r ? r : check(o);
}
