/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to etcd's JSON gateway: the choice of the endpoint, the user's token, and the meaning of
 * refusals.
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
	size_t n, current; /* the endpoint that answered last, or that is asked next */
	bool answered; /* an endpoint has answered */
	char *endpoints_from, *ca_pem, *ca_from, *cert_pem, *key_pem, *cert_from;
	char *username, *password, *user_from, *user_agent;
	const char *headers[2]; /* "Authorization: TOKEN", owned; then NULL */
	struct calico_rules rules;
	bool rules_known;
	char *doubt; /* why it is not certain which rules hold; NULL: it is certain */
	bool no_auth; /* the server has no users */
	void (*note)(void *arg, const char *text);
	void *arg;
};

/* Functions of the driver in etcd.c. */
CHECKED int etcd_pause(void *store, int64_t ms, struct err *e);
long etcd_requests_sent(const void *store);
void etcd_close(void *store);

/*
 * Makes the request to read one key, or all keys from key up to end. http_req_release frees path
 * and body.
 */
void etcd_range(struct http_req *req, const struct buf *key, const struct buf *end, int limit,
	int64_t revision);
/*
 * Sends all requests at once, as the user, to the first endpoint that answers. Each request then
 * has a status. -1: no endpoint answered, the log-in failed, or the run is over.
 */
CHECKED int etcd_ask(struct etcd *s, struct http_req *reqs, size_t n, struct err *e);
/*
 * The same for writes: each request is sent once. A request whose answer is lost has the status 0,
 * and the next request goes to another endpoint. -1: the log-in failed, or the run is over.
 */
CHECKED int etcd_ask_once(struct etcd *s, struct http_req *reqs, size_t n, struct err *e);
/*
 * Says why the status is not 200, and what to do; always -1. what: the action, such as "list
 * ippools".
 */
int etcd_refused(const struct etcd *s, const struct http_req *req, const char *what, struct err *e);

#endif
