/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A datastore from which Calico objects are read: one interface and two drivers (Kubernetes in
 * kubernetes.c, etcd in etcd.c). A driver hands over projectcalico.org/v3 objects one at a time,
 * page by page, and keeps none. So the memory depends on what the sink keeps.
 */
#ifndef CALICO_STORE_STORE_H
#define CALICO_STORE_STORE_H

#include "calico/model/kinds.h"

/* An object that calicoctl leaves out. All strings are borrowed. */
struct calico_refused {
	const char *object; /* name, or namespace and name: "default", "production/web" */
	const char *why; /* "spec.asNumber: -1 is beyond 0 to 4294967295" */
	const char *mend; /* the command that corrects or removes the object */
};

/* Takes what a read finds. */
struct calico_sink {
	void *arg;
	/*
	 * One projectcalico.org/v3 object, borrowed for the time of the call. The function may read
	 * other objects from the store.
	 */
	void (*object)(void *arg, const json_t *object);
	/*
	 * A line about a name that does not exist, or an object that cannot be decoded; it has the
	 * name.
	 */
	void (*problem)(void *arg, const char *text);
	/*
	 * The list starts again, because the server forgot its continue token. Drop what came so
	 * far.
	 */
	void (*restart)(void *arg);
	/*
	 * Called before problem, for an object that calicoctl refuses: the parts of that problem.
	 * May be NULL.
	 */
	void (*refused)(void *arg, const struct calico_refused *parts);
};

/* A list of all objects of a kind: what is asked for, then the result. */
struct calico_list {
	const struct calico_kind *kind;
	const char *ns; /* NULL: all namespaces */
	const struct calico_sink *sink;
	bool unordered; /* the order does not matter; this saves memory for kinds of IPAM in etcd */
	bool brief; /* metadata.managedFields is not needed */
	/* The result. The caller releases it. */
	char *resource_version; /* of the whole list; NULL: the list has none */
	double ms; /* milliseconds until all answers had arrived */
	struct err failed; /* zero: the list is complete; ERR_CHECK: the CRD is missing */
};

/* The functions of one type of datastore. */
struct calico_driver {
	const char *type; /* calicoctl's datastoreType: "kubernetes", "etcdv3" */
	bool has_crds; /* false: any object can be written, there is nothing to install */
	/*
	 * Reads all lists at the same time, page by page. -1: the run is over, or no server
	 * answers. Otherwise each list is complete, or its failed says why not.
	 */
	int (*list)(void *store, struct calico_list *lists, size_t n, struct err *e);
	/*
	 * Reads the objects with these names, in this order. A missing object is a problem, not an
	 * error.
	 */
	int (*get)(void *store, const struct calico_kind *kind, const char *ns,
		const char *const *names, size_t n, const struct calico_sink *sink, struct err *e);
	/* From now on objects are read as those of this release, whatever the datastore says. */
	void (*assume)(void *store, const char *release);
	/*
	 * A sentence that says why the release of the objects is not certain; NULL: it is certain.
	 */
	const char *(*doubt)(const void *store);
	/* Sleeps, but at most until the deadline. */
	int (*pause)(void *store, int64_t ms, struct err *e);
	long (*requests_sent)(const void *store);
	void (*free)(void *store);
};

struct calico_store {
	const struct calico_driver *driver; /* NULL: none is open */
	void *store; /* belongs to the driver */
};

/* For drivers: makes the sentence of doubt; the caller frees it. why: what could not be read. */
char *calico_doubt(const struct calico_rules *rules, const struct err *why);
void calico_list_release(struct calico_list *list);
/* Reads one list. The error is that of the driver's list function, or that of the list itself. */
CHECKED int calico_store_list(
	const struct calico_store *store, struct calico_list *list, struct err *e);
/* The number of requests sent; 0: no store is open. */
long calico_store_requests_sent(const struct calico_store *store);
void calico_store_close(struct calico_store *store);

#endif
