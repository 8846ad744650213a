/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which datastore, in calicoctl's words: a CalicoAPIConfig file (/etc/calico/calicoctl.cfg, as
 * YAML or JSON) or the environment, never both mixed. The struct owns its strings; those with
 * secrets are overwritten on release.
 */
#ifndef CALICO_CLIENT_CONFIG_H
#define CALICO_CLIENT_CONFIG_H

#include "base/buf.h"

#define CLIENT_CONFIG_PATH "/etc/calico/calicoctl.cfg"

enum client_type { CLIENT_TEXT, CLIENT_BOOL, CLIENT_NUMBER };

/*
 * id, field of spec, variable, type, whether its value is a secret. A variable counts with CALICO_
 * before it as well; one that begins with CALICO_ here counts only so. NULL: only a file has it.
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
	char *values[CLIENT_FIELDS_N]; /* NULL: not set, or empty; booleans: "true" or NULL */
	bool prefixed[CLIENT_FIELDS_N]; /* the variable had CALICO_ before it */
	char *path; /* the file; NULL: the environment */
	enum client_datastore datastore; /* defaulted as calicoctl does */
};

struct client_field_text {
	const char *field, *variable; /* variable NULL: none */
	enum client_type type;
	bool is_secret;
};

const struct client_field_text *client_config_field(enum client_field field);

/* Whether only the given type of datastore has the field. */
bool client_config_is_of(enum client_field field, enum client_datastore datastore);

/* Unknown fields, wrong types and what cannot be together are errors that name the place. */
CHECKED int client_config_parse(
	struct client_config *c, const char *path, const char *text, size_t len, struct err *e);
CHECKED int client_config_read(struct client_config *c, const char *path, struct err *e);
CHECKED int client_config_environment(struct client_config *c, struct err *e);
/*
 * The file that was given; else the environment; else the file at standard, if it is there. When
 * the last two name different datastores, an error that tells both.
 */
CHECKED int client_config_select(
	struct client_config *c, const char *given, const char *standard, struct err *e);
void client_config_release(struct client_config *c);

/* It says which datastore, and not only of what type. */
bool client_config_names_one(const struct client_config *c);
/* "etcdKeyFile of FILE" or "CALICO_ETCD_KEY_FILE": the caller's. */
char *client_config_where(const struct client_config *c, enum client_field field);
/* "etcdv3 at URL,URL", "kubernetes, kubeconfig FILE, context C": the caller's, no secrets. */
char *client_config_describe(const struct client_config *c);

#define client_config_auto __attribute__((cleanup(client_config_release))) struct client_config

#endif
