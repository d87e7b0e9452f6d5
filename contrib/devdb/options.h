/* The command line, as it was written. */
#ifndef DEVDB_OPTIONS_H
#define DEVDB_OPTIONS_H

#include <stdbool.h>

enum topology { TOPOLOGY_STANDALONE, TOPOLOGY_REPLSET, TOPOLOGY_MONGOS };

enum { OPTIONS_MAX_FAULTS = 16 };

struct options {
	int port;
	enum topology topology;
	const char *pg;
	const char *ctl;
	const char *send;
	const char *pidfile;
	const char *capture;
	const char *compressors;
	const char *fault[OPTIONS_MAX_FAULTS];
	int faults;
	bool auth;
	bool null_sink;
	bool verbose;
	bool help;
};

int options_parse(struct options *o, int argc, char **argv); /* 0, or -EINVAL after having told why */
void options_usage(void);

#endif
