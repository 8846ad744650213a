/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by objects.c and the two datastores, Kubernetes and etcd. */
#ifndef ENGINE_ACT_OBJECTS_PARTS_H
#define ENGINE_ACT_OBJECTS_PARTS_H

#include "engine/act/objects.h"
#include "kube/api.h"

/* One item in one round of requests. */
struct object_try {
	struct object_item *item;
	/* What is known after a write. */
	enum {
		TRY_WRITTEN,
		TRY_REFUSED, /* item->err says why */
		TRY_STALE, /* the stored object changed since the plan has read it */
		TRY_UNKNOWN /* the answer was lost: the object may be written */
	} result;
};

/* Reads the stored object of each item: sets live, stored_name and revision. */
CHECKED int objects_kube_read(
	struct objects *o, struct object_item *const *items, size_t n, struct err *e);
CHECKED int objects_etcd_read(
	struct objects *o, struct object_item *const *items, size_t n, struct err *e);
/* Sends the write of each item. -1: the run is over. dry_run: the server stores nothing. */
CHECKED int objects_kube_write(
	struct objects *o, struct object_try *tries, size_t n, bool dry_run, struct err *e);
CHECKED int objects_etcd_write(
	struct objects *o, struct object_try *tries, size_t n, struct err *e);

/* Sets item->live to the object, with this name and revision; object NULL: it does not exist. */
/* A request for the item's resource in its group; name NULL: for its list. */
struct kube_request objects_request(const struct objects *o, const struct object_item *item,
	const char *name, enum kube_verb verb);
/*
 * Adds {KIND: {key: object}} to lists, with objects as the server has them. Only for kinds with so
 * many items that a list is cheaper. The caller asks for objects that are not in lists. -1: the run
 * is over.
 */
CHECKED int objects_kube_list(struct objects *o, struct object_item *const *items, size_t n,
	json_t *lists, struct err *e);
/* key of such an object; the caller frees it */
char *objects_key(const char *ns, const char *name);

/* Fails an item whose stored object could not be read. Moves why. */
CHECKED int objects_unread(struct object_item *item, struct err *why, struct err *e);

void objects_take_live(struct object_item *item, const json_t *object, const char *stored_name,
	const char *revision);

#endif
