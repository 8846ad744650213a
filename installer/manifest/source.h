/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where desired state comes from: bytes with their origin, digest and proof, and the CRDs parsed
 * from those same bytes. The struct owns everything.
 */
#ifndef MANIFEST_SOURCE_H
#define MANIFEST_SOURCE_H

#include <jansson.h>

#include "manifest/catalog.h"

struct source {
	char *name; /* "v3.29.1", or the file's name */
	char *origin; /* "embedded", a path, "standard input" */
	const char *verified_by; /* how the bytes were proven; NULL: they were not */
	char sha256[SHA256_HEX_SIZE]; /* of upstream's file for an embedded release */
	bool published; /* the bytes are embedded, or upstream's by their digest */
	const char *set; /* the name of the set that it is; NULL: a file that is no set */
	char *proof; /* what verified_by points to when that is no constant */
	char *signed_by; /* id of the key; NULL: no signature was needed */
	int64_t signed_time, signed_sequence; /* as the signature says; -1: it does not */
	json_t *crds; /* checked, sorted by name */
	json_t *policies; /* admission policies, checked, sorted by key; NULL: none */
	json_t *excluded; /* those that source_exclude took out of them; NULL: none */
};

/* The binary's own list of releases. */
CHECKED int source_catalog(struct catalog *c, struct err *e);
struct surfaces;
/* c NULL: each then has the release that names it, and no other. */
CHECKED int source_surfaces(struct surfaces *s, const struct catalog *c, struct err *e);
CHECKED int source_embedded(
	struct source *s, const struct release *r, enum manifest_set set, struct err *e);
/* crds_only, here and below: objects that are no CRDs are left out instead of refused. */
/* "-" is standard input. The catalog tells whether it is a published file. A directory is all of
 * its manifests, as source_directory takes them. */
CHECKED int source_file(struct source *s, const struct catalog *c, const char *path,
	bool crds_only, struct err *e);
/*
 * The *.yaml, *.yml and *.json of a directory, sorted, not of those below. sha256 is that of the
 * list which sha256sum prints for them.
 */
CHECKED int source_directory(
	struct source *s, const struct catalog *c, const char *path, bool crds_only, struct err *e);
/* Their paths are appended as strings. */
CHECKED int source_list_directory(json_t *paths, const char *path, struct err *e);
bool source_is_directory(const char *path);
struct fetch_options;
/* What an address has; sha256 NULL: nothing is known of it. */
CHECKED int source_url(struct source *s, const struct catalog *c, const char *url,
	const char *sha256, const struct fetch_options *o, bool crds_only, struct err *e);
struct trust;
/*
 * A file of a bundle, whose whole was verified before: selector is a release as catalog_find takes
 * it, or RELEASE/FILE; NULL is the newest release.
 */
CHECKED int source_bundle(struct source *s, const struct catalog *c, const char *path,
	enum manifest_set set, const char *selector, const struct trust *t, struct err *e);
/* Whether the file of a bundle is upstream's; ERR_VERIFY when it is that of another release. */
CHECKED int source_check_published(const struct catalog *c, const char *name, const char *sha256,
	bool *published, struct err *e);
/*
 * What is not published may not bring groups of others or webhooks, unless they are let in. foreign
 * NULL is for the user's own file, which may bring all but the groups of Kubernetes itself.
 */
struct foreign;
CHECKED int source_check_foreign(
	const struct source *s, const struct foreign *foreign, struct err *e);
/* Sets name, sha256 and proof by the digest; origin is there. */
void source_identify(struct source *s, const struct catalog *c, const char *sha256);
/* Sets crds from the bytes; for the files of this module. */
struct buf;
CHECKED int source_parse(struct source *s, const char *name, const struct buf *bytes,
	bool crds_only, struct err *e);
/* Leaves out the CRD of that name; ERR_USAGE when there is none. */
CHECKED int source_exclude(struct source *s, const char *name, struct err *e);
/*
 * The surface of the release that the source is: proven by its digest, and with every CRD of that
 * release's set, excluded ones counted. NULL: it is no whole set of a release. Borrowed from all.
 */
const struct surface *source_surface(
	const struct source *s, const struct catalog *c, const struct surfaces *all);
void source_release(struct source *s);

#define source_auto __attribute__((cleanup(source_release))) struct source
#define catalog_auto __attribute__((cleanup(catalog_release))) struct catalog

#endif
