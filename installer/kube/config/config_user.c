/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "kube/config/config_parts.h"
#include "kube/config/credentials.h"

/* Certificate and key */

static int read_pem(const struct kubeconfig_entry *user, const char *field, const char *flag,
	char **pem, char **file, struct err *e)
{
	const char *path = NULL;

	if (flag) {
		if (credentials_pem_file(flag, pem, e) < 0)
			return err_blame(e, field);
		*file = xstrdup(flag);
		return 0;
	}
	if (credentials_pem(user, field, pem, e) < 0 ||
		kubeconfig_string(user, field, &path, e) < 0)
		return -1;
	*file = path ? kubeconfig_resolve(user, path) : NULL;
	return 0;
}

static int read_client_cert(struct kube_config *c, const struct kubeconfig_entry *user,
	const struct kube_overrides *o, struct err *e)
{
	if (read_pem(user, "client-certificate", o->client_certificate, &c->client_cert_pem,
		    &c->client_cert_file, e) < 0)
		return -1;
	if (!c->client_cert_pem && o->client_key) {
		err_set(e, ERR_USAGE, 0,
			"there is no certificate for this key; give --client-certificate as well");
		return err_blame(e, "client-key");
	}
	if (!c->client_cert_pem)
		return 0; /* as in kubectl, a key without a certificate is ignored and not read */
	if (read_pem(user, "client-key", o->client_key, &c->client_key_pem, &c->client_key_file,
		    e) < 0)
		return -1;
	if (c->client_key_pem)
		return 0;
	if (o->client_certificate) {
		err_set(e, ERR_USAGE, 0,
			"there is no key for this certificate; give --client-key as well");
		return err_blame(e, "client-certificate");
	}
	err_set(e, ERR_FORMAT, 0, "has no key; set client-key or client-key-data");
	return kubeconfig_blame(user, "client-certificate", e);
}

/* Token and password */

static int read_token(struct kube_config *c, const struct kubeconfig_entry *user,
	const struct kube_overrides *o, struct err *e)
{
	const char *file;

	if (o->token && !o->token_file) {
		secret_free(steal(&c->bearer_token));
		free(steal(&c->token_file));
		return credentials_trim_token(o->token, strlen(o->token), &c->bearer_token, e) < 0
			       ? err_wrap(e, "k8sAPIToken")
			       : 0;
	}
	if (o->token_file) {
		secret_free(steal(&c->bearer_token));
		free(c->token_file);
		c->token_file = xstrdup(o->token_file);
		if (credentials_token_file(o->token_file, &c->bearer_token, e) == 0 &&
			!c->bearer_token)
			err_set(e, ERR_FORMAT, 0, "%s: is empty; write a token into it",
				o->token_file);
		return c->bearer_token ? 0 : err_blame(e, "token-file");
	}
	if (credentials_token(user, &c->bearer_token, e) < 0 ||
		kubeconfig_string(user, "tokenFile", &file, e) < 0)
		return -1;
	if (file)
		c->token_file = kubeconfig_resolve(user, file);
	return 0;
}

static int read_password(struct kube_config *c, const struct kubeconfig_entry *user, struct err *e)
{
	const char *name, *password, *token;

	if (kubeconfig_string(user, "username", &name, e) < 0 ||
		kubeconfig_string(user, "password", &password, e) < 0 ||
		kubeconfig_string(user, "token", &token, e) < 0)
		return -1;
	if (!name && !password)
		return 0;
	if (token) {
		err_set(e, ERR_FORMAT, 0, "is set, and a token as well; remove one of the two");
		return kubeconfig_blame(user, name ? "username" : "password", e);
	}
	if (c->bearer_token) /* from a file, which overrides a password */
		return 0;
	if (name && strchr(name, ':')) {
		err_set(e, ERR_FORMAT, 0, "contains a colon, which basic auth does not allow");
		return kubeconfig_blame(user, "username", e);
	}
	c->username = xstrdup(name ? name : "");
	c->password = xstrdup(password ? password : "");
	return 0;
}

/* Impersonation */

static void add_header(struct kube_config *c, size_t *n, char *line_take)
{
	c->headers = xrealloc(c->headers, *n + 2, sizeof(*c->headers));
	c->headers[(*n)++] = line_take;
	c->headers[*n] = NULL;
}

/* Control characters are not allowed in the value of a header: a line break would add a header. */
static int check_value(const char *value, struct err *e)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return err_set(e, ERR_FORMAT, 0,
				"has a control character, which no request may have");
	return 0;
}

/*
 * Like client-go, escapes all bytes except letters, digits and the marks of RFC 7230 without "%".
 */
