/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/signals.h"

enum {
	BACKOFF_MS = 100, /* before the second attempt; doubles */
	SOON_MS = 50,
	/* libcurl can hold back what it has read of an HTTP/2 stream until it is called again. */
	POLL_MS = 10,
	CONNECTIONS_WITHOUT_HTTP2 = 6,
};

struct http {
	CURLM *multi;
	struct http_endpoint to;
	char *base; /* URL as requested: its host is the name that is verified */
	char *host_header; /* "Host: ..." when base names another host than the URL */
	struct curl_slist *connect_to; /* then: where the connection really goes */
	char *user_agent;
	int64_t deadline;
	int64_t started;
	bool over_tls;
	bool bypass_proxy;
	bool reached; /* an answer has come: from now on a refused connection is worth a retry */
	long sent;
};

struct http_attempt {
	CURL *easy;
	struct curl_slist *headers;
	size_t given; /* bytes of the body that libcurl has taken */
	int64_t start_at; /* 0: in flight */
	bool ended;
	char detail[CURL_ERROR_SIZE];
};

/* Endpoint */

static char *url_part(CURLU *u, CURLUPart part)
{
	char *s = NULL;

	return curl_url_get(u, part, &s, 0) == CURLUE_OK ? s : NULL;
}

static bool is_loopback(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || has_prefix(host, "127.") ||
	       strcmp(host, "[::1]") == 0;
}

/*
 * libcurl verifies and sends as SNI the host of the URL. For another name the URL gets that name,
 * and CONNECT_TO says where it really is.
 */
static int rename_host(struct http *h, CURLU *u, const char *host, struct err *e)
{
	char *port = NULL, *url = NULL;
	int rc = 0;

	if (curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
		curl_url_set(u, CURLUPART_HOST, h->to.tls_server_name, 0) != CURLUE_OK ||
		curl_url_get(u, CURLUPART_URL, &url, 0) != CURLUE_OK) {
		rc = err_set(e, ERR_FORMAT, 0, "\"%s\" is no valid tls-server-name",
			h->to.tls_server_name);
	} else {
		char_auto *to = xasprintf("%s:%s:%s:%s", h->to.tls_server_name, port, host, port);

		free(h->base);
		h->base = xstrdup(url);
		h->host_header = xasprintf("Host: %s:%s", host, port);
		h->connect_to = curl_slist_append(NULL, to);
	}
	curl_free(port);
	curl_free(url);
	return rc;
}

static int set_endpoint(struct http *h, struct err *e)
{
	CURLU *u = curl_url();
	int rc = 0;

	if (!u || curl_url_set(u, CURLUPART_URL, h->to.url, 0) != CURLUE_OK) {
		curl_url_cleanup(u);
		return err_set(e, ERR_FORMAT, 0,
			"\"%s\" is no URL; it should look like https://HOST:PORT", h->to.url);
	}
	char *host = url_part(u, CURLUPART_HOST), *scheme = url_part(u, CURLUPART_SCHEME);

	h->base = xstrdup(h->to.url);
	h->over_tls = scheme && strcmp(scheme, "https") == 0;
	h->bypass_proxy = host && is_loopback(host);
	if (h->to.tls_server_name && host && strcmp(h->to.tls_server_name, host) != 0)
		rc = rename_host(h, u, host, e);
	curl_free(host);
	curl_free(scheme);
	curl_url_cleanup(u);
	return rc;
}

struct http *http_new(const struct http_endpoint *endpoint, const char *user_agent,
	int64_t deadline, struct err *e)
{
	struct http *h = xcalloc(1, sizeof(*h));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	*h = (struct http){
		.multi = curl_multi_init(),
		.to = *endpoint,
		.user_agent = xstrdup(user_agent),
		.deadline = deadline,
		.started = now_ms(),
	};
	if (!h->multi) {
		err_set(e, ERR_IO, 0, "libcurl cannot be initialised");
		http_free(h);
		return NULL;
	}
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS_WITHOUT_HTTP2);
	if (set_endpoint(h, e) < 0) {
		http_free(h);
		return NULL;
	}
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	curl_multi_cleanup(h->multi);
	curl_slist_free_all(h->connect_to);
	free(h->base);
	free(h->host_header);
	free(h->user_agent);
	free(h);
}

