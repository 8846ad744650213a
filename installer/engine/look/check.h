/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof by reading: lists nodes and every kind as calicoctl lists them, page by page, and decodes
 * each object as calicoctl does. One difference: here a 404 is a failure, not an empty list. The
 * struct owns its results and borrows the CRDs.
 */
#ifndef ENGINE_LOOK_CHECK_H
#define ENGINE_LOOK_CHECK_H

#include <jansson.h>

#include "calico/model/kinds.h"
#include "engine/judge/readiness.h"
#include "engine/look/identity.h"
#include "engine/look/mode.h"
#include "engine/look/tiers.h"
#include "kube/api.h"
#include "kube/pages.h"

/* An object that calicoctl cannot decode. */
struct check_refusal {
	char *object; /* "default" or "production/web" */
	char *why; /* "spec.asNumber: -1 is beyond 0 to 4294967295" */
	char *mend; /* a command that corrects it */
	/* true: calicoctl leaves out only this object; false: the list of the kind fails */
	bool left_out;
};

struct check_read {
	const json_t *crd; /* NULL: resource names a resource of the core group */
	const char *version;
	char *resource; /* "ippools.crd.projectcalico.org" or "nodes" */
	const char *kind;
	/* the kind that calicoctl decodes; NULL: nothing is decoded */
	const struct calico_kind *calico;
	struct kube_pages pages;
	long count; /* number of objects */
	long refused; /* number of objects that calicoctl refuses */
	struct check_refusal *refusal; /* the first refused object; NULL: none */
	double ms; /* milliseconds for all pages */
	char *problem; /* NULL: the kind was read, or was not asked for yet */
	/* the server does not serve the kind yet, so the problem may end by itself */
	bool not_served;
	/* ERR_CHECK, unless the server refused the read or did not answer */
	enum err_kind kind_of_problem;
	long code_of_problem; /* HTTP status of a refused read */
	bool wanted; /* ask for it with the next batch */
	bool done; /* the kind was read */
};

struct check {
	/* core resources first, then the served versions of CRDs by name */
	struct check_read *reads;
	size_t n;
	bool confirm; /* also check the conditions of the CRDs */
	bool start; /* also look at what Calico's components need to start */
	bool identify; /* also look at the cluster's identity and who manages it; includes start */
	bool no_crds; /* the datastore is etcd */
	struct identity identity;
	struct tiers tiers;
	bool v3; /* Calico's objects are in projectcalico.org/v3 */
	/*
	 * The release whose calicoctl reads. ClusterInformation comes first, then this one; NULL:
	 * the newest.
	 */
	const char *release;
	bool release_wins; /* release comes before ClusterInformation */
	struct calico_rules rules; /* rules of that calicoctl, once its release is known */
	struct mode mode; /* filled with identify */
	struct operator_state tigera;
	struct err unread; /* the first of these that could not be read; zero: all were */
	enum admission admission; /* UNKNOWN in v3 until engine/act/probe sets it */
	char *admission_why;
};

/* Prepares all reads of these CRDs. Only the read of nodes is wanted. */
void check_init(struct check *c, const json_t *crds, bool confirm);
/*
 * Also prepares what calicoctl reads beside nodes: pods, namespaces, service accounts. Sets
 * confirm.
 */
void check_init_all(struct check *c, const json_t *crds);
void check_want(struct check *c, const json_t *crd); /* crd NULL: all */
/* Adds calls for the reads that are wanted and not done; returns the place of the first call. */
size_t check_ask(struct check *c, struct kube_batch *b);
/* Takes their answers: afterwards each read is done or has a problem. */
void check_take(struct check *c, const struct kube_batch *b, size_t at);
/*
 * For reads of another module: notes the first object that calicoctl leaves out, if none is noted.
 */
void check_refuse(struct check_read *read, const char *object, const char *why, const char *mend);
void check_forget(struct check_read *read);
size_t check_failed(const struct check *c);

/*
 * Runs the reads that are wanted and not done. A kind that the server does not serve is asked for
 * again until patience_ms have passed, since another API server may need a moment. -1 only when the
 * run is over.
 */
CHECKED int check_run(struct kube_api *api, struct check *c, int64_t patience_ms, struct err *e);
/* -1: reads failed; e has their number and the first. A 401 or 403 comes before other failures. */
CHECKED int check_verdict(const struct check *c, struct err *e);
void check_release(struct check *c);

#define check_auto __attribute__((cleanup(check_release))) struct check

#endif
