/* What lies in the plugin folder.  For this folder alone. */
#ifndef PLUG_FOLDER_H
#define PLUG_FOLDER_H

#include <genlog/plugin.h>

/* The name nearest to `name` ("" when none is near), and all names of the kind, with commas. */
void plug_folder_names(const char *dir, enum genlog_kind kind, const char *name, char *near, size_t near_size,
	char *all, size_t all_size);

#endif
