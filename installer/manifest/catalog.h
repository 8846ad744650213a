/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The releases that upstream published: their files' digests, and which API surface each has.
 * Text form (manifests/releases.txt), one row a file, oldest release first:
 *   RELEASE FILE BYTES CRDS SHA256 SURFACE
 * SURFACE names the release whose directory in manifests/ holds the same API, "-" where the file
 * is known but not embedded. The struct owns everything.
 */
#ifndef MANIFEST_CATALOG_H
#define MANIFEST_CATALOG_H

#include "base/digest.h"
#include "base/err.h"

struct release_file {
	char *name; /* "crds.yaml" */
	size_t bytes, crds;
	char sha256[SHA256_HEX_SIZE];
};

struct release {
	char *version; /* "v3.29.1" */
	char *surface; /* NULL: not in this binary */
	struct release_file *files;
	size_t n_files;
};

struct catalog {
	struct release *releases; /* oldest first */
	size_t n;
};

CHECKED int catalog_parse(struct catalog *c, const char *text, struct err *e);
void catalog_release(struct catalog *c);

/*
 * "latest", "v3.29" (its newest patch), "v3.29.1", all with or without the "v", among the embedded
 * ones. ERR_USAGE names the nearest of the same minor version, else the range that is known.
 */
CHECKED const struct release *catalog_find(
	const struct catalog *c, const char *selector, struct err *e);
/* Of a version as Calico itself writes it, "v3.29.1" or "3.29.1-0-g1234"; NULL: none. */
const struct release *catalog_by_version(const struct catalog *c, const char *version);
/* The row with this digest, NULL when there is none; *file is set with it. */
const struct release *catalog_by_digest(
	const struct catalog *c, const char *sha256, const struct release_file **file);
/* Its crds.yaml; every embedded release has one. */
const struct release_file *release_crds(const struct release *r);
/* As version numbers: v3.9.0 is before v3.10.0. */
int version_compare(const char *a, const char *b);

#endif
