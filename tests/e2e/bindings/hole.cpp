// With -DHOLE it must not compile: a hole has no argument.
#include <genlog/genlog.h>

int main()
{
#ifdef HOLE
	GENLOG_INFO("{a} {b}", 1);
#endif
	GENLOG_INFO("{a} {{b}}", 1);
	return 0;
}
