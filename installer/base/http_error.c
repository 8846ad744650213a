/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/http_parts.h"
#include "base/out.h"
#include "base/url.h"

enum { LOCATION_BYTES = 500 };

static const char *cluster_from(const struct http *h)
{
	return h->to.cluster_from ? h->to.cluster_from : "the configuration";
}

static const char *user_from(const struct http *h)
{
	return h->to.user_from ? h->to.user_from : "the configuration";
}

static const char *ca_from(const struct http *h)
{
	if (!h->to.ca_pem)
		return "the system's certificates";
	return h->to.ca_from ? h->to.ca_from : "certificate-authority";
}

/* Appends " through the proxy http://HOST:PORT (HTTPS_PROXY)", or nothing. */
static char *by_proxy(const struct http *h)
{
	if (!h->proxy.url)
		return xstrdup("");
	return xasprintf(" through the proxy %s (%s)", h->proxy.url, h->proxy_from);
}

/* TLS with the proxy failed before the proxy connected to the server. */
static bool is_tls_of_proxy(const struct http *h, const struct http_req *req)
{
	long connected = 0;

	if (!h->proxy.url || !has_prefix(h->proxy.url, "https://"))
		return false;
	curl_easy_getinfo(req->attempt->easy, CURLINFO_HTTP_CONNECTCODE, &connected);
	return !h->over_tls || connected == 0;
}

static int certificate_error(const struct http *h, CURLcode rc, const struct http_req *req,
	const char *detail, struct err *e)
{
	struct tls_expected expected = {
		.host = h->to.tls_server_name ? h->to.tls_server_name : h->host,
		.ca_pem = h->to.ca_pem,
		.ca_from = ca_from(h),
		.cluster = cluster_from(h),
		.name_field = h->to.name_field,
	};
	bool of_proxy = is_tls_of_proxy(h, req);
	buf_auto why = { 0 };

	if (!tls_peer_explain(h->peer, &expected, &why))
		buf_printf(&why, "%s; check %s%s%s", detail, ca_from(h),
			h->to.name_field ? " and " : "", h->to.name_field ? h->to.name_field : "");
	char_auto *proxy = by_proxy(h);

	return err_set(e, ERR_NET, rc, "%s%s: the %s's certificate is refused: %s", h->to.url,
		proxy, of_proxy ? "proxy" : "server", buf_str(&why));
}

static bool says_any(const char *detail, const char *const *texts)
{
	for (; *texts; texts++)
		if (strcasestr(detail, *texts))
			return true;
	return false;
}

/* The server ended the handshake with an alert because it accepts no certificate of this client. */
bool http_client_refused(const struct http_req *req)
{
	static const char *const alerts[] = { "alert certificate required", "alert bad certificate",
		"alert unknown ca", "alert certificate expired", "alert certificate unknown",
		"alert certificate revoked", "alert unsupported certificate",
		"alert handshake failure", "alert access denied", NULL };

	return says_any(req->attempt->detail, alerts);
}

static int client_error(const struct http *h, CURLcode rc, const char *detail, struct err *e)
{
	bool expired = false;
	char_auto *shown =
		h->to.client_cert_pem ? tls_describe_client(h->to.client_cert_pem, &expired) : NULL;

	if (!shown)
		return err_set(e, ERR_AUTH, rc,
			"%s: the server wants a client certificate: %s; set client-certificate and "
			"client-key in %s",
			h->to.url, detail, user_from(h));
	return err_set(e, ERR_AUTH, rc,
		"%s: the server does not accept the client certificate (%s%s): %s; renew it in %s",
		h->to.url, shown, expired ? ": it has expired" : "", detail, user_from(h));
}

static int tls_error(const struct http *h, CURLcode rc, const struct http_req *req,
	const char *detail, struct err *e)
{
	static const char *const old[] = { "unsupported protocol", "alert protocol version",
		"version too low", NULL };
	static const char *const plain[] = { "wrong version number", "packet length too long",
		"http request", "record layer failure", NULL };

	if (is_tls_of_proxy(h, req)) {
		char_auto *proxy = by_proxy(h);

		return err_set(e, ERR_NET, rc,
			"%s: cannot connect%s: the proxy speaks no TLS that can be used (%s); if "
			"it is a plain one, write http:// for https:// in %s",
			h->to.url, proxy, detail, h->proxy_from);
	}
	if (http_client_refused(req))
		return client_error(h, rc, detail, e);
	if (says_any(detail, old))
		return err_set(e, ERR_NET, rc,
			"%s: the server speaks no TLS 1.2 or newer, and nothing older is safe: %s; "
			"update the server, or what ends TLS before it",
			h->to.url, detail);
	if (says_any(detail, plain))
		return err_set(e, ERR_NET, rc,
			"%s: what answers on this port speaks no TLS (%s); is it plain http? "
			"Correct server in %s: an API server's https port is often 6443",
			h->to.url, detail, cluster_from(h));
	return err_set(e, ERR_NET, rc,
		"%s: no TLS connection: %s; does the server speak https on this port?", h->to.url,
		detail);
}

