/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/http_parts.h"
#include "base/secret.h"
#include "base/url.h"

/* Endpoint */

/*
 * libcurl verifies the host of the URL, and sends it as SNI. To verify another name, the URL gets
 * that name, and CONNECT_TO has the real address.
 */
static int rename_host(struct http *h, const struct url *u, struct err *e)
{
	char_auto *host = url_host_text(u->host), *at = NULL, *text = NULL;
	const char *name = h->to.tls_server_name, *port = url_port(u);
	unsigned char address[sizeof(struct in6_addr)];
	url_auto renamed = { 0 };
	err_auto bad = { 0 };

	/* An IPv6 address with or without brackets, or a name. */
	at = inet_pton(AF_INET6, name, address) == 1 ? xasprintf("https://[%s]", name)
						     : xasprintf("https://%s", name);
	if (strpbrk(name, "/?#@") || url_parse(&renamed, at, &bad) < 0 || renamed.port ||
		has_suffix(name, ":"))
		return err_set(e, ERR_FORMAT, 0, "\"%s\" is no valid tls-server-name", name);
	text = url_host_text(renamed.host);
	char_auto *to = xasprintf("%s:%s:%s:%s", text, port, host, port);

	free(h->base);
	h->base = xasprintf("%s://%s:%s%s", u->scheme, text, port, u->path);
	h->host_header = xasprintf("Host: %s:%s", host, port);
	h->connect_to = curl_slist_append(NULL, to);
	return 0;
}

static int choose_proxy(struct http *h, const struct url *u, struct err *e)
{
	char *found, *whole;

	h->proxy_from = h->to.proxy_from ? h->to.proxy_from : "proxy-url";
	found = h->to.proxy_url
			? xstrdup(h->to.proxy_url)
			: proxy_of_environment(u->host, url_port(u), h->over_tls, &h->proxy_from);
	if (!found)
		return 0;
	/* A proxy of the environment needs no scheme. */
	whole = xasprintf("%s%s", h->to.proxy_url || strstr(found, "://") ? "" : "http://", found);
	int rc = proxy_parse(&h->proxy, whole, e);

	secret_add_url(whole);
	secret_add_user(h->proxy.user, h->proxy.password);
	secret_free(found);
	secret_free(whole);
	return rc < 0 ? err_wrap(e, "%s", h->proxy_from) : 0;
}

static struct http_ports known_ports;

const struct http_ports *http_ports(void)
{
	return &known_ports;
}

static void note_port(const struct http *h, const struct url *server)
{
	struct http_ports *known = &known_ports;
	url_auto proxy = { 0 };
	err_auto none = { 0 };
	const bool direct = !h->proxy.url || url_parse(&proxy, h->proxy.url, &none) < 0;
	const char *text = url_port(direct ? server : &proxy);
	const long port = text ? strtol(text, NULL, 10) : 0;

	for (size_t i = 0; i < known->n; i++)
		if (known->ports[i] == port)
			return;
	if (known->n < HTTP_PORTS_MAX)
		known->ports[known->n++] = (uint16_t)port;
	else
		known->more = true;
}

int http_set_endpoint(struct http *h, struct err *e)
{
	url_auto u = { 0 };

	if (url_parse(&u, h->to.url, e) < 0)
		return -1;
	h->base = url_text(&u);
	h->host = xstrdup(u.host);
	h->over_tls = strcmp(u.scheme, "https") == 0;
	if (choose_proxy(h, &u, e) < 0)
		return -1;
	note_port(h, &u);
	return h->to.tls_server_name && strcmp(h->to.tls_server_name, u.host) != 0
		       ? rename_host(h, &u, e)
		       : 0;
}

/* One attempt */

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_req *req = arg;
	struct http_attempt *a = req->attempt;
	struct http *h = a->http;
	long status = 0;

	if (req->download && !a->begun) {
		a->begun = true;
		curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
		if (http_resume_begin(&a->resume, status, &req->answer) < 0)
			return 0;
	}
	if (h->waiting + size * n > HTTP_MAX_TOGETHER && h->waiting > a->came && req->repeatable) {
		a->postponed = true;
		return 0;
	}
	req->too_large = buf_add(&req->answer, data, size * n) < 0;
	if (req->too_large)
		return 0;
	a->came += size * n;
	h->waiting += size * n;
	return size * n;
}

static size_t take_header(char *line, size_t size, size_t n, void *arg)
{
	struct http_req *req = arg;

	http_resume_header(&req->attempt->resume, line, size * n);
	return size * n;
}

static void add_header(struct http_attempt *a, const char *line)
{
	struct curl_slist *longer = curl_slist_append(a->headers, line);

	if (longer)
		a->headers = longer;
}

