/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From calicoctl's settings to the datastore: overrides for kube/config/config.h, or an open store
 * of calico/store/etcd.h.
 */
#ifndef CALICO_CLIENT_DATASTORE_H
#define CALICO_CLIENT_DATASTORE_H

#include "calico/client/config.h"
#include "calico/store/etcd.h"
#include "kube/config/config.h"

/*
 * Sets what the settings say about a Kubernetes cluster, where the flags in o leave it open. o
 * borrows from c. chosen: flags choose a cluster or user; then only the kubeconfig files of c are
 * used. *unused names the settings that are not used; the caller frees it, NULL: none.
 */
CHECKED int client_kube_overrides(const struct client_config *c, struct kube_overrides *o,
	bool chosen, char **unused, struct err *e);
/*
 * When the error is about a flag that a setting stands for, puts the name of the setting before it.
 */
void client_blame(const struct client_config *c, struct err *e);

/*
 * Opens the store: reads the certificates, and sends nothing. The caller sets the members of o that
 * c does not have.
 */
CHECKED int client_etcd_open(const struct client_config *c, struct etcd_options *o,
	struct calico_store *store, struct err *e);

/* Whether both name the same endpoints, or the same API server. */
bool client_same_datastore(const struct client_config *a, const struct client_config *b);

#endif
