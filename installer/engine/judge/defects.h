/* SPDX-License-Identifier: Apache-2.0 */
/* Releases of Calico whose CRDs are known to be defective, and the ones that mend them. */
#ifndef ENGINE_JUDGE_DEFECTS_H
#define ENGINE_JUDGE_DEFECTS_H

#include <stddef.h>

struct defect {
	const char *crd; /* plural */
	const char *text; /* what happens */
	const char *mended; /* the first release without it */
};

/* The n-th defect of a release ("v3.32.0", "v3.32.0 (crds.yaml)"); NULL: there are no more. */
const struct defect *defects_of(const char *release, size_t n);

#endif
