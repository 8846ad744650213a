/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/http_parts.h"
#include "base/secret.h"
#include "base/signals.h"

enum {
	BACKOFF_MS = 100, /* milliseconds before the second attempt; doubles with each attempt */
	SOON_MS = 50,
	/* libcurl can keep what it has read of an HTTP/2 stream until the next call. */
	POLL_MS = 10,
	SILENCE_MS = 250, /* milliseconds after which a person is told what the run waits for */
	WORD_MS = 500,
	CONNECTIONS_WITHOUT_HTTP2 = 6,
};

static struct {
	void (*say)(void *arg, const char *text);
	void *arg;
} watcher;

void http_watch(void (*say)(void *arg, const char *text), void *arg)
{
	watcher.say = say;
	watcher.arg = arg;
}

/* When memory runs out, the program ends here as everywhere else. */

static void *allocate(size_t n)
{
	return xcalloc(1, n);
}

static void *reallocate(void *p, size_t n)
{
	return xrealloc(p, 1, n);
}

static CURLM *new_multi(void)
{
	CURLM *multi = curl_multi_init();

	if (!multi)
		abort();
	curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS_WITHOUT_HTTP2);
	return multi;
}

static void remember(const struct http_endpoint *to)
{
	secret_add(to->bearer_token);
	secret_add_user(to->username, to->password);
	secret_add(to->client_key_pem);
}

