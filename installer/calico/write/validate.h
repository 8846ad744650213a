/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the calicoctl of a release would write an object. Rules of single fields are data
 * (rules.h). Rules between fields are code, one file for each subject. No I/O. Call defaults_apply
 * first.
 */
#ifndef CALICO_WRITE_VALIDATE_H
#define CALICO_WRITE_VALIDATE_H

#include "calico/model/kinds.h"
#include "calico/write/findings.h"
#include "calico/write/target.h"

/* Judges a typed v3 object of input_read; adds a finding for each rule that it breaks. */
void validate_object(const struct calico_kind *kind, const json_t *object,
	const struct write_target *t, struct write_findings *f);
/*
 * The v3 object, with defaults, that a resource of crd.projectcalico.org/v1 stands for: a new
 * reference. The resource is in the form that kubectl takes. NULL: the resource stands for no v3
 * object, and a finding says why.
 */
CHECKED json_t *validate_meaning(const struct calico_kind *kind, const json_t *stored,
	const struct write_target *t, struct write_findings *f);

#endif
