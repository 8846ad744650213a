/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/proxy.h"
#include "base/url.h"
#include "kube/config/config_parts.h"
#include "kube/config/credentials.h"

/* Server */

/*
 * Takes a URL, or HOST[:PORT] as in client-go. The scheme is chosen when the credentials are known.
 */
static int parse_server(struct kube_config *c, const char *text, struct err *e)
{
	char_auto *whole = xasprintf("https://%s", text);
	const char *path;

	if (strstr(text, "://"))
		return url_parse_server(text, CONFIG_CREDENTIALS, &c->server, e);
	if (url_parse_server(whole, CONFIG_CREDENTIALS, &c->server, e) < 0)
		return -1;
	path = strchr(c->server + strlen("https://"), '/');
	if (path)
		return err_set(e, ERR_FORMAT, 0,
			"must be a URL, as in https://HOST:PORT, or HOST:PORT without a path");
	c->bare = true;
	return 0;
}

void config_settle_scheme(struct kube_config *c)
{
	bool tls = c->ca_pem || c->client_cert_pem || c->insecure_skip_tls_verify;

	if (!c->bare)
		return;
	if (!tls) {
		char_auto *server = steal(&c->server);

		c->server = xasprintf("http://%s", server + strlen("https://"));
	}
	json_array_append_new(c->notes,
		json_sprintf("%s: the server has no scheme: %s:// is taken, as kubectl does %s a "
			     "certificate",
			c->cluster_from, tls ? "https" : "http", tls ? "with" : "without"));
}

static int read_server(struct kube_config *c, const struct kubeconfig_entry *cluster,
	const struct kube_overrides *o, struct err *e)
{
	const char *url, *name;

	if (kubeconfig_string(cluster, "tls-server-name", &name, e) < 0)
		return -1;
	/* the name in the kubeconfig is that of its own server */
	if (o->server || o->tls_server_name)
		name = o->tls_server_name;
	c->tls_server_name = name ? xstrdup(name) : NULL;
	if (c->server) /* the server of a pod */
		return 0;
	if (o->server) {
		if (parse_server(c, o->server, e) == 0)
			return 0;
		e->kind = ERR_USAGE;
		return err_blame(e, "server");
	}
	if (kubeconfig_string(cluster, "server", &url, e) < 0)
		return -1;
	if (!url)
		err_set(e, ERR_FORMAT, 0, "is not set; write https://HOST:PORT there");
	if (!url || parse_server(c, url, e) < 0)
		return kubeconfig_blame(cluster, "server", e);
	return 0;
}

/* When a flag is about trust, the kubeconfig's settings for trust do not count, as in kubectl. */
static int read_trust(struct kube_config *c, const struct kubeconfig_entry *cluster,
	const struct kube_overrides *o, struct err *e)
{
	const char *path = NULL;

	if (o->insecure_skip_tls_verify && o->certificate_authority)
		return err_set(e, ERR_USAGE, 0,
			"--insecure-skip-tls-verify and --certificate-authority exclude each "
			"other");
	if (o->insecure_skip_tls_verify || o->certificate_authority) {
		free(steal(&c->ca_pem));
		free(steal(&c->ca_from));
	}
	c->insecure_skip_tls_verify = o->insecure_skip_tls_verify;
	if (o->insecure_skip_tls_verify)
		return 0;
	if (kubeconfig_bool(cluster, "insecure-skip-tls-verify", &c->insecure_skip_tls_verify, e) <
		0)
		return -1;
	if (o->certificate_authority) {
		c->ca_from = xstrdup("--certificate-authority");
		if (credentials_pem_file(o->certificate_authority, &c->ca_pem, e) < 0)
			return err_blame(e, "certificate-authority");
	} else if (credentials_pem(cluster, "certificate-authority", &c->ca_pem, e) < 0 ||
		   kubeconfig_string(cluster, "certificate-authority", &path, e) < 0) {
		return -1;
	}
	if (c->insecure_skip_tls_verify && c->ca_pem) {
		err_set(e, ERR_FORMAT, 0,
			"is set together with a certificate authority; remove one of the two");
		return kubeconfig_blame(cluster, "insecure-skip-tls-verify", e);
	}
	if (c->ca_pem && !c->ca_from)
		c->ca_from = xasprintf(
			"certificate-authority%s of %s", path ? "" : "-data", c->cluster_from);
	return 0;
}

static int read_proxy(struct kube_config *c, const struct kubeconfig_entry *cluster,
	const struct kube_overrides *o, struct err *e)
{
	const char *url = o->proxy_url;

	if (!url && kubeconfig_string(cluster, "proxy-url", &url, e) < 0)
		return -1;
	if (!url)
		return 0;
	struct proxy checked = { 0 };

	if (proxy_parse(&checked, url, e) < 0) {
		e->kind = o->proxy_url ? ERR_USAGE : e->kind;
		return o->proxy_url ? err_blame(e, "proxy-url")
				    : kubeconfig_blame(cluster, "proxy-url", e);
	}
	proxy_release(&checked);
	secret_free(c->proxy_url);
	c->proxy_url = xstrdup(url);
	free(c->proxy_from);
	c->proxy_from = o->proxy_url ? xstrdup("--proxy-url")
				     : xasprintf("proxy-url of %s", c->cluster_from);
	return 0;
}

int config_read_cluster(struct kube_config *c, const struct kubeconfig_entry *cluster,
	const struct kube_overrides *o, struct err *e)
{
	if (!c->cluster_from)
		c->cluster_from = cluster->name ? kubeconfig_where(cluster) : xstrdup("--server");
	c->request_ms = o->request_ms;
	if (read_server(c, cluster, o, e) < 0 || read_trust(c, cluster, o, e) < 0 ||
		read_proxy(c, cluster, o, e) < 0 ||
		kubeconfig_bool(cluster, "disable-compression", &c->disable_compression, e) < 0)
		return -1;
	c->disable_compression |= o->disable_compression;
	return 0;
}
