/* All commands, in the order in which --help lists them. */
#include "ctl/commands.h"

const struct ctl_command *const ctl_commands[] = {
#define ROW(name) &ctl_##name,
	CTL_COMMAND_LIST(ROW)
#undef ROW
		NULL,
};
