/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/objects_check.h"

#include <string.h>

#include "base/json.h"
#include "calico/write/cross.h"

/* Lists, in the order of enum cross_need */

enum { POOLS, TIERS, FILTERS, BLOCKS, PEERS, POLICIES, N_LISTS };

static const struct {
	unsigned need;
	const char *kinds[5]; /* ended by NULL */
} rows[N_LISTS] = {
	[POOLS] = { CROSS_POOLS, { "IPPool" } },
	[TIERS] = { CROSS_TIERS, { "Tier" } },
	[FILTERS] = { CROSS_FILTERS, { "BGPFilter" } },
	[BLOCKS] = { CROSS_BLOCKS, { "IPAMBlock" } },
	[PEERS] = { CROSS_PEERS, { "BGPPeer" } },
	[POLICIES] = { CROSS_POLICIES,
		{ "GlobalNetworkPolicy", "NetworkPolicy", "StagedGlobalNetworkPolicy",
			"StagedNetworkPolicy" } },
};

struct lists {
	json_t *of[N_LISTS]; /* v3 objects; NULL: not read */
};

static void take_object(void *arg, const json_t *object)
{
	json_array_append(arg, (json_t *)(uintptr_t)object);
}

/* Leaves out an object that cannot be read as v3: no rule can judge it. */
static void take_problem(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static void restart(void *arg)
{
	json_array_clear(arg);
}

struct reads {
	struct calico_list lists[N_LISTS + 3];
	struct calico_sink sinks[N_LISTS + 3];
	size_t n;
};

static int ask(struct reads *r, const char *kind, json_t *into, struct err *e)
{
	const struct calico_kind *found = calico_kind_find(kind, e);

	if (!found)
		return -1;
	r->sinks[r->n] = (struct calico_sink){ into, take_object, take_problem, restart, NULL };
	r->lists[r->n] = (struct calico_list){ .kind = found, .sink = &r->sinks[r->n] };
	r->n++;
	return 0;
}

/* A release may lack a kind; then no object of that kind exists. */
static int take_lists(struct reads *r, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct err *failed = &r->lists[i].failed;

		if (rc == 0 && failed->kind && failed->kind != ERR_CHECK) {
			err_move(e, failed);
			rc = -1;
		}
		calico_list_release(&r->lists[i]);
	}
	return rc;
}

int objects_list(const struct objects *o, const char *kind, json_t *into, struct err *e)
{
	struct reads r = { .n = 0 };

	if (ask(&r, kind, into, e) < 0 ||
		o->store->driver->list(o->store->store, r.lists, r.n, e) < 0)
		return -1;
	return take_lists(&r, e);
}

static int read_lists(const struct objects *o, unsigned needs, struct lists *l, struct err *e)
{
	struct reads r = { .n = 0 };

	for (size_t i = 0; i < N_LISTS; i++) {
		if (!(needs & rows[i].need))
			continue;
		l->of[i] = json_array();
		for (const char *const *kind = rows[i].kinds; *kind; kind++)
			if (ask(&r, *kind, l->of[i], e) < 0)
				return -1;
	}
	if (r.n == 0)
		return 0;
	if (o->store->driver->list(o->store->store, r.lists, r.n, e) < 0)
		return -1;
	return take_lists(&r, e);
}

static void release_lists(struct lists *l)
{
	for (size_t i = 0; i < N_LISTS; i++)
		json_decref(l->of[i]);
}

static int list_of(const struct calico_kind *kind)
{
	for (int i = 0; i < N_LISTS; i++)
		for (const char *const *k = rows[i].kinds; *k; k++)
			if (strcmp(*k, kind->kind) == 0)
				return i;
	return -1;
}

static bool is_object(const json_t *object, const struct object_item *item)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const char *kind = json_str(object, "kind"), *name = json_str(metadata, "name");
	const char *ns = json_str(metadata, "namespace");

	return kind && strcmp(kind, item->kind->kind) == 0 && name && item->name &&
	       strcmp(name, item->name) == 0 &&
	       (!item->ns || (ns && strcmp(ns, item->ns) == 0));
}

/* The v3 object that the item writes; for a delete, its metadata. */
static json_t *meaning(const struct object_item *item)
{
	return item->raw ? item->meaning : item->wanted;
}

/* Changes the lists to their state after this item is written. */
static void carry_out(struct lists *l, const struct object_item *item)
{
	int at = list_of(item->kind);
	json_t *list = at >= 0 ? l->of[at] : NULL;

	if (!list || !object_is_write(item))
		return;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (is_object(json_array_get(list, i), item)) {
			json_array_remove(list, i);
			break;
		}
	if (item->verdict != OBJECT_DELETE)
		json_array_append(list, meaning(item));
}

/* Checks */

struct write_target objects_target(const struct objects *o)
{
	return (struct write_target){ .release = o->at.release,
		.etcd = !o->api,
		.v3 = o->at.rules.v3 };
}

const char *objects_kind_refusal(const struct objects *o, const struct calico_kind *kind)
{
	if (strcmp(kind->kind, "ClusterInformation") == 0)
		return "Calico's own components write it; \"initialise\" creates it";
	if (kind->own)
		return "Calico's own components write it";
	if (!o->api)
		return NULL;
	if (strcmp(kind->kind, "Profile") == 0)
		return "with the Kubernetes datastore, profiles follow from namespaces and service "
		       "accounts: write those";
	if (strcmp(kind->kind, "WorkloadEndpoint") == 0)
		return "with the Kubernetes datastore, endpoints follow from pods: write those";
	return NULL;
}

