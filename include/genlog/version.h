/* The version of the whole: agent, plugins and library.  The ABI has a number of its own, GENLOG_ABI. */
#ifndef GENLOG_VERSION_H
#define GENLOG_VERSION_H

#define GENLOG_VERSION "0.1.0"

#endif
