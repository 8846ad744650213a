/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credential plugins: the program that a kubeconfig's exec names, and the ExecCredential that it
 * answers with (client.authentication.k8s.io/v1 and v1beta1; "client-go credential plugins" at
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/).
 * No shell runs it, its output and its time have ceilings, and no error quotes what it printed.
 */
#ifndef KUBE_CONFIG_EXEC_H
#define KUBE_CONFIG_EXEC_H

#include <time.h>

#include "kube/config/kubeconfig.h"

struct exec_plugin;

enum { EXEC_MAX_OUTPUT = 1 << 20 };

/* Who hears what a plugin says on standard error, and what servers warn of. */
struct kube_notes {
	void (*note)(void *arg, const char *text); /* NULL: nobody */
	void *arg;
};

struct exec_credential {
	char *token; /* NULL: none */
	char *client_cert_pem, *client_key_pem; /* both or none */
	time_t expires; /* 0: never */
};

/* cluster_info: what spec.cluster says when the plugin wants it; taken, may be NULL. */
CHECKED struct exec_plugin *exec_plugin_new(
	const struct kubeconfig_entry *user, json_t *cluster_info_take, struct err *e);
void exec_plugin_free(struct exec_plugin *plugin);

CHECKED int exec_plugin_run(const struct exec_plugin *plugin, int64_t deadline,
	const struct kube_notes *notes, struct exec_credential *result, struct err *e);
/* The same from what a plugin printed. */
CHECKED int exec_credential_parse(struct exec_credential *result, const char *api_version,
	const char *text, size_t len, struct err *e);
void exec_credential_release(struct exec_credential *c); /* overwrites first */

#endif
