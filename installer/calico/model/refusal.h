/* SPDX-License-Identifier: Apache-2.0 */
/* What the calicoctl of a release makes of an object that is stored: pure, and nothing is kept. */
#ifndef CALICO_MODEL_REFUSAL_H
#define CALICO_MODEL_REFUSAL_H

#include "calico/model/kinds.h"

enum calico_refusal {
	CALICO_READS,
	CALICO_LIST_FAILS, /* of the whole kind: no object of it is listed */
	CALICO_LEFT_OUT, /* this object alone, without a word */
};

/* A resource of the Kubernetes API; e has the field and why. kind NULL: any object is read. */
enum calico_refusal calico_refuses(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);

/* The kind that a CRD's objects are of; NULL: none that is known. */
const struct calico_kind *calico_kind_of_crd(const char *group, const char *kind);

#endif
