/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A datastore as something to read Calico objects from: one interface, two drivers (Kubernetes in
 * kubernetes.c, etcd in etcd.c). A driver hands out projectcalico.org/v3 objects one at a time,
 * page by page, and keeps none: memory follows what the taker keeps.
 */
#ifndef CALICO_STORE_STORE_H
#define CALICO_STORE_STORE_H

#include "calico/model/kinds.h"

/* An object that calicoctl leaves out. All of it is borrowed. */
struct calico_refused {
	const char *object; /* "default", "production/web" */
	const char *why; /* "spec.asNumber: -1 is beyond 0 to 4294967295" */
	const char *mend; /* a command */
};

/* Who takes what a read finds. */
struct calico_sink {
	void *arg;
	/* One projectcalico.org/v3 object; borrowed for the call, which may get others. */
	void (*object)(void *arg, const json_t *object);
	/* A name that is not there, an item that cannot be decoded: a line that names it. */
	void (*problem)(void *arg, const char *text);
	/* The list starts anew (the server forgot its continue token): forget what came so far. */
	void (*restart)(void *arg);
	/* The parts of a problem that comes next, of an object that is refused; may be NULL. */
	void (*refused)(void *arg, const struct calico_refused *parts);
};

/* A list of all objects of a kind. */
struct calico_list {
	const struct calico_kind *kind;
	const char *ns; /* NULL: of all namespaces */
	const struct calico_sink *sink;
	bool unordered; /* any order will do, which costs less memory for kinds of IPAM in etcd */
	bool brief; /* nobody looks at metadata.managedFields */
	/* What came of it, the caller's. */
	char *resource_version; /* of the whole list; NULL: it has none */
	double ms; /* until all answers were there */
	struct err failed; /* zero: the list is whole; ERR_CHECK: the CRD is not there */
};

/* A type of datastore. */
struct calico_driver {
	const char *type; /* calicoctl's datastoreType: "kubernetes", "etcdv3" */
	bool has_crds; /* false: any object can be written, there is nothing to install */
	/*
	 * All lists at the same time, page by page. -1 when the run is over or no server answers;
	 * else each list is whole, or failed says why not.
	 */
	int (*list)(void *store, struct calico_list *lists, size_t n, struct err *e);
	/* Each of the names, in this order; one that is missing is a problem, not an error. */
	int (*get)(void *store, const struct calico_kind *kind, const char *ns,
		const char *const *names, size_t n, const struct calico_sink *sink, struct err *e);
	/* Objects are those of this release, whatever the datastore says. */
	void (*assume)(void *store, const char *release);
	/* Why it is not certain which release objects are of: a sentence. NULL: it is certain. */
	const char *(*doubt)(const void *store);
	/* Sleeps, inside the deadline. */
	int (*pause)(void *store, int64_t ms, struct err *e);
	long (*requests_sent)(const void *store);
	void (*free)(void *store);
};

struct calico_store {
	const struct calico_driver *driver; /* NULL: none is open */
	void *store; /* the driver's */
};

/* For drivers: the sentence, the caller's. why says what could not be read. */
char *calico_doubt(const struct calico_rules *rules, const struct err *why);
void calico_list_release(struct calico_list *list);
/* One list; what the driver's list fails with, or the list itself, is the error. */
CHECKED int calico_store_list(
	const struct calico_store *store, struct calico_list *list, struct err *e);
/* 0 when none is open. */
long calico_store_requests_sent(const struct calico_store *store);
void calico_store_close(struct calico_store *store);

#endif
