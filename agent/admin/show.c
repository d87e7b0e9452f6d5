#include "admin/show.h"

#include <string.h>

#include <genlog/bson.h>

#include "base/civil.h"

#define TEXT_SHOWN 2000
#define DEPTH_MAX 64

void show_text(FILE *f, const char *p, size_t n)
{
	size_t shown = n < TEXT_SHOWN ? n : TEXT_SHOWN;

	putc('"', f);
	for (size_t i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", f);
		else if (c == '\t')
			fputs("\\t", f);
		else if (c < 0x20 || c == 0x7f)
			fprintf(f, "\\u%04x", c);
		else
			putc(c, f);
	}
	putc('"', f);
	if (shown < n)
		fprintf(f, " and %zu bytes more", n - shown);
}

void show_time(FILE *f, int64_t ms)
{
	int64_t days = ms / 86400000 - (ms % 86400000 < 0), rest = ms - days * 86400000;
	struct civil_date d = civil_from_days(days);

	fprintf(f, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", d.year, d.month, d.day, (int)(rest / 3600000),
		(int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
}

static const char *type_name(uint8_t type)
{
	switch (type) {
	case GENLOG_BSON_STR: return "string";
	case GENLOG_BSON_DOUBLE: return "double";
	case GENLOG_BSON_INT32: return "int";
	case GENLOG_BSON_INT64: return "long";
	case GENLOG_BSON_BOOL: return "bool";
	case GENLOG_BSON_DATE: return "date";
	case GENLOG_BSON_OID: return "objectId";
	case GENLOG_BSON_NULL: return "null";
	case GENLOG_BSON_DOC: return "object";
	case GENLOG_BSON_ARRAY: return "array";
	default: return "other";
	}
}

static int64_t int_at(uint8_t type, const uint8_t *v)
{
	int64_t i64;
	int32_t i32;

	if (type == GENLOG_BSON_INT32) {
		memcpy(&i32, v, sizeof(i32));
		return i32;
	}
	memcpy(&i64, v, sizeof(i64));
	return i64;
}

static void show_value(FILE *f, uint8_t type, const uint8_t *v)
{
	int32_t n;
	double d;

	switch (type) {
	case GENLOG_BSON_STR:
		memcpy(&n, v, sizeof(n));
		show_text(f, (const char *)v + 4, (size_t)n - 1);
		break;
	case GENLOG_BSON_DOUBLE:
		memcpy(&d, v, sizeof(d));
		fprintf(f, "%.15g", d);
		break;
	case GENLOG_BSON_INT32:
	case GENLOG_BSON_INT64: fprintf(f, "%lld", (long long)int_at(type, v)); break;
	case GENLOG_BSON_BOOL: fputs(*v ? "true" : "false", f); break;
	case GENLOG_BSON_DATE: show_time(f, int_at(type, v)); break;
	case GENLOG_BSON_OID:
		for (int i = 0; i < 12; i++)
			fprintf(f, "%02x", v[i]);
		break;
	default: fputs("null", f); break;
	}
}

/* Depth is bounded by the parsers; what is deeper is named and not entered. */
void show_elements(FILE *f, const uint8_t *p, size_t n, int indent)
{
	const uint8_t *end = p + n;

	while (p < end && *p) {
		const char *key = (const char *)p + 1;
		const uint8_t *v = p + strlen(key) + 2;
		int64_t size = genlog_bson_value_size(*p, v, end);

		if (size < 0)
			return;
		fprintf(f, "%*s%-*s %-9s ", indent, "", 24 - indent > 8 ? 24 - indent : 8, key, type_name(*p));
		if ((*p == GENLOG_BSON_DOC || *p == GENLOG_BSON_ARRAY) && indent < 2 * DEPTH_MAX) {
			putc('\n', f);
			show_elements(f, v + 4, (size_t)size - 5, indent + 2);
		} else {
			show_value(f, *p, v);
			putc('\n', f);
		}
		p = v + size;
	}
}

void show_doc(FILE *f, const uint8_t *bson, size_t n, int indent)
{
	if (n > 5)
		show_elements(f, bson + 4, n - 5, indent);
}