static void set_headers(struct http *h, struct http_req *req)
{
	struct http_attempt *a = req->attempt;
	char_auto *accept = xasprintf("Accept: %s", req->accept ? req->accept : "application/json");

	add_header(a, accept);
	if (h->host_header)
		add_header(a, h->host_header);
	if (a->resume.kept.len > 0) {
		char_auto *range = xasprintf("Range: bytes=%zu-", a->resume.kept.len);
		char_auto *same = xasprintf("If-Range: %s", a->resume.validator);

		add_header(a, range);
		add_header(a, same);
	}
	if (req->body.len > 0) {
		add_header(a, "Content-Type: application/json");
		add_header(a, "Expect:"); /* saves a round trip that an API server never needs */
	}
	for (const char *const *line = h->to.headers; line && *line; line++)
		add_header(a, *line);
	if (h->to.bearer_token && h->over_tls) {
		char *line = xasprintf("Authorization: Bearer %s", h->to.bearer_token);

		add_header(a, line);
		explicit_bzero(line, strlen(line));
		free(line);
	}
	if (h->to.username && h->over_tls) {
		curl_easy_setopt(a->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(a->easy, CURLOPT_USERNAME, h->to.username);
		curl_easy_setopt(a->easy, CURLOPT_PASSWORD, h->to.password ? h->to.password : "");
	}
	curl_easy_setopt(a->easy, CURLOPT_HTTPHEADER, a->headers);
}

static void set_blob(CURL *easy, CURLoption option, const char *pem)
{
	struct curl_blob blob = {
		.data = (void *)(uintptr_t)pem, .len = strlen(pem), .flags = CURL_BLOB_NOCOPY
	};

	curl_easy_setopt(easy, option, &blob);
}

static CURLcode on_tls_context(CURL *easy, void *ctx, void *arg)
{
	struct http *h = arg;

	(void)easy;
	tls_peer_watch(h->peer, ctx, h->to.insecure_skip_tls_verify);
	return CURLE_OK;
}

/* A proxy with TLS is trusted by the same authorities as the server, as with kubectl. */
static void set_proxy(struct http *h, CURL *easy)
{
	/* "" keeps libcurl from reading the environment. */
	curl_easy_setopt(easy, CURLOPT_PROXY, h->proxy.url ? h->proxy.url : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	if (h->proxy.user) {
		curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, h->proxy.user);
		curl_easy_setopt(
			easy, CURLOPT_PROXYPASSWORD, h->proxy.password ? h->proxy.password : "");
	}
	if (!h->proxy.url || !has_prefix(h->proxy.url, "https://"))
		return;
	curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (h->to.ca_pem) {
		curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, NULL);
		curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
		set_blob(easy, CURLOPT_PROXY_CAINFO_BLOB, h->to.ca_pem);
	}
	if (h->to.insecure_skip_tls_verify) {
		curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
	}
}

static void set_tls(struct http *h, CURL *easy)
{
	if (has_prefix(curl_version_info(CURLVERSION_NOW)->ssl_version, "OpenSSL/")) {
		curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
		curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, h);
	}
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (h->to.ca_pem) {
		/* Distributions build libcurl with a CAPATH. libcurl would trust it as well. */
		curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		set_blob(easy, CURLOPT_CAINFO_BLOB, h->to.ca_pem);
	}
	if (h->to.insecure_skip_tls_verify) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (h->to.client_cert_pem)
		set_blob(easy, CURLOPT_SSLCERT_BLOB, h->to.client_cert_pem);
	if (h->to.client_key_pem)
		set_blob(easy, CURLOPT_SSLKEY_BLOB, h->to.client_key_pem);
}

static size_t give_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_req *req = arg;
	size_t left = req->body.len - req->attempt->given;
	size_t take = left < size * n ? left : size * n;

	memcpy(data, req->body.data + req->attempt->given, take);
	req->attempt->given += take;
	return take;
}

static void set_method(CURL *easy, struct http_req *req)
{
	if (req->body.len > 0) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.len);
	}
	/*
	 * When a reused connection is dead, libcurl sends the request again by itself. It does not
	 * when it cannot rewind the body, so a write is never sent twice this way.
	 */
	if (req->body.len > 0 && req->repeatable) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, req->body.data);
	} else if (req->body.len > 0) {
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(easy, CURLOPT_READDATA, req);
	}
	if (strcmp(req->method, req->body.len > 0 ? "POST" : "GET") != 0)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, req->method);
}

static long attempt_ms(const struct http *h)
{
	int64_t left = h->deadline - now_ms();
	int64_t most = h->to.request_ms ? h->to.request_ms : HTTP_REQUEST_MS;

	return left < 1 ? 1 : most < 0 || left < most ? (long)left : (long)most;
}

/* A file may take until the deadline as long as bytes come, and may be behind a redirect. */
static void set_download(struct http *h, struct http_req *req)
{
	CURL *easy = req->attempt->easy;
	int64_t left = h->deadline - now_ms();

	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, left < 1 ? 1L : (long)left);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_SLOW_BYTES);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)HTTP_SLOW_SECONDS);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)HTTP_REDIRECTS);
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, h->over_tls ? "https" : "http,https");
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, req);
}

void http_start(struct http *h, struct http_req *req)
{
	struct http_attempt *a = req->attempt;
	CURL *easy = a->easy ? a->easy : curl_easy_init();
	char_auto *url = xasprintf("%s%s", h->base, req->path);

	if (!easy)
		abort();
	a->easy = easy;
	a->start_at = 0;
	a->given = 0;
	a->begun = false;
	a->postponed = false;
	a->http = h;
	curl_easy_reset(easy);
	curl_slist_free_all(a->headers);
	a->headers = NULL;
	buf_clear(&req->answer);
	req->answer.max = req->max_answer ? req->max_answer : HTTP_MAX_ANSWER;
	req->status = 0;
	req->attempts++;
	h->sent++;

	curl_easy_setopt(easy, CURLOPT_URL, url);
	http_trace_start(easy);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* "/../" is sent, as Go sends it */
	curl_easy_setopt(easy, CURLOPT_PRIVATE, req);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, a->detail);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, h->over_tls ? "https" : "http");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	/* 64 KiB for each of many small writes at once would be most of the memory. */
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, h->user_agent);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, attempt_ms(h));
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, req);
	/* A range counts the bytes of the file without compression. */
	if (!h->to.disable_compression && !req->download)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	set_proxy(h, easy);
	if (h->connect_to)
		curl_easy_setopt(easy, CURLOPT_CONNECT_TO, h->connect_to);
	if (req->download)
		set_download(h, req);
	set_tls(h, easy);
	set_method(easy, req);
	set_headers(h, req);
	curl_multi_add_handle(h->multi, easy);
}
