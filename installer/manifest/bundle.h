/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bundles: tar archives, compressed with gzip, xz or zstd, that carry manifests across an air gap.
 * The first entry is SHA256SUMS, as sha256sum -c reads it; the others are RELEASE/NAME.yaml, each
 * in that list. They are read in memory and never unpacked to disk; anything else is refused.
 */
#ifndef MANIFEST_BUNDLE_H
#define MANIFEST_BUNDLE_H

#include "base/buf.h"
#include "base/digest.h"

enum {
	BUNDLE_MAX_FILE = 256 << 20, /* bytes of the archive as it is */
	BUNDLE_MAX_TOTAL = 128 << 20, /* and unpacked */
	/* Unpacked to packed. Zeros come to 1030 with gzip, far more with xz and zstd; the CRDs of
	 * all releases come to 264, with all of upstream's other manifests to 680. */
	BUNDLE_MAX_RATIO = 800,
	BUNDLE_FREE_TOTAL = 16 << 20, /* below this no ratio is minded */
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
 * All of it, checked: every file is listed, there once, and has its digest. ERR_VERIFY when one has
 * not, ERR_FORMAT for what a bundle cannot have in it; the entry is named.
 */
CHECKED int bundle_read(struct bundle *b, const void *archive, size_t len, struct err *e);
/* The file of that release, NULL when it is not there. */
const struct bundle_file *bundle_get(const struct bundle *b, const char *release, const char *name);
void bundle_release(struct bundle *b);

#define bundle_auto __attribute__((cleanup(bundle_release))) struct bundle

/* Whether bytes begin as a compressed file or a tar archive does. */
bool bundle_is_archive(const void *data, size_t len);
/* "RELEASE/NAME.yaml", in plain characters. */
CHECKED int bundle_check_name(const char *name, struct err *e);

struct bundle_entry {
	const char *name;
	const char *data;
	size_t len;
};

enum bundle_filter { BUNDLE_GZIP, BUNDLE_XZ, BUNDLE_ZSTD };

/* One entry that is wanted of an archive: its name, borrowed, and what it holds. */
struct bundle_wanted {
	const char *name;
	struct buf content;
	bool found;
};

/* The content of entries; reads no further than the last. ERR_FORMAT when one is not there. */
CHECKED int bundle_find(const void *archive, size_t len, struct bundle_wanted *wanted, size_t n,
	struct err *e);
/* An archive of the entries in this order, the same bytes each time: no owners, one time. */
CHECKED int bundle_write(struct buf *archive, const struct bundle_entry *entries, size_t n,
	enum bundle_filter filter, int64_t mtime, struct err *e);
/* Sorts the entries and puts SHA256SUMS in front. */
CHECKED int bundle_make(struct buf *archive, struct bundle_entry *entries, size_t n,
	enum bundle_filter filter, int64_t mtime, struct err *e);

/* What libarchive says is wrong with something; for these files only. */
struct archive;
struct archive_entry;
CHECKED int bundle_failed(struct archive *a, const char *what, struct err *e);
/* A regular file with nothing special about it and a plain relative name. */
CHECKED int bundle_check_entry(struct archive_entry *entry, struct err *e);

#endif
