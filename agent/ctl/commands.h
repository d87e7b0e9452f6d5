/* The names of the commands; each is defined in a file of its own. */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl/ctl.h"

#define CTL_COMMAND_LIST(X)                                                                                            \
	X(status)                                                                                                      \
	X(top)                                                                                                         \
	X(tail)                                                                                                        \
	X(check)                                                                                                       \
	X(explain)                                                                                                     \
	X(convert)                                                                                                     \
	X(reload)                                                                                                      \
	X(flush)                                                                                                       \
	X(notify)                                                                                                      \
	X(query)                                                                                                       \
	X(schema_show)                                                                                                 \
	X(schema_diff)                                                                                                 \
	X(schema_apply)                                                                                                \
	X(schema_roles)                                                                                                \
	X(archive)                                                                                                     \
	X(restore)                                                                                                     \
	X(audit)                                                                                                       \
	X(backfill)                                                                                                    \
	X(spool_ls)                                                                                                    \
	X(spool_cat)                                                                                                   \
	X(spool_verify)                                                                                                \
	X(spool_repair)                                                                                                \
	X(spool_export)                                                                                                \
	X(dead_ls)                                                                                                     \
	X(dead_show)                                                                                                   \
	X(dead_retry)                                                                                                  \
	X(dead_drop)                                                                                                   \
	X(run)                                                                                                         \
	X(version)

#define CTL_COMMAND_EXTERN(name) extern const struct ctl_command ctl_##name;
CTL_COMMAND_LIST(CTL_COMMAND_EXTERN)
#undef CTL_COMMAND_EXTERN

#endif
