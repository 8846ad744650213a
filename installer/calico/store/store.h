/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A datastore as something to read Calico objects from: one interface, two drivers (Kubernetes in
 * calico/kubernetes.c, etcd in calico/etcd.c). A driver hands out projectcalico.org/v3 objects one
 * at a time, page by page, and keeps none: memory follows what the taker keeps.
 */
#ifndef CALICO_STORE_STORE_H
#define CALICO_STORE_STORE_H

#include "calico/model/kinds.h"

/* Who takes what a read finds. */
struct calico_sink {
	void *arg;
	/* One projectcalico.org/v3 object; borrowed for the call, which may get others. */
	void (*object)(void *arg, const json_t *object);
	/* A name that is not there, an item that cannot be decoded: a line that names it. */
	void (*problem)(void *arg, const char *text);
	/* The list starts anew (the server forgot its continue token): forget what came so far. */
	void (*restart)(void *arg);
};

struct calico_driver {
	/*
	 * A whole list; ns NULL: all namespaces. *resource_version is the list's, the caller's,
	 * NULL when it has none. -1: nothing could be read; ERR_CHECK when the CRD is not there.
	 */
	int (*list)(void *store, const struct calico_kind *kind, const char *ns,
		const struct calico_sink *sink, char **resource_version, struct err *e);
	/* Each of the names, in this order; one that is missing is a problem, not an error. */
	int (*get)(void *store, const struct calico_kind *kind, const char *ns,
		const char *const *names, size_t n, const struct calico_sink *sink,
		struct err *e);
	void (*free)(void *store);
};

struct calico_store {
	const struct calico_driver *driver;
	void *store; /* the driver's */
};

#endif
