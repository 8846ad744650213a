/* SPDX-License-Identifier: Apache-2.0 */
/* Releases of Calico with known defects in their CRDs, and the releases that correct them. */
#ifndef ENGINE_JUDGE_DEFECTS_H
#define ENGINE_JUDGE_DEFECTS_H

#include <stddef.h>

struct defect {
	const char *crd; /* plural of the CRD */
	const char *text; /* what happens */
	const char *mended; /* the first release without the defect */
};

/*
 * The n-th defect of a release ("v3.32.0", "v3.32.0 (crds.yaml)"); NULL: the release has no more.
 */
const struct defect *defects_of(const char *release, size_t n);

#endif
