/* Logging in by SCRAM-SHA-256.  Salt, iterations and proof are the engine's business; the words are ours. */
#ifndef DEVDB_SCRAM_H
#define DEVDB_SCRAM_H

#include <stdbool.h>

struct scram {
	char user[128];
	char *client_first; /* without its header; owned, as the two below */
	char *server_first;
	char *nonce;
	bool skip_empty;  /* the client wants no third, empty step */
	bool await_empty; /* the proof was good, that step is to come */
	bool done;	  /* logged in as user */
};

void scram_fini(struct scram *s);

#endif
