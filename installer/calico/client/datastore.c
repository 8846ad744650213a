/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/client/datastore.h"

#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/tls.h"
#include "kube/config/credentials.h"

/* Kubernetes */

static const enum client_field overriding[] = { CLIENT_K8S_ENDPOINT, CLIENT_K8S_KEY_FILE,
	CLIENT_K8S_CERT_FILE, CLIENT_K8S_CA_FILE, CLIENT_K8S_TOKEN, CLIENT_K8S_INSECURE,
	CLIENT_K8S_CONTEXT };

static char *set_names(const struct client_config *c)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(overriding); i++) {
		if (!c->values[overriding[i]])
			continue;
		char_auto *where = client_config_where(c, overriding[i]);

		buf_printf(&out, "%s%s", out.len ? ", " : "", where);
	}
	return out.len ? buf_steal(&out) : NULL;
}

/*
 * calicoctl's default for kubeconfig files. NULL: kube/config uses KUBECONFIG and the home
 * directory.
 */
static const char *default_files(const struct client_config *c, bool chosen)
{
	const char *list = getenv("KUBECONFIG");

	if (c->values[CLIENT_K8S_ENDPOINT] && !chosen)
		return "";
	/* The variable KUBECONFIG is not used here, so kube/config must not use it either. */
	return list && *list ? KUBE_CONFIG_HOME : NULL;
}

static const struct {
	size_t at; /* offset in struct kube_overrides */
	enum client_field field;
	const char *flag;
} rows[] = {
	{ offsetof(struct kube_overrides, server), CLIENT_K8S_ENDPOINT, "server" },
	{ offsetof(struct kube_overrides, client_key), CLIENT_K8S_KEY_FILE, "client-key" },
	{ offsetof(struct kube_overrides, client_certificate), CLIENT_K8S_CERT_FILE,
		"client-certificate" },
	{ offsetof(struct kube_overrides, certificate_authority), CLIENT_K8S_CA_FILE,
		"certificate-authority" },
	{ offsetof(struct kube_overrides, context), CLIENT_K8S_CONTEXT, "context" },
};

static void take_overrides(const struct client_config *c, struct kube_overrides *o)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char **at = (const char **)((char *)o + rows[i].at);

		if (!*at)
			*at = c->values[rows[i].field];
	}
	if (!o->token_file)
		o->token = c->values[CLIENT_K8S_TOKEN];
	o->insecure_skip_tls_verify |= c->values[CLIENT_K8S_INSECURE] != NULL;
}

void client_blame(const struct client_config *c, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!c->values[rows[i].field] || !e->flag || strcmp(e->flag, rows[i].flag) != 0)
			continue;
		char_auto *where = client_config_where(c, rows[i].field);

		err_wrap(e, "%s", where);
		return;
	}
}

int client_kube_overrides(const struct client_config *c, struct kube_overrides *o, bool chosen,
	char **unused, struct err *e)
{
	const char *text = c->values[CLIENT_KUBECONFIG_INLINE];

	*unused = NULL;
	if (c->datastore != CLIENT_KUBERNETES)
		return err_set(e, ERR_USAGE, 0, "the datastore is etcdv3");
	if (chosen || text)
		*unused = set_names(c);
	else
		take_overrides(c, o);
	if (o->kubeconfig)
		return 0;
	o->kubeconfig_text = text;
	o->kubeconfig_list = c->values[CLIENT_KUBECONFIG] ? c->values[CLIENT_KUBECONFIG]
							  : default_files(c, chosen);
	/* NULL: from the environment; kube/config knows the name of the variable */
	o->kubeconfig_from = c->path;
	return 0;
}

/* etcd */

static int read_pem(const struct client_config *c, enum client_field file, enum client_field text,
	char **pem, char **from, struct err *e)
{
	enum client_field set = c->values[text] ? text : file;

	*from = client_config_where(c, set);
	if (c->values[text]) {
		*pem = xstrdup(c->values[text]);
		return 0;
	}
	if (!c->values[file])
		return 0;
	return credentials_pem_file(c->values[file], pem, e) < 0 ? err_wrap(e, "%s", *from) : 0;
}

struct pems {
	char *ca, *cert, *key;
	char *ca_from, *cert_from, *key_from;
};

static void release_pems(struct pems *p)
{
	free(p->ca);
	free(p->cert);
	secret_free(p->key);
	free(p->ca_from);
	free(p->cert_from);
	free(p->key_from);
}

static int check_ca(const struct pems *p, const struct etcd_options *o, struct err *e)
{
	char_auto *unread = NULL;

	if (tls_check_ca(p->ca, &unread, e) < 0)
		return err_wrap(e, "%s", p->ca_from);
	if (unread && o->note) {
		char_auto *text = xasprintf("%s: %s", p->ca_from, unread);

		o->note(o->arg, text);
	}
	return 0;
}

