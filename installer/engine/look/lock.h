/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a run may write Calico's datastore now. It may not while a DatastoreMigration (group
 * migration.projectcalico.org) moves the objects, or while ClusterInformation says datastoreReady:
 * false. The structs own what they hold.
 */
#ifndef ENGINE_LOOK_LOCK_H
#define ENGINE_LOOK_LOCK_H

#include <jansson.h>

#include "calico/store/store.h"
#include "kube/batch.h"

struct migration {
	bool known; /* it is known whether one exists */
	char *version; /* the version that the server prefers; NULL: the group is not served */
	char *name; /* name of the DatastoreMigration; NULL: none exists */
	char *phase; /* "Pending" until the controller sets a phase */
	char *since; /* RFC 3339 time when it was locked, else started, else created */
	char *message; /* message of the controller; NULL: none */
};

/* Asks for the group's discovery document, and takes the answer. */
struct kube_call *migration_ask(struct kube_batch *b);
void migration_take_group(struct migration *m, const struct kube_call *call);
/* Reads the objects when the group is served. unread says why they could not be read. */
CHECKED int migration_read(
	struct migration *m, struct kube_api *api, struct err *unread, struct err *e);
bool migration_is_done(const struct migration *m); /* from then on Calico's objects are in v3 */
void migration_release(struct migration *m);

/* The groups in which a run writes. Each group has its own ClusterInformation. */
enum { LOCK_V1 = 1, LOCK_V3 = 2 };

/* names: of CRDs. LOCK_V1 is also set when no name is in one of Calico's two groups. */
unsigned lock_groups(const json_t *names);
/* Adds its calls at the end of a batch and returns the place of the first. */
size_t lock_ask(unsigned groups, struct kube_batch *b);
/*
 * Takes the answers; one more request where a migration may run. *reason says why nobody may write
 * and what to do; NULL: writing is allowed. -1 when this cannot be read.
 */
CHECKED int lock_take(const struct kube_batch *b, size_t at, struct kube_api *api, char **reason,
	struct err *e);
/* The release that ClusterInformation names, as a copy; NULL: none. */
char *lock_take_version(const struct kube_batch *b, size_t at);
/* Does all of the above. api NULL: reads ClusterInformation in the store. */
CHECKED int lock_reason(const struct calico_store *store, struct kube_api *api, unsigned groups,
	char **reason, struct err *e);
/* ERR_BLOCKED with the reason, when nobody may write. */
CHECKED int lock_refuse_writes(const struct calico_store *store, struct kube_api *api,
	unsigned groups, struct err *e);
/* The same for a run that is going to write these CRDs or their objects: ERR_BLOCKED. */
CHECKED int lock_refuse(struct kube_api *api, const json_t *names, bool ignore, struct err *e);

#endif
