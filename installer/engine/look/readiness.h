/* SPDX-License-Identifier: Apache-2.0 */
/* What the verdict on readiness is made of: the built-in tiers, and what other reads have found. */
#ifndef ENGINE_LOOK_READINESS_H
#define ENGINE_LOOK_READINESS_H

#include "engine/judge/readiness.h"
#include "engine/look/check.h"

/* Whether these CRDs are a datastore of Calico, and not only some CRDs. */
bool readiness_applies(const json_t *crds);
/*
 * Adds the findings of a check that was run with start or identify. release: whose tiers are
 * looked for; NULL: that of ClusterInformation, else of any.
 */
void readiness_of_check(struct readiness *r, const struct check *c, const char *release);
/* READY alone, of what status reads. */
void readiness_of_parts(struct readiness *r, const struct identity *id, const struct tiers *tiers,
	const struct mode *mode, const char *release);

#endif
