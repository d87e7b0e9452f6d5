#include "trace/language.h"

#include <stddef.h>
#include <string.h>

static const char *const names[TRACE_LANGUAGES] = {[TRACE_AUTO] = "auto",
	[TRACE_JAVA] = "java",
	[TRACE_PYTHON] = "python",
	[TRACE_JAVASCRIPT] = "javascript",
	[TRACE_GO] = "go",
	[TRACE_DOTNET] = "dotnet",
	[TRACE_RUBY] = "ruby",
	[TRACE_PHP] = "php",
	[TRACE_RUST] = "rust",
	[TRACE_C] = "c",
	[TRACE_CPP] = "cpp",
	[TRACE_DART] = "dart",
	[TRACE_PERL] = "perl",
	[TRACE_UNKNOWN] = "unknown"};

static const struct {
	const char *name;
	enum trace_language language;
} others[] = {
	{"kotlin", TRACE_JAVA},
	{"scala", TRACE_JAVA},
	{"groovy", TRACE_JAVA},
	{"js", TRACE_JAVASCRIPT},
	{"node", TRACE_JAVASCRIPT},
	{"nodejs", TRACE_JAVASCRIPT},
	{"typescript", TRACE_JAVASCRIPT},
	{"golang", TRACE_GO},
	{"csharp", TRACE_DOTNET},
	{"c#", TRACE_DOTNET},
	{".net", TRACE_DOTNET},
	{"c++", TRACE_CPP},
	{"flutter", TRACE_DART},
	{"elixir", TRACE_UNKNOWN},
};

const char *trace_language_name(enum trace_language l)
{
	return names[l];
}

int trace_language_of(const char *name)
{
	for (int l = 0; l < TRACE_LANGUAGES; l++)
		if (strcmp(names[l], name) == 0)
			return l;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(others[i].name, name) == 0)
			return (int)others[i].language;
	return -1;
}
