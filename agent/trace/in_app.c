/* Which frames are the application's own: all but those of a row. */
#include "trace/scan.h"

enum where { CLASS, MODULE, FUNCTION, FILE_BEGINS, FILE_HOLDS, MODULE_HOLDS };

struct row {
	uint8_t language, where, n;
	const char *word;
};

#define ROW(language, where, word)                                                                                     \
	{                                                                                                              \
		TRACE_##language, where, sizeof(word) - 1, word                                                        \
	}

/* Sorted by language, as they are numbered.  A word that ends in a dot means a package, others any name that begins so.
 */
static const struct row rows[] = {
	ROW(JAVA, CLASS, "java."),
	ROW(JAVA, CLASS, "javax."),
	ROW(JAVA, CLASS, "jakarta."),
	ROW(JAVA, CLASS, "jdk."),
	ROW(JAVA, CLASS, "sun."),
	ROW(JAVA, CLASS, "com.sun."),
	ROW(JAVA, CLASS, "kotlin."),
	ROW(JAVA, CLASS, "kotlinx."),
	ROW(JAVA, CLASS, "scala."),
	ROW(JAVA, CLASS, "groovy."),
	ROW(JAVA, CLASS, "clojure."),
	ROW(JAVA, CLASS, "akka."),
	ROW(JAVA, CLASS, "android."),
	ROW(JAVA, CLASS, "androidx."),
	ROW(JAVA, CLASS, "dalvik."),
	ROW(JAVA, CLASS, "reactor."),
	ROW(JAVA, CLASS, "io.netty."),
	ROW(JAVA, CLASS, "io.reactivex."),
	ROW(JAVA, CLASS, "io.vertx."),
	ROW(JAVA, CLASS, "io.quarkus."),
	ROW(JAVA, CLASS, "io.micronaut."),
	ROW(JAVA, CLASS, "org.springframework."),
	ROW(JAVA, CLASS, "org.apache."),
	ROW(JAVA, CLASS, "org.codehaus."),
	ROW(JAVA, CLASS, "org.eclipse."),
	ROW(JAVA, CLASS, "org.hibernate."),
	ROW(JAVA, CLASS, "org.jboss."),
	ROW(JAVA, CLASS, "org.wildfly."),
	ROW(JAVA, CLASS, "org.glassfish."),
	ROW(JAVA, CLASS, "org.junit."),
	ROW(JAVA, CLASS, "org.mockito."),
	ROW(JAVA, CLASS, "org.slf4j."),
	ROW(JAVA, CLASS, "org.postgresql."),
	ROW(JAVA, CLASS, "com.mysql."),
	ROW(JAVA, CLASS, "com.mongodb."),
	ROW(JAVA, CLASS, "com.fasterxml."),
	ROW(JAVA, CLASS, "com.google.common."),
	ROW(JAVA, CLASS, "com.zaxxer."),
	ROW(JAVA, CLASS, "ch.qos.logback."),
	ROW(JAVA, CLASS, "oracle."),
	ROW(PYTHON, FILE_HOLDS, "site-packages/"),
	ROW(PYTHON, FILE_HOLDS, "dist-packages/"),
	ROW(PYTHON, FILE_HOLDS, "lib/python2."),
	ROW(PYTHON, FILE_HOLDS, "lib/python3"),
	ROW(PYTHON, FILE_HOLDS, "\\lib\\"),
	ROW(PYTHON, FILE_BEGINS, "<frozen "),
	ROW(JAVASCRIPT, FILE_BEGINS, "node:"),
	ROW(JAVASCRIPT, FILE_BEGINS, "internal/"),
	ROW(JAVASCRIPT, FILE_BEGINS, "<anonymous>"),
	ROW(JAVASCRIPT, FILE_BEGINS, "native"),
	ROW(JAVASCRIPT, FILE_HOLDS, "node_modules/"),
	ROW(JAVASCRIPT, FILE_HOLDS, "node_modules\\"),
	ROW(JAVASCRIPT, FILE_HOLDS, "webpack/"),
	ROW(GO, MODULE, "runtime"),
	ROW(GO, MODULE, "net/http"),
	ROW(GO, MODULE, "testing"),
	ROW(GO, MODULE, "reflect"),
	ROW(GO, MODULE, "internal/"),
	ROW(GO, MODULE, "golang.org/x/"),
	ROW(GO, FILE_HOLDS, "/go/src/"),
	ROW(GO, FILE_HOLDS, "/lib/go"),
	ROW(GO, FILE_HOLDS, "/libexec/src/"),
	ROW(GO, FILE_HOLDS, "/pkg/mod/"),
	ROW(GO, FILE_HOLDS, "/vendor/"),
	ROW(DOTNET, CLASS, "System."),
	ROW(DOTNET, CLASS, "Microsoft."),
	ROW(DOTNET, CLASS, "Mono."),
	ROW(DOTNET, CLASS, "Newtonsoft."),
	ROW(DOTNET, CLASS, "Npgsql."),
	ROW(DOTNET, CLASS, "MongoDB."),
	ROW(DOTNET, CLASS, "Xunit."),
	ROW(DOTNET, CLASS, "NUnit."),
	ROW(DOTNET, CLASS, "Castle."),
	ROW(DOTNET, CLASS, "Autofac."),
	ROW(RUBY, FILE_HOLDS, "/gems/"),
	ROW(RUBY, FILE_HOLDS, "/lib/ruby/"),
	ROW(RUBY, FILE_HOLDS, "/vendor/"),
	ROW(RUBY, FILE_BEGINS, "<internal:"),
	ROW(PHP, FILE_HOLDS, "/vendor/"),
	ROW(PHP, FILE_HOLDS, "phar://"),
	ROW(PHP, CLASS, "Illuminate\\"),
	ROW(PHP, CLASS, "Symfony\\"),
	ROW(RUST, MODULE, "std::"),
	ROW(RUST, MODULE, "core::"),
	ROW(RUST, MODULE, "alloc::"),
	ROW(RUST, MODULE, "<core::"),
	ROW(RUST, MODULE, "<std::"),
	ROW(RUST, MODULE, "<alloc::"),
	ROW(RUST, MODULE, "__rustc"),
	ROW(RUST, MODULE, "tokio::"),
	ROW(RUST, MODULE, "<tokio::"),
	ROW(RUST, MODULE, "futures"),
	ROW(RUST, MODULE, "hyper::"),
	ROW(RUST, MODULE, "rayon"),
	ROW(RUST, FUNCTION, "rust_begin_unwind"),
	ROW(RUST, FUNCTION, "__rust"),
	ROW(RUST, FUNCTION, "__libc_"),
	ROW(RUST, FUNCTION, "_start"),
	ROW(RUST, FUNCTION, "clone"),
	ROW(RUST, FUNCTION, "start_thread"),
	ROW(RUST, FILE_BEGINS, "/rustc/"),
	ROW(RUST, FILE_HOLDS, "/registry/src/"),
	ROW(C, FUNCTION, "__libc_"),
	ROW(C, FUNCTION, "_start"),
	ROW(C, FUNCTION, "__GI_"),
	ROW(C, FUNCTION, "__interceptor_"),
	ROW(C, FUNCTION, "__asan_"),
	ROW(C, FUNCTION, "__sanitizer"),
	ROW(C, FUNCTION, "__cxa_"),
	ROW(C, FUNCTION, "__gnu_cxx::"),
	ROW(C, FUNCTION, "__assert_fail"),
	ROW(C, FUNCTION, "__pthread"),
	ROW(C, FUNCTION, "std::"),
	ROW(C, FUNCTION, "operator "),
	ROW(C, FILE_HOLDS, "/sysdeps/"),
	ROW(C, FILE_HOLDS, "/csu/"),
	ROW(C, FILE_HOLDS, "libsanitizer/"),
	ROW(C, MODULE_HOLDS, "/lib/"),
	ROW(C, MODULE_HOLDS, "/lib64/"),
	ROW(C, MODULE_HOLDS, "libc.so"),
	ROW(C, MODULE_HOLDS, "libstdc++"),
	ROW(C, MODULE_HOLDS, "libpthread"),
	ROW(C, MODULE_HOLDS, "ld-linux"),
	ROW(DART, FILE_BEGINS, "dart:"),
	ROW(DART, FILE_BEGINS, "package:flutter/"),
	ROW(DART, FILE_BEGINS, "package:stack_trace/"),
	ROW(PERL, FILE_BEGINS, "/usr/share/perl"),
	ROW(PERL, FILE_BEGINS, "/usr/lib/"),
	ROW(PERL, FILE_HOLDS, "/site_perl/"),
	ROW(PERL, FUNCTION, "eval {...}"),
	ROW(UNKNOWN, MODULE, "elixir"),
	ROW(UNKNOWN, MODULE, "stdlib"),
	ROW(UNKNOWN, MODULE, "kernel"),
	ROW(UNKNOWN, MODULE, "phoenix"),
	ROW(UNKNOWN, MODULE, "plug"),
	ROW(UNKNOWN, MODULE, "ecto"),
};

