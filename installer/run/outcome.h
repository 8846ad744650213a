/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result lines of commands on objects. They have calicoctl's form, so that scripts can use
 * either program. Successes go to standard output, failures into the error.
 */
#ifndef RUN_OUTCOME_H
#define RUN_OUTCOME_H

#include "calico/model/kinds.h"
#include "run/run.h"

struct outcome {
	const char *verb, *done; /* "create", "created" */
	const struct calico_kind *kind; /* kind of all objects; NULL: several kinds */
	size_t n, handled, failed;
};

/* "Successfully created 2 'IPPool' resource(s)", or how many of them succeeded. */
void outcome_put(struct ctx *ctx, const struct outcome *o);
/* Sets ERR_REFUSED with calicoctl's first words and this text after them; always -1. */
int outcome_fail(const struct outcome *o, const char *errors, struct err *e);

#endif