static void escape_key(struct buf *out, const char *key)
{
	for (const char *p = key; *p; p++) {
		unsigned char ch = (unsigned char)*p;

		if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
			(ch >= '0' && ch <= '9') || strchr("!#$&'*+-.^_`|~", ch))
			buf_putc(out, (char)ch);
		else
			buf_printf(out, "%%%02X", ch);
	}
}

static int add_extra(struct kube_config *c, size_t *n, const struct kubeconfig_entry *user,
	const char *key, const json_t *values, struct err *e)
{
	buf_auto escaped = { 0 };
	const json_t *value;
	size_t i;

	escape_key(&escaped, key);
	json_array_foreach(values, i, value) {
		if (!json_is_string(value) || check_value(json_string_value(value), e) < 0)
			break;
		add_header(c, n,
			xasprintf("Impersonate-Extra-%s: %s", buf_str(&escaped),
				json_string_value(value)));
	}
	if (json_is_array(values) && i == json_array_size(values))
		return 0;
	if (!e->msg)
		err_set(e, ERR_FORMAT, 0, "must be a map of lists of strings");
	return kubeconfig_blame(user, "as-user-extra", e);
}

static int add_groups(struct kube_config *c, size_t *n, const struct kubeconfig_entry *user,
	const struct string_list *flags, struct err *e)
{
	const json_t *list = json_object_get(user->fields, "as-groups"), *group;
	size_t i;

	for (i = 0; i < flags->n; i++) {
		if (check_value(flags->items[i], e) < 0)
			return err_blame(e, "as-group");
		add_header(c, n, xasprintf("Impersonate-Group: %s", flags->items[i]));
	}
	if (flags->n > 0 || !list || json_is_null(list))
		return 0;
	json_array_foreach(list, i, group) {
		if (!json_is_string(group) || check_value(json_string_value(group), e) < 0)
			break;
		add_header(c, n, xasprintf("Impersonate-Group: %s", json_string_value(group)));
	}
	if (json_is_array(list) && i == json_array_size(list))
		return 0;
	if (!e->msg)
		err_set(e, ERR_FORMAT, 0, "must be a list of strings");
	return kubeconfig_blame(user, "as-groups", e);
}

static int nobody_named(const struct kubeconfig_entry *user, const struct kube_overrides *o,
	const char *uid, struct err *e)
{
	const char *field = uid                                     ? "as-uid"
			    : kubeconfig_has(user, "as-groups")     ? "as-groups"
			    : kubeconfig_has(user, "as-user-extra") ? "as-user-extra"
								    : NULL;

	if (o->as_uid || o->as_groups.n > 0)
		return err_set(e, ERR_USAGE, 0, "--%s names no user; give --as as well",
			o->as_uid ? "as-uid" : "as-group");
	if (!field)
		return 0;
	err_set(e, ERR_FORMAT, 0, "is set without a user to impersonate; set \"as\" as well");
	return kubeconfig_blame(user, field, e);
}

static int read_impersonation(struct kube_config *c, const struct kubeconfig_entry *user,
	const struct kube_overrides *o, struct err *e)
{
	const json_t *extra = json_object_get(user->fields, "as-user-extra");
	const char *as, *uid, *key;
	json_t *values;
	size_t n = 0;

	if (kubeconfig_string(user, "as", &as, e) < 0 ||
		kubeconfig_string(user, "as-uid", &uid, e) < 0)
		return -1;
	if (o->as)
		as = o->as;
	if (!as)
		return nobody_named(user, o, uid, e);
	if (o->as_uid)
		uid = o->as_uid;
	if (check_value(as, e) < 0 || (uid && check_value(uid, e) < 0))
		return err_wrap(e, "the user to impersonate");
	add_header(c, &n, xasprintf("Impersonate-User: %s", as));
	if (uid)
		add_header(c, &n, xasprintf("Impersonate-Uid: %s", uid));
	if (add_groups(c, &n, user, &o->as_groups, e) < 0)
		return -1;
	if (extra && !json_is_null(extra) && !json_is_object(extra)) {
		err_set(e, ERR_FORMAT, 0, "must be a map of lists of strings");
		return kubeconfig_blame(user, "as-user-extra", e);
	}
	json_object_foreach((json_t *)(uintptr_t)extra, key, values)
		if (add_extra(c, &n, user, key, values, e) < 0)
			return -1;
	return 0;
}

/* Credential plugin */

static const json_t *exec_config(const struct kubeconfig_entry *cluster)
{
	const json_t *list = json_object_get(cluster->fields, "extensions"), *item;
	size_t i;

	json_array_foreach(list, i, item) {
		const char *name = json_str(item, "name");

		if (name && strcmp(name, "client.authentication.k8s.io/exec") == 0)
			return json_object_get(item, "extension");
	}
	return NULL;
}

