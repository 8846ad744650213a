/* SPDX-License-Identifier: Apache-2.0 */
/* Collects what the verdict on readiness needs: the built-in tiers, and what other reads found. */
#ifndef ENGINE_LOOK_READINESS_H
#define ENGINE_LOOK_READINESS_H

#include "engine/judge/readiness.h"
#include "engine/look/check.h"

/* True: these CRDs make a datastore of Calico. False: they are only some CRDs. */
bool readiness_applies(const json_t *crds);
/*
 * Adds the findings of a check that ran with start or identify. release: the release whose tiers
 * are expected; NULL: that of ClusterInformation, else any release.
 */
void readiness_of_check(struct readiness *r, const struct check *c, const char *release);
/* Sets READY only, from what status reads. */
void readiness_of_parts(struct readiness *r, const struct identity *id, const struct tiers *tiers,
	const struct mode *mode, const char *release);

#endif
