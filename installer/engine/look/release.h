/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which conventions hold in a datastore: the API group of its objects, and the release of Calico
 * whose defaults and names they have. ClusterInformation says it once a component of Calico has
 * run; before that the CRDs or, in etcd, the tiers tell.
 */
#ifndef ENGINE_LOOK_RELEASE_H
#define ENGINE_LOOK_RELEASE_H

#include "calico/store/store.h"
#include "kube/api.h"

struct datastore_release {
	struct calico_rules rules;
	char *release; /* "v3.29.1", owned */
	const char *from; /* what told it, for people: "ClusterInformation"; constant */
};

/*
 * api NULL: etcd. given: what the user says, which wins; NULL: nothing. ERR_CHECK when the cluster
 * has none of Calico's CRDs. One round trip, a second one where ClusterInformation says nothing.
 */
CHECKED int datastore_release_find(struct datastore_release *d, const struct calico_store *store,
	struct kube_api *api, const char *given, struct err *e);
void datastore_release_release(struct datastore_release *d);

#endif
