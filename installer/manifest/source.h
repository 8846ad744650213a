/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where desired state comes from: bytes with their origin, digest and proof, and the CRDs that were
 * parsed from these bytes. The struct owns everything.
 */
#ifndef MANIFEST_SOURCE_H
#define MANIFEST_SOURCE_H

#include <jansson.h>

#include "manifest/catalog.h"

struct source {
	char *name; /* "v3.29.1", or the file's name */
	char *origin; /* "embedded", a path, "standard input" */
	const char *verified_by; /* how the bytes were verified; NULL: they were not */
	char sha256[SHA256_HEX_SIZE]; /* for an embedded release: of upstream's file */
	bool published; /* the bytes are embedded, or their digest is that of a file of upstream */
	const char *set; /* name of the set; NULL: the file is no set */
	char *proof; /* the text of verified_by when that is no constant */
	char *signed_by; /* id of the key; NULL: no signature was needed */
	int64_t signed_time, signed_sequence; /* from the signature; -1: it has none */
	json_t *crds; /* checked, sorted by name */
	json_t *policies; /* admission policies, checked, sorted by key; NULL: none */
	json_t *excluded; /* CRDs that source_exclude removed; NULL: none */
};

/* The release list that is built in. */
CHECKED int source_catalog(struct catalog *c, struct err *e);
struct surfaces;
/* c NULL: the range of each surface is only the release that names it. */
CHECKED int source_surfaces(struct surfaces *s, const struct catalog *c, struct err *e);
CHECKED int source_embedded(
	struct source *s, const struct release *r, enum manifest_set set, struct err *e);
/* crds_only, here and below: other objects than CRDs are left out instead of refused. */
/*
 * "-" is standard input. The catalog knows the digests of published files. Of a directory all
 * manifests are read, as by source_directory.
 */
CHECKED int source_file(struct source *s, const struct catalog *c, const char *path,
	bool crds_only, struct err *e);
/*
 * Reads the *.yaml, *.yml and *.json of a directory, sorted, without subdirectories. sha256 is the
 * digest of the list that sha256sum prints for them.
 */
CHECKED int source_directory(
	struct source *s, const struct catalog *c, const char *path, bool crds_only, struct err *e);
/* Appends the paths of these files, as strings. */
CHECKED int source_list_directory(json_t *paths, const char *path, struct err *e);
bool source_is_directory(const char *path);
struct fetch_options;
/* Downloads the file at an address. sha256 NULL: its digest is not known. */
CHECKED int source_url(struct source *s, const struct catalog *c, const char *url,
	const char *sha256, const struct fetch_options *o, bool crds_only, struct err *e);
struct trust;
/*
 * Reads one file of a bundle; the whole bundle is verified first. selector is a release as
 * catalog_find takes it, or RELEASE/FILE; NULL: the newest release.
 */
CHECKED int source_bundle(struct source *s, const struct catalog *c, const char *path,
	enum manifest_set set, const char *selector, const struct trust *t, struct err *e);
/*
 * *published: the file of the bundle is upstream's. ERR_VERIFY: it is upstream's file of another
 * release.
 */
CHECKED int source_check_published(const struct catalog *c, const char *name, const char *sha256,
	bool *published, struct err *e);
/*
 * A file that is not published may not contain webhooks or groups of others, unless the user allows
 * them. foreign NULL is for the user's own file: only the groups of Kubernetes itself are refused.
 */
struct foreign;
CHECKED int source_check_foreign(
	const struct source *s, const struct foreign *foreign, struct err *e);
/* Sets name, sha256 and proof by the digest. The caller has set origin. */
void source_identify(struct source *s, const struct catalog *c, const char *sha256);
/* Sets crds from the bytes. Only the files of this module use it. */
struct buf;
CHECKED int source_parse(struct source *s, const char *name, const struct buf *bytes,
	bool crds_only, struct err *e);
/* Leaves out the CRD of that name; ERR_USAGE: there is no such CRD. */
CHECKED int source_exclude(struct source *s, const char *name, struct err *e);
/*
 * The surface of the release that the source is. The digest proves the release, and all CRDs of its
 * set must be there, excluded ones included. NULL: no whole set of a release. Borrowed from all.
 */
const struct surface *source_surface(
	const struct source *s, const struct catalog *c, const struct surfaces *all);
void source_release(struct source *s);

#define source_auto __attribute__((cleanup(source_release))) struct source
#define catalog_auto __attribute__((cleanup(catalog_release))) struct catalog

#endif
