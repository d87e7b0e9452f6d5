/*
 * Arrays that are built beside their document and then put into it: the driver's own ways of building them in place
 * are not the same in its versions.
 */
#ifndef CTL_ARRAY_H
#define CTL_ARRAY_H

#include <bson/bson.h>
#include <stdio.h>

static inline void array_begin(bson_t *list)
{
	bson_init(list);
}

static inline void array_end(bson_t *list, bson_t *to, const char *key)
{
	BSON_APPEND_ARRAY(to, key, list);
	bson_destroy(list);
}

static inline void array_add_text(bson_t *list, const char *text)
{
	char key[24];

	snprintf(key, sizeof(key), "%u", bson_count_keys(list));
	BSON_APPEND_UTF8(list, key, text);
}

#endif
