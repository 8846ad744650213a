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

extern const struct calico_driver etcd_driver;

/* Nothing is sent yet. The store is the caller's. */
CHECKED int etcd_open(struct calico_store *store, const struct etcd_options *o, struct err *e);
/* Checks and splits a list of endpoints: an array of URLs without trailing slashes. */
CHECKED json_t *etcd_endpoints(const char *list, struct err *e);

#endif
