/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to etcd's JSON gateway: which endpoint answers, the token of the user, and what a
 * refusal means.
 */
#ifndef CALICO_STORE_ETCD_CLIENT_H
#define CALICO_STORE_ETCD_CLIENT_H

#include <jansson.h>

#include "base/http.h"
#include "calico/store/etcd.h"

struct etcd_endpoint {
	char *url;
	struct http *http;
};

struct etcd {
	struct etcd_endpoint *endpoints;
	size_t n, current; /* the one that answered last, or is asked next */
	bool answered; /* any has */
	char *endpoints_from, *ca_pem, *ca_from, *cert_pem, *key_pem, *cert_from;
	char *username, *password, *user_from, *user_agent;
	const char *headers[2]; /* "Authorization: TOKEN", which is owned, and NULL */
	struct calico_rules rules;
	bool rules_known;
	char *doubt; /* which rules hold; NULL: none */
	bool no_auth; /* the server knows no users */
	void (*note)(void *arg, const char *text);
	void *arg;
};

/* Of the driver in etcd.c. */
CHECKED int etcd_pause(void *store, int64_t ms, struct err *e);
long etcd_requests_sent(const void *store);
void etcd_close(void *store);

/* A read of one key, or of the keys from it to end. path and body are made here. */
void etcd_range(struct http_req *req, const struct buf *key, const struct buf *end, int limit,
	int64_t revision);
/*
 * All at once, to the first endpoint that answers, as the user. Every request then has a status;
 * -1 when no endpoint gave one, when the log-in failed, or when the run is over.
 */
CHECKED int etcd_ask(struct etcd *s, struct http_req *reqs, size_t n, struct err *e);
/*
 * The same for writes: each is sent once. A request whose answer was lost has the status 0, and
 * the next request goes to another endpoint. -1 when the log-in failed, or when the run is over.
 */
CHECKED int etcd_ask_once(struct etcd *s, struct http_req *reqs, size_t n, struct err *e);
/* Why an answer is no 200, and what to do; always -1. what: the noun, such as "list ippools". */
int etcd_refused(const struct etcd *s, const struct http_req *req, const char *what, struct err *e);

#endif