int64_t http_deadline(const struct http *h)
{
	return h->deadline;
}

long http_requests_sent(const struct http *h)
{
	return h->sent;
}

void http_escape(struct buf *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			strchr("-._~", c))
			buf_putc(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

/* One attempt */

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_req *req = arg;

	return buf_add(&req->answer, data, size * n) < 0 ? 0 : size * n;
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
	if (req->body.len > 0) {
		add_header(a, "Content-Type: application/json");
		add_header(a, "Expect:"); /* a round trip that an API server never needs */
	}
	if (h->to.bearer_token && h->over_tls) {
		char *line = xasprintf("Authorization: Bearer %s", h->to.bearer_token);

		add_header(a, line);
		explicit_bzero(line, strlen(line));
		free(line);
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

static void set_tls(struct http *h, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (h->to.ca_pem) {
		/* Distributions build libcurl with a CAPATH, which would be trusted as well. */
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
	 * When a reused connection turns out to be dead, libcurl sends a request again by itself. A
	 * body that it cannot rewind keeps it from doing so where that could write twice.
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

	return left < 1 ? 1 : left < HTTP_REQUEST_MS ? (long)left : (long)HTTP_REQUEST_MS;
}

static void start(struct http *h, struct http_req *req)
{
	struct http_attempt *a = req->attempt;
	CURL *easy = a->easy ? a->easy : curl_easy_init();
	char_auto *url = xasprintf("%s%s", h->base, req->path);

	if (!easy)
		abort();
	a->easy = easy;
	a->start_at = 0;
	a->given = 0;
	curl_easy_reset(easy);
	curl_slist_free_all(a->headers);
	a->headers = NULL;
	buf_clear(&req->answer);
	req->answer.max = req->max_answer ? req->max_answer : HTTP_MAX_ANSWER;
	req->status = 0;
	req->attempts++;
	h->sent++;

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, req);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, a->detail);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, h->over_tls ? "https" : "http");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, h->user_agent);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, attempt_ms(h));
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, req);
	if (h->bypass_proxy)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	if (h->connect_to)
		curl_easy_setopt(easy, CURLOPT_CONNECT_TO, h->connect_to);
	set_tls(h, easy);
	set_method(easy, req);
	set_headers(h, req);
	curl_multi_add_handle(h->multi, easy);
}

static void forget(struct http *h, struct http_req *req)
{
	struct http_attempt *a = req->attempt;

	if (!a)
		return;
	if (a->easy) {
		curl_multi_remove_handle(h->multi, a->easy);
		curl_easy_cleanup(a->easy);
	}
	curl_slist_free_all(a->headers);
	free(a);
	req->attempt = NULL;
}

/* What went wrong, in words that say where to look. */

static int transport_error(
	const struct http *h, CURLcode rc, const struct http_req *req, struct err *e)
{
	const char *detail =
		req->attempt->detail[0] ? req->attempt->detail : curl_easy_strerror(rc);

	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return err_set(e, ERR_NET, rc, "%s: %s; check the server's name and the DNS",
			h->to.url, detail);
	case CURLE_COULDNT_CONNECT:
		return err_set(e, ERR_NET, rc,
			"%s: cannot connect: %s; is the server running, and is this its address?",
			h->to.url, detail);
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_set(e, ERR_NET, rc,
			"%s: the server's certificate is refused: %s; check certificate-authority "
			"and tls-server-name",
			h->to.url, detail);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(e, ERR_FORMAT, rc,
			"%s: the certificate authority is no PEM certificate: %s", h->to.url,
			detail);
	case CURLE_SSL_CERTPROBLEM:
		return err_set(e, ERR_FORMAT, rc,
			"%s: the client certificate or its key cannot be used: %s", h->to.url,
			detail);
	case CURLE_SSL_CONNECT_ERROR:
		return err_set(e, ERR_NET, rc,
			"%s: no TLS connection: %s; does the server speak https on this port?",
			h->to.url, detail);
	case CURLE_WRITE_ERROR:
		return err_set(e, ERR_FORMAT, rc,
			"%s %s: the answer is larger than the limit of %zu bytes", req->method,
			req->path, req->answer.max);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(
			e, ERR_TIMEOUT, rc, "%s%s: no answer: %s", h->to.url, req->path, detail);
	default:
		return err_set(e, ERR_NET, rc, "%s %s%s: the connection failed: %s", req->method,
			h->to.url, req->path, detail);
	}
}