static bool begins(struct trace_text s, const struct row *r)
{
	return s.n >= r->n && *s.p == *r->word && memcmp(s.p, r->word, r->n) == 0;
}

/* `std::` is the module `std` too. */
static bool in_module(struct trace_text s, const struct row *r)
{
	size_t colons = r->n > 2 && r->word[r->n - 1] == ':' ? 2 : 0;

	return begins(s, r) || (colons && s.n + colons == r->n && slice_begins(s, r->word, s.n));
}

static bool applies(const struct row *r, const struct trace_frame *f)
{
	switch (r->where) {
	case CLASS: return begins(f->class_name, r);
	case MODULE: return in_module(f->module, r);
	case FUNCTION: return begins(f->function, r);
	case FILE_BEGINS: return begins(f->file, r);
	case FILE_HOLDS: return slice_find(f->file, r->word, r->n) != NULL;
	default: return slice_find(f->module, r->word, r->n) != NULL;
	}
}

/* What has no place in a file is built into these. */
static bool is_built_in(enum trace_language l, const struct trace_frame *f)
{
	return !f->file.n && (l == TRACE_JAVASCRIPT || (l == TRACE_PHP && !f->class_name.n));
}

bool trace_in_app(enum trace_language l, const struct trace_frame *f)
{
	uint8_t of = (uint8_t)(l == TRACE_CPP ? TRACE_C : l);

	if (is_built_in(l, f))
		return false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && rows[i].language <= of; i++)
		if (rows[i].language == of && applies(&rows[i], f))
			return false;
	return true;
}
