#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/hits.h"

static const struct {
	const char *level, *colour;
} colours[] = {{"CRITICAL", "\033[1;31m"}, {"ERROR", "\033[31m"}, {"WARN", "\033[33m"}, {"DEBUG", "\033[2m"}};

static bool find(const bson_t *doc, const char *path, bson_iter_t *out)
{
	bson_iter_t it;

	return bson_iter_init(&it, doc) && bson_iter_find_descendant(&it, path, out);
}

/* What a document holds may not reach the terminal's own language. */
static void print_tame(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '\n')
			fputs(" | ", stdout);
		else if (c == 0xc2 && ((unsigned char)s[1] & 0xe0) == 0x80)
			s++; /* the other control characters */
		else
			putchar(c < ' ' || c == 0x7f ? ' ' : c);
	}
}

static void print_time(int64_t ms)
{
	time_t s = (time_t)(ms / 1000 - (ms % 1000 < 0));
	struct tm t;
	char text[32];

	if (gmtime_r(&s, &t) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &t))
		printf("%s.%03d", text, (int)(ms - (int64_t)s * 1000));
	else
		printf("%lld", (long long)ms);
}

static void print_json(const bson_iter_t *it)
{
	bson_t one = BSON_INITIALIZER;
	char *json, *value;

	bson_append_iter(&one, "v", 1, it);
	json = bson_as_relaxed_extended_json(&one, NULL);
	value = json ? strchr(json, ':') : NULL;
	if (value && strlen(value) > 4) {
		value[strlen(value) - 2] = 0; /* the brace of `one` */
		print_tame(value + 2);
	}
	bson_free(json);
	bson_destroy(&one);
}

static void print_value(const bson_iter_t *it)
{
	char oid[25];

	if (BSON_ITER_HOLDS_UTF8(it)) {
		print_tame(bson_iter_utf8(it, NULL));
	} else if (BSON_ITER_HOLDS_DATE_TIME(it)) {
		print_time(bson_iter_date_time(it));
	} else if (BSON_ITER_HOLDS_OID(it)) {
		bson_oid_to_string(bson_iter_oid(it), oid);
		fputs(oid, stdout);
	} else {
		print_json(it);
	}
}

/* time level module message; of a document that has no message, the whole. */
static void print_line(const struct hits *h, const bson_t *doc)
{
	bson_iter_t it;
	const char *level = find(doc, "level", &it) && BSON_ITER_HOLDS_UTF8(&it) ? bson_iter_utf8(&it, NULL) : "";
	const char *colour = NULL;

	for (size_t i = 0; h->c->colours && i < sizeof(colours) / sizeof(*colours); i++)
		if (strcmp(colours[i].level, level) == 0)
			colour = colours[i].colour;
	if (find(doc, h->when, &it) && BSON_ITER_HOLDS_DATE_TIME(&it)) {
		print_time(bson_iter_date_time(&it));
		fputs("  ", stdout);
	}
	if (!find(doc, "message", &it) || !*level) {
		char *json = bson_as_relaxed_extended_json(doc, NULL);

		print_tame(json ? json : "a document that cannot be shown: it is damaged");
		putchar('\n');
		bson_free(json);
		return;
	}
	fputs(colour ? colour : "", stdout);
	printf("%-8.8s", level);
	fputs(colour ? "\033[0m  " : "  ", stdout);
	if (find(doc, "module", &it)) {
		print_value(&it);
		fputs("  ", stdout);
	}
	if (find(doc, "message", &it))
		print_value(&it);
	putchar('\n');
}

static void print_fields(const struct hits *h, const bson_t *doc)
{
	bson_iter_t it;

	for (char **f = h->fields; *f; f++) {
		printf("%s%s=", f == h->fields ? "" : "  ", *f);
		if (find(doc, *f, &it))
			print_value(&it);
	}
	putchar('\n');
}

static void json_fields(const struct hits *h, const bson_t *doc)
{
	bson_t some = BSON_INITIALIZER;
	bson_iter_t it;

	for (char **f = h->fields; *f; f++)
		if (find(doc, *f, &it))
			bson_append_iter(&some, *f, -1, &it);
	ctl_json(&some);
	bson_destroy(&some);
}

void hits_print(const struct hits *h, const bson_t *doc)
{
	if (h->c->json && h->fields)
		json_fields(h, doc);
	else if (h->c->json)
		ctl_json(doc);
	else if (h->fields)
		print_fields(h, doc);
	else
		print_line(h, doc);
}
