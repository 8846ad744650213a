/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the command move. */
#ifndef CMD_MOVE_PARTS_H
#define CMD_MOVE_PARTS_H

#include "engine/act/move.h"
#include "engine/judge/plan.h"
#include "engine/look/identity.h"
#include "engine/look/observe.h"
#include "manifest/source.h"
#include "run/run.h"

/* The progress of a move; a state file has one of these phases. */
enum move_phase {
	MOVE_NEW, /* there is no state file */
	MOVE_LOCKING, /* the source may be locked; a backup may exist */
	MOVE_SAVED, /* the source is locked and saved; the target may have a part of it */
	MOVE_PROVEN, /* the target has all of it, and is locked */
	MOVE_FINISHED, /* the target is in use */
	MOVE_ABORTED /* the target is as it was before the move */
};

struct move_cmd {
	struct ctx *ctx;
	char *state_path; /* NULL: no backup was named, so nothing is written */
	json_t *state; /* content of the state file; NULL: there is no file */
	enum move_phase phase;
	struct catalog catalog;
	struct source source; /* the CRDs of the release */
	struct datastore_release from; /* release and conventions of the source */
	struct calico_store target;
	struct datastore_release to; /* release and conventions of the target */
	struct move move;
	struct observed seen;
	struct plan plan; /* plan of the CRDs */
	json_t *node_map; /* content of --node-map; NULL: none */
	json_t *cluster_uid;
	struct move_lines occupied; /* objects of the target that do not come from the source */
	struct move_lines different; /* differences that a proof found */
	struct move_lines kept; /* objects that an undo left in place */
	json_t *denied; /* rights that the user lacks */
	int64_t revision; /* etcd revision of the last reading */
	double read_seconds; /* duration of reading the whole source */
	double rights_seconds; /* duration of the rights questions to the API server */
	size_t rights;
	bool looked;
};

/* Reads the state file, if there is one. */
CHECKED int move_state_read(struct move_cmd *c, struct err *e);
/* Writes a new state file from what the look found. */
CHECKED int move_state_begin(struct move_cmd *c, struct err *e);
/* Writes the next phase to the file. Call it before any work of that phase. */
CHECKED int move_state_set(struct move_cmd *c, enum move_phase phase, struct err *e);
const char *move_phase_name(enum move_phase phase);

/* Text and JSON for the report of a run. */
void move_put_text(struct move_cmd *c, int rc);
json_t *move_json(const struct move_cmd *c);

#endif
