/* SPDX-License-Identifier: Apache-2.0 */
/* What objects.c shares with the two ways to a datastore. */
#ifndef ENGINE_ACT_OBJECTS_PARTS_H
#define ENGINE_ACT_OBJECTS_PARTS_H

#include "engine/act/objects.h"
#include "kube/api.h"

/* One item in one round of requests. */
struct object_try {
	struct object_item *item;
	/* Of a write, what is known of it afterwards. */
	enum {
		TRY_WRITTEN,
		TRY_REFUSED, /* item->err says why */
		TRY_STALE, /* the stored object is not the one that was planned on */
		TRY_UNKNOWN /* the answer was lost: it may have been written */
	} result;
};

/* Reads the stored object of each: item->live, stored_name and revision. */
CHECKED int objects_kube_read(
	struct objects *o, struct object_item *const *items, size_t n, struct err *e);
CHECKED int objects_etcd_read(
	struct objects *o, struct object_item *const *items, size_t n, struct err *e);
/* Sends each one's write. -1: the run is over. dry_run: nothing is stored. */
CHECKED int objects_kube_write(
	struct objects *o, struct object_try *tries, size_t n, bool dry_run, struct err *e);
CHECKED int objects_etcd_write(
	struct objects *o, struct object_try *tries, size_t n, struct err *e);

/* item->live becomes the object, of this name and revision; object NULL: it is absent. */
/* The resource of an item in its group; name NULL: its list. */
struct kube_request objects_request(const struct objects *o, const struct object_item *item,
	const char *name, enum kube_verb verb);
/*
 * Adds {KIND: {key: object}} to lists, of kinds that so many items have that a list is the better
 * way; objects are as the server has them. What is not in lists has to be asked for. -1: the run is
 * over.
 */
CHECKED int objects_kube_list(struct objects *o, struct object_item *const *items, size_t n,
	json_t *lists, struct err *e);
char *objects_key(const char *ns, const char *name); /* of such an object: the caller's */

/* An item of which the stored object could not be read for this reason, which is moved. */
CHECKED int objects_unread(struct object_item *item, struct err *why, struct err *e);

void objects_take_live(struct object_item *item, const json_t *object, const char *stored_name,
	const char *revision);

#endif
