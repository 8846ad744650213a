/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds what Calico's components create before they work: ClusterInformation default and the
 * built-in tiers of the release. An existing object gets missing fields; its other fields do not
 * change.
 */
#ifndef ENGINE_ACT_INITIALISE_H
#define ENGINE_ACT_INITIALISE_H

#include "engine/act/objects.h"
#include "engine/judge/readiness.h"

/*
 * Adds the items of o->at.release, except tiers that are in o already. o must not move in memory
 * before the write.
 */
void initialise_add(struct objects *o);
/*
 * Sets READY from the items, after objects_plan; after a write, objects_plan must read them again.
 * locked: why nobody may write now; NULL: writing is allowed.
 */
void initialise_judge(struct readiness *r, const struct objects *o, const char *locked);

#endif
