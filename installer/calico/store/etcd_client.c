/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/store/etcd_client.h"

#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/url.h"
#include "calico/store/etcd_answer.h"

#define RANGE "/v3/kv/range"

enum { OK = 200, UNAUTHORIZED = 401, FORBIDDEN = 403, NOT_FOUND = 404, SERVER_FAULT = 500 };

enum {
	PASSES = 2,
	RENEWALS = 2,
	LEAST_MS = 1000, /* for each of several endpoints */
	MOST_MS = 10000,
};

static void put_base64(json_t *body, const char *field, const struct buf *bytes)
{
	buf_auto text = { 0 };

	base64_encode(&text, buf_str(bytes), bytes->len);
	json_object_set_new(body, field, json_string(buf_str(&text)));
}

static void put_number(json_t *body, const char *field, int64_t value)
{
	char_auto *text = xasprintf("%lld", (long long)value);

	json_object_set_new(body, field, json_string(text));
}

void etcd_range(struct http_req *req, const struct buf *key, const struct buf *end, int limit,
	int64_t revision)
{
	json_auto_t *body = json_object();

	put_base64(body, "key", key);
	if (end)
		put_base64(body, "range_end", end);
	if (limit > 0)
		put_number(body, "limit", limit);
	if (revision > 0)
		put_number(body, "revision", revision);
	*req = (struct http_req){ .method = "POST", .path = xstrdup(RANGE) };
	json_write(&req->body, body, JSON_STYLE_COMPACT);
}

/* Endpoints */

/* Whether the endpoint did not answer, or cannot serve now. Another endpoint may be able to. */
static bool is_endpoint_fault(const struct http_req *req)
{
	return !req->too_large && (req->status == 0 || req->status >= SERVER_FAULT);
}

static const struct http_req *first_fault(const struct http_req *reqs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_endpoint_fault(&reqs[i]))
			return &reqs[i];
	return NULL;
}

static void renew(struct http_req *req, bool repeatable)
{
	req->repeatable = repeatable;
	req->too_large = false;
	err_release(&req->err);
	req->err = (struct err){ 0 };
}

static char *describe_fault(const struct etcd_endpoint *endpoint, const struct http_req *req)
{
	char_auto *text = NULL;

	if (req->status == 0) {
		/* A port that only speaks TLS closes the connection without an answer. */
		bool closed = has_prefix(endpoint->url, "http://") &&
			      http_was_cut(&req->err);

		return xasprintf("%s%s", req->err.msg, closed ? "; does it want https?" : "");
	}
	text = etcd_error_text(buf_str(&req->answer), req->answer.len);
	return xasprintf("%s: HTTP status %ld: %s", endpoint->url, req->status, text);
}

static void pass_over(struct etcd *s, const char *why)
{
	s->current = (s->current + 1) % s->n;
	if (!s->note || s->n == 1)
		return;
	char_auto *text = xasprintf("%s; going on with %s", why, s->endpoints[s->current].url);

	s->note(s->arg, text);
}

/*
 * Sends all requests to one endpoint after another. In the second round, a failed request is tried
 * again, as with a single endpoint.
 */
static int exchange(struct etcd *s, struct http_req *reqs, size_t n, struct err *e)
{
	size_t tries = s->n > 1 ? s->n * PASSES : 1;
	enum err_kind kind = ERR_NET;
	buf_auto said = { 0 };

	for (size_t t = 0; t < tries; t++) {
		const struct etcd_endpoint *endpoint = &s->endpoints[s->current];

		for (size_t i = 0; i < n; i++)
			renew(&reqs[i], s->n == 1 || t >= s->n);
		if (http_run(endpoint->http, reqs, n, NULL, NULL, e) < 0)
			return -1;
		const struct http_req *fault = first_fault(reqs, n);

		if (!fault) {
			s->answered = true;
			return 0;
		}
		char_auto *why = describe_fault(endpoint, fault);

		/* Collects what the last round says about each endpoint. */
		if (t + s->n >= tries) {
			buf_printf(&said, "%s%s", said.len ? "\n  " : "", why);
			kind = fault->err.kind == ERR_AUTH ? ERR_AUTH : kind;
		}
		if (t + 1 < tries)
			pass_over(s, why);
	}
	if (s->n == 1)
		return err_set(e, kind, 0, "etcd, by %s: %s", s->endpoints_from, buf_str(&said));
	return err_set(e, kind, 0, "none of the %zu etcd endpoints of %s answers:\n  %s", s->n,
		s->endpoints_from, buf_str(&said));
}

/* Users */

static void forget_token(struct etcd *s)
{
	secret_free((char *)(uintptr_t)s->headers[0]);
	s->headers[0] = NULL;
}

static bool says(const struct http_req *req, const char *text)
{
	return req->status >= 400 && strstr(buf_str(&req->answer), text);
}

