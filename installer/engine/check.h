/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof by reading: every kind is listed as calicoctl lists it. Unlike there, a 404 is a failure
 * and not an empty list. The struct owns its results.
 */
#ifndef ENGINE_CHECK_H
#define ENGINE_CHECK_H

#include <jansson.h>

#include "kube/api.h"

struct check_read {
	char *resource; /* "ippools.crd.projectcalico.org", "nodes" */
	char *kind;
	long count; /* objects of the first page of 500, remaining ones included */
	double ms;
	char *problem; /* NULL: it was read */
};

struct check {
	struct check_read *reads; /* core nodes first, then the CRDs by name */
	size_t n;
	size_t failed;
};

/*
 * Lists nodes and every served version of the CRDs, all at once, and (confirm) looks at the
 * conditions of the CRDs themselves. A 404 is asked again until patience_ms have passed: another
 * API server may be a moment behind. -1 only when the run is over; failures are in the result.
 */
CHECKED int check_reads(struct kube_api *api, const json_t *crds, bool confirm, int64_t patience_ms,
	struct check *c, struct err *e);
/* The first failure as an ERR_CHECK that says how many there are. */
CHECKED int check_verdict(const struct check *c, struct err *e);
void check_release(struct check *c);

#define check_auto __attribute__((cleanup(check_release))) struct check

#endif
