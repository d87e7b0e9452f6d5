#include "lib/test.h"
#include "trace/scan.h"

static struct trace_text text(const char *s)
{
	return (struct trace_text){s, (uint32_t)strlen(s)};
}

struct row {
	enum trace_language language;
	const char *module, *class_name, *function, *file;
};

static void check(const struct row *rows, size_t n, bool in_app)
{
	for (size_t i = 0; i < n; i++) {
		struct trace_frame f = {.module = text(rows[i].module),
			.class_name = text(rows[i].class_name),
			.function = text(rows[i].function),
			.file = text(rows[i].file)};

		if (trace_in_app(rows[i].language, &f) != in_app)
			fail_msg("%s %s %s %s %s should%s be the application's", trace_language_name(rows[i].language),
				rows[i].module, rows[i].class_name, rows[i].function, rows[i].file,
				in_app ? "" : " not");
	}
}

TEST(libraries_and_frameworks_are_not_the_applications)
{
	static const struct row rows[] = {
		{TRACE_JAVA, "java.base", "java.lang.Thread", "run", "Thread.java"},
		{TRACE_JAVA, "", "javax.servlet.http.HttpServlet", "service", ""},
		{TRACE_JAVA, "", "org.springframework.web.Dispatcher", "doDispatch", ""},
		{TRACE_JAVA, "", "org.apache.catalina.core.StandardHostValve", "invoke", ""},
		{TRACE_JAVA, "", "kotlin.coroutines.Base", "resumeWith", ""},
		{TRACE_JAVA, "", "oracle.jdbc.Driver", "execute", ""},
		{TRACE_PYTHON, "", "", "f", "/usr/lib/python3.11/json/decoder.py"},
		{TRACE_PYTHON, "", "", "f", "/venv/lib/python3.11/site-packages/flask/app.py"},
		{TRACE_PYTHON, "", "", "f", "<frozen importlib._bootstrap>"},
		{TRACE_JAVASCRIPT, "", "Module", "load", "node:internal/modules/cjs/loader"},
		{TRACE_JAVASCRIPT, "", "Layer", "handle", "/app/node_modules/express/lib/layer.js"},
		{TRACE_JAVASCRIPT, "", "Array", "map", "<anonymous>"},
		{TRACE_JAVASCRIPT, "", "Promise", "all", ""},
		{TRACE_GO, "runtime", "", "gopanic", "runtime/panic.go"},
		{TRACE_GO, "strings", "", "Repeat", "/usr/local/go/src/strings/strings.go"},
		{TRACE_GO, "github.com/x/y", "", "f", "/go/pkg/mod/github.com/x/y@v1.0.0/f.go"},
		{TRACE_DOTNET, "", "System.Int32", "Parse", ""},
		{TRACE_DOTNET, "", "Microsoft.Extensions.Hosting.Host", "Run", ""},
		{TRACE_RUBY, "", "", "call", "/usr/lib/ruby/gems/3.1.0/gems/rack/x.rb"},
		{TRACE_RUBY, "", "Kernel", "loop", "<internal:kernel>"},
		{TRACE_PHP, "", "X", "y", "/app/vendor/a/b.php"},
		{TRACE_PHP, "", "", "array_map", ""},
		{TRACE_RUST, "core::panicking", "", "panic_fmt", ""},
		{TRACE_RUST, "std", "", "rt", ""},
		{TRACE_RUST, "<alloc::vec::Vec<T> as core::ops::Index>", "", "index", ""},
		{TRACE_RUST, "", "", "rust_begin_unwind", ""},
		{TRACE_C, "", "", "__libc_start_main", ""},
		{TRACE_C, "/lib/x86_64-linux-gnu/libc.so.6", "", "", ""},
		{TRACE_CPP, "", "", "std::terminate", ""},
		{TRACE_DART, "", "int", "parse", "dart:core-patch/integers_patch.dart"},
		{TRACE_DART, "", "State", "build", "package:flutter/src/widgets/framework.dart"},
		{TRACE_PERL, "", "", "f", "/usr/share/perl/5.36/Carp.pm"},
		{TRACE_UNKNOWN, "elixir", "Task", "run/1", "lib/task.ex"},
	};

	check(rows, ROWS(rows), false);
}

TEST(all_else_is)
{
	static const struct row rows[] = {
		{TRACE_JAVA, "", "javafan.Shop", "run", "Shop.java"},
		{TRACE_JAVA, "", "com.acme.java.Shop", "run", ""},
		{TRACE_JAVA, "", "com.sunshine.Shop", "run", ""},
		{TRACE_PYTHON, "", "", "f", "/app/shop.py"},
		{TRACE_JAVASCRIPT, "", "", "", "/app/src/shop.js"},
		{TRACE_GO, "main", "", "main", "/src/main.go"},
		{TRACE_GO, "github.com/acme/shop", "Order", "place", "/src/order.go"},
		{TRACE_DOTNET, "", "Systematic.Shop", "Run", ""},
		{TRACE_RUBY, "", "Shop::Order", "place", "app/order.rb"},
		{TRACE_PHP, "", "App\\Order", "place", ""},
		{TRACE_PHP, "", "", "main", "/app/index.php"},
		{TRACE_RUST, "shop::order", "", "place", "src/order.rs"},
		{TRACE_RUST, "stdx", "", "place", ""},
		{TRACE_C, "/usr/sbin/shopd", "", "main", ""},
		{TRACE_DART, "", "Order", "place", "package:shop/order.dart"},
		{TRACE_PERL, "", "main", "run", "/app/run.pl"},
		{TRACE_UNKNOWN, "", "", "", ""},
	};

	check(rows, ROWS(rows), true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libraries_and_frameworks_are_not_the_applications),
		cmocka_unit_test(all_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
