/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives that are written and read an entry at a time, since nobody knows how large they become:
 * backups. A tar.gz whose last entry is SHA256SUMS over all others, so that one which was cut off
 * anywhere does not verify. Regular files with plain relative names only.
 */
#ifndef MANIFEST_BUNDLE_STREAM_H
#define MANIFEST_BUNDLE_STREAM_H

#include "base/buf.h"

enum {
	STREAM_MAX_ENTRY = 256 << 20, /* bytes; a page of 500 objects of 1.5 MiB would be 750 */
	STREAM_MAX_ENTRIES = 1000000,
};

#define STREAM_MAX_TOTAL ((size_t)64 << 30) /* bytes, unpacked */

struct bundle_stream;

/* Writes to fd, which stays the caller's. */
CHECKED struct bundle_stream *bundle_stream_new(int fd, struct err *e);
CHECKED int bundle_stream_add(
	struct bundle_stream *s, const char *name, const void *data, size_t len, struct err *e);
/* SHA256SUMS, and the end; without it what was written does not verify. */
CHECKED int bundle_stream_close(struct bundle_stream *s, struct err *e);
void bundle_stream_free(struct bundle_stream *s);

/*
 * Each entry but SHA256SUMS to take, in order; its -1 ends the reading. The whole is -1 with
 * ERR_VERIFY when SHA256SUMS is not there, last and true of every entry. So verify with a take that
 * does nothing first, and with the same open file then.
 */
CHECKED int bundle_stream_read(int fd,
	int (*take)(void *arg, const char *name, const struct buf *content, struct err *e),
	void *arg, struct err *e);

#endif
