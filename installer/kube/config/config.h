/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cluster, as whom: kubeconfig files with kubectl's rules (KUBECONFIG lists, first file wins
 * per entry, paths relative to their file), else the service account of a pod, else an error.
 * The struct owns all its strings; certificates, keys and tokens are read into memory here, and
 * nothing is run.
 */
#ifndef KUBE_CONFIG_CONFIG_H
#define KUBE_CONFIG_CONFIG_H

#include <jansson.h>

#include "base/http.h"

struct exec_plugin;

/* kubectl's flags of the same names; NULL: not given. Borrowed. */
struct kube_overrides {
	const char *kubeconfig, *context, *cluster, *user, *server;
	const char *certificate_authority, *tls_server_name, *proxy_url;
	const char *client_certificate, *client_key, *token_file;
	const char *as, *as_uid;
	struct string_list as_groups;
	bool insecure_skip_tls_verify, disable_compression;
	bool no_exec; /* a user that needs a credential plugin is refused */
	/*
	 * Of calicoctl's configuration, instead of KUBECONFIG: files, or a file's text, and where
	 * they are set, NULL for KUBECONFIG; and a token, which token_file replaces.
	 */
	const char *kubeconfig_list, *kubeconfig_text, *kubeconfig_from, *token;
	int64_t request_ms; /* as struct http_endpoint has it */
};

struct kube_config {
	char *source; /* the files, colon-separated, or "in-cluster" or "--server" */
	char *context; /* name; NULL in-cluster or when none is selected */
	char *namespace; /* "default" unless the context names one */
	char *server; /* URL without trailing slash, path prefix kept */
	bool bare; /* it was given without a scheme */
	char *ca_pem, *client_cert_pem, *client_key_pem; /* NULL: none */
	char *bearer_token;
	char *tls_server_name;
	bool insecure_skip_tls_verify, disable_compression;
	char *username, *password; /* NULL: none */
	char **headers; /* impersonation, "Name: value", closed by NULL; NULL: none */
	char *proxy_url; /* NULL: the environment's */
	int64_t request_ms;
	/* Where credentials come from anew: kube/auth.h. NULL: they stay as they are. */
	char *token_file, *client_cert_file, *client_key_file;
	struct exec_plugin *exec; /* only when there are no other credentials */
	/* For advice in errors; NULL: no such place. */
	char *cluster_from, *ca_from, *user_from, *proxy_from;
	json_t *notes; /* strings, for the user: what of the files was not taken at its word */
};

/* Limits for one file: a kubeconfig, a certificate, a token. */
enum { KUBE_CONFIG_MAX_FILE = 1 << 20 };

/* As kubeconfig_list: the file in the home directory, whatever KUBECONFIG says. */
#define KUBE_CONFIG_HOME "~/.kube/config"

/* The kubeconfig files that the overrides, else the environment, choose. */
struct kubeconfig;
CHECKED int kube_config_files(
	struct kubeconfig *k, const struct kube_overrides *overrides, struct err *e);
CHECKED int kube_config_load(
	struct kube_config *c, const struct kube_overrides *overrides, struct err *e);
/* The same, with a pod's service account (token, ca.crt, namespace) in a directory of one's own. */
CHECKED int kube_config_load_from(struct kube_config *c, const struct kube_overrides *overrides,
	const char *service_account_dir, struct err *e);
void kube_config_release(struct kube_config *c); /* overwrites secrets first */
/* A view for http_new, borrowing from c. */
struct http_endpoint kube_config_endpoint(const struct kube_config *c);

#endif
