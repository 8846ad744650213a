/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which conventions a datastore follows: the API group of its objects, and the release of Calico
 * whose defaults and names they have. ClusterInformation names the release once a component of
 * Calico has run. Before that the CRDs show it or, in etcd, the tiers.
 */
#ifndef ENGINE_LOOK_RELEASE_H
#define ENGINE_LOOK_RELEASE_H

#include "calico/store/store.h"
#include "kube/api.h"

struct datastore_release {
	struct calico_rules rules;
	char *release; /* "v3.29.1", owned */
	const char *from; /* the source of release, for people: "ClusterInformation"; constant */
};

/*
 * api NULL: etcd. given: the release that the user names, which wins; NULL: none. ERR_CHECK when
 * the cluster has no CRD of Calico. One round trip; a second one where ClusterInformation names no
 * release.
 */
CHECKED int datastore_release_find(struct datastore_release *d, const struct calico_store *store,
	struct kube_api *api, const char *given, struct err *e);
void datastore_release_release(struct datastore_release *d);

#endif