static bool is_connection_setup(CURLcode rc)
{
	return rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_COULDNT_RESOLVE_PROXY ||
	       rc == CURLE_COULDNT_CONNECT || rc == CURLE_SSL_CONNECT_ERROR;
}

static bool is_passing_fault(const struct http *h, CURLcode rc)
{
	switch (rc) {
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_OPERATION_TIMEDOUT:
		return true;
	default:
		return h->reached && is_connection_setup(rc);
	}
}

static bool is_passing_status(long status)
{
	return status == 429 || status == 500 || (status >= 502 && status <= 504);
}

static int64_t backoff_ms(int attempts)
{
	int64_t ms = (int64_t)BACKOFF_MS << (attempts < 6 ? attempts - 1 : 5);

	return ms / 2 + arc4random_uniform((uint32_t)ms / 2 + 1);
}

/* When to try again, as now_ms(); 0: this answer, or lack of one, stands. */
static int64_t retry_at(const struct http *h, const struct http_req *req, CURLcode rc)
{
	curl_off_t after = 0;

	if (rc != CURLE_OK)
		return req->repeatable && req->attempts < HTTP_ATTEMPTS && is_passing_fault(h, rc)
			       ? now_ms() + backoff_ms(req->attempts)
			       : 0;
	if (!is_passing_status(req->status))
		return 0;
	/* With 429 the server says that it has not looked at the request: safe for writes too. */
	if (req->status == 429 && req->soon && strstr(buf_str(&req->answer), req->soon))
		return now_ms() + SOON_MS;
	if (req->status != 429 && (!req->repeatable || req->attempts >= HTTP_ATTEMPTS))
		return 0;
	curl_easy_getinfo(req->attempt->easy, CURLINFO_RETRY_AFTER, &after);
	if (after <= 0)
		return now_ms() + backoff_ms(req->attempts);
	if (after > HTTP_MAX_RETRY_AFTER_MS / 1000)
		after = HTTP_MAX_RETRY_AFTER_MS / 1000;
	return now_ms() + after * 1000 + arc4random_uniform(100);
}

/* A batch */

struct batch {
	struct http *h;
	struct http_req *reqs;
	size_t n, left;
	void (*done)(void *arg, const struct http_req *req);
	void *arg;
};

static void end(struct batch *b, struct http_req *req)
{
	req->attempt->ended = true;
	b->left--;
	if (b->done)
		b->done(b->arg, req);
}

static void end_all(struct batch *b, const struct err *why)
{
	for (size_t i = 0; i < b->n; i++) {
		struct http_req *req = &b->reqs[i];

		if (req->attempt->ended)
			continue;
		if (req->attempt->easy)
			curl_multi_remove_handle(b->h->multi, req->attempt->easy);
		req->status = 0;
		err_set(&req->err, why->kind, why->code, "%s", why->msg);
		end(b, req);
	}
}

