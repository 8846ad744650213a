/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/config.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "kube/credentials.h"

static const char service_account[] = "/var/run/secrets/kubernetes.io/serviceaccount";

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
		return err_set(e, ERR_FORMAT, 0,
			"only a :PORT can follow the ] of an IPv6 address");
	return colon ? check_port(colon + 1, len - (size_t)(colon + 1 - s), e) : 0;
}

/* The URL itself stays out of the errors: people put passwords and tokens into URLs. */
static int parse_server(const char *url, char **server, struct err *e)
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

/* Cluster and user */

static int read_cluster_trust(
	struct kube_config *c, const struct kubeconfig_entry *cluster, struct err *e)
{
	if (kubeconfig_bool(cluster, "insecure-skip-tls-verify", &c->insecure_skip_tls_verify, e) <
			0 ||
		credentials_pem(cluster, "certificate-authority", &c->ca_pem, e) < 0)
		return -1;
	if (c->insecure_skip_tls_verify && c->ca_pem) {
		err_set(e, ERR_FORMAT, 0,
			"is set together with a certificate authority; remove one of the two");
		return kubeconfig_blame(cluster, "insecure-skip-tls-verify", e);
	}
	return 0;
}

static int read_client_cert(
	struct kube_config *c, const struct kubeconfig_entry *user, struct err *e)
{
	if (credentials_pem(user, "client-certificate", &c->client_cert_pem, e) < 0)
		return -1;
	if (!c->client_cert_pem)
		return 0; /* as with kubectl, a key alone means nothing and is not read */
	if (credentials_pem(user, "client-key", &c->client_key_pem, e) < 0)
		return -1;
	if (!c->client_key_pem) {
		err_set(e, ERR_FORMAT, 0, "has no key; set client-key or client-key-data");
		return kubeconfig_blame(user, "client-certificate", e);
	}
	return 0;
}

/* What a context can ask for that this program does not do. */

static const struct {
	enum kubeconfig_section section;
	const char *field, *instead;
} unsupported[] = {
	{ KUBECONFIG_CLUSTER, "proxy-url",
		"proxies of a kubeconfig are not supported yet; remove it and set HTTPS_PROXY in "
		"the environment" },
	{ KUBECONFIG_USER, "exec",
		"log-in programs are not supported yet; use a user with a client certificate, "
		"token "
		"or tokenFile (\"kubectl create token SERVICEACCOUNT\" makes a token)" },
	{ KUBECONFIG_USER, "auth-provider",
		"log-in providers are not supported yet; use a user with a client certificate, "
		"token "
		"or tokenFile (\"kubectl create token SERVICEACCOUNT\" makes a token)" },
	{ KUBECONFIG_USER, "as",
		"impersonation is not supported yet; use a user with the rights of its own" },
	{ KUBECONFIG_USER, "as-uid",
		"impersonation is not supported yet; use a user with the rights of its own" },
	{ KUBECONFIG_USER, "as-groups",
		"impersonation is not supported yet; use a user with the rights of its own" },
	{ KUBECONFIG_USER, "as-user-extra",
		"impersonation is not supported yet; use a user with the rights of its own" },
	{ KUBECONFIG_USER, "username",
		"passwords are not supported; use a client certificate, token or tokenFile" },
	{ KUBECONFIG_USER, "password",
		"passwords are not supported; use a client certificate, token or tokenFile" },
};

static int refuse_unsupported(const struct kubeconfig_entry *entry, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(unsupported); i++) {
		if (unsupported[i].section != entry->section ||
			!kubeconfig_has(entry, unsupported[i].field))
			continue;
		err_set(e, ERR_FORMAT, 0, "%s", unsupported[i].instead);
		return kubeconfig_blame(entry, unsupported[i].field, e);
	}
	return 0;
}

/* Selection */

static int find_context(const struct kubeconfig *k, const char *wanted,
	struct kubeconfig_entry *context, struct err *e)
{
	const char *current = kubeconfig_current_context(k);

	if (wanted) {
		if (kubeconfig_find(k, KUBECONFIG_CONTEXT, wanted, context, e) == 0)
			return 0;
		e->kind = ERR_USAGE;
		return err_wrap(e, "--context");
	}
	if (!current)
		return 0;
	return kubeconfig_find(k, KUBECONFIG_CONTEXT, current, context, e) < 0 ?
		       err_wrap(e, "current-context") :
		       0;
}

