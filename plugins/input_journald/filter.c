/* Which entries are wanted.  The same rules as journalctl's, but names may have wildcards. */
#include <fnmatch.h>
#include <stdlib.h>

#include "reader.h"

#define VALUE_MAX 256 /* names of units and identifiers are shorter */

/* The value of a field as text with a NUL; false: there is none, or it is too long for any name. */
static bool value_of(sd_journal *j, const char *field, char value[VALUE_MAX])
{
	size_t head = strlen(field) + 1, n;
	const void *p;

	if (sd_journal_get_data(j, field, &p, &n) < 0 || n < head || n - head >= VALUE_MAX)
		return false;
	memcpy(value, (const char *)p + head, n - head);
	value[n - head] = 0;
	return true;
}

static bool has(sd_journal *j, const char *field, const char *wanted)
{
	char value[VALUE_MAX];

	return value_of(j, field, value) && strcmp(value, wanted) == 0;
}

static bool one_of(const struct genlog_strs *l, const char *value)
{
	for (size_t i = 0; i < l->n; i++)
		if (fnmatch(l->v[i], value, 0) == 0)
			return true;
	return false;
}

static bool field_in(sd_journal *j, const char *field, const struct genlog_strs *l)
{
	char value[VALUE_MAX];

	return value_of(j, field, value) && one_of(l, value);
}

/* Its own entries, and what the manager, the journal and the collector of dumps, all trusted, say of it. */
static bool of_units(sd_journal *j, const struct genlog_strs *l)
{
	if (field_in(j, "_SYSTEMD_UNIT", l) || field_in(j, "_SYSTEMD_USER_UNIT", l))
		return true;
	if (!has(j, "_UID", "0"))
		return false;
	return (has(j, "_PID", "1") && field_in(j, "UNIT", l)) || field_in(j, "OBJECT_SYSTEMD_UNIT", l) ||
	       field_in(j, "COREDUMP_UNIT", l);
}

static bool of_priorities(const struct asked *a, sd_journal *j)
{
	char value[VALUE_MAX];
	int p = 6;

	if (value_of(j, "PRIORITY", value) && *value >= '0' && *value <= '7' && !value[1])
		p = *value - '0';
	return p >= a->priority_from && p <= a->priority_to;
}

/* A field may stand in an entry several times. */
static bool matches(sd_journal *j, const char *match)
{
	size_t name = strcspn(match, "="), len = strlen(match), n;
	const void *p;

	sd_journal_restart_data(j);
	while (sd_journal_enumerate_available_data(j, &p, &n) > 0) {
		char value[VALUE_MAX];

		if (n == len && memcmp(p, match, n) == 0)
			return true;
		if (n <= name || memcmp(p, match, name + 1) != 0 || n - name - 1 >= VALUE_MAX)
			continue;
		memcpy(value, (const char *)p + name + 1, n - name - 1);
		value[n - name - 1] = 0;
		if (fnmatch(match + name + 1, value, 0) == 0)
			return true;
	}
	return false;
}

static bool same_field(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n + 1) == 0;
}

/* Of one field any value will do; of each field there has to be one. */
static bool matches_all(sd_journal *j, const struct genlog_strs *l)
{
	for (size_t i = 0; i < l->n; i++) {
		bool found = false;

		for (size_t k = 0; k < l->n && !found; k++)
			found = same_field(l->v[i], l->v[k]) && matches(j, l->v[k]);
		if (!found)
			return false;
	}
	return true;
}

static bool of_boot(const struct asked *a, sd_journal *j)
{
	sd_id128_t boot;
	uint64_t usec;

	return sd_journal_get_monotonic_usec(j, &usec, &boot) >= 0 && memcmp(boot.bytes, a->boot, ID_SIZE) == 0;
}

bool filter_wants(const struct asked *a, sd_journal *j)
{
	if (a->by_boot && !of_boot(a, j))
		return false;
	if (a->units.n && !of_units(j, &a->units))
		return false;
	if (a->identifiers.n && !field_in(j, "SYSLOG_IDENTIFIER", &a->identifiers))
		return false;
	if (a->by_priority && !of_priorities(a, j))
		return false;
	return !a->matches.n || matches_all(j, &a->matches);
}
