/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives that are written and read an entry at a time, since nobody knows how large they become:
 * backups. A tar.gz whose last entry is SHA256SUMS over all others, so that one which was cut off
 * anywhere does not verify. Regular files with plain relative names only.
 */
#ifndef MANIFEST_BUNDLE_STREAM_H
#define MANIFEST_BUNDLE_STREAM_H

#include "manifest/sign.h"

enum {
	STREAM_MAX_ENTRY = 256 << 20, /* bytes; a page of 500 objects of 1.5 MiB would be 750 */
	STREAM_MAX_ENTRIES = 1000000,
};

#define STREAM_MAX_TOTAL ((size_t)64 << 30) /* bytes, unpacked */

struct bundle_stream;

/* Writes to fd, which stays the caller's; hash NULL: nobody signs it. */
CHECKED struct bundle_stream *bundle_stream_new(int fd, struct sign_hash *hash, struct err *e);
CHECKED int bundle_stream_add(
	struct bundle_stream *s, const char *name, const void *data, size_t len, struct err *e);
/* SHA256SUMS, and the end; without it what was written does not verify. */
CHECKED int bundle_stream_close(struct bundle_stream *s, struct err *e);
void bundle_stream_free(struct bundle_stream *s);

/* What is known of a file before it is read; zero: nothing. The struct owns sums. */
struct stream_proof {
	bool is_signed;
	unsigned char hash[SIGN_HASH_SIZE]; /* that a signature holds for */
	struct buf sums; /* filled in by the first reading */
};

/*
 * Each entry but SHA256SUMS to take, in order; its -1 ends the reading. The whole is -1 with
 * ERR_VERIFY when SHA256SUMS is not there, last and true of every entry, when anything follows, or
 * when the bytes are not those that were signed. So verify with a take that changes nothing first.
 * A second reading compares each entry with the first before take sees it.
 */
CHECKED int bundle_stream_read(int fd, struct stream_proof *proof,
	int (*take)(void *arg, const char *name, const struct buf *content, struct err *e),
	void *arg, struct err *e);

#endif
