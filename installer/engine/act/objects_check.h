/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plan of objects means for the other objects of the datastore: tiers and filters that are
 * named exist, pools do not overlap, and what is deleted is not in use. Reads only.
 */
#ifndef ENGINE_ACT_OBJECTS_CHECK_H
#define ENGINE_ACT_OBJECTS_CHECK_H

#include "calico/write/target.h"
#include "engine/act/objects.h"

/* The datastore of a plan, as the rules of objects see it; borrows from the plan. */
struct write_target objects_target(const struct objects *o);
/* NULL, or why nobody may write objects of this kind here; constant. */
const char *objects_kind_refusal(const struct objects *o, const struct calico_kind *kind);
/*
 * After objects_plan: an item that breaks a rule is refused. Lists are read at once, only those
 * that a rule needs. disable_first: a pool with addresses in use is no reason to refuse, yet.
 */
CHECKED int objects_check(struct objects *o, bool disable_first, struct err *e);
/*
 * In etcd, the endpoints of a node that is to be deleted are deleted with it: adds their items.
 * Before objects_plan.
 */
CHECKED int objects_add_endpoints(struct objects *o, struct err *e);
/* Pools that are to be deleted are disabled, so that nothing gets a new address from them. */
CHECKED int objects_disable_pools(struct objects *o, struct err *e);
/*
 * After that: blocks without addresses and affinities of pools that are to be deleted go. An
 * address that was assigned meanwhile is ERR_CONFLICT.
 */
CHECKED int objects_release_blocks(struct objects *o, struct err *e);
/* Appends the v3 objects of a kind; a release that lacks it has none. */
CHECKED int objects_list(const struct objects *o, const char *kind, json_t *into, struct err *e);

#endif
