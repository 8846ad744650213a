/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From calicoctl's words to the datastore itself: what kube/config.h is told, or a store of
 * calico/etcd.h.
 */
#ifndef CALICO_CLIENT_DATASTORE_H
#define CALICO_CLIENT_DATASTORE_H

#include "calico/client/config.h"
#include "calico/store/etcd.h"
#include "kube/config/config.h"

/*
 * What the configuration says of a Kubernetes cluster, where the flags in o leave it open. chosen:
 * flags choose a cluster or user, and then only the kubeconfig files of c count. o borrows from c.
 * *unused, the caller's, names the settings that are not used; NULL: none.
 */
CHECKED int client_kube_overrides(const struct client_config *c, struct kube_overrides *o,
	bool chosen, char **unused, struct err *e);
/* Puts the setting's name before an error that calls it by the flag that it stands for. */
void client_blame(const struct client_config *c, struct err *e);

/* Certificates are read, nothing is sent. Members of o that c does not tell are the caller's. */
CHECKED int client_etcd_open(const struct client_config *c, struct etcd_options *o,
	struct calico_store *store, struct err *e);

/* The same endpoints, or the same API server. */
bool client_same_datastore(const struct client_config *a, const struct client_config *b);

#endif
