/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks an object against the datastore's content and against other objects of the same run. No
 * I/O: the caller reads. NULL stands for a list that the caller did not read; checks that need this
 * list are left out. cross_needs says which lists a check needs.
 */
#ifndef CALICO_WRITE_CROSS_H
#define CALICO_WRITE_CROSS_H

#include "calico/model/kinds.h"
#include "calico/write/findings.h"
#include "calico/write/target.h"

/* v3 objects as "get" shows them, including what this run writes before this object. Borrowed. */
struct cross_store {
	const json_t *pools, *tiers, *filters, *blocks, *peers;
	const json_t *policies; /* policies of all kinds that have spec.tier */
};

enum cross_need {
	CROSS_POOLS = 1 << 0,
	CROSS_TIERS = 1 << 1,
	CROSS_FILTERS = 1 << 2,
	CROSS_BLOCKS = 1 << 3,
	CROSS_PEERS = 1 << 4,
	CROSS_POLICIES = 1 << 5
};

enum cross_action { CROSS_CREATE, CROSS_UPDATE, CROSS_DELETE };

/* The lists that the check of this object needs, as a set of cross_need; 0: none. */
unsigned cross_needs(const struct calico_kind *kind, const json_t *object,
	const struct write_target *t, enum cross_action action);
/*
 * Checks a create: the tier and the filters exist. The pool overlaps no other pool, and its blocks
 * have its block size.
 */
void cross_create(const struct calico_kind *kind, const json_t *object,
	const struct cross_store *store, const struct write_target *t, struct write_findings *f);
/* Checks an update for changes that are not allowed. old: the v3 object that is stored. */
void cross_update(const struct calico_kind *kind, const json_t *object, const json_t *old,
	const struct cross_store *store, const struct write_target *t, struct write_findings *f);
/* Checks a delete: reports who still uses the stored object old. */
void cross_delete(const struct calico_kind *kind, const json_t *old,
	const struct cross_store *store, const struct write_target *t, struct write_findings *f);
/* The number of assigned addresses in a pool, counted from IPAM blocks. */
size_t cross_pool_addresses(const json_t *pool, const json_t *blocks, size_t *in_blocks);

#endif
