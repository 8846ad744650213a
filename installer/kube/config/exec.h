/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credential plugins: runs the program that exec in a kubeconfig names, and reads its
 * ExecCredential (client.authentication.k8s.io/v1 and v1beta1; "client-go credential plugins" at
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/). No shell is used. The
 * plugin's output and time have limits, and no error quotes the output.
 */
#ifndef KUBE_CONFIG_EXEC_H
#define KUBE_CONFIG_EXEC_H

#include <time.h>

#include "kube/config/kubeconfig.h"

struct exec_plugin;

enum { EXEC_MAX_OUTPUT = 1 << 20 };

/* Receives what a plugin writes to standard error, and the warnings of servers. */
struct kube_notes {
	void (*note)(void *arg, const char *text); /* NULL: nobody receives it */
	void *arg;
};

struct exec_credential {
	char *token; /* NULL: none */
	char *client_cert_pem, *client_key_pem; /* both or none */
	time_t expires; /* 0: never */
};

/* cluster_info_take: the value of spec.cluster, for a plugin that wants it; taken, may be NULL. */
CHECKED struct exec_plugin *exec_plugin_new(
	const struct kubeconfig_entry *user, json_t *cluster_info_take, struct err *e);
void exec_plugin_free(struct exec_plugin *plugin);

CHECKED int exec_plugin_run(const struct exec_plugin *plugin, int64_t deadline,
	const struct kube_notes *notes, struct exec_credential *result, struct err *e);
/* Reads the credentials from the output of a plugin. */
CHECKED int exec_credential_parse(struct exec_credential *result, const char *api_version,
	const char *text, size_t len, struct err *e);
void exec_credential_release(struct exec_credential *c); /* overwrites secrets first */

#endif
