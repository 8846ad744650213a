/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which release comes closest to CRDs that are those of none: the one with most of the same CRDs;
 * among several the one with the fewest differences, CRD by CRD and field by field; then the
 * newest. CRDs from before the oldest release here, or from behind the newest one, are said to be.
 */
#ifndef MANIFEST_NEAREST_H
#define MANIFEST_NEAREST_H

#include "manifest/surface.h"

enum surfaces_age {
	AGE_KNOWN, /* a release, whole or edited: half of the CRDs there are unchanged */
	AGE_OLDER, /* than the oldest release: they lack fields and CRDs that it has */
	AGE_NEWER, /* than the newest release: they have fields that it lacks */
	AGE_UNKNOWN /* between releases: most CRDs are as no release has them */
};

struct nearest_match {
	const struct surface *surface; /* borrowed; NULL: no CRD of any release is there */
	size_t same; /* CRDs with the same API, of surface->n */
	enum surfaces_age age;
};

/*
 * live: CRD name -> CRD. version: the release that a datastore says it runs, or NULL. The built-in
 * manifests of several releases are read only when no release is whole.
 */
CHECKED int nearest_find(const struct surfaces *s, const struct catalog *c, const json_t *live,
	const char *version, struct nearest_match *m, struct err *e);
/*
 * What a run is for that names no release: the newest patch of the minor release that is there. The
 * newest release of all where no CRD is there, or a part of its own. ERR_USAGE: not known.
 */
CHECKED const struct release *nearest_default(const struct surfaces *all, const struct catalog *c,
	enum manifest_set set, const json_t *live, const char *version, struct err *e);
/* "older than v3.24.0, the oldest release in this program"; NULL when AGE_KNOWN; the caller's. */
char *nearest_age_text(const struct surfaces *s, const struct nearest_match *m);
/* "older", "newer", "unknown"; NULL when AGE_KNOWN. */
const char *nearest_age_name(enum surfaces_age age);

#endif
