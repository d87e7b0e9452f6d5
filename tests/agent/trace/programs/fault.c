/* Faults on purpose: one a run, named by the first argument. */
#include <execinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((noinline)) static void told(void)
{
	void *frames[32];

	backtrace_symbols_fd(frames, backtrace(frames, 32), STDOUT_FILENO);
}

__attribute__((noinline)) void deep(int n)
{
	if (n)
		deep(n - 1);
	else
		told();
	__asm__ volatile("");
}

__attribute__((noinline)) int beyond(const char *p, size_t n)
{
	return p[n];
}

int main(int argc, char **argv)
{
	char *p = strdup("twelve");
	int r = 0;

	if (argc > 1 && strcmp(argv[1], "beyond") == 0)
		r = beyond(p, strlen(p) + 1);
	else
		deep(3);
	free(p);
	return r;
}
