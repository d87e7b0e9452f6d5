/* Names of functions in an ELF file, which is untrusted: bounded, and read with pread(). */
#ifndef INPUT_EMIT_ELF_H
#define INPUT_EMIT_ELF_H

#include <stddef.h>
#include <stdint.h>

#define ELF_NAME 256

/* An opened file: its symbols that are functions, by address. */
struct elf;

/* NULL: it is none, or has another build id (where one is given). */
struct elf *elf_open(int fd, const uint8_t *build_id, size_t build_id_n);
void elf_close(struct elf *e);

/* The function that an offset in the file lies in, and how far behind its beginning; 0 bytes: none is known. */
size_t elf_name(const struct elf *e, uint64_t offset, char name[ELF_NAME], uint64_t *behind);

#endif
