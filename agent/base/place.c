#include "base/place.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH 4096

static char found[PATH];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* From the program's folder: a build tree, an installation under any prefix. */
static const char *const beside[] = {"plugins", "../lib/genlog/plugins"};

static void look(void)
{
	char folder[PATH - 32];
	ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	char *slash;

	folder[n > 0 ? n : 0] = 0;
	slash = strrchr(folder, '/');
	if (!slash)
		return;
	*slash = 0;
	for (size_t i = 0; i < sizeof(beside) / sizeof(*beside); i++) {
		snprintf(found, sizeof(found), "%s/%s", folder, beside[i]);
		if (access(found, R_OK | X_OK) == 0)
			return;
	}
	found[0] = 0;
}

const char *place_plugins(void)
{
	pthread_once(&once, look);
	return found[0] ? found : GENLOG_PLUGIN_DIR;
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
