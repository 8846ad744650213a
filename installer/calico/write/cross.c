/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/cross.h"

#include <string.h>

#include "base/json.h"
#include "calico/write/network.h"
#include "calico/write/subject.h"

static const char *name_of(const json_t *object)
{
	const char *name = json_str(json_object_get(object, "metadata"), "name");

	return name ? name : "";
}

static const json_t *find(const json_t *list, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
		if (strcmp(name_of(item), name) == 0)
			return item;
	return NULL;
}

static const char *spec_text(const json_t *object, const char *key)
{
	const char *text = json_str(json_object_get(object, "spec"), key);

	return text ? text : "";
}

static bool pool_network(const json_t *pool, struct network *n)
{
	return network_parse(n, spec_text(pool, "cidr"));
}

/* Whether a block is inside a pool and not deleted; n gets the block's CIDR. */
static bool block_in(const json_t *block, const struct network *pool, struct network *n)
{
	return network_parse(n, spec_text(block, "cidr")) && network_contains(pool, n) &&
	       !json_is_true(json_at(block, "spec", "deleted", NULL));
}

/* What each check reads. */
unsigned cross_needs(const struct calico_kind *kind, const json_t *object,
	const struct write_target *t, enum cross_action action)
{
	bool pool = strcmp(kind->kind, "IPPool") == 0;

	(void)t;
	if (action == CROSS_DELETE)
		return pool				       ? CROSS_BLOCKS
		       : strcmp(kind->kind, "Tier") == 0	? CROSS_POLICIES
		       : strcmp(kind->kind, "BGPFilter") == 0 ? CROSS_PEERS
								: 0;
	if (strcmp(kind->kind, "BGPPeer") == 0)
		return json_array_size(json_at(object, "spec", "filters", NULL)) > 0 ? CROSS_FILTERS
										     : 0;
	if (action == CROSS_UPDATE)
		return 0;
	return pool ? CROSS_POOLS | CROSS_BLOCKS : subject_is_policy(kind) ? CROSS_TIERS : 0;
}

static void judge_tier(const struct subject *s, const struct cross_store *store)
{
	const char *tier = subject_tier(s->object);

	if (store->tiers && !find(store->tiers, tier)) {
		char_auto *remedy =
			xasprintf("create the tier %s first, or name one that exists", tier);

		subject_refuse(s, "tier", "spec.tier", remedy, "is a tier that does not exist");
	}
}

static void judge_filters(const struct subject *s, const struct cross_store *store)
{
	const json_t *filters = subject_at(s, "spec.filters"), *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)filters, i, item) {
		char_auto *path = xasprintf("spec.filters[%zu]", i);

		if (store->filters && json_is_string(item) &&
			!find(store->filters, json_string_value(item)))
			subject_refuse(s, "filter", path, "create the BGPFilter first",
				"is a BGPFilter that does not exist");
	}
}

static void judge_overlap(
	const struct subject *s, const struct network *n, const struct cross_store *store)
{
	const json_t *pool;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)store->pools, i, pool) {
		struct network other;

		if (strcmp(name_of(pool), s->name) != 0 && pool_network(pool, &other) &&
			network_overlaps(n, &other))
			subject_refuse(s, "overlap", "spec.cidr", NULL,
				"overlaps %s of the IPPool %s", spec_text(pool, "cidr"),
				name_of(pool));
	}
}

/* Blocks keep their size. A pool with another block size cannot use the blocks that exist. */
static void judge_blocks(
	const struct subject *s, const struct network *n, const struct cross_store *store)
{
	json_int_t size = json_integer_value(subject_at(s, "spec.blockSize"));
	const json_t *block;
	struct network b;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)store->blocks, i, block)
		if (block_in(block, n, &b) && b.bits != size) {
			char_auto *remedy = xasprintf("write %u, or another cidr", b.bits);

			subject_refuse(s, "block-size", "spec.blockSize", remedy,
				"is not that of the IPAM block %s, which is in the pool",
				spec_text(block, "cidr"));
			return;
		}
}

void cross_create(const struct calico_kind *kind, const json_t *object,
	const struct cross_store *store, const struct write_target *t, struct write_findings *f)
{
	struct subject s = subject_of(kind, object, t, f);
	struct network n;

	if (subject_is_policy(kind))
		judge_tier(&s, store);
	if (subject_is(&s, "BGPPeer"))
		judge_filters(&s, store);
	if (subject_is(&s, "IPPool") && pool_network(object, &n)) {
		judge_overlap(&s, &n, store);
		judge_blocks(&s, &n, store);
	}
}

static bool has_use(const json_t *pool, const char *use)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_at(pool, "spec", "allowedUses", NULL), i, item)
		if (json_is_string(item) && strcmp(json_string_value(item), use) == 0)
			return true;
	return false;
}

/* An older pool may be stored without the size of its blocks. */
static json_int_t block_size(const json_t *pool, bool v6)
{
	json_int_t size = json_integer_value(json_at(pool, "spec", "blockSize", NULL));

	return size != 0 ? size : v6 ? 122 : 26;
}