struct http *http_new(const struct http_endpoint *endpoint, const char *user_agent,
	int64_t deadline, struct err *e)
{
	struct http *h = xcalloc(1, sizeof(*h));

	/* libidn2 takes names of hosts in the encoding of the locale; ours are UTF-8. */
	setlocale(LC_CTYPE, "C.UTF-8");
	curl_global_init_mem(CURL_GLOBAL_DEFAULT, allocate, free, reallocate, xstrdup, xcalloc);
	remember(endpoint);
	*h = (struct http){
		.multi = new_multi(),
		.to = *endpoint,
		.user_agent = xstrdup(user_agent),
		.deadline = deadline,
		.started = now_ms(),
		.peer = tls_peer_new(),
		.shown_cert = endpoint->client_cert_pem ? xstrdup(endpoint->client_cert_pem) : NULL,
	};
	if (endpoint->ca_pem) {
		char_auto *note = NULL; /* for the person who configured the file: tls_check_ca */

		h->ca_pem = tls_readable_cas(endpoint->ca_pem, &note);
		h->to.ca_pem = h->ca_pem ? h->ca_pem : endpoint->ca_pem;
	}
	if (http_set_endpoint(h, e) < 0) {
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
	tls_peer_free(h->peer);
	proxy_release(&h->proxy);
	free(h->host);
	free(h->ca_pem);
	free(h->shown_cert);
	free(h->base);
	free(h->host_header);
	free(h->user_agent);
	free(h);
}

/* The strings that were set before may be gone, so nothing here reads them. */
void http_set_credentials(struct http *h, const struct http_endpoint *to)
{
	h->to.bearer_token = to->bearer_token;
	h->to.username = to->username;
	h->to.password = to->password;
	h->to.client_cert_pem = to->client_cert_pem;
	h->to.client_key_pem = to->client_key_pem;
	remember(to);
	if (same_text(h->shown_cert, to->client_cert_pem))
		return;
	/* A connection keeps the client certificate with which it was made. */
	free(h->shown_cert);
	h->shown_cert = xstrdup_or_null(to->client_cert_pem);
	curl_multi_cleanup(h->multi);
	h->multi = new_multi();
}

size_t http_waiting(const struct http *h)
{
	return h->waiting;
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

/* What came belongs to who asked for it, or it is of no use. */
static void let_go(struct http *h, struct http_attempt *a)
{
	h->waiting -= a->came;
	a->came = 0;
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
	http_resume_release(&a->resume);
	free(a);
	req->attempt = NULL;
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
	if (attempts < 1)
		attempts = 1;
	int64_t ms = (int64_t)BACKOFF_MS << (attempts < 6 ? attempts - 1 : 5);

	return ms / 2 + arc4random_uniform((uint32_t)ms / 2 + 1);
}

/* The same of a request that got no answer. A download that is too slow would be so again. */
static int64_t retry_lost(
	struct http *h, const struct http_req *req, size_t in_flight, CURLcode rc)
{
	const int64_t wait = backoff_ms(req->attempts);

	if (!req->repeatable || req->attempts >= HTTP_ATTEMPTS || !is_passing_fault(h, rc) ||
		http_client_refused(req))
		return 0;
	if (rc != CURLE_OPERATION_TIMEDOUT)
		return now_ms() + wait;
	return req->download ? 0 : http_pace_refused(&h->pace, in_flight, wait);
}

/* When to try again, as now_ms(). 0: this answer, or this failure, is final. */
static int64_t retry_at(struct http *h, const struct http_req *req, size_t in_flight, CURLcode rc)
{
	curl_off_t after = 0;

	if (rc != CURLE_OK)
		return retry_lost(h, req, in_flight, rc);
	if (!is_passing_status(req->status))
		return 0;
	/*
	 * A 429 says that the server did not process the request: a write can be sent again, too.
	 */
	if (req->status == 429 && req->soon && strstr(buf_str(&req->answer), req->soon))
		return now_ms() + SOON_MS;
	if (req->status != 429 && (!req->repeatable || req->attempts >= HTTP_ATTEMPTS))
		return 0;
	curl_easy_getinfo(req->attempt->easy, CURLINFO_RETRY_AFTER, &after);
	if (after > HTTP_MAX_RETRY_AFTER_MS / 1000)
		after = HTTP_MAX_RETRY_AFTER_MS / 1000;
	if (req->status == 429)
		return http_pace_refused(&h->pace, in_flight,
			after > 0 ? after * 1000 : backoff_ms(req->attempts));
	return now_ms() + (after > 0 ? after * 1000 + arc4random_uniform(100)
				     : backoff_ms(req->attempts));
}

/* A batch */

struct batch {
	struct http *h;
	struct http_req *reqs;
	size_t n, left;
	void (*done)(void *arg, const struct http_req *req);
	void *arg;
	int64_t next_word; /* for the function that shows progress */
};

static void end(struct batch *b, struct http_req *req)
{
	req->attempt->ended = true;
	let_go(b->h, req->attempt);
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

/*
 * Keeps what a cut download has brought. An attempt that brought more does not count; the deadline
 * ends it.
 */
static CURLcode keep_part(const struct http *h, struct http_req *req, CURLcode rc)
{
	struct http_attempt *a = req->attempt;
	long status = 0;

	if (!req->download || rc == CURLE_OK || (!a->resume.wrong && !is_passing_fault(h, rc)))
		return rc;
	curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
	if (http_resume_keep(&a->resume, status, a->begun, &req->answer))
		req->attempts = 0;
	if (!a->resume.wrong)
		return rc;
	a->resume.wrong = false;
	snprintf(a->detail, sizeof(a->detail),
		"the server sends another range than the one asked for");
	return CURLE_PARTIAL_FILE;
}

static size_t in_flight(const struct batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += !b->reqs[i].attempt->ended && !b->reqs[i].attempt->start_at;
	return n;
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
		http_take_headers(req);
	}
	rc = keep_part(h, req, rc);
	if (a->postponed) {
		let_go(h, a);
		req->attempts--;
		a->start_at = http_pace_refused(&h->pace, in_flight(b) - 1, 0);
		return;
	}
	a->start_at = retry_at(h, req, in_flight(b) - 1, rc);
	http_trace_attempt(h, req, rc);
	if (a->start_at) {
		let_go(h, a);
		return;
	}
	if (rc == CURLE_OK)
		http_pace_answered(&h->pace);
	if (rc != CURLE_OK) {
		err_auto why = { 0 };

		http_explain(h, rc, req, &why);
		if (!h->reached &&
			(is_connection_setup(rc) || rc == CURLE_PEER_FAILED_VERIFICATION ||
				why.kind == ERR_AUTH)) {
			/*
			 * The other requests would fail in the same way, one time-out after
			 * another.
			 */
			end_all(b, &why);
			return;
		}
		err_move(&req->err, &why);
	}
	end(b, req);
}

static void start_due(struct batch *b, int64_t now)
{
	size_t room = http_pace_room(&b->h->pace, in_flight(b), now);

	for (size_t i = 0; i < b->n && room > 0; i++) {
		const struct http_attempt *a = b->reqs[i].attempt;

		if (!a->ended && a->start_at && a->start_at <= now) {
			http_start(b->h, &b->reqs[i]);
			room--;
		}
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
	return next > b->h->pace.not_before ? next : b->h->pace.not_before;
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

static void wait_until(struct http *h, int64_t when, int64_t most)
{
	struct curl_waitfd wake = { .fd = signals_fd(), .events = CURL_WAIT_POLLIN };
	int64_t ms = (when < h->deadline ? when : h->deadline) - now_ms();

	if (ms > most)
		ms = most;
	curl_multi_poll(h->multi, &wake, wake.fd >= 0, ms < 0 ? 0 : (int)ms, NULL);
}

static const char *pending(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->reqs[i].attempt->ended)
			return b->reqs[i].path;
	return "";
}

static void say_waiting(struct batch *b)
{
	int64_t now = now_ms();

	if (!watcher.say || now < b->next_word)
		return;
	char_auto *text = xasprintf("%s: %zu of %zu answers after %.1f s, waiting for %s",
		b->h->to.url, b->n - b->left, b->n, (double)(now - b->h->started) / 1000,
		pending(b));

	watcher.say(watcher.arg, text);
	b->next_word = now + WORD_MS;
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
		say_waiting(b);
		wait_until(b->h, next_start(b), in_flight(b) > 0 ? POLL_MS : SILENCE_MS);
	}
	return 0;
}

int http_run(struct http *h, struct http_req *reqs, size_t n,
	void (*done)(void *arg, const struct http_req *req), void *arg, struct err *e)
{
	struct batch b = { .h = h,
		.reqs = reqs,
		.n = n,
		.left = n,
		.done = done,
		.arg = arg,
		.next_word = now_ms() + SILENCE_MS };

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
		wait_until(h, until, POLL_MS);
	} while (now_ms() < until);
	return signals_check(e);
}

void http_req_release(struct http_req *req)
{
	free(req->path);
	buf_release(&req->body);
	buf_release(&req->answer);
	buf_release(&req->warnings);
	free(req->location);
	err_release(&req->err);
	*req = (struct http_req){ 0 };
}
