/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the calicoctl of a release can show a stored object. No I/O, no state. */
#ifndef CALICO_MODEL_REFUSAL_H
#define CALICO_MODEL_REFUSAL_H

#include "calico/model/kinds.h"

enum calico_refusal {
	CALICO_READS,
	CALICO_LIST_FAILS, /* calicoctl lists no object of the whole kind */
	CALICO_LEFT_OUT, /* calicoctl leaves out this object, and reports nothing */
};

/*
 * Judges a resource of the Kubernetes API. e says which field, and why. kind NULL: the object is
 * accepted.
 */
enum calico_refusal calico_refuses(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);

/* The kind of the objects of a CRD; NULL: the kind is not known. */
const struct calico_kind *calico_kind_of_crd(const char *group, const char *kind);

#endif
