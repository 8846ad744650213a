/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files behind kube/config/config.h. They read one cluster and one user, from a
 * kubeconfig's entry (zero: none) and from the flags, which override it.
 */
#ifndef KUBE_CONFIG_CONFIG_PARTS_H
#define KUBE_CONFIG_CONFIG_PARTS_H

#include "kube/config/config.h"
#include "kube/config/exec.h"

/* What a user needs instead of a password in the URL of the server. */
#define CONFIG_CREDENTIALS "a token or a client certificate of the user"

CHECKED int config_read_cluster(struct kube_config *c, const struct kubeconfig_entry *cluster,
	const struct kube_overrides *o, struct err *e);
/* Call it after config_read_cluster: plugins get information about the cluster from c. */
CHECKED int config_read_user(struct kube_config *c, const struct kubeconfig_entry *user,
	const struct kubeconfig_entry *cluster, const struct kube_overrides *o, struct err *e);
/*
 * Call it after config_read_user: a server without a scheme gets http:// when nothing asks for TLS.
 */
void config_settle_scheme(struct kube_config *c);
/* Applies only the flags, to the configuration of a pod. */
CHECKED int config_apply_flags(
	struct kube_config *c, const struct kube_overrides *o, struct err *e);

#endif
