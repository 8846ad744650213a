/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the release that is closest to CRDs that match no release. This is the release with most
 * equal CRDs; among several the one with the fewest differences, CRD by CRD and field by field;
 * then the newest. The result also says whether the CRDs are older or newer than all releases here.
 */
#ifndef MANIFEST_NEAREST_H
#define MANIFEST_NEAREST_H

#include "manifest/surface.h"

enum surfaces_age {
	AGE_KNOWN, /* a release, whole or edited: half of its CRDs that are there are unchanged */
	AGE_OLDER, /* older than the oldest release: fields and CRDs of that release are missing */
	AGE_NEWER, /* newer than the newest release: there are fields that this release lacks */
	AGE_UNKNOWN /* between releases: most CRDs match no release */
};

struct nearest_match {
	const struct surface *surface; /* borrowed; NULL: no CRD of any release is there */
	size_t same; /* CRDs with the same API, out of surface->n */
	enum surfaces_age age;
};

/*
 * live: CRD name -> CRD. version: the release that the datastore reports, or NULL. The built-in
 * manifests of several releases are read only when no release matches as a whole.
 */
CHECKED int nearest_find(const struct surfaces *s, const struct catalog *c, const json_t *live,
	const char *version, struct nearest_match *m, struct err *e);
/*
 * The release for a run that names none: the newest patch of the installed minor release. The
 * newest release of all when no CRD is there, or only a part of that release. ERR_USAGE: not known.
 */
CHECKED const struct release *nearest_default(const struct surfaces *all, const struct catalog *c,
	enum manifest_set set, const json_t *live, const char *version, struct err *e);
/*
 * "older than v3.24.0, the oldest release in this program", which the caller frees; NULL when
 * AGE_KNOWN.
 */
char *nearest_age_text(const struct surfaces *s, const struct nearest_match *m);
/* "older", "newer", "unknown"; NULL when AGE_KNOWN. */
const char *nearest_age_name(enum surfaces_age age);

#endif
