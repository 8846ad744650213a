/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of an object against what the datastore has, and against other objects of the same run.
 * Pure: the caller reads. A list that the caller did not read is NULL, and what depends on it is
 * not judged; cross_needs says which lists count.
 */
#ifndef CALICO_WRITE_CROSS_H
#define CALICO_WRITE_CROSS_H

#include "calico/model/kinds.h"
#include "calico/write/findings.h"
#include "calico/write/target.h"

/* v3 objects as "get" shows them, what this run writes before the object included; borrowed. */
struct cross_store {
	const json_t *pools, *tiers, *filters, *blocks, *peers;
	const json_t *policies; /* of all kinds that have a spec.tier */
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

/* The lists that the check of this object reads, a set of cross_need; 0: none. */
unsigned cross_needs(const struct calico_kind *kind, const json_t *object,
	const struct write_target *t, enum cross_action action);
/* A create: the tier exists, filters exist, the pool overlaps no other, blocks have its size. */
void cross_create(const struct calico_kind *kind, const json_t *object,
	const struct cross_store *store, const struct write_target *t, struct write_findings *f);
/* An update: what must not change; old is the v3 object that is stored. */
void cross_update(const struct calico_kind *kind, const json_t *object, const json_t *old,
	const struct cross_store *store, const struct write_target *t, struct write_findings *f);
/* A delete of what is stored: who still uses it. */
void cross_delete(const struct calico_kind *kind, const json_t *old,
	const struct cross_store *store, const struct write_target *t, struct write_findings *f);
/* Addresses of a pool that are assigned, counted from IPAM blocks. */
size_t cross_pool_addresses(const json_t *pool, const json_t *blocks, size_t *in_blocks);

#endif
