/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPAM blocks of pools to be deleted, and the node of each block. Empty blocks are deleted with
 * their pool, as calicoctl does: otherwise a later pool could not have another block size.
 */
#include <string.h>

#include "base/json.h"
#include "calico/model/ipam.h"
#include "calico/write/cross.h"
#include "calico/write/network.h"
#include "engine/act/etcd_write.h"
#include "engine/act/objects_check.h"
#include "engine/act/objects_parts.h"
#include "kube/batch.h"

static const char *spec_text(const json_t *object, const char *key)
{
	return json_str(json_object_get(object, "spec"), key);
}

static const struct object_item *pool_of(const struct objects *o, const json_t *object)
{
	const char *cidr = spec_text(object, "cidr");
	struct network inner, outer;

	for (size_t i = 0; i < o->n && cidr; i++) {
		const struct object_item *item = &o->items[i];
		const char *range = spec_text(item->shown, "cidr");

		if (item->verdict == OBJECT_DELETE && strcmp(item->kind->kind, "IPPool") == 0 &&
			range && network_parse(&outer, range) && network_parse(&inner, cidr) &&
			network_contains(&outer, &inner))
			return item;
	}
	return NULL;
}

/* Chooses what belongs to a pool to be deleted; an address in use is an error. */
static int choose(const struct objects *o, const json_t *list, json_t *chosen, struct err *e)
{
	json_t *object;
	size_t i, blocks;

	json_array_foreach((json_t *)(uintptr_t)list, i, object) {
		const struct object_item *pool = pool_of(o, object);
		const char *type = spec_text(object, "type");
		json_auto_t *one = json_pack("[O]", object);

		if (!pool || (type && strcmp(type, "host") != 0))
			continue;
		if (cross_pool_addresses(pool->shown, one, &blocks) > 0)
			return err_set(e, ERR_CONFLICT, 0,
				"%s: an address of it was assigned while this run went on; run the "
				"command again",
				pool->id);
		json_array_append(chosen, object);
	}
	return 0;
}

static void put_key(struct buf *key, const struct calico_kind *kind, const json_t *object)
{
	const char *cidr = spec_text(object, "cidr"), *node = spec_text(object, "node");
	char family = strchr(cidr, ':') ? '6' : '4';
	size_t network = strcspn(cidr, "/");

	buf_puts(key, IPAM_ROOT);
	if (strcmp(kind->kind, "IPAMBlock") == 0)
		buf_puts(key, "assignment");
	else
		buf_printf(key, "host/%s", node ? node : "");
	buf_printf(key, "/ipv%c/block/%.*s-%s", family, (int)network, cidr,
		cidr[network] ? cidr + network + 1 : "");
}

/* A conflict or a lost answer is found when the list is read again. */
static int delete_in_etcd(
	struct objects *o, const struct calico_kind *kind, const json_t *chosen, struct err *e)
{
	size_t n = json_array_size(chosen);
	struct etcd_write *writes = xcalloc(n + 1, sizeof(*writes));

	for (size_t i = 0; i < n; i++) {
		const json_t *object = json_array_get(chosen, i);

		writes[i] = (struct etcd_write){ .deletes = true,
			.what = kind->kind,
			.revision = json_str(
				json_object_get(object, "metadata"), "resourceVersion") };
		put_key(&writes[i].key, kind, object);
	}
	int rc = etcd_write_all(o->store, writes, n, e);

	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && writes[i].result == ETCD_REFUSED) {
			err_move(e, &writes[i].err);
			rc = -1;
		}
		etcd_write_release(&writes[i]);
	}
	free(writes);
	return rc;
}

static int delete_in_kubernetes(
	struct objects *o, const struct calico_kind *kind, const json_t *chosen, struct err *e)
{
	const struct object_item item = { .kind = kind };
	json_auto_t *bodies = json_array();
	kube_batch_auto b = { 0 };
	const json_t *object;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)chosen, i, object) {
		const json_t *metadata = json_object_get(object, "metadata");
		struct kube_request r = objects_request(
			o, &item, json_str(metadata, "name"), KUBE_DELETE);
		json_t *options = json_pack("{s:s, s:s, s:{s:s*}}", "apiVersion", "v1", "kind",
			"DeleteOptions", "preconditions", "resourceVersion",
			json_str(metadata, "resourceVersion"));

		json_array_append_new(bodies, options);
		r.body = options;
		kube_batch_add(&b, r);
	}
	if (kube_batch_run(&b, o->api, e) < 0)
		return -1;
	for (i = 0; i < b.n; i++) {
		struct kube_call *call = b.calls[i];

		if (!call->object && !kube_call_not_found(call) && !kube_call_unknown(call) &&
			call->err.kind != ERR_CONFLICT) {
			err_move(e, &call->err);
			return -1;
		}
	}
	return 0;
}

/*
 * Reads both lists before the first deletion. Deletes blocks first: the next run finds an affinity
 * without a block and deletes it.
 */
static int release_some(struct objects *o, bool *more, struct err *e)
{
	static const char *const kinds[] = { "IPAMBlock", "BlockAffinity" };
	json_auto_t *chosen = json_pack("[[], []]");

	*more = false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		json_auto_t *list = json_array();

		if (objects_list(o, kinds[i], list, e) < 0 ||
			choose(o, list, json_array_get(chosen, i), e) < 0)
			return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds) && !*more; i++) {
		const struct calico_kind *kind = calico_kind_named(kinds[i]);
		const json_t *some = json_array_get(chosen, i);

		*more = json_array_size(some) > 0;
		if (*more && (o->api ? delete_in_kubernetes(o, kind, some, e)
				     : delete_in_etcd(o, kind, some, e)) < 0)
			return -1;
	}
	return 0;
}

int objects_release_blocks(struct objects *o, struct err *e)
{
	bool more = false;

	for (size_t i = 0; i < o->n; i++)
		more = more || (o->items[i].verdict == OBJECT_DELETE &&
				       strcmp(o->items[i].kind->kind, "IPPool") == 0);
	for (int i = 0; i < OBJECTS_ROUNDS && more; i++)
		if (release_some(o, &more, e) < 0)
			return -1;
	return more ? err_set(e, ERR_CONFLICT, 0,
			      "IPAM blocks of the pool change all the time; find out what uses it, "
			      "and run the command again")
		    : 0;
}
