#include "emit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_BYTES 200

struct genlog_options gl_options;
struct gl_common gl_common = {GENLOG_SEV_INFO, GENLOG_SEV_INFO, GL_CLOCK_REALTIME};

/* ── levels ── */

/* A level that only the recorder wants is on, too. */
void gl_set_threshold(void)
{
	int recorder = (int)__atomic_load_n(&gl_options.recorder, __ATOMIC_RELAXED);
	int level = __atomic_load_n(&gl_common.level, __ATOMIC_RELAXED);

	__atomic_store_n(&gl_common.threshold, recorder && recorder < level ? recorder : level, __ATOMIC_RELAXED);
}

/* What the agent wants; 0: nothing. */
void gl_level_take(uint32_t level, uint32_t recorder)
{
	if (gl_options.level_fixed || !level || level > GENLOG_SEV_OFF)
		return;
	__atomic_store_n(&gl_common.level, (int)level, __ATOMIC_RELAXED);
	if (recorder && recorder <= GENLOG_SEV_OFF && __atomic_load_n(&gl_options.recorder, __ATOMIC_RELAXED))
		__atomic_store_n(&gl_options.recorder, (enum genlog_severity)recorder, __ATOMIC_RELAXED);
	gl_set_threshold();
}

static const struct {
	const char *word;
	int level;
} levels[] = {{"debug", GENLOG_SEV_DEBUG}, {"info", GENLOG_SEV_INFO}, {"warn", GENLOG_SEV_WARN},
	{"error", GENLOG_SEV_ERROR}, {"critical", GENLOG_SEV_CRITICAL}, {"off", GENLOG_SEV_OFF}};

void gl_environment_take(void)
{
	const char *e = secure_getenv("GENLOG_LEVEL");

	for (size_t i = 0; e && i < sizeof(levels) / sizeof(*levels); i++)
		if (strcasecmp(e, levels[i].word) == 0)
			gl_common.level = levels[i].level;
	gl_set_threshold();
}

/* ── the program's ── */

/* The caller's texts may be gone when a forked child or a full ring needs them. */
static int keep_texts(struct genlog_options *o)
{
	static char kept[4][TEXT_BYTES];
	const char **const texts[4] = {&o->app, &o->socket_path, &o->ring_dir, &o->spill_dir};

	for (int i = 0; i < 4; i++)
		if (*texts[i] && strnlen(*texts[i], TEXT_BYTES) == TEXT_BYTES)
			return -ENAMETOOLONG;
	for (int i = 0; i < 4; i++)
		if (*texts[i]) {
			memcpy(kept[i], *texts[i], strlen(*texts[i]) + 1);
			*texts[i] = kept[i];
		}
	return 0;
}

int gl_options_take(const struct genlog_options *o)
{
	struct genlog_options mine = {.size = 0};
	int r;

	memcpy(&mine, o, o->size < sizeof(mine) ? o->size : sizeof(mine));
	if ((unsigned)mine.level > GENLOG_SEV_OFF || (unsigned)mine.recorder > GENLOG_SEV_OFF ||
		(unsigned)mine.on_full > GENLOG_FULL_SPILL || (unsigned)mine.clock > GENLOG_CLOCK_COARSE)
		return -EINVAL;
	r = keep_texts(&mine);
	if (r < 0)
		return r;
	gl_options = mine;
	if (mine.level)
		__atomic_store_n(&gl_common.level, (int)mine.level, __ATOMIC_RELAXED);
	gl_set_threshold();
	return 0;
}

const char *gl_socket_path(void)
{
	const char *e = gl_options.socket_path ? gl_options.socket_path : secure_getenv("GENLOG_SOCKET");

	return e && *e ? e : GL_SOCKET_PATH;
}

const char *gl_ring_dir(void)
{
	const char *e = gl_options.ring_dir ? gl_options.ring_dir : secure_getenv("GENLOG_RING_DIR");

	return e && *e ? e : GL_RINGS_PATH;
}

/* ── the clock ── */

/* The time stamp counter only where the kernel trusts it as well. */
static bool tsc_is_good(void)
{
#if defined(__x86_64__)
	char word[8] = "";
	int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, word, sizeof(word) - 1);

	if (fd >= 0)
		close(fd);
	return n >= 4 && strcmp(word, "tsc\n") == 0;
#else
	return false;
#endif
}

/* Of a segment, before it is filled; a call under way takes its time again when it comes back. */
void gl_clock_choose(void)
{
	static const int clocks[] = {
		[GENLOG_CLOCK_REALTIME] = GL_CLOCK_REALTIME,
		[GENLOG_CLOCK_COARSE] = GL_CLOCK_COARSE,
#if defined(__x86_64__)
		[GENLOG_CLOCK_TSC] = GL_CLOCK_TSC
#endif
	}; /* elsewhere 0, the kernel's */

	int clock = clocks[gl_options.clock];

	if (gl_options.clock == GENLOG_CLOCK_AUTO)
		clock = tsc_is_good() ? GL_CLOCK_TSC : GL_CLOCK_REALTIME;
	__atomic_store_n(&gl_common.clock, clock, __ATOMIC_RELAXED);
}
