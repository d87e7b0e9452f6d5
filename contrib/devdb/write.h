/* What is done around every write, whatever it writes: faults, write concern, the memory of sessions. */
#ifndef DEVDB_WRITE_H
#define DEVDB_WRITE_H

struct call;

void write_run(struct call *c, void (*apply)(struct call *c));

#endif
