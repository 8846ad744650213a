/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of projectcalico.org/v3 on their way into a datastore, Kubernetes or etcd. All of them
 * are read and planned before the first write. Every write is guarded by the revision that was
 * planned on, so an edit in between is never lost. The struct owns what it holds.
 */
#ifndef ENGINE_ACT_OBJECTS_H
#define ENGINE_ACT_OBJECTS_H

#include "calico/store/store.h"
#include "engine/judge/object_plan.h"
#include "engine/look/release.h"
#include "kube/api.h"

enum { OBJECTS_ROUNDS = 8 }; /* how often an object that keeps changing is planned anew */

struct objects {
	const struct calico_store *store; /* borrowed */
	struct kube_api *api; /* borrowed; NULL: etcd */
	struct datastore_release at; /* which conventions hold */
	struct object_terms terms;
	char time[32]; /* now, for new objects */
	struct object_item *items; /* in the order of the input */
	size_t n;
	struct err forbidden; /* the dry run is not permitted, so the server judged nothing */
	void (*progress)(void *arg, size_t done, size_t total); /* NULL: nobody listens */
	void *arg;
};

/* store and api are those of the open datastore. release as in datastore_release_find. */
CHECKED int objects_open(struct objects *o, const struct calico_store *store,
	struct kube_api *api, const char *release, struct err *e);
/* The same where no server has to be asked; what at holds is copied. */
void objects_begin(struct objects *o, const struct calico_store *store, struct kube_api *api,
	const struct datastore_release *at);
/* The object is kept. The item stays where it is until the next one is added. */
struct object_item *objects_add_take(
	struct objects *o, enum objects_verb verb, const struct calico_kind *kind, json_t *object);
/* Reads what is stored, at once, and decides. -1: it cannot be read; what is refused is an item. */
CHECKED int objects_plan(struct objects *o, struct err *e);
/* The same without a read, for what is not there: one that is there is found by its write. */
void objects_plan_new(struct objects *o);
/*
 * The API server judges each write and stores nothing (dry run); what it refuses is an item. etcd
 * judges nothing.
 */
CHECKED int objects_dry_run(struct objects *o, struct err *e);
/*
 * Writes, in the order of needs (object_rank), deletes in reverse; keep_going: also behind a rank
 * in which one failed. A conflict is planned again; a lost answer is looked at first. -1 when the
 * run is over; what failed is on its item.
 */
CHECKED int objects_write(struct objects *o, bool keep_going, struct err *e);
/*
 * Reads back what was written: an item that is not as it was written has failed with ERR_CONFLICT,
 * since somebody else changed it meanwhile.
 */
CHECKED int objects_confirm(struct objects *o, struct err *e);
/* The first item that was refused or failed and is not optional; NULL: none. */
const struct object_item *objects_first_failure(const struct objects *o);
size_t objects_count(const struct objects *o, enum object_verdict verdict);
void objects_release(struct objects *o);

#define objects_auto __attribute__((cleanup(objects_release))) struct objects

#endif
