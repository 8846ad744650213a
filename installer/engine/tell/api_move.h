/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a migration to projectcalico.org/v3 as text and as JSON. Borrows everything from the run.
 */
#ifndef ENGINE_TELL_API_MOVE_H
#define ENGINE_TELL_API_MOVE_H

#include "base/out.h"
#include "engine/look/api_move.h"

struct api_move_report {
	const struct api_move *move;
	const char *backup; /* file of the backup; NULL: none was made */
	bool compared; /* the objects of both groups were read */
};

/* The phase, its progress, and what may be done in that phase. */
void api_move_status_text(struct out *out, const struct api_move *m);
/* One line for each finding: "ok", "note", "blocked" or "unknown", and what it is about. */
void api_move_findings_text(struct out *out, const struct api_move *m);
/* Counts of both groups: one line for each kind that has objects. */
void api_move_kinds_text(struct out *out, const struct api_move *m);
/* Appends "Migrating: 12 of 300 objects, NetworkPolicy, 9 / 21 kinds". */
void api_move_progress_text(struct buf *out, const struct api_move *m);
/* In the phase Converged: what somebody must set, and where. Nothing when all is set. */
void api_move_next_text(struct out *out, const struct api_move *m);
/* {phase, message, progress, conflicts[], locked, checks[], kinds[], parts[], backup} */
json_t *api_move_json(const struct api_move_report *r);

#endif
