/* output null: takes everything and forgets it.  For measuring the way up to here, and for trying a configuration. */
#include <genlog/plugin.h>

struct output_null {
	char unused; /* a state has a size */
};

static int null_write(void *state, struct genlog_batch *batch)
{
	(void)state;
	(void)batch; /* every outcome is GENLOG_DELIVERED already */
	return 0;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_OUTPUT,
	.name = "null",
	.summary = "takes everything and forgets it",
	.state_size = sizeof(struct output_null),
	.write = null_write,
};
