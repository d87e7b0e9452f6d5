/* Where the agent's own parts lie: beside the program in a build tree, else where it was installed. */
#ifndef BASE_PLACE_H
#define BASE_PLACE_H

/* The folder of the plugins.  The text lives for ever. */
const char *place_plugins(void);

#endif
