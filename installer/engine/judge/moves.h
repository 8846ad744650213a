/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields and spellings that a release of Calico has dropped, and their replacements. Pure. The
 * table only has replacements with the same meaning.
 */
#ifndef ENGINE_JUDGE_MOVES_H
#define ENGINE_JUDGE_MOVES_H

#include "engine/judge/schema/schema.h"

/* The replacement for the field or value of a finding, in words; NULL: none is known. */
const char *moves_hint(const json_t *crd, const struct schema_finding *finding);
/*
 * Corrects an object of the CRD in place: moves dropped fields, and spells words as the new schema
 * does. Adds a line "FIELD: what was done" to notes for each change. False: nothing to correct.
 */
bool moves_apply(
	const json_t *crd, const struct schema_node *new, json_t *object, struct buf *notes);

#endif
