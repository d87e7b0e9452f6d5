/*
 * systemd keeps the descriptors of segments, so that an agent that comes after a crash finds those of programs that
 * have died meanwhile too.  What is known of their process stands in the name: genlog-UUID-UID-PID-START.
 */
#include "emit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define NAME_ROOM 128

/* When the process began, in the kernel's ticks: a number that is used again has another one.  0: it is gone. */
static unsigned long long start_of(int32_t pid)
{
	unsigned long long start = 0;
	char path[32], text[1024];
	const char *p;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = 0;
	p = strrchr(text, ')'); /* its name may hold anything */
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		start = strtoull(p + 1, NULL, 10);
	return start;
}

static void make_name(const struct segment *s, char name[NAME_ROOM])
{
	char uuid[2 * UUID + 1];

	for (int i = 0; i < UUID; i++)
		snprintf(uuid + 2 * i, 3, "%02x", s->l.uuid[i]);
	snprintf(name, NAME_ROOM, "genlog-%s-%u-%d-%llu", uuid, s->uid, s->pid, s->start);
}

/*
 * A unit without FileDescriptorStoreMax= has its descriptors closed without a word.  Newer systemds say by $FDSTORE how
 * many they keep; under older ones our unit does.
 */
static bool is_store(const struct emit *e)
{
	const char *most = getenv("FDSTORE");

	if (!getenv("NOTIFY_SOCKET") || e->fd_store == FD_STORE_NO)
		return false;
	return e->fd_store == FD_STORE_YES || (most && strtol(most, NULL, 10) > 0);
}

bool kept_put(struct segment *s)
{
	char name[NAME_ROOM], text[NAME_ROOM + 64];

	if (!is_store(s->owner))
		return false;
	s->start = start_of(s->pid);
	make_name(s, name);
	snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	return sd_pid_notify_with_fds(0, 0, text, &s->v.fd, 1) > 0;
}

void kept_remove(struct segment *s)
{
	char name[NAME_ROOM], text[NAME_ROOM + 64];

	make_name(s, name);
	snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%s", name);
	(void)sd_notify(0, text); /* else it is found again, with nothing new in it */
}

static int same_process(struct segment *s)
{
	int fd = (int)syscall(SYS_pidfd_open, s->pid, 0);

	if (fd >= 0 && start_of(s->pid) != s->start) {
		close(fd);
		fd = -1;
	}
	s->pidfd = fd;
	return fd < 0 ? -ESRCH : 0;
}

static void forget(const char *name, const char *why, struct segment *s)
{
	char text[NAME_ROOM + 64];

	genlog_say(s->owner->in, GENLOG_SAY_WARN, "what was kept as %.100s is not used: %s", name, why);
	snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%.100s", name);
	(void)sd_notify(0, text); /* as above */
	seg_free(s);
}

/* It stays where it is kept. */
static void leave(struct emit *e, const char *name, struct segment *s)
{
	genlog_say(e->in, GENLOG_SAY_ERROR, "no memory for what is kept as %.100s: the next agent reads it", name);
	if (s)
		seg_free(s);
}

/* What stands behind the uuid; the rest is compared when the memory has said its own. */
static bool read_name(struct segment *s, const char *name)
{
	const size_t head = sizeof("genlog-") - 1 + 2 * UUID;
	unsigned long long n[3] = {0};
	const char *p = name + head;
	char *end;

	if (strlen(name) < head)
		return false;
	for (int i = 0; i < 3; i++) {
		if (*p != '-')
			return false;
		n[i] = strtoull(p + 1, &end, 10);
		p = end;
	}
	s->uid = (uint32_t)n[0];
	s->pid = (int32_t)n[1];
	s->start = n[2];
	return n[0] <= UINT32_MAX && n[1] <= INT32_MAX;
}

static void take(struct emit *e, int fd, const char *name)
{
	struct segment *s = seg_new(e);
	const char *why = "its name is not one of ours";
	char mine[NAME_ROOM];
	int code = -EINVAL;

	if (!s) {
		leave(e, name, NULL);
		return;
	}
	s->v.fd = fd;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	s->kept = true;
	if (read_name(s, name))
		why = listen_map(s, fd);
	make_name(s, mine);
	if (!why && strcmp(mine, name) != 0)
		why = "it is another one's";
	if (!why && seg_find(e, s->uid, s->l.uuid))
		why = "it is there already";
	if (!why)
		code = seg_add(s, &why);
	if (code == -ENOMEM)
		leave(e, name, s);
	else if (code < 0)
		forget(name, why, s);
	else if (same_process(s) < 0)
		s->dead = true;
	else
		(void)death_watch(s); /* later, if not now */
}

/* Once in the life of this process: afterwards the numbers may be other descriptors. */
void kept_take(struct emit *e)
{
	static bool taken;
	char **names = NULL;
	int n = taken ? 0 : sd_listen_fds_with_names(0, &names);

	taken = true;
	for (int i = 0; i < n; i++)
		if (names && names[i] && strncmp(names[i], "genlog-", 7) == 0)
			take(e, SD_LISTEN_FDS_START + i, names[i]);
	for (int i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}
