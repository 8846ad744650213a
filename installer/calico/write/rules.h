/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of single fields: data of calico/model/fields, interpreted here. */
#ifndef CALICO_WRITE_RULES_H
#define CALICO_WRITE_RULES_H

#include "calico/model/fields.h"
#include "calico/write/findings.h"
#include "calico/write/target.h"

/*
 * Judges every field of a typed object. A rule counts for a value that is there and not empty;
 * "required" counts for one that is not.
 */
void rules_judge(const struct calico_struct *type, const json_t *object,
	const struct write_target *t, struct write_findings *f);

#endif
