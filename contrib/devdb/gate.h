/*
 * The gateway: what all connections share.  One thread accepts, one serves the control socket, one serves
 * each client; every part below locks for itself.
 *
 *	client ── conn ── wire ── call ──┬── query, admin, scram ──┬── pg ── the engine
 *	                                 ├── write ── batch ───────┘
 *	                                 └── local, sink             (answered here)
 */
#ifndef DEVDB_GATE_H
#define DEVDB_GATE_H

#include "conn.h"
#include "cursor.h"
#include "door.h"
#include "fault.h"
#include "options.h"
#include "pg.h"
#include "reject.h"
#include "session.h"
#include "sink.h"
#include "stats.h"

struct gate {
	struct options opt;
	struct engine engine;
	struct stats stats;
	struct faults faults;
	struct rejects rejects;
	struct cursors cursors;
	struct sessions sessions;
	struct sink sink;
	struct conns conns;
	struct door door;
};

#endif
