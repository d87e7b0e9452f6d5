/*
 * Addresses become the lines of a trace: "#0  0x55… function (module + 0x1f)".  The names come from the module's file
 * as the program sees it, through /proc while it lives; the path is the program's word, so what is there has to be a
 * plain file with the build id that was said.  Whatever fails, module and offset remain.
 */
#include "emit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf.h"

#define FRAMES_MAX 128u
#define LINE_ROOM (ELF_NAME + PATH_ROOM + 64)
#define FILES_MAX 16u

/* Files that were read, the oldest goes first; also those that told nothing. */
struct symbols {
	struct {
		uint64_t hash;
		struct elf *elf;
	} files[FILES_MAX];
	unsigned next;
};

static const struct module *module_of(const struct segment *s, uint64_t at)
{
	for (uint32_t i = 0; i < s->n_modules; i++)
		if (at >= s->modules[i].head.start && at < s->modules[i].head.end)
			return &s->modules[i];
	return NULL;
}

/* What it is, is known before it is opened: opening a device may do something. */
static int open_path(const char *path)
{
	int at = open(path, O_PATH | O_CLOEXEC), fd = -1;
	char self[40];
	struct stat st;

	if (at < 0)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	if (fstat(at, &st) == 0 && S_ISREG(st.st_mode))
		fd = open(self, O_RDONLY | O_CLOEXEC);
	close(at);
	return fd;
}

/* Without a build id nobody could tell that it is the right file. */
static struct elf *open_elf(const struct segment *s, const struct module *m)
{
	char path[PATH_ROOM + 32];
	struct elf *e = NULL;
	int fd = -1;

	if (*m->path != '/' || !m->head.build_id_len)
		return NULL;
	if (s->pid && !s->dead) {
		snprintf(path, sizeof(path), "/proc/%d/root%s", s->pid, m->path);
		fd = open_path(path);
	}
	if (fd < 0)
		fd = open_path(m->path);
	if (fd >= 0) {
		e = elf_open(fd, m->build_id, m->head.build_id_len);
		close(fd);
	}
	return e;
}

static struct elf *elf_of(struct segment *s, const struct module *m)
{
	struct symbols *all = s->owner->symbols;
	uint64_t hash = genlog_hash(m->build_id, m->head.build_id_len, genlog_hash(m->path, strlen(m->path), 1));

	if (!all)
		all = s->owner->symbols = calloc(1, sizeof(*all));
	if (!all)
		return NULL;
	for (unsigned i = 0; i < FILES_MAX; i++)
		if (all->files[i].hash == hash)
			return all->files[i].elf;
	elf_close(all->files[all->next].elf);
	all->files[all->next].elf = open_elf(s, m);
	all->files[all->next].hash = hash;
	all->next = (all->next + 1) % FILES_MAX;
	return all->files[(all->next + FILES_MAX - 1) % FILES_MAX].elf;
}

/* A return address lies behind its call, which may be the last instruction of another function. */
static size_t line(struct segment *s, char *to, unsigned number, uint64_t at)
{
	const struct module *m = module_of(s, at - 1);
	uint64_t offset = m ? at - 1 - m->head.start + m->head.offset : 0, behind = 0;
	struct elf *e = m ? elf_of(s, m) : NULL;
	char name[ELF_NAME] = "";
	size_t n = e ? elf_name(e, offset, name, &behind) : 0;
	int len;

	name[n] = 0;
	if (m)
		len = snprintf(to, LINE_ROOM, "#%u  0x%016llx %s (%s + 0x%llx)\n", number, (unsigned long long)at,
			n ? name : "n/a", m->path, (unsigned long long)offset + 1);
	else
		len = snprintf(to, LINE_ROOM, "#%u  0x%016llx n/a (n/a + 0x0)\n", number, (unsigned long long)at);
	return len < (int)LINE_ROOM ? (size_t)len : LINE_ROOM - 1;
}

struct genlog_value trace_text(struct segment *s, struct genlog_record *rec, const char *p, uint32_t n)
{
	uint32_t frames = n / 8 < FRAMES_MAX ? n / 8 : FRAMES_MAX;
	char room[LINE_ROOM], *to = genlog_rec_alloc(rec, frames * 3 * LINE_ROOM + GENLOG_PAD);
	size_t len = 0;

	if (!frames || !to)
		return (struct genlog_value){.type = GENLOG_V_NONE};
	for (uint32_t i = 0; i < frames; i++) {
		uint64_t at;

		memcpy(&at, p + (size_t)8 * i, sizeof(at));
		len += genlog_utf8_repair(to + len, room, line(s, room, i, at));
	}
	return genlog_str(to, len - 1);
}

/* As x86-64's signal context has them. */
struct genlog_value trace_registers(struct genlog_record *rec, const char *p, uint32_t n)
{
	static const char *const names[] = {"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rdi", "rsi", "rbp",
		"rbx", "rdx", "rax", "rcx", "rsp", "rip", "eflags", "csgsfs", "err", "trapno", "oldmask", "cr2"};
	uint32_t most = sizeof(names) / sizeof(*names), count = n / 8 < most ? n / 8 : most;
	uint8_t *start = (uint8_t *)genlog_rec_alloc(rec, 64 + (size_t)most * 48), *w;
	char number[NUMBER_ROOM];

	if (!start || !count)
		return (struct genlog_value){.type = GENLOG_V_NONE};
	w = genlog_bson_begin(start);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t v;

		memcpy(&v, p + (size_t)8 * i, sizeof(v));
		w = genlog_bson_key(w, GENLOG_BSON_STR, names[i], strlen(names[i]));
		w = genlog_bson_text(w, number, number_hex(number, v));
	}
	w = genlog_bson_end(start, w);
	return (struct genlog_value){.type = GENLOG_V_DOC, .n = (uint32_t)(w - start), .u.p = (const char *)start};
}

void trace_free(struct emit *e)
{
	for (unsigned i = 0; e->symbols && i < FILES_MAX; i++)
		elf_close(e->symbols->files[i].elf);
	free(e->symbols);
	e->symbols = NULL;
}
