/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tar archives in memory, read with libarchive and never unpacked to disk. Only regular files with
 * plain relative names are accepted.
 */
#ifndef MANIFEST_BUNDLE_H
#define MANIFEST_BUNDLE_H

#include "base/buf.h"

enum {
	BUNDLE_MAX_ENTRY = 16 << 20, /* bytes */
	BUNDLE_MAX_ENTRIES = 2000,
};

struct bundle_entry {
	const char *name;
	const char *data;
	size_t len;
};

/* The content of one entry; reads no further than that. ERR_FORMAT when it is not there. */
CHECKED int bundle_find(
	const void *archive, size_t len, const char *name, struct buf *content, struct err *e);
/* A tar.xz of the entries in this order, the same bytes each time: no owners, modes or times. */
CHECKED int bundle_write(
	struct buf *archive, const struct bundle_entry *entries, size_t n, struct err *e);

/* What libarchive says is wrong with something; for these files only. */
struct archive;
CHECKED int bundle_failed(struct archive *a, const char *what, struct err *e);

#endif
