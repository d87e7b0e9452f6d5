/* A document as text to compare: empty documents and lists look the same with both versions of libbson. */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <bson/bson.h>
#include <string.h>

/* Within a text "{ }" as "{  }", "[ ]" as "[  ]". */
static inline char *json_widen(char *narrow)
{
	size_t n = narrow ? strlen(narrow) : 0, w = 0;
	char *wide = (char *)bson_malloc(2 * n + 1);

	for (size_t i = 0; i < n; i++) {
		wide[w++] = narrow[i];
		if (narrow[i] == ' ' && i > 1 && i + 1 < n &&
			((narrow[i - 1] == '{' && narrow[i + 1] == '}') ||
				(narrow[i - 1] == '[' && narrow[i + 1] == ']')))
			wide[w++] = ' ';
	}
	wide[w] = 0;
	bson_free(narrow);
	return wide;
}

static inline char *relaxed_json(const bson_t *doc, size_t *n)
{
	char *text = json_widen(bson_as_relaxed_extended_json(doc, n));

	if (n)
		*n = strlen(text);
	return text;
}

#endif
