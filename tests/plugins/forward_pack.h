/* Messages for tests, written as JSON and packed by msgpack-c; {"$date": …} is an EventTime, {"$binary": …} bytes. */
#ifndef PLUGINS_FORWARD_PACK_H
#define PLUGINS_FORWARD_PACK_H

#include <bson/bson.h>
#include <endian.h>
#include <msgpack.h>

#include "lib/test.h"

static void pack_text(msgpack_packer *k, const char *p, size_t n)
{
	msgpack_pack_str(k, n);
	msgpack_pack_str_body(k, p, n);
}

static void pack_time(msgpack_packer *k, int64_t ms)
{
	uint32_t t[2] = {htobe32((uint32_t)(ms / 1000)), htobe32((uint32_t)(ms % 1000) * 1000000)};

	msgpack_pack_ext(k, 8, 0);
	msgpack_pack_ext_body(k, t, 8);
}

static void pack_value(msgpack_packer *k, const bson_iter_t *it);

static size_t pack_count(const bson_iter_t *of)
{
	bson_iter_t it;
	size_t n = 0;

	assert_true(bson_iter_recurse(of, &it));
	while (bson_iter_next(&it))
		n++;
	return n;
}

static void pack_members(msgpack_packer *k, const bson_iter_t *of, bool map)
{
	bson_iter_t it;

	if (map)
		msgpack_pack_map(k, pack_count(of));
	else
		msgpack_pack_array(k, pack_count(of));
	assert_true(bson_iter_recurse(of, &it));
	while (bson_iter_next(&it)) {
		if (map)
			pack_text(k, bson_iter_key(&it), strlen(bson_iter_key(&it)));
		pack_value(k, &it);
	}
}

static void pack_value(msgpack_packer *k, const bson_iter_t *it)
{
	const uint8_t *bytes;
	const char *p;
	uint32_t n;

	switch (bson_iter_type(it)) {
	case BSON_TYPE_UTF8:
		p = bson_iter_utf8(it, &n);
		pack_text(k, p, n);
		return;
	case BSON_TYPE_BINARY:
		bson_iter_binary(it, NULL, &n, &bytes);
		msgpack_pack_bin(k, n);
		msgpack_pack_bin_body(k, bytes, n);
		return;
	case BSON_TYPE_DOCUMENT: pack_members(k, it, true); return;
	case BSON_TYPE_ARRAY: pack_members(k, it, false); return;
	case BSON_TYPE_INT32:
	case BSON_TYPE_INT64: msgpack_pack_int64(k, bson_iter_as_int64(it)); return;
	case BSON_TYPE_DOUBLE: msgpack_pack_double(k, bson_iter_double(it)); return;
	case BSON_TYPE_DATE_TIME: pack_time(k, bson_iter_date_time(it)); return;
	case BSON_TYPE_BOOL: bson_iter_bool(it) ? msgpack_pack_true(k) : msgpack_pack_false(k); return;
	default: msgpack_pack_nil(k); return;
	}
}

/* Appended; `json` is any value. */
static __attribute__((unused)) void pack_json(msgpack_sbuffer *to, const char *json)
{
	size_t n = strlen(json) + 16;
	char *wrapped = malloc(n);
	msgpack_packer k;
	bson_error_t error;
	bson_iter_t it;
	bson_t *b;

	snprintf(wrapped, n, "{\"v\": %s}", json);
	b = bson_new_from_json((const uint8_t *)wrapped, -1, &error);
	if (!b)
		fail_msg("%s: %s", json, error.message);
	free(wrapped);
	msgpack_packer_init(&k, to, msgpack_sbuffer_write);
	assert_true(bson_iter_init_find(&it, b, "v"));
	pack_value(&k, &it);
	bson_destroy(b);
}

#endif
