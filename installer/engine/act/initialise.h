/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Calico's components make before they work, as objects to write: ClusterInformation default
 * and the built-in tiers of the release. What is there is completed and never changed.
 */
#ifndef ENGINE_ACT_INITIALISE_H
#define ENGINE_ACT_INITIALISE_H

#include "engine/act/objects.h"
#include "engine/judge/readiness.h"

/* Adds the items of o->at.release but tiers that it has; o stays where it is until the write. */
void initialise_add(struct objects *o);
/*
 * READY by what the items found, once they are planned and, where they are written, read again with
 * objects_plan. locked: why nobody may write now; NULL: nothing forbids it.
 */
void initialise_judge(struct readiness *r, const struct objects *o, const char *locked);

#endif
