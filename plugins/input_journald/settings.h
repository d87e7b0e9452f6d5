/* What is asked for, as both sides have it: the agent from its configuration, the reader from a message. */
#ifndef JOURNALD_SETTINGS_H
#define JOURNALD_SETTINGS_H

#include <genlog/plugin.h>

#include "wire.h"

#define ID_SIZE 16

enum { START_BEGINNING, START_END };
enum { FIELDS_USUAL, FIELDS_ALL };

struct asked {
	const char *path;	/* "": this host's journals */
	const char *namespace_; /* "": those without; "*": all; "+x": x too */
	const char *match_root; /* below which the journals of this host lie; "" but in tests */
	struct genlog_strs units, identifiers, matches;
	uint8_t priority_from, priority_to; /* 0 … 7 */
	bool by_priority, by_boot, all_fields;
	uint8_t boot[ID_SIZE];
	uint64_t since; /* microseconds since 1970; 0: not asked for */
	uint8_t start;	/* for files that are there now, if it has not `started` */
	bool started;
	uint64_t max_line;
};

/* What is known of a file from before. */
struct resume {
	uint8_t id[ID_SIZE];
	uint8_t flags;	       /* enum wire_file_flag */
	uint64_t folder, from; /* hash of its folder's name; time of its first entry */
	const char *cursor;    /* "": from its beginning */
};

void asked_put(struct wire_out *w, const struct asked *a);
/* Lists point into memory of their own; asked_free().  -EPROTO, -ENOMEM. */
int asked_get(struct wire_in *w, struct asked *a);
void asked_free(struct asked *a);

/* "warning", "0..4", "err..debug".  -EINVAL. */
int priority_parse(const char *text, uint8_t *from, uint8_t *to);
/* 32 hex digits, with or without hyphens. */
int id_parse(const char *text, uint8_t id[ID_SIZE]);
/* "2h", "2025-12-22 10:30:45", "2025-12-22T10:30:45Z": microseconds since 1970; `now` as well. */
int since_parse(const char *text, uint64_t now, uint64_t *out);

/* reader.c: the other process, from its beginning to its end. */
int reader_main(int fd);

#endif
