/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP to one endpoint: TLS, connections, and the deadline of the run. Requests go in batches. All
 * requests of a batch are in flight at once, over one HTTP/2 connection where the server has
 * HTTP/2. http_run returns when each request has an answer or an error. The caller owns the
 * requests and what they point to, and releases them with http_req_release.
 */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include "base/buf.h"

enum {
	HTTP_REQUEST_MS = 30000, /* milliseconds for one attempt of one request */
	HTTP_CONNECT_MS = 10000, /* milliseconds for TCP and TLS */
	HTTP_ATTEMPTS = 5, /* attempts of a request that may be repeated */
	HTTP_MAX_ANSWER = 64 << 20, /* bytes of one body, unless a request sets a lower limit */
	HTTP_MAX_TOGETHER = 32 << 20, /* of several that come in at once: one of them comes later */
	HTTP_MAX_RETRY_AFTER_MS = 30000,
	HTTP_REDIRECTS = 5, /* redirects of a download; a redirect never leaves https */
	HTTP_SLOW_BYTES = 1024, /* bytes a second; a download that is slower ... */
	HTTP_SLOW_SECONDS = 10, /* ... for so many seconds is given up */
	HTTP_MAX_WARNINGS = 16 << 10, /* bytes of the Warning headers of one answer */
};

/* The server, whom to trust, and as whom. Borrowed strings; they must outlive the struct http. */
struct http_endpoint {
	const char *url; /* https://host:port/prefix, no trailing slash */
	const char *ca_pem; /* NULL: the system's authorities; else only these */
	const char *client_cert_pem; /* NULL: none */
	const char *client_key_pem;
	const char *bearer_token; /* NULL: none; never sent over plain http */
	/* NULL: the host of the URL; else the name for SNI, and the name that is verified */
	const char *tls_server_name;
	bool insecure_skip_tls_verify;
	const char *username, *password; /* basic auth; NULL: none; never sent over plain http */
	/* "Name: value" headers of every request, closed by NULL; NULL: none */
	const char *const *headers;
	const char *proxy_url; /* NULL: the environment's proxy, by Go's rules */
	bool disable_compression; /* answers are not compressed; else gzip is accepted */
	/* for one attempt; 0: HTTP_REQUEST_MS; below 0: only the deadline counts */
	int64_t request_ms;
	/*
	 * The names of the fields that have the server, its authority and the user, for advice in
	 * errors.
	 */
	const char *cluster_from, *ca_from, *user_from; /* NULL: the names of this struct */
	/* the field that sets tls_server_name, for advice; NULL: nothing sets it */
	const char *name_field;
	const char *proxy_from; /* the field that has proxy_url; NULL: "proxy-url" */
};

struct http_req {
	const char *method; /* "GET", "POST", "PUT", "DELETE" */
	char *path; /* owned; appended to the endpoint's URL, already escaped */
	const char *accept; /* NULL: application/json */
	struct buf body; /* owned; sent as application/json when not empty */
	bool repeatable; /* a second, identical request does no harm: a failed one is tried again */
	const char *soon; /* a 429 with this text is tried again after 50 ms; NULL: no such text */
	/*
	 * A file: the download may take until the deadline, follows redirects, and continues where
	 * it was cut. For endpoints without credentials.
	 */
	bool download;
	size_t max_answer; /* bytes; 0: HTTP_MAX_ANSWER */

	/* the answer */
	long status; /* 0: there is no answer, and err says why */
	struct buf answer; /* owned */
	struct buf warnings; /* owned; values of Warning headers, one per line */
	char *location; /* owned; the Location of a 3xx, without its query; NULL: none */
	struct err err; /* errors of the transport only; an HTTP status is never an error here */
	bool too_large; /* the reason for err */
	int attempts;
	double seconds; /* milliseconds of the last attempt */

	struct http_attempt *attempt; /* only for http.c */
};

struct http;

/* deadline is a now_ms() time; user_agent is copied. One struct http, one thread. */
CHECKED struct http *http_new(const struct http_endpoint *endpoint, const char *user_agent,
	int64_t deadline, struct err *e);
void http_free(struct http *h);
/*
 * Sets token, user, password and client certificate of later requests. No request may be in flight.
 */
void http_set_credentials(struct http *h, const struct http_endpoint *to);

/*
 * Runs n requests, all at once. done, unless NULL, is called as each request ends. Returns -1 only
 * for what ends the whole run: the deadline (ERR_TIMEOUT) or a signal (ERR_SIGNAL). Requests
 * without an answer then have the same error.
 */
CHECKED int http_run(struct http *h, struct http_req *reqs, size_t n,
	void (*done)(void *arg, const struct http_req *req), void *arg, struct err *e);
/*
 * say is called with what the run waits for, again and again, while requests of this process take
 * long.
 */
void http_watch(void (*say)(void *arg, const char *text), void *arg);
/*
 * say gets a line for each attempt of a request (level 1), its headers and TLS (2), and its bodies
 * (3). No line has a credential header, or a member of a body that is named as credentials are.
 */
void http_trace(int level, void (*say)(void *arg, const char *text), void *arg);
/* Sleeps, but not past the deadline; -1 as http_run. */
CHECKED int http_pause(struct http *h, int64_t ms, struct err *e);
/* Whether the connection was made, and ended without a whole answer. */
bool http_was_cut(const struct err *e);
void http_req_release(struct http_req *req);

/* Bytes of answers that are still coming in. */
size_t http_waiting(const struct http *h);
int64_t http_deadline(const struct http *h);
/* Bytes and requests so far, with those that were tried again; for benches and reports. */
long http_requests_sent(const struct http *h);

/* Where the requests of this process go: the proxy's port, else the server's, of all endpoints. */
enum { HTTP_PORTS_MAX = 64 };
struct http_ports {
	uint16_t ports[HTTP_PORTS_MAX];
	size_t n;
	bool more; /* than fit */
};
const struct http_ports *http_ports(void);

/* Escapes all but unreserved characters as "%XX" (RFC 3986). */
void http_escape(struct buf *out, const char *s);

#endif
