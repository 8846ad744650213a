/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/url.h"
#include "kube/config/config_parts.h"
#include "kube/config/credentials.h"

static const char service_account[] = "/var/run/secrets/kubernetes.io/serviceaccount";

/* Selection */

static int find_context(const struct kubeconfig *k, const char *wanted,
	struct kubeconfig_entry *context, struct err *e)
{
	const char *current = kubeconfig_current_context(k);

	if (wanted) {
		if (kubeconfig_find(k, KUBECONFIG_CONTEXT, wanted, context, e) == 0)
			return 0;
		e->kind = ERR_USAGE;
		return err_blame(e, "context");
	}
	if (!current)
		return 0;
	return kubeconfig_find(k, KUBECONFIG_CONTEXT, current, context, e) < 0
		       ? err_wrap(e, "current-context")
		       : 0;
}

/*
 * Finds the entry that a flag names, else the one that the context names; zero when neither names
 * one.
 */
static int find_part(const struct kubeconfig *k, enum kubeconfig_section section,
	const char *wanted, const struct kubeconfig_entry *context, struct kubeconfig_entry *part,
	struct err *e)
{
	const char *field = section == KUBECONFIG_CLUSTER ? "cluster" : "user", *name;

	if (wanted) {
		if (kubeconfig_find(k, section, wanted, part, e) == 0)
			return 0;
		e->kind = ERR_USAGE;
		return err_blame(e, field);
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
	if (kubeconfig_string(&context, "namespace", &namespace, e) < 0 ||
		config_read_cluster(c, &cluster, o, e) < 0 ||
		config_read_user(c, &user, &cluster, o, e) < 0)
		return -1;
	config_settle_scheme(c);
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

static int read_service_account(
	struct kube_config *c, const char *dir, const char *host, const char *port, struct err *e)
{
	bool ipv6 = strchr(host, ':') && *host != '[';
	char_auto *url =
		xasprintf("https://%s%s%s:%s", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
	char_auto *token = xasprintf("%s/token", dir), *ca = xasprintf("%s/ca.crt", dir);

	if (url_parse_server(url, CONFIG_CREDENTIALS, &c->server, e) < 0)
		return err_wrap(e, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT");
	c->token_file = xstrdup(token);
	if (credentials_token_file(token, &c->bearer_token, e) < 0)
		return -1;
	if (!c->bearer_token)
		return err_set(e, ERR_FORMAT, 0,
			"%s: is empty; the pod's service account has no token", token);
	/*
	 * The roots of the system are no replacement: the token would go to any server with a
	 * certificate.
	 */
	if (credentials_pem_file(ca, &c->ca_pem, e) < 0)
		return -1;
	c->source = xstrdup("in-cluster");
	c->cluster_from = xstrdup("the pod's environment (KUBERNETES_SERVICE_HOST)");
	c->user_from = xstrdup("the pod's service account");
	c->ca_from = xstrdup(ca);
	return read_namespace(c, dir, e);
}

static int read_in_cluster(struct kube_config *c, const struct kubeconfig *k,
	const struct kube_overrides *o, const char *dir, struct err *e)
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
	if (read_service_account(c, dir, host, port, e) < 0)
		return err_wrap(e, "the service account of this pod");
	return config_apply_flags(c, o, e);
}

/*
 * Refuses empty names: most often a shell variable is not set, and another cluster would be used.
 */
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
		{ "certificate-authority", o->certificate_authority },
		{ "tls-server-name", o->tls_server_name },
		{ "proxy-url", o->proxy_url },
		{ "client-certificate", o->client_certificate },
		{ "client-key", o->client_key },
		{ "token-file", o->token_file },
		{ "as", o->as },
		{ "as-uid", o->as_uid },
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].value && !*flags[i].value)
			return err_set(e, ERR_USAGE, 0,
				"--%s is empty; give it a value or leave it out", flags[i].flag);
	for (size_t i = 0; i < o->as_groups.n; i++)
		if (!*o->as_groups.items[i])
			return err_set(e, ERR_USAGE, 0,
				"--as-group is empty; give it a value or leave it out");
	return 0;
}

static int load(struct kube_config *c, const struct kubeconfig *k, const struct kube_overrides *o,
	const char *dir, struct err *e)
{
	bool chosen = o->context || o->cluster || o->user || o->server;

	if (!k->nothing || chosen)
		return read_selected(c, k, o, e);
	if (k->is_explicit)
		return err_set(
			e, ERR_FORMAT, 0, "--kubeconfig: %s; is it the right file?", k->nothing);
	return read_in_cluster(c, k, o, dir, e);
}

int kube_config_files(struct kubeconfig *k, const struct kube_overrides *overrides, struct err *e)
{
	if (overrides->kubeconfig)
		return kubeconfig_load(k, overrides->kubeconfig, e);
	if (overrides->kubeconfig_text)
		return kubeconfig_load_text(k, overrides->kubeconfig_text, e) < 0
			       ? err_wrap(e, "%s", overrides->kubeconfig_from)
			       : 0;
	return kubeconfig_load_list(k, overrides->kubeconfig_list, overrides->kubeconfig_from, e);
}

int kube_config_load_from(struct kube_config *c, const struct kube_overrides *overrides,
	const char *service_account_dir, struct err *e)
{
	struct kubeconfig k = { 0 };
	int rc = -1;

	*c = (struct kube_config){ 0 };
	c->notes = json_array();
	if (check_overrides(overrides, e) == 0 && kube_config_files(&k, overrides, e) == 0)
		rc = load(c, &k, overrides, service_account_dir, e);
	json_array_extend(c->notes, k.notes);
	kubeconfig_release(&k);
	if (rc < 0)
		kube_config_release(c);
	return rc;
}

int kube_config_load(struct kube_config *c, const struct kube_overrides *overrides, struct err *e)
{
	return kube_config_load_from(c, overrides, service_account, e);
}

void kube_config_release(struct kube_config *c)
{
	secret_free(c->client_key_pem);
	secret_free(c->bearer_token);
	secret_free(c->password);
	secret_free(c->proxy_url);
	exec_plugin_free(c->exec);
	for (char **line = c->headers; line && *line; line++)
		free(*line);
	free(c->headers);
	free(c->source);
	free(c->context);
	free(c->namespace);
	free(c->server);
	free(c->ca_pem);
	free(c->client_cert_pem);
	free(c->tls_server_name);
	free(c->username);
	free(c->token_file);
	free(c->client_cert_file);
	free(c->client_key_file);
	free(c->cluster_from);
	free(c->ca_from);
	free(c->proxy_from);
	free(c->user_from);
	json_decref(c->notes);
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
		.username = c->username,
		.password = c->password,
		.headers = (const char *const *)c->headers,
		.proxy_url = c->proxy_url,
		.disable_compression = c->disable_compression,
		.request_ms = c->request_ms,
		.cluster_from = c->cluster_from,
		.name_field = "tls-server-name",
		.ca_from = c->ca_from,
		.proxy_from = c->proxy_from,
		.user_from = c->user_from,
	};
}
