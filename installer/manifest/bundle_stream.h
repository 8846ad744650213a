/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backups: archives that are written and read one entry at a time, because their size is not known
 * before. A tar.gz whose last entry is SHA256SUMS over all others: a backup that is cut off
 * anywhere does not verify. Entries are regular files with plain relative names.
 */
#ifndef MANIFEST_BUNDLE_STREAM_H
#define MANIFEST_BUNDLE_STREAM_H

#include "manifest/sign.h"

enum {
	/* bytes; a page of 500 objects of 1.5 MiB would have 750 MiB */
	STREAM_MAX_ENTRY = 256 << 20,
	STREAM_MAX_ENTRIES = 1000000,
};

#define STREAM_MAX_TOTAL ((size_t)64 << 30) /* unpacked bytes */

struct bundle_stream;

/* Writes to fd, which the caller closes. hash NULL: the backup is not signed. */
CHECKED struct bundle_stream *bundle_stream_new(int fd, struct sign_hash *hash, struct err *e);
CHECKED int bundle_stream_add(
	struct bundle_stream *s, const char *name, const void *data, size_t len, struct err *e);
/* Writes SHA256SUMS and the end. A file without them does not verify. */
CHECKED int bundle_stream_close(struct bundle_stream *s, struct err *e);
void bundle_stream_free(struct bundle_stream *s);

/* What is known of a file before it is read; zero: nothing. The struct owns sums. */
struct stream_proof {
	bool is_signed;
	unsigned char hash[SIGN_HASH_SIZE]; /* the hash that the signature covers */
	struct buf sums; /* the first reading fills this in */
};

/*
 * Gives each entry but SHA256SUMS to take, in order. When take returns -1, the reading ends.
 * ERR_VERIFY: SHA256SUMS is missing, is not last or does not match an entry; data follows it; or
 * the bytes are not those that were signed. Therefore verify first, with a take that changes
 * nothing. A second reading compares each entry with the first reading before take gets it.
 */
CHECKED int bundle_stream_read(int fd, struct stream_proof *proof,
	int (*take)(void *arg, const char *name, const struct buf *content, struct err *e),
	void *arg, struct err *e);

#endif