/* Whether a header can carry the text as its only content. */
static bool is_token(const char *token)
{
	if (!token || !*token)
		return false;
	for (const char *p = token; *p; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return false;
	return true;
}

static int take_token(struct etcd *s, const struct http_req *req, struct err *e)
{
	/* A server without users answers this. Everyone may read its keys. */
	if (says(req, "authentication is not enabled")) {
		s->no_auth = true;
		return 0;
	}
	if (req->status != OK)
		return etcd_refused(s, req, "log in", e);
	json_t *answer = json_parse(buf_str(&req->answer), req->answer.len, e);
	const char *token = json_str(answer, "token");
	int rc = -1;

	if (answer && !is_token(token)) {
		err_set(e, ERR_FORMAT, 0,
			"%s: the answer to the log-in has no token; is this etcd 3.4 or newer?",
			s->endpoints[s->current].url);
	} else if (answer) {
		secret_add(token);
		s->headers[0] = xasprintf("Authorization: %s", token);
		rc = 0;
	}
	json_wipe(answer);
	json_decref(answer);
	return rc;
}

static int log_in(struct etcd *s, struct err *e)
{
	struct http_req req = { .method = "POST", .path = xstrdup("/v3/auth/authenticate") };

	if (!s->username || s->headers[0] || s->no_auth) {
		http_req_release(&req);
		return 0;
	}
	json_t *body = json_pack("{s:s, s:s}", "name", s->username, "password", s->password);

	if (!body) {
		http_req_release(&req);
		return err_set(
			e, ERR_FORMAT, 0, "%s: user name or password is not UTF-8", s->user_from);
	}
	json_write(&req.body, body, JSON_STYLE_COMPACT);
	json_wipe(body);
	json_decref(body);
	int rc = exchange(s, &req, 1, e);

	if (rc == 0)
		rc = take_token(s, &req, e);
	buf_wipe(&req.body);
	buf_wipe(&req.answer);
	http_req_release(&req);
	return rc;
}

/* The server forgot the token, or its users and roles have changed. */
static bool is_stale(const struct http_req *req)
{
	return says(req, "invalid auth token") || says(req, "revision of auth store is old");
}

int etcd_ask(struct etcd *s, struct http_req *reqs, size_t n, struct err *e)
{
	for (int renewals = 0;; renewals++) {
		bool stale = false;

		if (log_in(s, e) < 0 || exchange(s, reqs, n, e) < 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			stale = stale || is_stale(&reqs[i]);
		if (!stale || !s->username || renewals == RENEWALS)
			return 0;
		forget_token(s);
	}
}

int etcd_ask_once(struct etcd *s, struct http_req *reqs, size_t n, struct err *e)
{
	for (int renewals = 0;; renewals++) {
		bool stale = false;

		if (log_in(s, e) < 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			renew(&reqs[i], false);
		if (http_run(s->endpoints[s->current].http, reqs, n, NULL, NULL, e) < 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			stale = stale || is_stale(&reqs[i]);
		const struct http_req *fault = first_fault(reqs, n);

		if (fault) {
			char_auto *why = describe_fault(&s->endpoints[s->current], fault);

			pass_over(s, why);
		}
		if (fault || !stale || !s->username || renewals == RENEWALS)
			return 0;
		forget_token(s);
	}
}

/* Refusals */

static int no_gateway(const char *url, const char *what, struct err *e)
{
	return err_set(e, ERR_FORMAT, NOT_FOUND,
		"%s: %s: there is no v3 gateway here (404); it needs etcd 3.4 or newer without "
		"--enable-grpc-gateway=false",
		url, what);
}

int etcd_refused(const struct etcd *s, const struct http_req *req, const char *what, struct err *e)
{
	const char *url = s->endpoints[s->current].url, *user = s->username;
	bool read = req->path && strcmp(req->path, RANGE) == 0;
	char_auto *text = etcd_error_text(buf_str(&req->answer), req->answer.len);

	if (req->status == 0)
		return err_set(e, req->err.kind, req->err.code, "etcd: %s: %s", what, req->err.msg);
	if (req->status == NOT_FOUND)
		return no_gateway(url, what, e);
	if (says(req, "user name is empty"))
		return err_set(e, ERR_AUTH, req->status,
			"%s: %s: etcd wants a user: set ETCD_USERNAME and ETCD_PASSWORD, or "
			"etcdUsername and etcdPassword; the gateway takes no client certificate "
			"for a user (%s)",
			url, what, text);
	if (says(req, "authentication failed"))
		return err_set(e, ERR_AUTH, req->status,
			"%s: %s: etcd does not accept user or password of %s (%s)", url, what,
			s->user_from, text);
	if (says(req, "permission denied"))
		return err_set(e, ERR_AUTH, req->status,
			"%s: %s: the user %s may not %s it (%s); a role needs: etcdctl role "
			"grant-permission ROLE %s /calico/ /calico0",
			url, what, user ? user : "(none)", read ? "read" : "write", text,
			read ? "read" : "readwrite");
	if (req->status == UNAUTHORIZED || req->status == FORBIDDEN)
		return err_set(e, ERR_AUTH, req->status, "%s: %s: %s", url, what, text);
	return err_set(e, ERR_API, req->status, "%s: %s: HTTP status %ld: %s", url, what,
		req->status, text);
}

/* Opening */

void etcd_close(void *store)
{
	struct etcd *s = store;

	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		http_free(s->endpoints[i].http);
		free(s->endpoints[i].url);
	}
	free(s->endpoints);
	free(s->doubt);
	secret_free((char *)(uintptr_t)s->headers[0]);
	secret_free(s->password);
	secret_free(s->key_pem);
	free(s->username);
	free(s->cert_pem);
	free(s->ca_pem);
	free(s->endpoints_from);
	free(s->ca_from);
	free(s->cert_from);
	free(s->user_from);
	free(s->user_agent);
	free(s);
}

json_t *etcd_endpoints(const char *text, struct err *e)
{
	json_auto_t *urls = json_array();

	for (const char *p = text; *p; p += *p == ',') {
		size_t len = strcspn(p, ",");
		const char *begin = p, *end = p + len;

		p = end;
		while (begin < end && strchr(" \t\r\n", *begin))
			begin++;
		while (end > begin && strchr(" \t\r\n", end[-1]))
			end--;
		if (begin == end)
			continue;
		char_auto *given = xstrndup(begin, (size_t)(end - begin)), *url = NULL;

		if (url_parse_server(given, "ETCD_USERNAME and ETCD_PASSWORD", &url, e) < 0) {
			err_wrap(e, "endpoint %zu", json_array_size(urls) + 1);
			return NULL;
		}
		json_array_append_new(urls, json_string(url));
	}
	if (json_array_size(urls) == 0)
		err_set(e, ERR_FORMAT, 0, "there is no endpoint in it");
	else if (json_array_size(urls) > ETCD_MAX_ENDPOINTS)
		err_set(e, ERR_FORMAT, 0, "there are more than %d endpoints", ETCD_MAX_ENDPOINTS);
	else
		return steal(&urls);
	return NULL;
}

static char *copy(const char *s, const char *otherwise)
{
	return s || otherwise ? xstrdup(s ? s : otherwise) : NULL;
}

/* With several endpoints, a silent endpoint must leave time for the others. */
static int64_t attempt_ms(const struct etcd_options *o, size_t n)
{
	int64_t share = (o->deadline - now_ms()) / (int64_t)(n + 1);

	if (o->request_ms || n == 1)
		return o->request_ms;
	return share < LEAST_MS ? LEAST_MS : share > MOST_MS ? MOST_MS : share;
}

static int add_endpoint(
	struct etcd *s, const char *url, const struct etcd_options *o, size_t n, struct err *e)
{
	struct etcd_endpoint *added = &s->endpoints[s->n++];
	struct http_endpoint to = {
		.ca_pem = s->ca_pem,
		.client_cert_pem = s->cert_pem,
		.client_key_pem = s->key_pem,
		.headers = s->headers,
		.request_ms = attempt_ms(o, n),
		.cluster_from = s->endpoints_from,
		.ca_from = s->ca_from,
		.user_from = s->cert_from,
	};

	added->url = xstrdup(url);
	to.url = added->url;
	added->http = http_new(&to, s->user_agent, o->deadline, e);
	return added->http ? 0 : -1;
}

int etcd_open(struct calico_store *store, const struct etcd_options *o, struct err *e)
{
	json_auto_t *urls = etcd_endpoints(o->endpoints, e);
	size_t n = json_array_size(urls);

	if (!urls)
		return err_wrap(e, "%s", o->endpoints_from);
	struct etcd *s = xcalloc(1, sizeof(*s));

	*s = (struct etcd){
		.endpoints = xcalloc(n, sizeof(*s->endpoints)),
		.endpoints_from = copy(o->endpoints_from, "the configuration"),
		.ca_pem = copy(o->ca_pem, NULL),
		.ca_from = copy(o->ca_from, NULL),
		.cert_pem = copy(o->cert_pem, NULL),
		.key_pem = copy(o->key_pem, NULL),
		.cert_from = copy(o->cert_from, NULL),
		.username = copy(o->username, NULL),
		.password = copy(o->password, NULL),
		.user_from = copy(o->user_from, "the configuration"),
		.user_agent = copy(o->user_agent, "calico-datastore"),
		.note = o->note,
		.arg = o->arg,
	};
	for (size_t i = 0; i < n; i++)
		if (add_endpoint(s, json_string_value(json_array_get(urls, i)), o, n, e) < 0) {
			etcd_close(s);
			return -1;
		}
	*store = (struct calico_store){ .driver = &etcd_driver, .store = s };
	return 0;
}

int etcd_pause(void *store, int64_t ms, struct err *e)
{
	const struct etcd *s = store;

	return http_pause(s->endpoints[s->current].http, ms, e);
}

long etcd_requests_sent(const void *store)
{
	const struct etcd *s = store;
	long sent = 0;

	for (size_t i = 0; i < s->n; i++)
		sent += http_requests_sent(s->endpoints[i].http);
	return sent;
}
