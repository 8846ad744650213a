/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof by reading: nodes and every kind are listed as calicoctl lists them, page by page, and each
 * object is decoded as calicoctl would. Unlike there, a 404 is a failure and not an empty list. The
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
	char *object; /* "default", "production/web" */
	char *why; /* "spec.asNumber: -1 is beyond 0 to 4294967295" */
	char *mend; /* a command */
	bool left_out; /* calicoctl leaves out this object; else the list of the kind fails */
};

struct check_read {
	const json_t *crd; /* NULL: a resource of the core group, called resource */
	const char *version;
	char *resource; /* "ippools.crd.projectcalico.org", "nodes" */
	const char *kind;
	const struct calico_kind *calico; /* what the objects are decoded as; NULL: any will do */
	struct kube_pages pages;
	long count; /* objects */
	long refused; /* of them, by calicoctl */
	struct check_refusal *refusal; /* the first of them; NULL: none */
	double ms; /* of all pages */
	char *problem; /* NULL: it was read, or was not asked for yet */
	bool not_served; /* the problem may pass by itself: the server does not serve it yet */
	enum err_kind kind_of_problem; /* ERR_CHECK unless the read was refused or got no answer */
	long code_of_problem; /* the HTTP status of a read that was refused */
	bool wanted; /* ask for it with the next batch */
	bool done; /* it was read */
};

struct check {
	struct check_read *reads; /* core resources first, then served versions of CRDs by name */
	size_t n;
	bool confirm; /* look at the CRDs' conditions, too */
	bool start; /* and at what Calico's components need to start */
	bool identify; /* and at what cluster it is, and who rules it; includes start */
	bool no_crds; /* the datastore is etcd */
	struct identity identity;
	struct tiers tiers;
	bool v3; /* the objects are in projectcalico.org/v3 */
	/* Whose calicoctl reads: of ClusterInformation, else this one; NULL: of the newest. */
	const char *release;
	bool release_wins; /* over ClusterInformation */
	struct calico_rules rules; /* of that calicoctl, once known */
	struct mode mode; /* with identify */
	struct operator_state tigera;
	struct err unread; /* the first of these that could not be read; zero: each was */
	enum admission admission; /* UNKNOWN in v3 until engine/act/probe has looked */
	char *admission_why;
};

/* All reads of these CRDs, none of them wanted yet but that of nodes. */
void check_init(struct check *c, const json_t *crds, bool confirm);
/* What calicoctl reads beside nodes, too: pods, namespaces, service accounts. Confirms CRDs. */
void check_init_all(struct check *c, const json_t *crds);
void check_want(struct check *c, const json_t *crd); /* NULL: all */
/* Adds calls for what is wanted and not done; returns the place of the first. */
size_t check_ask(struct check *c, struct kube_batch *b);
/* Their answers: each read is done or has a problem. */
void check_take(struct check *c, const struct kube_batch *b, size_t at);
/* For reads that are taken elsewhere: the first object that calicoctl leaves out; none so far. */
void check_refuse(struct check_read *read, const char *object, const char *why, const char *mend);
void check_forget(struct check_read *read);
size_t check_failed(const struct check *c);

/*
 * Runs what is wanted and not done. What the server does not serve is asked again until patience_ms
 * have passed: another API server may be a moment behind. -1 only when the run is over.
 */
CHECKED int check_run(struct kube_api *api, struct check *c, int64_t patience_ms, struct err *e);
/* How many reads failed, and the first; one that ended in a 401 or 403 comes before others. */
CHECKED int check_verdict(const struct check *c, struct err *e);
void check_release(struct check *c);

#define check_auto __attribute__((cleanup(check_release))) struct check

#endif
