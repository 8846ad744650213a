/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The releases that upstream published: the digests of their files, and the API surface of each.
 * Text form (manifests/releases.txt), one row a file, oldest release first:
 *   RELEASE FILE BYTES CRDS SHA256 SURFACE [KUBERNETES]
 * SURFACE is the first release whose file of this name has the same API; "-": the file is known but
 * not embedded. scripts/pack.c adds KUBERNETES when it embeds the list. The struct owns everything.
 */
#ifndef MANIFEST_CATALOG_H
#define MANIFEST_CATALOG_H

#include "base/digest.h"
#include "base/err.h"

/*
 * Which CRDs of a release. CRDS: crd.projectcalico.org alone. OPERATOR: these and the CRDs of the
 * tigera operator. V3: projectcalico.org, the operator's, and their admission policies.
 */
enum manifest_set { SET_CRDS, SET_OPERATOR, SET_V3, SET_COUNT };

const char *set_name(enum manifest_set set); /* "operator" */
const char *set_file(enum manifest_set set); /* "operator-crds.yaml" */
/* SET_COUNT: no set of upstream is in a file of this name. */
enum manifest_set set_of_file(const char *file);
CHECKED int set_parse(const char *text, enum manifest_set *set, struct err *e);

struct release_file {
	char *name; /* "crds.yaml" */
	size_t bytes, crds;
	char sha256[SHA256_HEX_SIZE];
	char *surface; /* NULL: not in this binary */
	char *kubernetes; /* "1.31", the oldest version that accepts its CRDs; NULL: not known */
};

struct release {
	char *version; /* "v3.29.1" */
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
 * "latest", "v3.29" (its newest patch) or "v3.29.1", with or without the "v", among the releases
 * whose set is embedded. ERR_USAGE names the nearest release of the same minor version, else the
 * known range.
 */
CHECKED const struct release *catalog_find(
	const struct catalog *c, enum manifest_set set, const char *selector, struct err *e);
/* The release of a version as Calico writes it, "v3.29.1" or "3.29.1-0-g1234"; NULL: none. */
const struct release *catalog_by_version(const struct catalog *c, const char *version);
/* The release that has a file with this digest, and *file; NULL: none. */
const struct release *catalog_by_digest(
	const struct catalog *c, const char *sha256, const struct release_file **file);
/* The release's file of the set; NULL: upstream published none. */
const struct release_file *release_set(const struct release *r, enum manifest_set set);
/* The surface of that file; NULL: not in this binary. */
const char *release_surface(const struct release *r, enum manifest_set set);
/* true when any set of the release is built in */
bool release_is_embedded(const struct release *r);
/* Compares version numbers: v3.9.0 is before v3.10.0. */
int version_compare(const char *a, const char *b);

#endif
