/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an object is one that calicoctl of a release would write: rules of single fields are data
 * (rules.h), rules between fields are code, a file a subject. No I/O. Judge after defaults_apply.
 */
#ifndef CALICO_WRITE_VALIDATE_H
#define CALICO_WRITE_VALIDATE_H

#include "calico/model/kinds.h"
#include "calico/write/findings.h"
#include "calico/write/target.h"

/* A typed v3 object of input_read. Adds every rule that it breaks. */
void validate_object(const struct calico_kind *kind, const json_t *object,
	const struct write_target *t, struct write_findings *f);
/*
 * Of a resource of crd.projectcalico.org/v1, as kubectl takes it, the v3 object that it stands for,
 * with defaults: a new one. NULL: it stands for none, and a finding says why.
 */
CHECKED json_t *validate_meaning(const struct calico_kind *kind, const json_t *stored,
	const struct write_target *t, struct write_findings *f);

#endif
