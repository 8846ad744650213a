/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/auth.h"

#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/tls.h"
#include "kube/config/config.h"
#include "kube/config/credentials.h"

void kube_auth_init(struct kube_auth *a, const struct kube_config *config)
{
	*a = (struct kube_auth){ .config = config };
}

void kube_auth_release(struct kube_auth *a)
{
	exec_credential_release(&a->now);
	err_release(&a->failed);
	*a = (struct kube_auth){ 0 };
}

/* True: the new credentials differ from the old ones. */
static bool replace(struct kube_auth *a, struct exec_credential *with)
{
	bool changed = !same_text(a->now.token, with->token) ||
		       !same_text(a->now.client_cert_pem, with->client_cert_pem) ||
		       !same_text(a->now.client_key_pem, with->client_key_pem);

	exec_credential_release(&a->now);
	a->now = *with;
	*with = (struct exec_credential){ 0 };
	return changed;
}

static int check_ca(const struct kube_config *c, const struct kube_notes *notes, struct err *e)
{
	const char *from = c->ca_from ? c->ca_from : "certificate-authority";
	char_auto *unread = NULL;

	if (tls_check_ca(c->ca_pem, &unread, e) < 0)
		return err_wrap(e, "%s", from);
	if (unread && notes->note) {
		char_auto *text = xasprintf("%s: %s", from, unread);

		notes->note(notes->arg, text);
	}
	return 0;
}

static int take_config(struct kube_auth *a, const struct kube_notes *notes, struct err *e)
{
	const struct kube_config *c = a->config;

	if (c->ca_pem && check_ca(c, notes, e) < 0)
		return -1;
	if (c->client_cert_pem && tls_check_pair(c->client_cert_pem, c->client_key_pem, e) < 0)
		return err_wrap(e, "%s", c->user_from ? c->user_from : "the user");
	a->now = (struct exec_credential){ .token = xstrdup_or_null(c->bearer_token),
		.client_cert_pem = xstrdup_or_null(c->client_cert_pem),
		.client_key_pem = xstrdup_or_null(c->client_key_pem) };
	a->token_read_at = now_ms();
	return 0;
}

static int run_plugin(struct kube_auth *a, int64_t deadline, const struct kube_notes *notes,
	bool *changed, struct err *e)
{
	struct exec_credential fresh = { 0 };

	/*
	 * The plugin failed before and is not run again: it may ask questions, and each request
	 * would run it.
	 */
	if (a->failed.msg)
		return err_set(e, a->failed.kind, a->failed.code, "%s", a->failed.msg);
	if (exec_plugin_run(a->config->exec, deadline, notes, &fresh, e) < 0) {
		if (e->kind != ERR_SIGNAL && e->kind != ERR_TIMEOUT)
			err_set(&a->failed, e->kind, e->code, "%s", e->msg);
		return -1;
	}
	*changed = replace(a, &fresh);
	return 0;
}

/* When the file cannot be read, the last good token stays. */
static bool read_token(struct kube_auth *a)
{
	char *token = NULL;
	err_auto unread = { 0 };

	a->token_read_at = now_ms();
	if (credentials_token_file(a->config->token_file, &token, &unread) < 0 || !token)
		return false;
	bool changed = !same_text(token, a->now.token);

	secret_free(a->now.token);
	a->now.token = token;
	return changed;
}

/* Takes a pair only when both files are there and match: a rotation may be half done. */
static bool read_certificate(struct kube_auth *a)
{
	const struct kube_config *c = a->config;
	struct exec_credential fresh = { .token = xstrdup_or_null(a->now.token) };
	err_auto unread = { 0 };
	bool changed = false;

	if (!c->client_key_file)
		fresh.client_key_pem = xstrdup_or_null(a->now.client_key_pem);
	if (!c->client_cert_file)
		fresh.client_cert_pem = xstrdup_or_null(a->now.client_cert_pem);
	if ((!c->client_cert_file || credentials_pem_file(c->client_cert_file,
					     &fresh.client_cert_pem, &unread) == 0) &&
		(!c->client_key_file || credentials_pem_file(c->client_key_file,
						&fresh.client_key_pem, &unread) == 0) &&
		tls_check_pair(fresh.client_cert_pem, fresh.client_key_pem, &unread) == 0)
		changed = replace(a, &fresh);
	exec_credential_release(&fresh);
	return changed;
}

