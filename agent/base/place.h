/* Where the agent's own parts lie: beside the program in a build tree, else where it was installed. */
#ifndef BASE_PLACE_H
#define BASE_PLACE_H

#include <stddef.h>

/* The folder of the plugins.  The text lives for ever. */
const char *place_plugins(void);

/* The path of another program of ours: beside this one, in ../bin, or its bare name. */
void place_program(const char *name, char *out, size_t cap);
/* The folder of the definitions of collections. */
const char *place_schema(void);

#endif
