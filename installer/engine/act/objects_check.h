/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a plan of objects against the other objects of the datastore: named tiers and filters
 * exist, pools do not overlap, and a deleted object is not in use. objects_check only reads.
 */
#ifndef ENGINE_ACT_OBJECTS_CHECK_H
#define ENGINE_ACT_OBJECTS_CHECK_H

#include "calico/write/target.h"
#include "engine/act/objects.h"

/* The datastore of a plan, in the form for the rules of objects; borrows from the plan. */
struct write_target objects_target(const struct objects *o);
/* Why nobody may write objects of this kind here, a constant; NULL: writing is allowed. */
const char *objects_kind_refusal(const struct objects *o, const struct calico_kind *kind);
/*
 * Call after objects_plan. Refuses an item that breaks a rule. Reads in parallel only the lists
 * that a rule needs. disable_first: a pool with addresses in use is not refused yet.
 */
CHECKED int objects_check(struct objects *o, bool disable_first, struct err *e);
/*
 * Call before objects_plan. In etcd, the endpoints of a deleted node are deleted with it: adds
 * their items.
 */
CHECKED int objects_add_endpoints(struct objects *o, struct err *e);
/* Disables pools to be deleted, so that nothing gets a new address from them. */
CHECKED int objects_disable_pools(struct objects *o, struct err *e);
/*
 * Call after that. Deletes blocks without addresses, and affinities, of pools to be deleted.
 * ERR_CONFLICT when an address was assigned meanwhile.
 */
CHECKED int objects_release_blocks(struct objects *o, struct err *e);
/* Appends the v3 objects of a kind; a release without the kind has none. */
CHECKED int objects_list(const struct objects *o, const char *kind, json_t *into, struct err *e);

#endif
