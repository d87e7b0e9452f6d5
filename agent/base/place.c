#include "base/place.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH 4096

enum part { PLUGINS, SCHEMA, PARTS };

static char found[PARTS][PATH];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* From the program's folder: a build tree, an installation under any prefix; else where it was meant to be. */
static const struct {
	const char *beside[4];
	const char *installed;
} parts[PARTS] = {
	[PLUGINS] = {{"plugins", "../lib/genlog/plugins"}, GENLOG_PLUGIN_DIR},
	[SCHEMA] = {{"../conf.d/schema", "../../conf.d/schema", "../../../conf.d/schema", "../share/genlog/schema"},
		GENLOG_SCHEMA_DIR},
};

static void look_for(enum part part, const char *folder)
{
	char *to = found[part];

	for (size_t i = 0; i < sizeof(parts->beside) / sizeof(*parts->beside) && parts[part].beside[i]; i++) {
		snprintf(to, PATH, "%s/%s", folder, parts[part].beside[i]);
		if (access(to, R_OK | X_OK) == 0)
			return;
	}
	to[0] = 0;
}

static void look(void)
{
	char folder[PATH - 64];
	ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	char *slash;

	folder[n > 0 ? n : 0] = 0;
	slash = strrchr(folder, '/');
	if (!slash)
		return;
	*slash = 0;
	for (int i = 0; i < PARTS; i++)
		look_for((enum part)i, folder);
}

static const char *place_of(enum part part)
{
	pthread_once(&once, look);
	return found[part][0] ? found[part] : parts[part].installed;
}

const char *place_plugins(void)
{
	return place_of(PLUGINS);
}

const char *place_schema(void)
{
	return place_of(SCHEMA);
}

void place_program(const char *name, char *out, size_t cap)
{
	static const char *const places[] = {"", "../bin/"};
	char folder[PATH - 32];
	ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	char *slash;

	folder[n > 0 ? n : 0] = 0;
	slash = strrchr(folder, '/');
	if (slash)
		slash[1] = 0;
	for (size_t i = 0; slash && i < sizeof(places) / sizeof(*places); i++) {
		snprintf(out, cap, "%s%s%s", folder, places[i], name);
		if (access(out, X_OK) == 0)
			return;
	}
	snprintf(out, cap, "%s", name);
}
