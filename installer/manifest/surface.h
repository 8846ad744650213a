/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the release that CRDs come from. Each embedded surface is also stored as a list of
 * fingerprints, so that no manifest has to be parsed for this. Text form, one row an object:
 *   SURFACE SET OBJECT FORM FINGERPRINT
 * OBJECT is a CRD's name, or PLURAL/NAME of an admission policy. FORM is the place in the archive:
 * objects/OBJECT/FORM; "-": SURFACE/FILE, the unchanged file of that set.
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
	char *version; /* the first release that has this surface; it names the surface */
	char *last; /* the newest release that has it */
	enum manifest_set set;
	struct surface_crd *crds;
	size_t n;
	struct surface_crd *policies; /* named "mutatingadmissionpolicies/NAME", in their order */
	size_t n_policies;
};

struct surfaces {
	struct surface *items; /* newest first */
	size_t n;
};

/*
 * The oldest and the newest release that have something; both NULL: none. Borrowed from the
 * surfaces.
 */
struct surface_range {
	const char *oldest, *newest;
};

CHECKED int surfaces_parse(struct surfaces *s, const char *text, struct err *e);
/*
 * Sets which releases have each surface. Before this call, each surface has only the release that
 * names it.
 */
void surfaces_take_releases(struct surfaces *s, const struct catalog *c);
/*
 * Copies the surfaces of one set. With a group, only the CRDs of the group count: equal surfaces
 * become one, and surfaces without such CRDs are left out.
 */
void surfaces_select(struct surfaces *to, const struct surfaces *from, enum manifest_set set,
	const char *group);
void surfaces_release(struct surfaces *s);
/* The names of all CRDs of all surfaces, each once: a new array of strings. */
json_t *surfaces_names(const struct surfaces *s);
/* Turns CRD name -> CRD into CRD name -> fingerprint; a new object. */
json_t *surfaces_fingerprints(const json_t *live);
/* The number of CRDs of the surface that are among the fingerprints. */
size_t surface_same(const struct surface *s, const json_t *fingerprints);
/*
 * The surface whose CRDs are all among the fingerprints: the largest, of equals the newest. NULL:
 * none.
 */
const struct surface *surfaces_whole(const struct surfaces *s, const json_t *fingerprints);
/* The releases whose CRD of this name has the same API as this CRD. */
struct surface_range surfaces_range(const struct surfaces *s, const json_t *crd);
/* True when all releases of one are newer than all of other; false when unknown. */
bool surface_range_is_newer(const struct surface_range *one, const struct surface_range *other);
char *surface_range_text(const struct surface_range *range); /* "v3.29.2..v3.29.7"; caller frees */
const struct surface_crd *surface_crd(const struct surface *s, const char *name); /* NULL: none */
/* The surface that this release names for the set; NULL: none. */
const struct surface *surfaces_find(
	const struct surfaces *s, enum manifest_set set, const char *version);

#define surfaces_auto __attribute__((cleanup(surfaces_release))) struct surfaces

#endif
