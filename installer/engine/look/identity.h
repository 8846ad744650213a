/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cluster this is, and what Calico says about itself there: two reads that travel with
 * others. Neither has to succeed: a value that is not set or could not be read is NULL. The struct
 * owns its strings.
 */
#ifndef ENGINE_LOOK_IDENTITY_H
#define ENGINE_LOOK_IDENTITY_H

#include <jansson.h>

#include "kube/batch.h"

struct identity {
	char *uid; /* UID of the namespace kube-system, by convention the cluster's UID */
	char *calico_version; /* spec.calicoVersion of ClusterInformation "default" */
	char *guid; /* spec.clusterGUID */
	bool not_ready; /* spec.datastoreReady is false: a migration has locked the datastore */
	bool ready; /* it is true; both false: not set, or not read */
	bool known; /* ClusterInformation was read, or does not exist */
	json_t *information; /* the object; NULL: it does not exist, or was not read */
};

/* Adds the calls and returns the place of the first. v3: Calico's objects are in that group. */
size_t identity_ask(struct kube_batch *b, bool v3);
void identity_take(struct identity *id, const struct kube_batch *b, size_t at);
/* Fills only the part about Calico, from a ClusterInformation. */
void identity_take_information(struct identity *id, const json_t *information);
/* A new value: true, false, or null when it is not set or was not read. */
json_t *identity_ready(const struct identity *id);
void identity_release(struct identity *id);

#endif
