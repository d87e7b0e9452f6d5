/* Where the caller is, as addresses; the agent finds out what stands there, from the modules that are told before. */
#include "emit.h"

#include <elf.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <stdlib.h>
#include <unistd.h>

#define FRAMES_MAX 64
#define PATH_BYTES 512
#define ID_BYTES 32
#define MARGIN 64U

struct module {
	struct gl_module head;
	uint8_t text[ID_BYTES + PATH_BYTES];
};

/* The build id's note, NULL: the linker was told not to write one. */
static const uint8_t *find_note(const struct dl_phdr_info *info, const ElfW(Phdr) * ph, uint32_t *n)
{
	const uint8_t *p = (const uint8_t *)(uintptr_t)(info->dlpi_addr + ph->p_vaddr), *end = p + ph->p_memsz;

	while (end - p >= (ptrdiff_t)sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)p;
		size_t name = (note->n_namesz + 3U) & ~3U, desc = (note->n_descsz + 3U) & ~3U;

		p += sizeof(*note);
		if ((size_t)(end - p) < name + desc)
			break;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(p, "GNU", 4) == 0) {
			*n = note->n_descsz < ID_BYTES ? note->n_descsz : ID_BYTES;
			return p + name;
		}
		p += name + desc;
	}
	return NULL;
}

static const char *path_of(const struct dl_phdr_info *info, char own[PATH_BYTES])
{
	ssize_t n;

	if (info->dlpi_name && *info->dlpi_name)
		return info->dlpi_name;
	n = readlink("/proc/self/exe", own, PATH_BYTES - 1);
	own[n > 0 ? n : 0] = 0;
	return own;
}

static void describe(struct module *m, const struct dl_phdr_info *info)
{
	char own[PATH_BYTES];
	const char *path = path_of(info, own);
	const uint8_t *id = NULL;
	uint32_t id_n = 0;

	*m = (struct module){.head = {.start = UINT64_MAX}};
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uint64_t at = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_NOTE && !id)
			id = find_note(info, ph, &id_n);
		if (ph->p_type != PT_LOAD)
			continue;
		if (at < m->head.start) {
			m->head.start = at;
			m->head.offset = ph->p_offset;
		}
		if (at + ph->p_memsz > m->head.end)
			m->head.end = at + ph->p_memsz;
	}
	m->head.build_id_len = (uint16_t)id_n;
	m->head.path_len = (uint16_t)strnlen(path, PATH_BYTES);
	if (id)
		memcpy(m->text, id, id_n);
	memcpy(m->text + id_n, path, m->head.path_len);
}

struct walk {
	struct gl_producer *p;
	uint64_t count, adds;
	bool missed;
};

static int count_one(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct walk *w = arg;

	w->count++;
	if (size >= offsetof(struct dl_phdr_info, dlpi_subs))
		w->adds = info->dlpi_adds + info->dlpi_subs + 1;
	return 0;
}

static int tell_one(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct walk *w = arg;
	struct module m;
	uint32_t n;

	(void)size;
	describe(&m, info);
	n = (uint32_t)sizeof(m.head) + m.head.build_id_len + m.head.path_len;
	if (gl_make_room(w->p, n + MARGIN, GENLOG_SEV_ERROR, gl_now()))
		gl_put_meta(w->p, GL_META_MODULE, &m, n, gl_now());
	else
		w->missed = true;
	return 0;
}

/* Again when something was loaded or unloaded; into the ring of whoever needs them first. */
static void tell_modules(void)
{
	struct walk w = {.p = gl_thread_state.producer};

	(void)dl_iterate_phdr(count_one, &w);
	if (!w.p->segment || __atomic_exchange_n(&gl_process->modules, w.adds, __ATOMIC_RELAXED) == w.adds)
		return;
	if (gl_make_room(w.p, MARGIN, GENLOG_SEV_ERROR, gl_now()))
		gl_put_meta(w.p, GL_META_MODULES, &w.count, sizeof(w.count), gl_now());
	else
		w.missed = true;
	if (!w.missed)
		(void)dl_iterate_phdr(tell_one, &w);
	if (w.missed) /* the next trace tries again */
		__atomic_store_n(&gl_process->modules, 0, __ATOMIC_RELAXED);
}

struct gl_trace gl_backtrace(void)
{
	static __thread uint64_t addresses[FRAMES_MAX];
	void *frames[FRAMES_MAX + 1];
	int code = errno, n = backtrace(frames, FRAMES_MAX + 1);
	struct gl_trace t = {addresses, 0};

	for (int i = 1; i < n; i++) /* without this function itself */
		addresses[t.n++] = (uint64_t)(uintptr_t)frames[i];
	if (!gl_thread_state.producer->segment)
		(void)genlog_thread_init(NULL); /* without a ring there is no record either */
	if (gl_enter()) {
		tell_modules();
		gl_leave();
	}
	errno = code;
	return t;
}
