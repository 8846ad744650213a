/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Kubernetes datastore: custom resources, and objects made from nodes, pods, namespaces and
 * service accounts.
 */
#ifndef CALICO_STORE_KUBERNETES_H
#define CALICO_STORE_KUBERNETES_H

#include "calico/store/store.h"
#include "kube/api.h"

extern const struct calico_driver kubernetes_driver;

/*
 * Borrows api. A kind whose CRD is missing is read as projectcalico.org/v3 when the server serves
 * that group. group is the value of CALICO_API_GROUP or of a file's calicoAPIGroup, and settles the
 * group at once. Any text other than projectcalico.org/v3 means crd.projectcalico.org. NULL: the
 * server decides. pod_cidr: see struct calico_rules.
 */
struct calico_store kubernetes_store(struct kube_api *api, const char *group, bool pod_cidr);
/*
 * Copies the rules that are known so far. True: CALICO_API_GROUP or a read has settled the group.
 */
bool kubernetes_rules(const struct calico_store *store, struct calico_rules *rules);
/*
 * The release that the resources in discovery of crd.projectcalico.org/v1 show; served NULL: NULL.
 */
const char *kubernetes_release_served(const json_t *served);
/*
 * Sets the rules. Later reads use them, and no longer ask the server for the release or the group.
 */
void kubernetes_settle(const struct calico_store *store, const struct calico_rules *rules);

#endif
