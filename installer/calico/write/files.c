/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool is_directory(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_manifest(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (strcasecmp(dot, ".yaml") == 0 || strcasecmp(dot, ".yml") == 0 ||
			      strcasecmp(dot, ".json") == 0);
}

static int add_file(json_t *paths, const char *path, struct err *e)
{
	if (json_array_size(paths) == FILES_MAX)
		return err_set(e, ERR_FORMAT, 0, "%s: there are more than %d files", path,
			FILES_MAX);
	json_array_append_new(paths, json_string(path));
	return 0;
}

static int add_directory(
	json_t *paths, const char *path, bool recursive, unsigned depth, struct err *e)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_visible, by_name), rc = 0;

	if (n < 0)
		return err_set(e, ERR_IO, errno, "%s: cannot read the directory: %s", path,
			strerror(errno));
	for (int i = 0; i < n; i++) {
		char_auto *below = xasprintf("%s%s%s", path, has_suffix(path, "/") ? "" : "/",
			entries[i]->d_name);
		bool enter = is_directory(below);

		if (rc == 0 && enter && recursive && depth == FILES_MAX_DEPTH)
			rc = err_set(e, ERR_FORMAT, 0, "%s: more than %d directories deep", below,
				FILES_MAX_DEPTH);
		else if (rc == 0 && enter && recursive)
			rc = add_directory(paths, below, true, depth + 1, e);
		else if (rc == 0 && !enter && is_manifest(below))
			rc = add_file(paths, below, e);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

int files_find(json_t *paths, const char *path, bool recursive, struct err *e)
{
	return is_directory(path) ? add_directory(paths, path, recursive, 0, e)
				  : add_file(paths, path, e);
}