static void judge_pool_change(const struct subject *s, const json_t *old)
{
	struct network now, before;

	if (!pool_network(s->object, &now) || !pool_network(old, &before))
		return;
	if (now.v6 != before.v6 || now.bits != before.bits || !network_contains(&before, &now)) {
		char_auto *remedy = xasprintf(
			"write %s, or create another pool", spec_text(old, "cidr"));

		subject_refuse(s, "immutable", "spec.cidr", remedy,
			"cannot replace %s: the network of a pool never changes",
			spec_text(old, "cidr"));
	}
	if (block_size(s->object, now.v6) != block_size(old, before.v6)) {
		int size = (int)block_size(old, before.v6);
		char_auto *remedy = xasprintf("write %d, or create another pool", size);

		subject_refuse(s, "immutable", "spec.blockSize", remedy,
			"cannot replace %d: the block size of a pool never changes", size);
	}
	if (has_use(old, "LoadBalancer") && !has_use(s->object, "LoadBalancer"))
		subject_refuse(s, "immutable", "spec.allowedUses",
			"keep LoadBalancer, or create another pool",
			"cannot change a pool of load balancers into one for workloads");
}

void cross_update(const struct calico_kind *kind, const json_t *object, const json_t *old,
	const struct cross_store *store, const struct write_target *t, struct write_findings *f)
{
	struct subject s = subject_of(kind, object, t, f);

	if (subject_is(&s, "BGPPeer"))
		judge_filters(&s, store);
	if (subject_is(&s, "IPPool"))
		judge_pool_change(&s, old);
}

size_t cross_pool_addresses(const json_t *pool, const json_t *blocks, size_t *in_blocks)
{
	const json_t *block, *allocation;
	struct network n, b;
	size_t i, k, used = 0;

	*in_blocks = 0;
	if (!pool_network(pool, &n))
		return 0;
	json_array_foreach((json_t *)(uintptr_t)blocks, i, block) {
		if (!block_in(block, &n, &b))
			continue;
		size_t before = used;

		json_array_foreach(json_at(block, "spec", "allocations", NULL), k, allocation)
			used += !json_is_null(allocation);
		*in_blocks += used > before;
	}
	return used;
}

static void judge_pool_delete(const struct subject *s, const struct cross_store *store)
{
	size_t in_blocks, used = cross_pool_addresses(s->object, store->blocks, &in_blocks);

	if (used > 0)
		subject_refuse(s, "in-use", "spec.cidr",
			"give --disable-first, so that nothing gets a new address from the pool; "
			"then move or restart what has one, and delete the pool",
			"has %zu address%s in use, in %zu IPAM block%s", used,
			used == 1 ? "" : "es", in_blocks, in_blocks == 1 ? "" : "s");
}

/*
 * The users of an object that is to be deleted: the names of the first few, and the number of all.
 */
struct users {
	struct buf names;
	size_t n;
};

enum { USERS_SHOWN = 5 };

static void add_user(struct users *u, const json_t *object)
{
	const char *namespace = json_str(json_object_get(object, "metadata"), "namespace");
	const char *kind = json_str(object, "kind");

	if (u->n++ >= USERS_SHOWN)
		return;
	buf_printf(&u->names, "%s%s(%s%s%s)", u->n > 1 ? ", " : "", kind ? kind : "",
		namespace ? namespace : "", namespace ? "/" : "", name_of(object));
}

static void refuse_users(
	const struct subject *s, struct users *u, const char *path, const char *remedy)
{
	if (u->n > USERS_SHOWN)
		buf_printf(&u->names, " and %zu more", u->n - USERS_SHOWN);
	if (u->n > 0)
		subject_refuse(s, "in-use", path, remedy, "is used by %s", buf_str(&u->names));
	buf_release(&u->names);
}

static void judge_tier_delete(const struct subject *s, const struct cross_store *store)
{
	static const char *const before[] = { "default", "adminnetworkpolicy", NULL };
	static const char *const later[] = { "default", "kube-admin", "kube-baseline", NULL };
	const char *const *own = target_since(s->target, "v3.32") ? later : before;
	struct users u = { .n = 0 };
	const json_t *policy;
	size_t i;

	for (; *own; own++)
		if (strcmp(*own, s->name) == 0)
			subject_refuse(s, "built-in", "metadata.name", NULL,
				"is a tier that Calico needs; it cannot be deleted");
	json_array_foreach((json_t *)(uintptr_t)store->policies, i, policy)
		if (strcmp(subject_tier(policy), s->name) == 0)
			add_user(&u, policy);
	refuse_users(s, &u, "metadata.name", "delete these policies first, or move them");
}

static void judge_filter_delete(const struct subject *s, const struct cross_store *store)
{
	struct users u = { .n = 0 };
	const json_t *peer, *item;
	size_t i, k;

	json_array_foreach((json_t *)(uintptr_t)store->peers, i, peer) {
		bool uses = false;

		json_array_foreach(json_at(peer, "spec", "filters", NULL), k, item)
			uses = uses || (json_is_string(item) &&
					       strcmp(json_string_value(item), s->name) == 0);
		if (uses)
			add_user(&u, peer);
	}
	refuse_users(s, &u, "metadata.name", "take the filter out of these peers first");
}

void cross_delete(const struct calico_kind *kind, const json_t *old,
	const struct cross_store *store, const struct write_target *t, struct write_findings *f)
{
	struct subject s = subject_of(kind, old, t, f);

	if (subject_is(&s, "IPPool"))
		judge_pool_delete(&s, store);
	if (subject_is(&s, "Tier"))
		judge_tier_delete(&s, store);
	if (subject_is(&s, "BGPFilter"))
		judge_filter_delete(&s, store);
	if (subject_is(&s, "Profile") && strcmp(s.name, "projectcalico-default-allow") == 0)
		subject_refuse(&s, "built-in", "metadata.name", NULL,
			"is a profile of Calico; it cannot be deleted");
}
