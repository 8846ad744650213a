/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses cluster and user from kubeconfig files, else from the service account of a pod, else an
 * error. The rules are kubectl's: KUBECONFIG is a list, the first file wins for each entry, and
 * paths are relative to their file. The struct owns all its strings. Certificates, keys and tokens
 * are read into memory. No plugin runs here.
 */
#ifndef KUBE_CONFIG_CONFIG_H
#define KUBE_CONFIG_CONFIG_H

#include <jansson.h>

#include "base/http.h"

struct exec_plugin;

/* The flags, with kubectl's names; NULL: not given. Borrowed. */
struct kube_overrides {
	const char *kubeconfig, *context, *cluster, *user, *server;
	const char *certificate_authority, *tls_server_name, *proxy_url;
	const char *client_certificate, *client_key, *token_file;
	const char *as, *as_uid;
	struct string_list as_groups;
	bool insecure_skip_tls_verify, disable_compression;
	bool no_exec; /* a user that needs a credential plugin is refused */
	/*
	 * From calicoctl's configuration, instead of KUBECONFIG: files or the text of a file; the
	 * place where they are set, NULL for KUBECONFIG; and a token, which token_file overrides.
	 */
	const char *kubeconfig_list, *kubeconfig_text, *kubeconfig_from, *token;
	int64_t request_ms; /* see struct http_endpoint */
};

struct kube_config {
	char *source; /* the files, colon-separated; or "in-cluster"; or "--server" */
	char *context; /* name; NULL in a pod, or when no context is selected */
	char *namespace; /* "default" unless the context names one */
	char *server; /* URL without trailing slash, with its path prefix */
	bool bare; /* the configuration has the server without a scheme */
	char *ca_pem, *client_cert_pem, *client_key_pem; /* NULL: none */
	char *bearer_token;
	char *tls_server_name;
	bool insecure_skip_tls_verify, disable_compression;
	char *username, *password; /* NULL: none */
	char **headers; /* impersonation, "Name: value", closed by NULL; NULL: none */
	char *proxy_url; /* NULL: the proxy of the environment */
	int64_t request_ms;
	/*
	 * Files that kube/auth.h reads again for new credentials. NULL: these credentials do not
	 * change.
	 */
	char *token_file, *client_cert_file, *client_key_file;
	struct exec_plugin *exec; /* set only when there are no other credentials */
	/* Places for advice in errors; NULL: unknown. */
	char *cluster_from, *ca_from, *user_from, *proxy_from;
	/* strings for the user: settings of the files that were changed or ignored */
	json_t *notes;
};

/* Limit for one file: a kubeconfig, a certificate, a token. */
enum { KUBE_CONFIG_MAX_FILE = 1 << 20 };

/* As kubeconfig_list: the file in the home directory, even when KUBECONFIG is set. */
#define KUBE_CONFIG_HOME "~/.kube/config"

/* Reads the kubeconfig files that the overrides choose, else the environment. */
struct kubeconfig;
CHECKED int kube_config_files(
	struct kubeconfig *k, const struct kube_overrides *overrides, struct err *e);
CHECKED int kube_config_load(
	struct kube_config *c, const struct kube_overrides *overrides, struct err *e);
/*
 * Like kube_config_load, with this directory for a pod's service account (token, ca.crt,
 * namespace).
 */
CHECKED int kube_config_load_from(struct kube_config *c, const struct kube_overrides *overrides,
	const char *service_account_dir, struct err *e);
void kube_config_release(struct kube_config *c); /* overwrites secrets first */
/* For http_new; borrows from c. */
struct http_endpoint kube_config_endpoint(const struct kube_config *c);

#endif
