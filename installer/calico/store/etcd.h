/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The etcdv3 datastore, through the JSON gateway that every etcd since 3.4 serves beside gRPC
 * (https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/). Several endpoints are one datastore: the
 * next one is asked when one does not answer. Lists come in pages, all of one revision.
 */
#ifndef CALICO_STORE_ETCD_H
#define CALICO_STORE_ETCD_H

#include "calico/store/store.h"

/* Where, as whom, and where each is set, for advice in errors. Copied. */
struct etcd_options {
	const char *endpoints; /* URLs, comma-separated */
	const char *endpoints_from; /* "ETCD_ENDPOINTS" */
	const char *ca_pem; /* NULL: the system's roots */
	const char *ca_from;
	const char *cert_pem, *key_pem; /* NULL: none */
	const char *cert_from;
	const char *username, *password; /* NULL: none */
	const char *user_from;
	const char *user_agent;
	int64_t request_ms; /* as struct http_endpoint has it */
	int64_t deadline;
	/* An endpoint that is passed over; NULL: nobody listens. */
	void (*note)(void *arg, const char *text);
	void *arg;
};

enum { ETCD_MAX_ENDPOINTS = 64 };

/* Nothing is sent yet. The store is the caller's: driver->free(store). */
CHECKED int etcd_open(struct calico_store *store, const struct etcd_options *o, struct err *e);
/* One of several lists; failed is the caller's. */
struct etcd_list {
	const struct calico_kind *kind;
	const struct calico_sink *sink;
	double ms; /* until the answers were there, all pages */
	struct err failed;
};

/*
 * All namespaces of each kind, the next pages of all lists at once. -1 when the run is over or no
 * endpoint answers; else each list is whole or failed by itself.
 */
CHECKED int etcd_list_all(
	const struct calico_store *store, struct etcd_list *lists, size_t n, struct err *e);
/* Checks and splits a list of endpoints: an array of URLs without trailing slashes. */
CHECKED json_t *etcd_endpoints(const char *list, struct err *e);
/* As http_pause. */
CHECKED int etcd_pause(const struct calico_store *store, int64_t ms, struct err *e);
long etcd_requests_sent(const struct calico_store *store);

#endif