/* The value of spec.cluster for a plugin, with the members that client-go writes. */
static json_t *cluster_info(const struct kube_config *c, const struct kubeconfig_entry *cluster)
{
	const json_t *config = exec_config(cluster);
	json_t *info = json_object();

	json_object_set_new(info, "server", json_string(c->server));
	if (c->tls_server_name)
		json_object_set_new(info, "tls-server-name", json_string(c->tls_server_name));
	if (c->insecure_skip_tls_verify)
		json_object_set_new(info, "insecure-skip-tls-verify", json_true());
	if (c->ca_pem) {
		struct buf data = { 0 };

		base64_encode(&data, c->ca_pem, strlen(c->ca_pem));
		json_object_set_new(
			info, "certificate-authority-data", json_string(buf_str(&data)));
		buf_release(&data);
	}
	if (c->proxy_url)
		json_object_set_new(info, "proxy-url", json_string(c->proxy_url));
	if (c->disable_compression)
		json_object_set_new(info, "disable-compression", json_true());
	json_object_set_new(info, "config", config ? json_deep_copy(config) : json_null());
	return info;
}

/*
 * Checks the plugin's settings even when other credentials are used: kubectl refuses wrong
 * settings, too.
 */
static int read_exec(struct kube_config *c, const struct kubeconfig_entry *user,
	const struct kubeconfig_entry *cluster, const struct kube_overrides *o, struct err *e)
{
	if (!kubeconfig_has(user, "exec"))
		return 0;
	struct exec_plugin *plugin = exec_plugin_new(user, cluster_info(c, cluster), e);

	if (!plugin)
		return -1;
	if (c->bearer_token || c->username || c->client_cert_pem) {
		exec_plugin_free(plugin);
		return 0;
	}
	c->exec = plugin;
	if (!o->no_exec)
		return 0;
	err_set(e, ERR_AUTH, 0,
		"credential plugins are not run with --no-exec; give --token-file, or a user with "
		"a token or client certificate");
	return kubeconfig_blame(user, "exec", e);
}

static int refuse_auth_provider(const struct kubeconfig_entry *user, struct err *e)
{
	static const struct {
		const char *name, *instead;
	} known[] = {
		{ "gcp", "Google's is gone from Kubernetes; install gke-gcloud-auth-plugin and run "
			 "\"gcloud container clusters get-credentials\" again" },
		{ "azure",
			"Azure's is gone from Kubernetes; run \"kubelogin convert-kubeconfig\"" },
		{ "oidc",
			"it is not supported; use a credential plugin, such as kubelogin's "
			"\"kubectl "
			"oidc-login\", in exec" },
		{ "openstack",
			"OpenStack's is gone from Kubernetes; use client-keystone-auth in exec" },
	};
	const json_t *provider = json_object_get(user->fields, "auth-provider");
	const char *name = json_str(provider, "name");

	if (!kubeconfig_has(user, "auth-provider"))
		return 0;
	err_set(e, ERR_FORMAT, 0,
		"log-in providers are not supported; use a credential plugin (exec), a client "
		"certificate, token or tokenFile");
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (name && strcmp(name, known[i].name) == 0) {
			err_release(e);
			*e = (struct err){ 0 };
			err_set(e, ERR_FORMAT, 0, "%s: %s", name, known[i].instead);
		}
	return kubeconfig_blame(user, "auth-provider", e);
}

/* A listener on plain http could use the credentials. */
static int refuse_plain_http(const struct kube_config *c, struct err *e)
{
	bool has = c->bearer_token || c->username || c->client_cert_pem || c->exec;

	if (!has || has_prefix(c->server, "https://"))
		return 0;
	return err_set(e, ERR_FORMAT, 0,
		"%s: credentials (those of %s) are not sent over plain http; use https, or a "
		"context whose user has none",
		c->server, c->user_from);
}

int config_read_user(struct kube_config *c, const struct kubeconfig_entry *user,
	const struct kubeconfig_entry *cluster, const struct kube_overrides *o, struct err *e)
{
	if (!c->user_from)
		c->user_from = user->name ? kubeconfig_where(user) : xstrdup("the flags");
	if (refuse_auth_provider(user, e) < 0 || read_client_cert(c, user, o, e) < 0 ||
		read_token(c, user, o, e) < 0 || read_password(c, user, e) < 0 ||
		read_impersonation(c, user, o, e) < 0 || read_exec(c, user, cluster, o, e) < 0)
		return -1;
	return refuse_plain_http(c, e);
}

int config_apply_flags(struct kube_config *c, const struct kube_overrides *o, struct err *e)
{
	const struct kubeconfig_entry none = { 0 };

	return config_read_cluster(c, &none, o, e) < 0 ? -1
						       : config_read_user(c, &none, &none, o, e);
}
