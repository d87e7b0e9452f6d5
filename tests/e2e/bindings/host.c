/* Loads the object that is named, lets it log, and unloads it: three times, and then often. */
#include <dlfcn.h>
#include <stdio.h>

#include <genlog/genlog.h>

static int once(const char *path, int n)
{
	void *so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void (*work)(int);

	if (!so) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	*(void **)&work = dlsym(so, "work");
	if (!work)
		return 1;
	work(n);
	return dlclose(so);
}

int main(int argc, char **argv)
{
	for (int i = 1; argc > 1 && i <= 3; i++)
		if (once(argv[1], i))
			return 1;
	genlog_set_level(GENLOG_SEV_ERROR); /* the site is written down at its first call only where it is on */
	GENLOG_ERROR("unloaded");
	genlog_set_level(GENLOG_SEV_INFO);
	for (int i = 0; argc > 2 && i < 3000; i++)
		if (once(argv[1], i))
			return 1;
	return 0;
}
