/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bundles: tar archives, compressed with gzip, xz or zstd, that bring manifests across an air gap.
 * The first entry is SHA256SUMS, in the format of sha256sum -c. All other entries are
 * RELEASE/NAME.yaml, each listed there. Bundles are read in memory and never unpacked to disk. Any
 * other entry is refused.
 */
#ifndef MANIFEST_BUNDLE_H
#define MANIFEST_BUNDLE_H

#include "base/buf.h"
#include "base/digest.h"

enum {
	BUNDLE_MAX_FILE = 256 << 20, /* bytes of the packed archive */
	BUNDLE_MAX_TOTAL = 128 << 20, /* bytes of the unpacked archive */
	/*
	 * Most unpacked bytes for one packed byte. Zeros come to 1030 with gzip, far more with xz
	 * and zstd. The CRDs of all releases come to 264, with all other manifests of upstream to
	 * 680.
	 */
	BUNDLE_MAX_RATIO = 800,
	BUNDLE_FREE_TOTAL = 16 << 20, /* below so many bytes the ratio is not checked */
	BUNDLE_MAX_ENTRY = 16 << 20,
	BUNDLE_MAX_ENTRIES = 2000,
	BUNDLE_MAX_NAME = 200,
};

#define BUNDLE_SUMS "SHA256SUMS"

struct bundle_file {
	char *name; /* "v3.29.1/crds.yaml" */
	char sha256[SHA256_HEX_SIZE];
	struct buf data;
	bool seen;
};

struct bundle {
	struct bundle_file *files; /* in the order of SHA256SUMS */
	size_t n;
};

/*
 * Reads and checks the whole bundle: each file is listed, is there once, and has its digest.
 * ERR_VERIFY when one of these fails, ERR_FORMAT for an entry that a bundle cannot have; the
 * message names the entry.
 */
CHECKED int bundle_read(struct bundle *b, const void *archive, size_t len, struct err *e);
/* The file of that release; NULL: the bundle has no such file. */
const struct bundle_file *bundle_get(const struct bundle *b, const char *release, const char *name);
void bundle_release(struct bundle *b);

#define bundle_auto __attribute__((cleanup(bundle_release))) struct bundle

/* True when the bytes begin like a compressed file or a tar archive. */
bool bundle_is_archive(const void *data, size_t len);
/* True for "RELEASE/NAME.yaml" in plain characters. */
CHECKED int bundle_check_name(const char *name, struct err *e);

struct bundle_entry {
	const char *name;
	const char *data;
	size_t len;
};

enum bundle_filter { BUNDLE_GZIP, BUNDLE_XZ, BUNDLE_ZSTD };

/* One entry to read from an archive: its name, borrowed, and its content. */
struct bundle_wanted {
	const char *name;
	struct buf content;
	bool found;
};

/* Reads the content of entries, no further than the last of them. ERR_FORMAT: one is missing. */
CHECKED int bundle_find(const void *archive, size_t len, struct bundle_wanted *wanted, size_t n,
	struct err *e);
/*
 * Writes an archive of the entries in this order. The bytes are the same each time: no owners, one
 * time.
 */
CHECKED int bundle_write(struct buf *archive, const struct bundle_entry *entries, size_t n,
	enum bundle_filter filter, int64_t mtime, struct err *e);
/* Sorts the entries and puts SHA256SUMS before them. */
CHECKED int bundle_make(struct buf *archive, struct bundle_entry *entries, size_t n,
	enum bundle_filter filter, int64_t mtime, struct err *e);

/* Reports libarchive's error about what; only for the files of bundles. */
struct archive;
struct archive_entry;
CHECKED int bundle_failed(struct archive *a, const char *what, struct err *e);
/* True for a regular file without special attributes, with a plain relative name. */
CHECKED int bundle_check_entry(struct archive_entry *entry, struct err *e);

#endif
