/* A shared object that logs, and is unloaded. */
#include <genlog/genlog.h>

void work(int n);

__attribute__((visibility("default"))) void work(int n)
{
	char text[] = "on the stack";

	GENLOG_INFO("plugin {n} {text}", n, text);
}