static void settle(struct batch *b, struct http_req *req, CURLcode rc)
{
	struct http *h = b->h;
	struct http_attempt *a = req->attempt;
	curl_off_t us = 0;

	curl_multi_remove_handle(h->multi, a->easy);
	curl_easy_getinfo(a->easy, CURLINFO_TOTAL_TIME_T, &us);
	req->seconds = (double)us / 1e6;
	if (rc == CURLE_OK) {
		curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &req->status);
		h->reached = true;
	}
	a->start_at = retry_at(h, req, rc);
	if (a->start_at)
		return;
	if (rc != CURLE_OK) {
		err_auto why = { 0 };

		transport_error(h, rc, req, &why);
		if (!h->reached &&
			(is_connection_setup(rc) || rc == CURLE_PEER_FAILED_VERIFICATION)) {
			/* The others would fail the same way, one time-out after another. */
			end_all(b, &why);
			return;
		}
		err_move(&req->err, &why);
	}
	end(b, req);
}

static void start_due(struct batch *b, int64_t now)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct http_attempt *a = b->reqs[i].attempt;

		if (!a->ended && a->start_at && a->start_at <= now)
			start(b->h, &b->reqs[i]);
	}
}

static int64_t next_start(const struct batch *b)
{
	int64_t next = b->h->deadline;

	for (size_t i = 0; i < b->n; i++) {
		const struct http_attempt *a = b->reqs[i].attempt;

		if (!a->ended && a->start_at && a->start_at < next)
			next = a->start_at;
	}
	return next;
}

static int check_over(struct http *h, const char *what, struct err *e)
{
	if (signals_check(e) < 0)
		return -1;
	if (now_ms() >= h->deadline)
		return err_set(e, ERR_TIMEOUT, 0,
			"%s: the deadline passed after %.1f s while waiting for %s; --timeout sets "
			"it",
			h->to.url, (double)(now_ms() - h->started) / 1000, what);
	return 0;
}

static void wait_until(struct http *h, int64_t when)
{
	struct curl_waitfd wake = { .fd = signals_fd(), .events = CURL_WAIT_POLLIN };
	int64_t ms = when - now_ms();

	if (ms > POLL_MS)
		ms = POLL_MS;
	curl_multi_poll(h->multi, &wake, wake.fd >= 0, ms < 0 ? 0 : (int)ms, NULL);
}

static const char *pending(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->reqs[i].attempt->ended)
			return b->reqs[i].path;
	return "";
}

static int run(struct batch *b, struct err *e)
{
	while (b->left > 0) {
		CURLMsg *msg;
		int running = 0, queued = 0;

		start_due(b, now_ms());
		curl_multi_perform(b->h->multi, &running);
		while ((msg = curl_multi_info_read(b->h->multi, &queued))) {
			struct http_req *req = NULL;
			CURLcode rc = msg->data.result;

			curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &req);
			if (!req->attempt->ended)
				settle(b, req, rc);
		}
		if (b->left == 0)
			break;
		if (check_over(b->h, pending(b), e) < 0) {
			end_all(b, e);
			return -1;
		}
		wait_until(b->h, next_start(b));
	}
	return 0;
}

int http_run(struct http *h, struct http_req *reqs, size_t n,
	void (*done)(void *arg, const struct http_req *req), void *arg, struct err *e)
{
	struct batch b = { .h = h, .reqs = reqs, .n = n, .left = n, .done = done, .arg = arg };

	if (check_over(h, "the next request", e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		reqs[i].attempt = xcalloc(1, sizeof(*reqs[i].attempt));
		reqs[i].attempt->start_at = 1;
		reqs[i].attempts = 0;
	}
	int rc = run(&b, e);

	for (size_t i = 0; i < n; i++)
		forget(h, &reqs[i]);
	return rc;
}

int http_pause(struct http *h, int64_t ms, struct err *e)
{
	int64_t until = now_ms() + ms;

	do {
		if (check_over(h, "the server to be ready", e) < 0)
			return -1;
		wait_until(h, until < h->deadline ? until : h->deadline);
	} while (now_ms() < until);
	return signals_check(e);
}

void http_req_release(struct http_req *req)
{
	free(req->path);
	buf_release(&req->body);
	buf_release(&req->answer);
	err_release(&req->err);
	*req = (struct http_req){ 0 };
}
