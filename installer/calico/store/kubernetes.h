/* SPDX-License-Identifier: Apache-2.0 */
/* The Kubernetes datastore: custom resources, and what follows from nodes, pods and namespaces. */
#ifndef CALICO_STORE_KUBERNETES_H
#define CALICO_STORE_KUBERNETES_H

#include "calico/store/store.h"
#include "kube/api.h"

extern const struct calico_driver kubernetes_driver;

/*
 * Borrows api. A kind whose CRD is not there is read as projectcalico.org/v3 when that group is
 * served instead. group, CALICO_API_GROUP or a file's calicoAPIGroup, says at once whether it is
 * (any other text is crd.projectcalico.org); NULL: the server says. pod_cidr: as rules have it.
 */
struct calico_store kubernetes_store(struct kube_api *api, const char *group, bool pod_cidr);
/* What is known of the conventions; true: CALICO_API_GROUP or a read has settled the group. */
bool kubernetes_rules(const struct calico_store *store, struct calico_rules *rules);
/* By the resources of crd.projectcalico.org/v1 that discovery lists; served NULL: NULL. */
const char *kubernetes_release_served(const json_t *served);
/* Reads go by these from now on, and ask for nothing that they tell. */
void kubernetes_settle(const struct calico_store *store, const struct calico_rules *rules);

#endif
