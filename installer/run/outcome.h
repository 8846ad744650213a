/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result lines of commands on objects, in calicoctl's form, so that scripts can swap the
 * program: what worked goes to standard output, what did not into the error.
 */
#ifndef RUN_OUTCOME_H
#define RUN_OUTCOME_H

#include "calico/model/kinds.h"
#include "run/run.h"

struct outcome {
	const char *verb, *done; /* "create", "created" */
	const struct calico_kind *kind; /* of all objects; NULL: they have several */
	size_t n, handled, failed;
};

/* "Successfully created 2 'IPPool' resource(s)", or which part did. */
void outcome_put(struct ctx *ctx, const struct outcome *o);
/* ERR_REFUSED with calicoctl's head and this text behind it; always -1. */
int outcome_fail(const struct outcome *o, const char *errors, struct err *e);

#endif
