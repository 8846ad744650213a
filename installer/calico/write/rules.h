/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges single fields by their rules. The rules are data in model/fields; this code interprets
 * them.
 */
#ifndef CALICO_WRITE_RULES_H
#define CALICO_WRITE_RULES_H

#include "calico/model/fields.h"
#include "calico/write/findings.h"
#include "calico/write/target.h"

/*
 * Judges every field of a typed object. Rules judge values that are present and not empty.
 * "required" judges values that are absent or empty.
 */
void rules_judge(const struct calico_struct *type, const json_t *object,
	const struct write_target *t, struct write_findings *f);

#endif