static int connect_error(const struct http *h, CURLcode rc, const char *detail, struct err *e)
{
	char_auto *proxy = by_proxy(h);

	if (h->proxy.url && h->to.proxy_url)
		return err_set(e, ERR_NET, rc,
			"%s: cannot connect%s: %s; is the proxy running? Correct or remove %s; "
			"NO_PROXY does not count for it",
			h->to.url, proxy, detail, h->proxy_from);
	if (h->proxy.url)
		return err_set(e, ERR_NET, rc,
			"%s: cannot connect%s: %s; is the proxy running? If none is wanted, "
			"unset %s or name the server in NO_PROXY",
			h->to.url, proxy, detail, h->proxy_from);
	if (rc == CURLE_COULDNT_RESOLVE_HOST)
		return err_set(e, ERR_NET, rc, "%s: %s; check the server's name and the DNS",
			h->to.url, detail);
	return err_set(e, ERR_NET, rc,
		"%s: cannot connect%s: %s; is the server running, and is this its address?",
		h->to.url, proxy, detail);
}

/* A server that wants another certificate may close the connection before its alert is read. */
static bool is_client_suspect(const struct http *h)
{
	bool expired = false;

	if (h->reached || !h->over_tls)
		return false;
	if (!h->to.client_cert_pem)
		return tls_peer_wants_client(h->peer);
	free(tls_describe_client(h->to.client_cert_pem, &expired));
	return expired;
}

int http_explain(const struct http *h, CURLcode rc, const struct http_req *req, struct err *e)
{
	const char *detail =
		req->attempt->detail[0] ? req->attempt->detail : curl_easy_strerror(rc);
	char_auto *proxy = by_proxy(h);

	switch (rc) {
	case CURLE_OUT_OF_MEMORY: /* the error number of a library that libcurl uses */
		out_of_memory();
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PROXY:
		return connect_error(h, rc, detail, e);
	case CURLE_PEER_FAILED_VERIFICATION:
		return certificate_error(h, rc, req, detail, e);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(e, ERR_FORMAT, rc,
			"%s: the certificate authority is no PEM certificate (%s): %s", h->to.url,
			ca_from(h), detail);
	case CURLE_SSL_CERTPROBLEM:
		return err_set(e, ERR_FORMAT, rc,
			"%s: the client certificate or its key cannot be used (%s): %s", h->to.url,
			user_from(h), detail);
	case CURLE_SSL_CONNECT_ERROR:
		return tls_error(h, rc, req, detail, e);
	case CURLE_TOO_MANY_REDIRECTS:
		return err_set(e, ERR_NET, rc, "%s%s: more than %d redirects", h->to.url, req->path,
			HTTP_REDIRECTS);
	case CURLE_UNSUPPORTED_PROTOCOL:
		return err_set(e, ERR_NET, rc,
			"%s%s: it is redirected to something that is not https, which is refused",
			h->to.url, req->path);
	case CURLE_WRITE_ERROR:
		return err_set(e, ERR_FORMAT, rc,
			"%s %s: the answer is larger than the limit of %zu bytes", req->method,
			req->path, req->answer.max);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(e, ERR_TIMEOUT, rc, "%s%s: no answer%s: %s", h->to.url, req->path,
			proxy, detail);
	default:
		/*
		 * With TLS 1.3 the server judges the certificate after the handshake, so the alert
		 * comes on a read.
		 */
		if (http_client_refused(req) || is_client_suspect(h))
			return client_error(h, rc, detail, e);
		return err_set(e, ERR_NET, rc, "%s %s%s: the connection failed%s: %s", req->method,
			h->to.url, req->path, proxy, detail);
	}
}

bool http_was_cut(const struct err *e)
{
	return e->kind == ERR_NET &&
	       (e->code == CURLE_RECV_ERROR || e->code == CURLE_SEND_ERROR ||
		       e->code == CURLE_GOT_NOTHING || e->code == CURLE_WEIRD_SERVER_REPLY);
}

static void take_warnings(struct http_req *req)
{
	struct curl_header *header;

	buf_clear(&req->warnings);
	req->warnings.max = HTTP_MAX_WARNINGS;
	for (size_t i = 0; curl_easy_header(req->attempt->easy, "Warning", i, CURLH_HEADER, -1,
				   &header) == CURLHE_OK;
		i++) {
		char_auto *value = xstrdup(header->value);

		out_sanitize(value); /* the text before a part is cut off */
		if (buf_add(&req->warnings, value, strlen(value)) < 0 ||
			buf_add(&req->warnings, "\n", 1) < 0)
			return;
	}
}

/* A query, and what stands before an @, can be a secret. */
static void take_location(struct http_req *req)
{
	const char *text = NULL;
	err_auto bad = { 0 };
	url_auto u = { 0 };

	free(steal(&req->location));
	curl_easy_getinfo(req->attempt->easy, CURLINFO_REDIRECT_URL, &text);
	if (text && strlen(text) <= LOCATION_BYTES && url_parse(&u, text, &bad) == 0)
		req->location = url_text(&u);
	if (req->location)
		out_sanitize(req->location);
}

void http_take_headers(struct http_req *req)
{
	take_warnings(req);
	take_location(req);
}
