/* The languages whose stack traces are known, as the schema names them. */
#ifndef TRACE_LANGUAGE_H
#define TRACE_LANGUAGE_H

enum trace_language {
	TRACE_AUTO, /* any of them: in settings only */
	TRACE_JAVA, /* Kotlin, Scala and Groovy too */
	TRACE_PYTHON,
	TRACE_JAVASCRIPT,
	TRACE_GO,
	TRACE_DOTNET,
	TRACE_RUBY,
	TRACE_PHP,
	TRACE_RUST,
	TRACE_C,
	TRACE_CPP,
	TRACE_DART,
	TRACE_PERL,
	TRACE_UNKNOWN, /* an exception, but nobody knows of what; Elixir's too */
	TRACE_LANGUAGES
};

/* "java" … "unknown"; TRACE_AUTO is "auto". */
const char *trace_language_name(enum trace_language l);

/* By name, with the usual others (`node`, `csharp`, `kotlin`, `c++`); -1: there is no such language. */
int trace_language_of(const char *name);

#endif
