/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files behind kube/config.h share, for nobody else: one cluster and one user, from a
 * kubeconfig's entry (zero: none) and the flags, which win.
 */
#ifndef KUBE_CONFIG_CONFIG_PARTS_H
#define KUBE_CONFIG_CONFIG_PARTS_H

#include "kube/config/config.h"
#include "kube/config/exec.h"

/* What a user has instead of a password in the URL of the server. */
#define CONFIG_CREDENTIALS "a token or a client certificate of the user"

CHECKED int config_read_cluster(struct kube_config *c, const struct kubeconfig_entry *cluster,
	const struct kube_overrides *o, struct err *e);
/* After the cluster: what a plugin is told about it is in c. */
CHECKED int config_read_user(struct kube_config *c, const struct kubeconfig_entry *user,
	const struct kubeconfig_entry *cluster, const struct kube_overrides *o, struct err *e);
/* After the user: http:// for a server without a scheme, where nothing speaks for TLS. */
void config_settle_scheme(struct kube_config *c);
/* The flags alone, on top of what a pod has. */
CHECKED int config_apply_flags(
	struct kube_config *c, const struct kube_overrides *o, struct err *e);

#endif
