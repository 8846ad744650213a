/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New files, whole or not at all. A file has no name until it is complete (O_TMPFILE, open(2)), so
 * nobody can prepare its name, and a run that is killed leaves nothing. A file system without
 * unnamed files gets a name that nobody can guess (O_EXCL), removed by file_keep and file_drop.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/types.h>

#include "base/err.h"

/* The umask applies to every mode. An existing file is an error (ERR_USAGE). */
CHECKED int file_create(const char *path, const void *data, size_t len, mode_t mode, struct err *e);
/* The same, but replaces an existing regular file. Anything else with that name is an error. */
CHECKED int file_replace(
	const char *path, const void *data, size_t len, mode_t mode, struct err *e);

/*
 * For content that comes bit by bit: fd is open and the file is empty. Call file_keep or file_drop
 * once.
 */
struct new_file {
	const char *path; /* borrowed */
	int fd;
	int dir; /* of path */
	char *temporary; /* its name in dir; NULL: it has none */
	bool replace;
};

CHECKED int file_begin(
	struct new_file *f, const char *path, mode_t mode, bool replace, struct err *e);
CHECKED int file_put(struct new_file *f, const void *data, size_t len, struct err *e);
CHECKED int file_keep(struct new_file *f, struct err *e);
void file_drop(struct new_file *f);

#endif
