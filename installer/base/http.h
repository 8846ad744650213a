/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP to one endpoint: its TLS, its connections, the deadline of the run. Requests go in batches:
 * all of a batch are in flight at once, multiplexed over one HTTP/2 connection where the server
 * can, and http_run returns when each has an answer or an error of its own. The caller owns the
 * requests, what they point to, and releases them with http_req_release.
 */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include "base/buf.h"

enum {
	HTTP_REQUEST_MS = 30000, /* one attempt of one request */
	HTTP_CONNECT_MS = 10000, /* TCP and TLS */
	HTTP_ATTEMPTS = 5, /* of a request that may be repeated */
	HTTP_MAX_ANSWER = 64 << 20, /* bytes of one body, unless a request says less */
	HTTP_MAX_TOGETHER = 32 << 20, /* of several that come in at once: one of them comes later */
	HTTP_MAX_RETRY_AFTER_MS = 30000,
	HTTP_REDIRECTS = 5, /* of a download; it never leaves https */
	HTTP_SLOW_BYTES = 1024, /* a second; a download below that ... */
	HTTP_SLOW_SECONDS = 10, /* ... for so long is given up */
	HTTP_MAX_WARNINGS = 16 << 10, /* bytes of one answer's Warning headers */
};

/* Where to, trusting whom, as whom. Borrowed strings; they must outlive the struct http. */
struct http_endpoint {
	const char *url; /* https://host:port/prefix, no trailing slash */
	const char *ca_pem; /* NULL: the system's roots; else these and no others */
	const char *client_cert_pem; /* NULL: none */
	const char *client_key_pem;
	const char *bearer_token; /* NULL: none; never sent over plain http */
	const char *tls_server_name; /* NULL: the host of the URL; else SNI and the name verified */
	bool insecure_skip_tls_verify;
	const char *username, *password; /* basic auth; NULL: none; never sent over plain http */
	const char *const *headers; /* "Name: value" of every request, closed by NULL; NULL: none */
	const char *proxy_url; /* NULL: what the environment says, by Go's rules */
	bool disable_compression; /* answers come as they are; else gzip is accepted */
	int64_t request_ms; /* one attempt; 0: HTTP_REQUEST_MS; below 0: only the deadline counts */
	/* Where the fields of the server, its authority and the user are, for advice in errors. */
	const char *cluster_from, *ca_from, *user_from; /* NULL: the words of this struct */
	const char *name_field; /* that sets tls_server_name, for advice; NULL: nothing does */
	const char *proxy_from; /* of proxy_url; NULL: "proxy-url" */
};

struct http_req {
	const char *method; /* "GET", "POST", "PUT", "DELETE" */
	char *path; /* owned; appended to the endpoint's URL, already escaped */
	const char *accept; /* NULL: application/json */
	struct buf body; /* owned; sent as application/json when not empty */
	bool repeatable; /* the same request again does no harm: it is retried */
	const char *soon; /* a 429 with this text is repeated after 50 ms; NULL: none is */
	/*
	 * A file: it may take until the deadline and be redirected, and when it is cut, goes on
	 * where it ended. For endpoints without credentials.
	 */
	bool download;
	size_t max_answer; /* bytes; 0: HTTP_MAX_ANSWER */

	/* answer */
	long status; /* 0: none came, and err says why */
	struct buf answer; /* owned */
	struct buf warnings; /* owned; values of Warning headers, a line each */
	char *location; /* owned; where a 3xx leads, without its query; NULL: nowhere */
	struct err err; /* transport only; an HTTP status is never an error here */
	bool too_large; /* that is why there is an err */
	int attempts;
	double seconds; /* of the last attempt */

	struct http_attempt *attempt; /* http.c's own */
};

struct http;

/* deadline is a now_ms() time; user_agent is copied. One struct http, one thread. */
CHECKED struct http *http_new(const struct http_endpoint *endpoint, const char *user_agent,
	int64_t deadline, struct err *e);
void http_free(struct http *h);
/* Token, user, password and client certificate of the requests to come; none is running now. */
void http_set_credentials(struct http *h, const struct http_endpoint *to);

/*
 * Runs n requests, all at once. done, unless NULL, is called as each one ends. Returns -1 only for
 * what ends the whole run: the deadline (ERR_TIMEOUT) or a signal (ERR_SIGNAL); requests without
 * an answer then carry the same error.
 */
CHECKED int http_run(struct http *h, struct http_req *reqs, size_t n,
	void (*done)(void *arg, const struct http_req *req), void *arg, struct err *e);
/* say is told what is waited for, again and again, while requests of this process take long. */
void http_watch(void (*say)(void *arg, const char *text), void *arg);
/*
 * say gets a line for each attempt of a request (level 1), its headers and TLS (2), and its bodies
 * (3). No line has a credential header, or a member of a body that is named as credentials are.
 */
void http_trace(int level, void (*say)(void *arg, const char *text), void *arg);
/* Sleeps inside the deadline; -1 as http_run. */
CHECKED int http_pause(struct http *h, int64_t ms, struct err *e);
/* Whether the connection was made and then ended without a whole answer. */
bool http_was_cut(const struct err *e);
void http_req_release(struct http_req *req);

/* Bytes of answers that are still coming in. */
size_t http_waiting(const struct http *h);
int64_t http_deadline(const struct http *h);
/* Bytes and requests so far, retries included: what a bench and a report want to know. */
long http_requests_sent(const struct http *h);

/* Where the requests of this process go: the proxy's port, else the server's, of all endpoints. */
enum { HTTP_PORTS_MAX = 64 };
struct http_ports {
	uint16_t ports[HTTP_PORTS_MAX];
	size_t n;
	bool more; /* than fit */
};
const struct http_ports *http_ports(void);

/* "%XX" for all but unreserved characters (RFC 3986). */
void http_escape(struct buf *out, const char *s);

#endif
