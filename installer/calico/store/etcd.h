/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The etcdv3 datastore. The program talks to the JSON gateway, which every etcd since 3.4 serves
 * beside gRPC (https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/). Several endpoints are one
 * datastore: when one does not answer, the next one is asked. Lists come in pages, all at one
 * revision.
 */
#ifndef CALICO_STORE_ETCD_H
#define CALICO_STORE_ETCD_H

#include "calico/store/store.h"

/*
 * The endpoints and the user. The members *_from say where each is set, for advice in errors. All
 * strings are copied.
 */
struct etcd_options {
	const char *endpoints; /* URLs, separated by commas */
	const char *endpoints_from; /* "ETCD_ENDPOINTS" */
	const char *ca_pem; /* NULL: the system's root certificates */
	const char *ca_from;
	const char *cert_pem, *key_pem; /* NULL: no client certificate */
	const char *cert_from;
	const char *username, *password; /* NULL: no user */
	const char *user_from;
	const char *user_agent;
	int64_t request_ms; /* see struct http_endpoint */
	int64_t deadline;
	/* Called when the program leaves an endpoint for the next one; NULL: nobody is told. */
	void (*note)(void *arg, const char *text);
	void *arg;
};

enum { ETCD_MAX_ENDPOINTS = 64 };

extern const struct calico_driver etcd_driver;

/* Makes a store, and sends nothing yet. The caller releases the store. */
CHECKED int etcd_open(struct calico_store *store, const struct etcd_options *o, struct err *e);
/* Checks and splits a list of endpoints. Returns an array of URLs without trailing slashes. */
CHECKED json_t *etcd_endpoints(const char *list, struct err *e);

#endif
