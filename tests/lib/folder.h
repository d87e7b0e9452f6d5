/* A folder for one test, and what was printed to a stream, as text. */
#ifndef LIB_FOLDER_H
#define LIB_FOLDER_H

#include <stdio.h>

struct folder {
	char path[64];
};

void folder_make(struct folder *f);
void folder_remove(struct folder *f);

/* Writes a file, making the folders in its name; "" in `text` is an empty file. */
void folder_write(const struct folder *f, const char *name, const char *text);
void folder_write_bytes(const struct folder *f, const char *name, const void *p, size_t n);

/* "<folder>/<name>", in memory that the next call but seven uses again. */
const char *folder_path(const struct folder *f, const char *name);

/* Every occurrence of `word` in `text` replaced, in place; `with` is not longer. */
void text_replace(char *text, const char *word, const char *with);

#endif
