/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a path means: itself, or the manifests of a directory. */
#ifndef CALICO_WRITE_FILES_H
#define CALICO_WRITE_FILES_H

#include <jansson.h>

#include "base/err.h"

enum { FILES_MAX = 10000, FILES_MAX_DEPTH = 32 };

/*
 * Appends paths as strings: "-" and a file as they are, of a directory its *.yaml, *.yml and
 * *.json by name, any letter case, with those below when recursive. Names that begin with a dot
 * are left out: a mounted ConfigMap has its files a second time in such a directory.
 */
CHECKED int files_find(json_t *paths, const char *path, bool recursive, struct err *e);

#endif