int kube_auth_prepare(
	struct kube_auth *a, int64_t deadline, const struct kube_notes *notes, struct err *e)
{
	bool changed;

	if (!a->ready && take_config(a, notes, e) < 0)
		return -1;
	if (a->config->exec && (!a->ready || (a->now.expires && time(NULL) >= a->now.expires)) &&
		run_plugin(a, deadline, notes, &changed, e) < 0)
		return -1;
	if (a->config->token_file && now_ms() - a->token_read_at >= AUTH_TOKEN_MS)
		read_token(a);
	a->ready = true;
	return 0;
}

int kube_auth_renew(struct kube_auth *a, int64_t deadline, const struct kube_notes *notes,
	bool *changed, struct err *e)
{
	const struct kube_config *c = a->config;

	*changed = false;
	if (c->exec && a->renewed)
		return 0;
	if (c->exec) {
		a->renewed = true;
		return run_plugin(a, deadline, notes, changed, e);
	}
	if (c->token_file)
		*changed = read_token(a);
	if (c->client_cert_file || c->client_key_file)
		*changed |= read_certificate(a);
	return 0;
}

void kube_auth_accepted(struct kube_auth *a)
{
	a->renewed = false;
}

void kube_auth_fill(const struct kube_auth *a, struct http_endpoint *to)
{
	to->bearer_token = a->now.token;
	to->client_cert_pem = a->now.client_cert_pem;
	to->client_key_pem = a->now.client_key_pem;
}

/* The exp claim of a JSON Web Token (RFC 7519); no key is needed to read it. 0: none. */
static time_t token_expiry(const char *token)
{
	const char *payload = strchr(token, '.');
	size_t len = payload ? strcspn(payload + 1, ".") : 0;
	err_auto unread = { 0 };
	buf_auto text = { 0 }, json = { 0 };

	if (len == 0 || !payload[1 + len])
		return 0;
	for (size_t i = 1; i <= len; i++)
		buf_putc(&text, payload[i] == '-' ? '+' : payload[i] == '_' ? '/' : payload[i]);
	while (text.len % 4)
		buf_putc(&text, '=');
	if (base64_decode(&json, buf_str(&text), text.len, &unread) < 0)
		return 0;
	json_auto_t *claims = json_parse(buf_str(&json), json.len, &unread);

	return (time_t)json_integer_value(json_object_get(claims, "exp"));
}

/* A Secret shows its token in base64. Each JSON Web Token begins with "eyJ". */
static bool is_encoded_token(const char *token)
{
	buf_auto text = { 0 };
	err_auto unread = { 0 };

	return has_prefix(token, "ZXlK") && !strchr(token, '.') &&
	       base64_decode(&text, token, strlen(token), &unread) == 0 &&
	       has_prefix(buf_str(&text), "eyJ");
}

char *kube_auth_describe(const struct kube_auth *a)
{
	const char *who = a->config->user_from ? a->config->user_from : "the user";
	time_t expiry = a->now.token ? token_expiry(a->now.token) : 0;
	bool expired = false;
	char_auto *cert = a->now.client_cert_pem
				  ? tls_describe_client(a->now.client_cert_pem, &expired)
				  : NULL;
	char when[32];
	struct tm tm;

	if (a->config->exec)
		return xasprintf("the credential plugin of %s gave new ones, which are refused as "
				 "well; log in again with its own tool",
			who);
	if (expiry && expiry <= time(NULL) && gmtime_r(&expiry, &tm) &&
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		return xasprintf("the token of %s has expired at %s; renew it", who, when);
	if (a->now.token && is_encoded_token(a->now.token))
		return xasprintf("the token of %s is encoded in base64, as a Secret shows it: "
				 "decode it (base64 -d) before it is put there",
			who);
	if (a->now.token)
		return xasprintf("renew the token of %s: it may have expired, or be another "
				 "cluster's",
			who);
	if (cert)
		return xasprintf("the client certificate of %s (%s)%s", who, cert,
			expired ? " has expired; renew it"
				: " is perhaps of an authority that this cluster does not know");
	if (a->config->username)
		return xasprintf(
			"check username and password of %s; most API servers know none", who);
	return xasprintf("%s has no credentials; set a token, a client certificate or exec", who);
}
