/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "base/proxy.h"
#include "kube/config/config_parts.h"
#include "kube/config/credentials.h"

/* Server */

static int check_port(const char *port, size_t len, struct err *e)
{
	long value = 0;

	for (size_t i = 0; i < len && value <= UINT16_MAX; i++) {
		if (port[i] < '0' || port[i] > '9')
			value = UINT16_MAX;
		value = value * 10 + (port[i] - '0');
	}
	if (value < 1 || value > UINT16_MAX)
		return err_set(e, ERR_FORMAT, 0, "the port must be a number from 1 to 65535");
	return 0;
}

static int check_authority(const char *s, size_t len, struct err *e)
{
	const char *colon, *close = *s == '[' ? memchr(s, ']', len) : NULL;
	size_t host = close ? (size_t)(close - s) + 1 : 0;

	if (memchr(s, '@', len))
		return err_set(e, ERR_FORMAT, 0,
			"a user name or password has no place in the URL; give the user a token "
			"or a client certificate");
	if (*s == '[' && host < 3)
		return err_set(e, ERR_FORMAT, 0, "the IPv6 address must be enclosed in [ and ]");
	colon = memchr(s + host, ':', len - host);
	if (!close)
		host = colon ? (size_t)(colon - s) : len;
	if (host == 0)
		return err_set(e, ERR_FORMAT, 0,
			"the URL has no host; it should look like https://HOST:PORT");
	if (colon && memchr(colon + 1, ':', len - (size_t)(colon + 1 - s)))
		return err_set(e, ERR_FORMAT, 0,
			"an IPv6 address needs brackets, as in https://[fd00::1]:6443");
	if (host < len && s[host] != ':')
		return err_set(
			e, ERR_FORMAT, 0, "only a :PORT can follow the ] of an IPv6 address");
	return colon ? check_port(colon + 1, len - (size_t)(colon + 1 - s), e) : 0;
}

/* The URL itself stays out of the errors: people put passwords and tokens into URLs. */
int config_parse_server(const char *url, char **server, struct err *e)
{
	bool tls = strncasecmp(url, "https://", 8) == 0;
	const char *rest = tls ? url + 8 : url + 7;

	if (!tls && strncasecmp(url, "http://", 7) != 0)
		return err_set(e, ERR_FORMAT, 0,
			"the URL must start with https:// (or http://), as in https://HOST:PORT");
	for (const char *c = rest; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || strchr("\"<>\\^`{|}", *c))
			return err_set(e, ERR_FORMAT, 0,
				"the URL has a character at position %zu that must be "
				"percent-encoded or, in a host name, written as punycode",
				(size_t)(c - url) + 1);
	if (strpbrk(rest, "?#"))
		return err_set(e, ERR_FORMAT, 0,
			"the URL must end with its path: remove the query (?) or fragment (#)");
	size_t authority = strcspn(rest, "/"), len = strlen(rest);

	if (check_authority(rest, authority, e) < 0)
		return -1;
	while (len > authority && rest[len - 1] == '/')
		len--;
	*server = xasprintf("%s%.*s", tls ? "https://" : "http://", (int)len, rest);
	return 0;
}

static int read_server(struct kube_config *c, const struct kubeconfig_entry *cluster,
	const struct kube_overrides *o, struct err *e)
{
	const char *url, *name;

	if (kubeconfig_string(cluster, "tls-server-name", &name, e) < 0)
		return -1;
	/* Another server has another name. */
	if (o->server || o->tls_server_name)
		name = o->tls_server_name;
	c->tls_server_name = name ? xstrdup(name) : NULL;
	if (c->server) /* a pod's */
		return 0;
	if (o->server) {
		if (config_parse_server(o->server, &c->server, e) == 0)
			return 0;
		e->kind = ERR_USAGE;
		return err_wrap(e, "--server");
	}
	if (kubeconfig_string(cluster, "server", &url, e) < 0)
		return -1;
	if (!url)
		err_set(e, ERR_FORMAT, 0, "is not set; write https://HOST:PORT there");
	if (!url || config_parse_server(url, &c->server, e) < 0)
		return kubeconfig_blame(cluster, "server", e);
	return 0;
}

/* A flag says all about trust: what the kubeconfig has then does not count, as with kubectl. */
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
			return err_wrap(e, "--certificate-authority");
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
	char *checked = proxy_url(url, e);

	if (!checked) {
		e->kind = o->proxy_url ? ERR_USAGE : e->kind;
		return o->proxy_url ? err_wrap(e, "--proxy-url")
				    : kubeconfig_blame(cluster, "proxy-url", e);
	}
	secret_free(checked);
	secret_free(c->proxy_url);
	c->proxy_url = xstrdup(url);
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
