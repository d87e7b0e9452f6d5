#include "names.h"

#include <string.h>

#define ROW(field, use, key)                                                                                           \
	{                                                                                                              \
		field, sizeof(field) - 1, USE_##use, key                                                               \
	}

/* Sorted by name. */
static const struct name names[] = {
	ROW("CODE_FILE", CONTEXT, "code_file"),
	ROW("CODE_FUNC", METHOD, NULL),
	ROW("CODE_LINE", NUMBER, "code_line"),
	ROW("COREDUMP_COMM", CONTEXT, "coredump_comm"),
	ROW("COREDUMP_EXE", CONTEXT, "coredump_exe"),
	ROW("COREDUMP_FILENAME", CONTEXT, "coredump_filename"),
	ROW("COREDUMP_GID", NUMBER, "coredump_gid"),
	ROW("COREDUMP_PID", NUMBER, "coredump_pid"),
	ROW("COREDUMP_SIGNAL", NUMBER, "coredump_signal"),
	ROW("COREDUMP_SIGNAL_NAME", CONTEXT, "coredump_signal_name"),
	ROW("COREDUMP_TIMESTAMP", CONTEXT, "coredump_timestamp"),
	ROW("COREDUMP_TRUNCATED", CONTEXT, "coredump_truncated"),
	ROW("COREDUMP_UID", NUMBER, "coredump_uid"),
	ROW("COREDUMP_UNIT", DUMPED, "coredump_unit"),
	ROW("COREDUMP_USER_UNIT", CONTEXT, "coredump_user_unit"),
	ROW("ERRNO", NUMBER, "errno"),
	ROW("MESSAGE", MESSAGE, NULL),
	ROW("MESSAGE_ID", ID, "message_id"),
	ROW("N_DROPPED", DROPPED, "n_dropped"),
	ROW("OBJECT_SYSTEMD_UNIT", OBJECT, "object_systemd_unit"),
	ROW("PRIORITY", PRIORITY, NULL),
	ROW("SYSLOG_FACILITY", NUMBER, "syslog_facility"),
	ROW("SYSLOG_IDENTIFIER", CLASS, NULL),
	ROW("SYSLOG_PID", RARELY, "syslog_pid"),
	ROW("SYSLOG_RAW", RARELY, "syslog_raw"),
	ROW("SYSLOG_TIMESTAMP", RARELY, "syslog_timestamp"),
	ROW("TID", NUMBER, "tid"),
	ROW("UNIT", OBJECT, "about_unit"),
	ROW("USER_UNIT", OBJECT, "about_user_unit"),
	ROW("_BOOT_ID", CONTEXT, "boot_id"),
	ROW("_COMM", CONTEXT, "comm"),
	ROW("_EXE", CONTEXT, "exe"),
	ROW("_GID", NUMBER, "gid"),
	ROW("_HOSTNAME", CONTEXT, "hostname"),
	ROW("_PID", PID, NULL),
	ROW("_SOURCE_REALTIME_TIMESTAMP", TIME, NULL),
	ROW("_SYSTEMD_UNIT", UNIT, NULL),
	ROW("_SYSTEMD_USER_UNIT", UNIT, "user_unit"),
	ROW("_TRANSPORT", CONTEXT, "transport"),
	ROW("_UID", NUMBER, "uid"),
};

const struct name *name_find(const char *field, size_t n)
{
	size_t lo = 0, hi = sizeof(names) / sizeof(*names);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2, k = names[mid].n;
		int c = memcmp(field, names[mid].field, n < k ? n : k);

		if (c == 0 && n == k)
			return &names[mid];
		if (c < 0 || (c == 0 && n < k))
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

enum use name_other(const char *field, size_t n)
{
	if (n >= 9 && memcmp(field, "COREDUMP_", 9) == 0)
		return USE_NEVER; /* environment, open files, maps of memory */
	return n && *field == '_' ? USE_RARELY : USE_CONTEXT;
}
