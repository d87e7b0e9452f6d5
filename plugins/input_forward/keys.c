#include "value.h"

void keys_begin(struct keys *k)
{
	k->stamp++;
	k->n = k->twice = k->maps = 0;
}

bool keys_add(struct keys *k, uint32_t map, const char *key, size_t n)
{
	uint64_t hash = genlog_hash(key, n, k->seed + map);
	size_t i = hash % KEYS_TABLE;

	for (; k->place[i].stamp == k->stamp; i = (i + 1) % KEYS_TABLE)
		if (k->place[i].hash == hash)
			return true;
	if (k->n < KEYS_MAX) {
		k->n++;
		k->place[i].hash = hash;
		k->place[i].stamp = k->stamp;
	}
	return false;
}