static int read_pems(const struct client_config *c, const struct etcd_options *o, struct pems *p,
	struct err *e)
{
	if (read_pem(c, CLIENT_ETCD_CA_FILE, CLIENT_ETCD_CA, &p->ca, &p->ca_from, e) < 0 ||
		read_pem(c, CLIENT_ETCD_CERT_FILE, CLIENT_ETCD_CERT, &p->cert, &p->cert_from, e) <
			0 ||
		read_pem(c, CLIENT_ETCD_KEY_FILE, CLIENT_ETCD_KEY, &p->key, &p->key_from, e) < 0)
		return -1;
	if (!p->cert != !p->key)
		return err_set(e, c->path ? ERR_FORMAT : ERR_USAGE, 0,
			"%s is set and %s is not; a client certificate needs both",
			p->cert ? p->cert_from : p->key_from, p->cert ? p->key_from : p->cert_from);
	if (p->cert && tls_check_pair(p->cert, p->key, e) < 0)
		return err_wrap(e, "%s and %s", p->cert_from, p->key_from);
	return p->ca ? check_ca(p, o, e) : 0;
}

static int refuse_discovery(const struct client_config *c, struct err *e)
{
	const char *domain = c->values[CLIENT_ETCD_DISCOVERY_SRV];
	char_auto *where = client_config_where(c, CLIENT_ETCD_DISCOVERY_SRV);
	char_auto *instead = client_config_where(c, CLIENT_ETCD_ENDPOINTS);

	if (!domain)
		return err_set(e, c->path ? ERR_FORMAT : ERR_USAGE, 0,
			"the datastore is etcdv3, and %s is not set: a comma-separated list of "
			"URLs",
			instead);
	return err_set(e, ERR_USAGE, 0,
		"%s: SRV records are not looked up here; \"dig +short SRV "
		"_etcd-client-ssl._tcp.%s\" shows hosts and ports: set %s to them",
		where, domain, instead);
}

static int open_with(const struct client_config *c, const struct pems *p, struct etcd_options *o,
	struct calico_store *store, struct err *e)
{
	char_auto *from = client_config_where(c, CLIENT_ETCD_ENDPOINTS);
	char_auto *user_from = client_config_where(c, CLIENT_ETCD_USERNAME);
	bool has_user = c->values[CLIENT_ETCD_USERNAME] && c->values[CLIENT_ETCD_PASSWORD];

	o->endpoints = c->values[CLIENT_ETCD_ENDPOINTS];
	o->endpoints_from = from;
	o->ca_pem = p->ca;
	o->ca_from = p->ca_from;
	o->cert_pem = p->cert;
	o->key_pem = p->key;
	o->cert_from = p->cert_from;
	o->username = has_user ? c->values[CLIENT_ETCD_USERNAME] : NULL;
	o->password = has_user ? c->values[CLIENT_ETCD_PASSWORD] : NULL;
	o->user_from = user_from;
	return etcd_open(store, o, e);
}

int client_etcd_open(const struct client_config *c, struct etcd_options *o,
	struct calico_store *store, struct err *e)
{
	struct pems pems = { 0 };

	if (!c->values[CLIENT_ETCD_ENDPOINTS])
		return refuse_discovery(c, e);
	int rc = read_pems(c, o, &pems, e);

	if (rc == 0)
		rc = open_with(c, &pems, o, store, e);
	release_pems(&pems);
	return rc;
}

/* Comparison */

static bool has_all(const json_t *urls, const json_t *of)
{
	const json_t *url, *other;
	size_t i, k;

	json_array_foreach(of, i, url) {
		bool found = false;

		json_array_foreach(urls, k, other)
			found = found ||
				json_equal((json_t *)(uintptr_t)url, (json_t *)(uintptr_t)other);
		if (!found)
			return false;
	}
	return true;
}

static bool same_etcd(const struct client_config *a, const struct client_config *b)
{
	const char *left = a->values[CLIENT_ETCD_ENDPOINTS];
	const char *right = b->values[CLIENT_ETCD_ENDPOINTS];
	err_auto ignored = { 0 };

	if (!left || !right)
		return false;
	json_auto_t *one = etcd_endpoints(left, &ignored);
	json_auto_t *two = one ? etcd_endpoints(right, &ignored) : NULL;

	return one && two && has_all(one, two) && has_all(two, one);
}

static char *server_of(const struct client_config *c)
{
	struct kube_overrides o = { 0 };
	struct kube_config k = { 0 };
	err_auto ignored = { 0 };
	char_auto *unused = NULL;
	char *server = NULL;

	if (client_kube_overrides(c, &o, false, &unused, &ignored) == 0 &&
		kube_config_load(&k, &o, &ignored) == 0)
		server = steal(&k.server);
	kube_config_release(&k);
	return server;
}

static bool same_server(const struct client_config *a, const struct client_config *b)
{
	char_auto *left = server_of(a), *right = server_of(b);

	return left && right && strcmp(left, right) == 0;
}

bool client_same_datastore(const struct client_config *a, const struct client_config *b)
{
	static bool (*const same[])(const struct client_config *, const struct client_config *) = {
		[CLIENT_KUBERNETES] = same_server,
		[CLIENT_ETCDV3] = same_etcd,
	};

	return a->datastore == b->datastore && same[a->datastore](a, b);
}
