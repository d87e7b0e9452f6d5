#include <genlog/err.h>

#include <stdarg.h>
#include <stdio.h>

static int fill(struct genlog_err *err, struct genlog_pos pos, const char *opt, int code, const char *fmt, va_list ap)
{
	if (!err)
		return -code;
	err->code = code;
	err->pos = pos;
	err->opt = opt;
	err->opt_item = -1;
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	return -code;
}

int genlog_fail(struct genlog_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, (struct genlog_pos){0}, NULL, code, fmt, ap);
	va_end(ap);
	return -code;
}

int genlog_fail_at(struct genlog_err *err, struct genlog_pos pos, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, pos, NULL, code, fmt, ap);
	va_end(ap);
	return -code;
}

int genlog_fail_opt(struct genlog_err *err, const char *opt, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, (struct genlog_pos){0}, opt, code, fmt, ap);
	va_end(ap);
	return -code;
}
