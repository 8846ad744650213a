/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which datastore to use, in the settings of calicoctl. The settings come from a CalicoAPIConfig
 * file (/etc/calico/calicoctl.cfg, YAML or JSON) or from the environment, never from both. The
 * struct owns its strings; secrets are overwritten on release.
 */
#ifndef CALICO_CLIENT_CONFIG_H
#define CALICO_CLIENT_CONFIG_H

#include "base/buf.h"

#define CLIENT_CONFIG_PATH "/etc/calico/calicoctl.cfg"

enum client_type { CLIENT_TEXT, CLIENT_BOOL, CLIENT_NUMBER };

/*
 * id, field of spec, environment variable, type, whether the value is a secret. A variable also
 * counts with CALICO_ before its name. A name that begins with CALICO_ here has no form without it.
 * NULL: only a file has the field.
 */
#define CLIENT_FIELDS(X) \
	X(DATASTORE_TYPE, "datastoreType", "DATASTORE_TYPE", TEXT, false) \
	X(ETCD_ENDPOINTS, "etcdEndpoints", "ETCD_ENDPOINTS", TEXT, false) \
	X(ETCD_DISCOVERY_SRV, "etcdDiscoverySrv", "ETCD_DISCOVERY_SRV", TEXT, false) \
	X(ETCD_USERNAME, "etcdUsername", "ETCD_USERNAME", TEXT, false) \
	X(ETCD_PASSWORD, "etcdPassword", "ETCD_PASSWORD", TEXT, true) \
	X(ETCD_KEY_FILE, "etcdKeyFile", "ETCD_KEY_FILE", TEXT, false) \
	X(ETCD_CERT_FILE, "etcdCertFile", "ETCD_CERT_FILE", TEXT, false) \
	X(ETCD_CA_FILE, "etcdCACertFile", "ETCD_CA_CERT_FILE", TEXT, false) \
	X(ETCD_KEY, "etcdKey", NULL, TEXT, true) \
	X(ETCD_CERT, "etcdCert", NULL, TEXT, false) \
	X(ETCD_CA, "etcdCACert", NULL, TEXT, false) \
	X(KUBECONFIG, "kubeconfig", "KUBECONFIG", TEXT, false) \
	X(KUBECONFIG_INLINE, "kubeconfigInline", NULL, TEXT, true) \
	X(K8S_ENDPOINT, "k8sAPIEndpoint", "K8S_API_ENDPOINT", TEXT, false) \
	X(K8S_KEY_FILE, "k8sKeyFile", "K8S_KEY_FILE", TEXT, false) \
	X(K8S_CERT_FILE, "k8sCertFile", "K8S_CERT_FILE", TEXT, false) \
	X(K8S_CA_FILE, "k8sCAFile", "K8S_CA_FILE", TEXT, false) \
	X(K8S_TOKEN, "k8sAPIToken", "CALICO_K8SAPITOKEN", TEXT, true) \
	X(K8S_INSECURE, "k8sInsecureSkipTLSVerify", "K8S_INSECURE_SKIP_TLS_VERIFY", BOOL, false) \
	X(K8S_CONTEXT, "k8sCurrentContext", "K8S_CURRENT_CONTEXT", TEXT, false) \
	X(K8S_DISABLE_NODE_POLL, "k8sDisableNodePoll", "K8S_DISABLE_NODE_POLL", BOOL, false) \
	X(USE_POD_CIDR, "usePodCIDR", "USE_POD_CIDR", BOOL, false) \
	X(K8S_QPS, "k8sClientQPS", "K8S_CLIENT_QPS", NUMBER, false) \
	X(K8S_BURST, "k8sClientBurst", "K8S_CLIENT_BURST", NUMBER, false) \
	X(API_GROUP, "calicoAPIGroup", "CALICO_API_GROUP", TEXT, false)

enum client_field {
#define CLIENT_ENUM(id, field, variable, type, secret) CLIENT_##id,
	CLIENT_FIELDS(CLIENT_ENUM)
#undef CLIENT_ENUM
		CLIENT_FIELDS_N
};

enum client_datastore { CLIENT_KUBERNETES, CLIENT_ETCDV3, CLIENT_DATASTORES_N };

struct client_config {
	char *values[CLIENT_FIELDS_N]; /* NULL: not set, or empty; a boolean is "true" or NULL */
	bool prefixed[CLIENT_FIELDS_N]; /* the name of the variable had CALICO_ before it */
	char *path; /* the file that was read; NULL: the environment */
	enum client_datastore datastore; /* the default is that of calicoctl */
};

struct client_field_text {
	const char *field, *variable; /* variable NULL: only a file has the field */
	enum client_type type;
	bool is_secret;
};

const struct client_field_text *client_config_field(enum client_field field);

/* Whether only this type of datastore has the field. */
bool client_config_is_of(enum client_field field, enum client_datastore datastore);

/* Errors name the place: unknown fields, wrong types, and settings that exclude each other. */
CHECKED int client_config_parse(
	struct client_config *c, const char *path, const char *text, size_t len, struct err *e);
CHECKED int client_config_read(struct client_config *c, const char *path, struct err *e);
CHECKED int client_config_environment(struct client_config *c, struct err *e);
/*
 * Reads the file given with --config; else the environment; else the file at standard, if it
 * exists. When the environment and that file name different datastores, the error describes both.
 */
CHECKED int client_config_select(
	struct client_config *c, const char *given, const char *standard, struct err *e);
void client_config_release(struct client_config *c);

/* Whether the settings name one datastore, and not only its type. */
bool client_config_names_one(const struct client_config *c);
/* Where a field is set: "etcdKeyFile of FILE" or "CALICO_ETCD_KEY_FILE". The caller frees it. */
char *client_config_where(const struct client_config *c, enum client_field field);
/*
 * The datastore in messages: "etcdv3 at URL,URL", "kubernetes, kubeconfig FILE, context C". It has
 * no secrets. The caller frees it.
 */
char *client_config_describe(const struct client_config *c);

#define client_config_auto __attribute__((cleanup(client_config_release))) struct client_config

#endif
