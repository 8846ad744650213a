/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the files of a path: a file is the path itself, a directory has manifests. */
#ifndef CALICO_WRITE_FILES_H
#define CALICO_WRITE_FILES_H

#include <jansson.h>

#include "base/err.h"

enum { FILES_MAX = 10000, FILES_MAX_DEPTH = 32 };

/*
 * Appends paths as strings. "-" and a file stay unchanged. A directory gives its *.yaml, *.yml and
 * *.json in any letter case, sorted by name; recursive adds the directories below. Names that begin
 * with a dot are left out, because a mounted ConfigMap has a second copy of its files there.
 */
CHECKED int files_find(json_t *paths, const char *path, bool recursive, struct err *e);

#endif
