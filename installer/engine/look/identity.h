/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cluster it is, and what Calico says of itself there: two reads that travel with others.
 * Neither must succeed: what could not be read, or is not set, is
 * NULL. The struct owns its strings.
 */
#ifndef ENGINE_LOOK_IDENTITY_H
#define ENGINE_LOOK_IDENTITY_H

#include <jansson.h>

#include "kube/batch.h"

struct identity {
	char *uid; /* of the namespace kube-system, which is the cluster's by convention */
	char *calico_version; /* ClusterInformation default: spec.calicoVersion */
	char *guid; /* spec.clusterGUID */
	bool not_ready; /* spec.datastoreReady is false: a migration has locked the datastore */
	bool ready; /* it is true; neither: it is not set, or was not read */
	bool known; /* ClusterInformation was read, or is not there */
	json_t *information; /* the object; NULL: it is not there, or was not read */
};

/* Adds the calls and returns the place of the first. v3: Calico's objects are in that group. */
size_t identity_ask(struct kube_batch *b, bool v3);
void identity_take(struct identity *id, const struct kube_batch *b, size_t at);
/* The Calico part alone, of a ClusterInformation. */
void identity_take_information(struct identity *id, const json_t *information);
/* True, false, or null for what is not set or was not read: a new value. */
json_t *identity_ready(const struct identity *id);
void identity_release(struct identity *id);

#endif
