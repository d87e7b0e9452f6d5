#include "elf.h"

#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTIONS_MAX 256u
#define SEGMENTS_MAX 64u
#define SYMBOLS_MAX 65536u /* of a table; the first ones of a larger one */
#define STRINGS_MAX (8u << 20)
#define NOTES_MAX 4096u

struct symbol {
	uint64_t at, size; /* in the file's own addresses */
	uint32_t name;
};

struct elf {
	Elf64_Phdr segments[SEGMENTS_MAX];
	uint32_t n_segments, n;
	struct symbol *symbols;
	char *strings;
	size_t strings_n;
};

static bool get(int fd, void *to, size_t n, uint64_t at)
{
	return at <= INT64_MAX && pread(fd, to, n, (off_t)at) == (ssize_t)n;
}

static bool has_build_id(int fd, const struct elf *e, const uint8_t *id, size_t n)
{
	uint8_t room[NOTES_MAX];

	for (uint32_t i = 0; i < e->n_segments; i++) {
		const Elf64_Phdr *p = &e->segments[i];
		size_t left = p->p_filesz < NOTES_MAX ? (size_t)p->p_filesz : NOTES_MAX, at = 0;

		if (p->p_type != PT_NOTE || !get(fd, room, left, p->p_offset))
			continue;
		while (left - at >= sizeof(Elf64_Nhdr)) {
			Elf64_Nhdr h;
			size_t name, desc;

			memcpy(&h, room + at, sizeof(h));
			name = ((size_t)h.n_namesz + 3) & ~(size_t)3;
			desc = ((size_t)h.n_descsz + 3) & ~(size_t)3;
			at += sizeof(h);
			if (left - at < name || left - at - name < desc)
				break;
			if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 && h.n_descsz == n &&
				memcmp(room + at + name, id, n) == 0)
				return true;
			at += name + desc;
		}
	}
	return false;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void keep_functions(struct elf *e, const Elf64_Sym *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ELF64_ST_TYPE(all[i].st_info) == STT_FUNC && all[i].st_shndx != SHN_UNDEF &&
			all[i].st_name < e->strings_n)
			e->symbols[e->n++] = (struct symbol){all[i].st_value, all[i].st_size, all[i].st_name};
	if (e->n)
		qsort(e->symbols, e->n, sizeof(*e->symbols), by_address);
}

static bool read_table(int fd, struct elf *e, const Elf64_Shdr *table, const Elf64_Shdr *strings)
{
	size_t n = (size_t)(table->sh_size / sizeof(Elf64_Sym));
	Elf64_Sym *all;
	bool good;

	n = n < SYMBOLS_MAX ? n : SYMBOLS_MAX;
	e->strings_n = strings->sh_size < STRINGS_MAX ? (size_t)strings->sh_size : STRINGS_MAX;
	if (!n || !e->strings_n)
		return false;
	all = malloc(n * sizeof(*all));
	e->symbols = malloc(n * sizeof(*e->symbols));
	e->strings = malloc(e->strings_n + 1);
	good = all && e->symbols && e->strings && get(fd, all, n * sizeof(*all), table->sh_offset) &&
	       get(fd, e->strings, e->strings_n, strings->sh_offset);
	if (good) {
		e->strings[e->strings_n] = 0;
		keep_functions(e, all, n);
	}
	free(all);
	return good;
}

/* The whole table of a file that was not stripped, else that of what it exports. */
static bool read_sections(int fd, struct elf *e, const Elf64_Ehdr *h)
{
	static const uint32_t wanted[] = {SHT_SYMTAB, SHT_DYNSYM};
	Elf64_Shdr all[SECTIONS_MAX];
	uint32_t n = h->e_shnum < SECTIONS_MAX ? h->e_shnum : SECTIONS_MAX;

	if (h->e_shentsize != sizeof(*all) || !get(fd, all, n * sizeof(*all), h->e_shoff))
		return false;
	for (int k = 0; k < 2; k++)
		for (uint32_t i = 0; i < n; i++)
			if (all[i].sh_type == wanted[k] && all[i].sh_entsize == sizeof(Elf64_Sym) && all[i].sh_link < n)
				return read_table(fd, e, &all[i], &all[all[i].sh_link]);
	return false;
}

static bool read_all(int fd, struct elf *e, const uint8_t *id, size_t id_n)
{
	Elf64_Ehdr h;

	if (!get(fd, &h, sizeof(h), 0) || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 ||
		h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_phentsize != sizeof(Elf64_Phdr))
		return false;
	e->n_segments = h.e_phnum < SEGMENTS_MAX ? h.e_phnum : SEGMENTS_MAX;
	if (!get(fd, e->segments, e->n_segments * sizeof(Elf64_Phdr), h.e_phoff))
		return false;
	if (id_n && !has_build_id(fd, e, id, id_n))
		return false;
	return read_sections(fd, e, &h);
}

struct elf *elf_open(int fd, const uint8_t *build_id, size_t build_id_n)
{
	struct elf *e = calloc(1, sizeof(*e));

	if (e && !read_all(fd, e, build_id, build_id_n)) {
		elf_close(e);
		return NULL;
	}
	return e;
}

void elf_close(struct elf *e)
{
	if (!e)
		return;
	free(e->symbols);
	free(e->strings);
	free(e);
}

static bool address_of(const struct elf *e, uint64_t offset, uint64_t *at)
{
	for (uint32_t i = 0; i < e->n_segments; i++) {
		const Elf64_Phdr *p = &e->segments[i];

		if (p->p_type == PT_LOAD && offset >= p->p_offset && offset - p->p_offset < p->p_filesz) {
			*at = offset - p->p_offset + p->p_vaddr;
			return true;
		}
	}
	return false;
}

/* The last one that begins at or before it. */
static const struct symbol *find(const struct elf *e, uint64_t at)
{
	uint32_t low = 0, high = e->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (e->symbols[middle].at <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &e->symbols[low - 1] : NULL;
}

size_t elf_name(const struct elf *e, uint64_t offset, char name[ELF_NAME], uint64_t *behind)
{
	const struct symbol *s;
	uint64_t at;
	size_t n;

	if (!address_of(e, offset, &at))
		return 0;
	s = find(e, at);
	if (!s || (s->size && at - s->at >= s->size))
		return 0;
	n = strnlen(e->strings + s->name, e->strings_n - s->name);
	n = n < ELF_NAME ? n : ELF_NAME - 1;
	memcpy(name, e->strings + s->name, n);
	*behind = at - s->at;
	return n;
}
