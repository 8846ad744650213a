/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields and spellings that a release of Calico has dropped, and what takes their place: pure. Only
 * moves whose meaning is the same before and after are in the table.
 */
#ifndef ENGINE_JUDGE_MOVES_H
#define ENGINE_JUDGE_MOVES_H

#include "engine/judge/schema/schema.h"

/* What takes the place of what a finding is about, in words; NULL: nothing that is known. */
const char *moves_hint(const json_t *crd, const struct schema_finding *finding);
/*
 * Corrects an object of the CRD in place: moves dropped fields, and writes words as the new schema
 * spells them. Adds a line "FIELD: what was done" to notes for each; false: nothing was to be done.
 */
bool moves_apply(
	const json_t *crd, const struct schema_node *new, json_t *object, struct buf *notes);

#endif