/* The entry that a flag names, else the one that the context names; zero when neither does. */
static int find_part(const struct kubeconfig *k, enum kubeconfig_section section,
	const char *wanted, const struct kubeconfig_entry *context, struct kubeconfig_entry *part,
	struct err *e)
{
	const char *field = section == KUBECONFIG_CLUSTER ? "cluster" : "user", *name;

	if (wanted) {
		if (kubeconfig_find(k, section, wanted, part, e) == 0)
			return 0;
		e->kind = ERR_USAGE;
		return err_wrap(e, "--%s", field);
	}
	if (kubeconfig_string(context, field, &name, e) < 0)
		return -1;
	if (name && kubeconfig_find(k, section, name, part, e) < 0)
		return kubeconfig_blame(context, field, e);
	return 0;
}

static int no_cluster(
	const struct kubeconfig *k, const struct kubeconfig_entry *context, struct err *e)
{
	char_auto *paths = kubeconfig_paths(k);
	char_auto *contexts = kubeconfig_names(k, KUBECONFIG_CONTEXT);

	if (context->name) {
		err_set(e, ERR_FORMAT, 0, "is not set; set it, or choose one with --cluster");
		return kubeconfig_blame(context, "cluster", e);
	}
	if (*contexts)
		return err_set(e, ERR_USAGE, 0,
			"%s sets no current-context; choose a context with --context: %s", paths,
			contexts);
	return err_set(e, ERR_USAGE, 0,
		"%s has no contexts to choose from; give --cluster and --user, or another file "
		"with "
		"--kubeconfig",
		paths);
}

static int read_server(struct kube_config *c, const struct kubeconfig_entry *cluster,
	const char *wanted, struct err *e)
{
	const char *url, *name;

	if (wanted) {
		if (parse_server(wanted, &c->server, e) == 0)
			return 0;
		e->kind = ERR_USAGE;
		return err_wrap(e, "--server");
	}
	if (kubeconfig_string(cluster, "server", &url, e) < 0 ||
		kubeconfig_string(cluster, "tls-server-name", &name, e) < 0)
		return -1;
	if (!url)
		err_set(e, ERR_FORMAT, 0, "is not set; write https://HOST:PORT there");
	if (!url || parse_server(url, &c->server, e) < 0)
		return kubeconfig_blame(cluster, "server", e);
	c->tls_server_name = name ? xstrdup(name) : NULL;
	return 0;
}

static int read_selected(struct kube_config *c, const struct kubeconfig *k,
	const struct kube_overrides *o, struct err *e)
{
	struct kubeconfig_entry context = { 0 }, cluster = { 0 }, user = { 0 };
	const char *namespace;

	if (find_context(k, o->context, &context, e) < 0 ||
		find_part(k, KUBECONFIG_CLUSTER, o->cluster, &context, &cluster, e) < 0 ||
		find_part(k, KUBECONFIG_USER, o->user, &context, &user, e) < 0)
		return -1;
	if (!cluster.name && !o->server)
		return no_cluster(k, &context, e);
	if (refuse_unsupported(&cluster, e) < 0 || refuse_unsupported(&user, e) < 0 ||
		kubeconfig_string(&context, "namespace", &namespace, e) < 0 ||
		read_server(c, &cluster, o->server, e) < 0 ||
		read_cluster_trust(c, &cluster, e) < 0 || read_client_cert(c, &user, e) < 0 ||
		credentials_token(&user, &c->bearer_token, e) < 0)
		return -1;
	c->context = context.name ? xstrdup(context.name) : NULL;
	c->namespace = xstrdup(namespace ? namespace : "default");
	c->source = k->n > 0 ? kubeconfig_paths(k) : xstrdup("--server");
	return 0;
}

/* In a pod */

static const char *set_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int read_namespace(struct kube_config *c, const char *dir, struct err *e)
{
	const char *variable = set_variable("POD_NAMESPACE");
	char_auto *path = xasprintf("%s/namespace", dir);
	err_auto failed = { 0 };

	if (variable)
		c->namespace = xstrdup(variable);
	else if (credentials_token_file(path, &c->namespace, &failed) < 0 &&
		 failed.kind != ERR_IO) {
		err_move(e, &failed);
		return -1;
	}
	if (!c->namespace)
		c->namespace = xstrdup("default");
	return 0;
}

