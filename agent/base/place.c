#include "base/place.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define BESIDE "/plugins"

static char beside[4096];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void look(void)
{
	ssize_t n = readlink("/proc/self/exe", beside, sizeof(beside) - sizeof(BESIDE));
	char *slash;

	beside[n > 0 ? n : 0] = 0;
	slash = strrchr(beside, '/');
	if (!slash) {
		beside[0] = 0;
		return;
	}
	memcpy(slash, BESIDE, sizeof(BESIDE));
	if (access(beside, R_OK | X_OK) < 0)
		beside[0] = 0;
}

const char *place_plugins(void)
{
	pthread_once(&once, look);
	return beside[0] ? beside : GENLOG_PLUGIN_DIR;
}
