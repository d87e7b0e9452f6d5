/*
 * output archive inside: files as mongodump writes them, exact through crashes.
 *
 *	DIR/<database>/<collection>.bson            documents, one behind the other
 *	DIR/<database>/<collection>.metadata.json   what mongorestore wants to know
 *	DIR/<database>/.genlog                      two slots: the host's mark, and how long each file was then
 *
 *	archive.c   the plugin: which file a batch goes to
 *	mark.c      the two slots, read and written
 *
 * write() appends; commit() makes the files durable and then the slot.  After a crash the files are cut back to the
 * newest slot, and the host sends on from its mark: each document stands in the archive once.
 */
#ifndef OUTPUT_ARCHIVE_H
#define OUTPUT_ARCHIVE_H

#include <genlog/plugin.h>

#define ARCHIVE_FILES 40
#define ARCHIVE_NAME 80

struct archive_file {
	char name[ARCHIVE_NAME]; /* of the collection */
	int64_t size, kept;	 /* as it is; as it was at the last commit */
	int fd;			 /* -1: not open */
	bool dirty;
};

struct archive {
	const char *path;
	const char *database;
	bool sync;

	int dir, state_fd;
	struct archive_file files[ARCHIVE_FILES];
	size_t n;
	struct genlog_mark mark;
	uint64_t turn;
	bool has_mark;
};

/* 1: a slot was found and taken over; 0: none; -errno. */
int mark_load(struct archive *a);
int mark_store(struct archive *a);

#endif
