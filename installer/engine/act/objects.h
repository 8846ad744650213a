/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes objects of projectcalico.org/v3 to a datastore, Kubernetes or etcd. All of them are read
 * and planned before the first write. Every write is guarded by the revision that the plan has
 * read, so no edit in between is lost. The struct owns what it holds.
 */
#ifndef ENGINE_ACT_OBJECTS_H
#define ENGINE_ACT_OBJECTS_H

#include "calico/store/store.h"
#include "engine/judge/object_plan.h"
#include "engine/look/release.h"
#include "kube/api.h"

enum { OBJECTS_ROUNDS = 8 }; /* how often an object that others keep changing is planned again */

struct objects {
	const struct calico_store *store; /* borrowed */
	struct kube_api *api; /* borrowed; NULL: etcd */
	struct datastore_release at; /* the conventions of the datastore */
	struct object_terms terms;
	char time[32]; /* the current time, for new objects */
	struct object_item *items; /* in the order of the input */
	size_t n;
	struct err forbidden; /* why the dry run is not permitted; then the server judged nothing */
	void (*progress)(void *arg, size_t done, size_t total); /* NULL: no progress is reported */
	void *arg;
};

/* store and api: of the open datastore. release: as in datastore_release_find. */
CHECKED int objects_open(struct objects *o, const struct calico_store *store,
	struct kube_api *api, const char *release, struct err *e);
/* The same without a request to a server; at is copied. */
void objects_begin(struct objects *o, const struct calico_store *store, struct kube_api *api,
	const struct datastore_release *at);
/* Takes the object. The pointer to the item is valid until the next item is added. */
struct object_item *objects_add_take(
	struct objects *o, enum objects_verb verb, const struct calico_kind *kind, json_t *object);
/*
 * Reads what is stored, in parallel, and decides for each item. -1: reading failed. A refused item
 * is no failure.
 */
CHECKED int objects_plan(struct objects *o, struct err *e);
/* The same without a read, for objects that should not exist. A write finds those that do. */
void objects_plan_new(struct objects *o);
/*
 * The API server judges each write and stores nothing (dry run). It refuses single items, which is
 * no failure. etcd judges nothing.
 */
CHECKED int objects_dry_run(struct objects *o, struct err *e);
/*
 * Writes in the order of needs (object_rank), deletes in the reverse order. keep_going: continues
 * after a rank in which an item failed. After a conflict the item is planned again; after a lost
 * answer the object is read first. -1 when the run is over; a failure is in its item.
 */
CHECKED int objects_write(struct objects *o, bool keep_going, struct err *e);
/*
 * Reads back what was written. An item that differs fails with ERR_CONFLICT, because somebody else
 * changed it meanwhile.
 */
CHECKED int objects_confirm(struct objects *o, struct err *e);
/* The first item that was refused or failed, and is not optional; NULL: none. */
const struct object_item *objects_first_failure(const struct objects *o);
size_t objects_count(const struct objects *o, enum object_verdict verdict);
void objects_release(struct objects *o);

#define objects_auto __attribute__((cleanup(objects_release))) struct objects

#endif
