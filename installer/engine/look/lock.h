/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether Calico's datastore may be written now: not while a DatastoreMigration (group
 * migration.projectcalico.org) moves its objects, and not while ClusterInformation says
 * datastoreReady: false. The structs own what they hold.
 */
#ifndef ENGINE_LOOK_LOCK_H
#define ENGINE_LOOK_LOCK_H

#include <jansson.h>

#include "calico/store/store.h"
#include "kube/batch.h"

struct migration {
	bool known; /* whether there is one */
	char *version; /* that the server prefers of the group; NULL: it does not serve it */
	char *name; /* of the DatastoreMigration; NULL: there is none */
	char *phase; /* "Pending" until its controller has set one */
	char *since; /* RFC 3339: locked, else started, else created */
	char *message; /* of its controller; NULL: none */
};

/* The group's discovery document, and what it says. */
struct kube_call *migration_ask(struct kube_batch *b);
void migration_take_group(struct migration *m, const struct kube_call *call);
/* Reads the objects when the group is served; unread is what kept them from being read. */
CHECKED int migration_read(
	struct migration *m, struct kube_api *api, struct err *unread, struct err *e);
bool migration_is_done(const struct migration *m); /* Calico's objects are in v3 from then on */
void migration_release(struct migration *m);

/* The groups in which a run writes; each has a ClusterInformation of its own. */
enum { LOCK_V1 = 1, LOCK_V3 = 2 };

/* names: those of CRDs; v1's counts also where none is of Calico's two groups. */
unsigned lock_groups(const json_t *names);
/* Adds the last calls of a batch and returns the place of the first. */
size_t lock_ask(unsigned groups, struct kube_batch *b);
/*
 * What the answers say, after one more request where a migration may be going on. *reason is why
 * nobody may write, with what to do; NULL: nothing forbids it. -1 when that cannot be read.
 */
CHECKED int lock_take(const struct kube_batch *b, size_t at, struct kube_api *api, char **reason,
	struct err *e);
/* What ClusterInformation says of the release: a copy; NULL: nothing. */
char *lock_take_version(const struct kube_batch *b, size_t at);
/* All of it: *reason as above. api NULL: what ClusterInformation says in the store. */
CHECKED int lock_reason(const struct calico_store *store, struct kube_api *api, unsigned groups,
	char **reason, struct err *e);
/* ERR_BLOCKED with the reason, where there is one. */
CHECKED int lock_refuse_writes(const struct calico_store *store, struct kube_api *api,
	unsigned groups, struct err *e);
/* The same for a run that is about to write these CRDs or their objects: ERR_BLOCKED. */
CHECKED int lock_refuse(struct kube_api *api, const json_t *names, bool ignore, struct err *e);

#endif
