/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which release do CRDs come from? Every surface that is embedded is also kept as a list of
 * fingerprints, so that the answer costs no parsing of manifests. Text form, one row an object:
 *   SURFACE SET OBJECT FORM FINGERPRINT
 * OBJECT is a CRD's name, or PLURAL/NAME of an admission policy. FORM says where the archive has
 * it: in objects/OBJECT/FORM; "-": in SURFACE/FILE, the file of that set as it is.
 */
#ifndef MANIFEST_SURFACE_H
#define MANIFEST_SURFACE_H

#include <jansson.h>

#include "manifest/catalog.h"

struct surface_crd {
	char *name; /* "ippools.crd.projectcalico.org" */
	char *form;
	char fingerprint[SHA256_HEX_SIZE];
};

struct surface {
	char *version; /* the release that names it, the first that has it */
	char *last; /* the newest release that has it */
	enum manifest_set set;
	struct surface_crd *crds;
	size_t n;
	struct surface_crd *policies; /* "mutatingadmissionpolicies/NAME", in their order */
	size_t n_policies;
};

struct surfaces {
	struct surface *items; /* newest first */
	size_t n;
};

/* A row of releases that have the same; both NULL: none has it. Borrowed from the surfaces. */
struct surface_range {
	const char *oldest, *newest;
};

CHECKED int surfaces_parse(struct surfaces *s, const char *text, struct err *e);
/* Which releases have each of them; before that, each has the one that names it. */
void surfaces_take_releases(struct surfaces *s, const struct catalog *c);
/*
 * A copy of those of one set. With a group, of its CRDs alone; surfaces that are then equal are
 * one, and those that have none of them are left out.
 */
void surfaces_select(struct surfaces *to, const struct surfaces *from, enum manifest_set set,
	const char *group);
void surfaces_release(struct surfaces *s);
/* The names of all CRDs of all surfaces, each once: a new array of strings. */
json_t *surfaces_names(const struct surfaces *s);
/* CRD name -> fingerprint, of CRD name -> CRD; a new object. */
json_t *surfaces_fingerprints(const json_t *live);
/* How many CRDs of the surface are among them. */
size_t surface_same(const struct surface *s, const json_t *fingerprints);
/* The surface all of whose CRDs are among them: the largest, the newest of equals. NULL: none. */
const struct surface *surfaces_whole(const struct surfaces *s, const json_t *fingerprints);
/* The releases whose CRD of this name has the same API as this one. */
struct surface_range surfaces_range(const struct surfaces *s, const json_t *crd);
/* Whether all that have the one are newer than all that have the other; false when unknown. */
bool surface_range_is_newer(const struct surface_range *one, const struct surface_range *other);
char *surface_range_text(const struct surface_range *range); /* "v3.29.2..v3.29.7"; the caller's */
const struct surface_crd *surface_crd(const struct surface *s, const char *name); /* or NULL */
/* The surface that this release names for the set; NULL: none. */
const struct surface *surfaces_find(
	const struct surfaces *s, enum manifest_set set, const char *version);

#define surfaces_auto __attribute__((cleanup(surfaces_release))) struct surfaces

#endif
