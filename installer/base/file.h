/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/types.h>

#include "base/err.h"

/* A new file, whole or not at all: written beside its name first. One that is there is kept. */
CHECKED int file_create(const char *path, const void *data, size_t len, mode_t mode, struct err *e);
/* The same, in the place of one that is there. */
CHECKED int file_replace(
	const char *path, const void *data, size_t len, mode_t mode, struct err *e);
/* For what is written as it comes: PATH.part, open and empty; then file_keep or file_drop. */
CHECKED int file_begin(const char *path, mode_t mode, int *fd, struct err *e);
CHECKED int file_keep(const char *path, int fd, bool replace, struct err *e);
void file_drop(const char *path, int fd);

#endif
