/* SPDX-License-Identifier: Apache-2.0 */
/* What objects.c shares with the two ways to a datastore. */
#ifndef ENGINE_ACT_OBJECTS_PARTS_H
#define ENGINE_ACT_OBJECTS_PARTS_H

#include "engine/act/objects.h"

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
/* An item of which the stored object could not be read for this reason, which is moved. */
CHECKED int objects_unread(struct object_item *item, struct err *why, struct err *e);

void objects_take_live(struct object_item *item, const json_t *object, const char *stored_name,
	const char *revision);

#endif