static int read_service_account(struct kube_config *c, const char *dir, const char *host,
	const char *port, struct err *e)
{
	bool ipv6 = strchr(host, ':') && *host != '[';
	char_auto *url =
		xasprintf("https://%s%s%s:%s", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
	char_auto *token = xasprintf("%s/token", dir), *ca = xasprintf("%s/ca.crt", dir);

	if (parse_server(url, &c->server, e) < 0)
		return err_wrap(e, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT");
	if (credentials_token_file(token, &c->bearer_token, e) < 0)
		return -1;
	if (!c->bearer_token)
		return err_set(e, ERR_FORMAT, 0,
			"%s: is empty; the pod's service account has no token", token);
	/* Never the system's roots instead: the token would go to whoever has a certificate. */
	if (credentials_pem_file(ca, &c->ca_pem, e) < 0)
		return -1;
	c->source = xstrdup("in-cluster");
	return read_namespace(c, dir, e);
}

static int read_in_cluster(struct kube_config *c, const struct kubeconfig *k, const char *dir,
	struct err *e)
{
	const char *host = set_variable("KUBERNETES_SERVICE_HOST");
	const char *port = set_variable("KUBERNETES_SERVICE_PORT");
	char_auto *token = xasprintf("%s/token", dir);
	static const char next[] = "give --kubeconfig FILE, or --server URL, or set KUBECONFIG";

	if (!host || !port)
		return err_set(e, ERR_USAGE, 0,
			"no cluster to talk to: %s, and this is no pod (%s is not set); %s",
			k->nothing, host ? "KUBERNETES_SERVICE_PORT" : "KUBERNETES_SERVICE_HOST",
			next);
	if (access(token, F_OK) < 0)
		return err_set(e, ERR_USAGE, 0,
			"no cluster to talk to: %s, and the pod's service account has no token "
			"(%s: %s); %s",
			k->nothing, token, strerror(errno), next);
	return read_service_account(c, dir, host, port, e) < 0 ?
		       err_wrap(e, "the service account of this pod") :
		       0;
}

/* An empty name is most often a shell variable that was never set, and the cluster a wrong one. */
static int check_overrides(const struct kube_overrides *o, struct err *e)
{
	const struct {
		const char *flag, *value;
	} flags[] = {
		{ "kubeconfig", o->kubeconfig },
		{ "context", o->context },
		{ "cluster", o->cluster },
		{ "user", o->user },
		{ "server", o->server },
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].value && !*flags[i].value)
			return err_set(e, ERR_USAGE, 0,
				"--%s is empty; give it a value or leave it out", flags[i].flag);
	return 0;
}

static int load(struct kube_config *c, const struct kubeconfig *k, const struct kube_overrides *o,
	const char *dir, struct err *e)
{
	bool chosen = o->context || o->cluster || o->user || o->server;

	if (!k->nothing || chosen)
		return read_selected(c, k, o, e);
	if (k->is_explicit)
		return err_set(e, ERR_FORMAT, 0,
			"--kubeconfig: %s; is it the right file?", k->nothing);
	return read_in_cluster(c, k, dir, e);
}

int kube_config_load_from(struct kube_config *c, const struct kube_overrides *overrides,
	const char *service_account_dir, struct err *e)
{
	struct kubeconfig k = { 0 };
	int rc = -1;

	*c = (struct kube_config){ 0 };
	if (check_overrides(overrides, e) == 0 &&
		kubeconfig_load(&k, overrides->kubeconfig, e) == 0)
		rc = load(c, &k, overrides, service_account_dir, e);
	kubeconfig_release(&k);
	if (rc < 0)
		kube_config_release(c);
	return rc;
}

int kube_config_load(struct kube_config *c, const struct kube_overrides *overrides, struct err *e)
{
	return kube_config_load_from(c, overrides, service_account, e);
}

static void wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void kube_config_release(struct kube_config *c)
{
	wipe(c->client_key_pem);
	wipe(c->bearer_token);
	free(c->source);
	free(c->context);
	free(c->namespace);
	free(c->server);
	free(c->ca_pem);
	free(c->client_cert_pem);
	free(c->tls_server_name);
	*c = (struct kube_config){ 0 };
}

struct http_endpoint kube_config_endpoint(const struct kube_config *c)
{
	return (struct http_endpoint){
		.url = c->server,
		.ca_pem = c->ca_pem,
		.client_cert_pem = c->client_cert_pem,
		.client_key_pem = c->client_key_pem,
		.bearer_token = c->bearer_token,
		.tls_server_name = c->tls_server_name,
		.insecure_skip_tls_verify = c->insecure_skip_tls_verify,
	};
}