static enum cross_action action_of(const struct object_item *item)
{
	return item->verdict == OBJECT_DELETE ? CROSS_DELETE
	       : item->live		      ? CROSS_UPDATE
					      : CROSS_CREATE;
}

static bool is_pool(const struct object_item *item)
{
	return strcmp(item->kind->kind, "IPPool") == 0;
}

static void check_item(struct objects *o, struct object_item *item, const struct lists *l,
	bool disable_first)
{
	const struct write_target target = objects_target(o);
	const struct cross_store store = { .pools = l->of[POOLS],
		.tiers = l->of[TIERS],
		.filters = l->of[FILTERS],
		.blocks = disable_first && item->verdict == OBJECT_DELETE ? NULL : l->of[BLOCKS],
		.peers = l->of[PEERS],
		.policies = l->of[POLICIES] };
	findings_auto found = { 0 };
	buf_auto text = { 0 };

	switch (action_of(item)) {
	case CROSS_CREATE:
		cross_create(item->kind, meaning(item), &store, &target, &found);
		break;
	case CROSS_UPDATE:
		if (item->shown)
			cross_update(item->kind, meaning(item), item->shown, &store, &target,
				&found);
		break;
	case CROSS_DELETE:
		if (item->shown)
			cross_delete(item->kind, item->shown, &store, &target, &found);
		break;
	}
	findings_text(&text, &found);
	if (found.n > 0)
		object_refuse(item, ERR_REFUSED, "%s", buf_str(&text));
}

static bool is_judged_here(const struct object_item *item)
{
	return object_is_write(item) && meaning(item) && !item->make;
}

static unsigned all_needs(const struct objects *o)
{
	const struct write_target target = objects_target(o);
	unsigned needs = 0;

	for (size_t i = 0; i < o->n; i++)
		if (is_judged_here(&o->items[i]))
			needs |= cross_needs(o->items[i].kind, meaning(&o->items[i]), &target,
				action_of(&o->items[i]));
	return needs;
}

/* Checks items in the order in which they are written. */
int objects_check(struct objects *o, bool disable_first, struct err *e)
{
	struct lists lists = { 0 };
	int rc = read_lists(o, all_needs(o), &lists, e);

	for (int i = 0; i < 2 * OBJECT_RANKS && rc == 0; i++) {
		bool deletes = i >= OBJECT_RANKS;
		int rank = deletes ? 2 * OBJECT_RANKS - 1 - i : i;

		for (size_t k = 0; k < o->n; k++) {
			struct object_item *item = &o->items[k];

			if (!object_is_write(item) || object_rank(item->kind) != rank ||
				(item->verdict == OBJECT_DELETE) != deletes)
				continue;
			if (is_judged_here(item))
				check_item(o, item, &lists, disable_first);
			carry_out(&lists, item);
		}
	}
	release_lists(&lists);
	return rc;
}

/* Nodes in etcd */

static bool deletes_node(const struct objects *o, const char *name)
{
	for (size_t i = 0; i < o->n && name; i++)
		if (strcmp(o->items[i].kind->kind, "Node") == 0 &&
			o->items[i].verb == OBJECTS_DELETE && o->items[i].name &&
			strcmp(o->items[i].name, name) == 0)
			return true;
	return false;
}

static bool deletes_any_node(const struct objects *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (deletes_node(o, o->items[i].name))
			return true;
	return false;
}

int objects_add_endpoints(struct objects *o, struct err *e)
{
	json_auto_t *endpoints = json_array();
	const char *const kind = "WorkloadEndpoint";
	const json_t *endpoint;
	size_t i;

	if (o->api || !deletes_any_node(o))
		return 0;
	if (objects_list(o, kind, endpoints, e) < 0)
		return -1;
	json_array_foreach(endpoints, i, endpoint)
		if (deletes_node(o, json_str(json_object_get(endpoint, "spec"), "node")))
			objects_add_take(o, OBJECTS_DELETE, calico_kind_named(kind),
				json_incref((json_t *)(uintptr_t)endpoint))
				->accept_absent = true;
	return 0;
}

/* Pools */

static json_t *disabled(void *arg, const json_t *stored)
{
	json_t *pool = stored ? json_deep_copy(stored) : NULL;

	(void)arg;
	if (pool)
		json_object_set_new(json_object_get(pool, "spec"), "disabled", json_true());
	return pool;
}

static bool is_enabled_pool(const struct object_item *item)
{
	return item->verdict == OBJECT_DELETE && is_pool(item) &&
	       !json_is_true(json_at(item->shown, "spec", "disabled", NULL));
}

int objects_disable_pools(struct objects *o, struct err *e)
{
	struct objects first;
	int rc = 0;

	objects_begin(&first, o->store, o->api, &o->at);
	for (size_t i = 0; i < o->n; i++)
		if (is_enabled_pool(&o->items[i]))
			objects_add_take(&first, OBJECTS_APPLY, o->items[i].kind,
				json_incref(o->items[i].wanted))
				->make = disabled;
	if (first.n > 0 && (objects_plan(&first, e) < 0 || objects_write(&first, false, e) < 0))
		rc = -1;
	const struct object_item *failed = rc == 0 ? objects_first_failure(&first) : NULL;

	if (failed) {
		err_copy(e, &failed->err);
		rc = -1;
	}
	bool changed = first.n > 0;

	objects_release(&first);
	/* The write changed the revisions of the pools. */
	return rc == 0 && changed ? objects_plan(o, e) : rc;
}
