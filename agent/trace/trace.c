#include "trace/trace.h"

#include "trace/detect.h"
#include "trace/scan.h"

#define TEXT_MAX (64u << 20) /* no event is that long */

static const struct trace_reader *reader_of(enum trace_language l)
{
	static const struct trace_reader *const readers[TRACE_LANGUAGES] = {[TRACE_JAVA] = &trace_java,
		[TRACE_PYTHON] = &trace_python,
		[TRACE_JAVASCRIPT] = &trace_javascript,
		[TRACE_GO] = &trace_go,
		[TRACE_DOTNET] = &trace_dotnet,
		[TRACE_RUBY] = &trace_ruby,
		[TRACE_PHP] = &trace_php,
		[TRACE_RUST] = &trace_rust,
		[TRACE_C] = &trace_c,
		[TRACE_CPP] = &trace_c,
		[TRACE_DART] = &trace_dart,
		[TRACE_PERL] = &trace_perl,
		[TRACE_UNKNOWN] = &trace_unknown};

	return readers[l];
}

static struct trace_text whole(const char *p, size_t n)
{
	return (struct trace_text){p, n > TEXT_MAX ? TEXT_MAX : (uint32_t)n};
}

bool trace_maybe(const char *p, size_t n)
{
	return trace_detect(whole(p, n)) != TRACE_AUTO;
}

int trace_parse(struct trace *t, const char *p, size_t n)
{
	struct trace_text text = whole(p, n);
	enum trace_language l = trace_detect(text);
	struct trace_scan scan;

	memset(t, 0, offsetof(struct trace, frames));
	t->fingerprint[0] = 0;
	if (l == TRACE_AUTO)
		return 0;
	memset(&scan, 0, sizeof(scan));
	t->language = l;
	scan.t = t;
	scan_run(&scan, reader_of(l), text);
	if (!scan.n)
		return 0;
	t->at = (size_t)(t->text.p - p);
	trace_code(t);
	trace_fingerprint(&scan);
	return 1;
}
