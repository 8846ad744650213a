/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the command move share. */
#ifndef CMD_MOVE_PARTS_H
#define CMD_MOVE_PARTS_H

#include "engine/act/move.h"
#include "engine/judge/plan.h"
#include "engine/look/identity.h"
#include "engine/look/observe.h"
#include "manifest/source.h"
#include "run/run.h"

/* How far a move has come; a state file has one of them. */
enum move_phase {
	MOVE_NEW, /* there is no state file */
	MOVE_LOCKING, /* the source may be locked; there may be a backup */
	MOVE_SAVED, /* the source is locked and saved; some of it may be in the target */
	MOVE_PROVEN, /* all of it is in the target, which is locked */
	MOVE_FINISHED, /* the target is in use */
	MOVE_ABORTED /* the target is as it was */
};

struct move_cmd {
	struct ctx *ctx;
	char *state_path; /* NULL: no backup was named, so nothing is written */
	json_t *state; /* what the file says; NULL: there is none */
	enum move_phase phase;
	struct catalog catalog;
	struct source source; /* the release */
	struct datastore_release from; /* what holds in etcd */
	struct calico_store target;
	struct datastore_release to; /* and in the cluster */
	struct move move;
	struct observed seen;
	struct plan plan; /* of the CRDs */
	json_t *node_map; /* --node-map; NULL: none */
	json_t *cluster_uid;
	struct move_lines occupied; /* what the target has already, and is not of the source */
	struct move_lines different; /* what a proof found */
	struct move_lines kept; /* what an undo left */
	json_t *denied; /* rights that are missing */
	int64_t revision; /* that was read */
	double read_seconds; /* how long all of the source takes */
	double rights_seconds; /* how long so many questions to the API server took */
	size_t rights;
	bool looked;
};

/* Reads the file where there is one. */
CHECKED int move_state_read(struct move_cmd *c, struct err *e);
/* A new one, of what the look has found. */
CHECKED int move_state_begin(struct move_cmd *c, struct err *e);
/* The next phase, in the file before anything that needs it. */
CHECKED int move_state_set(struct move_cmd *c, enum move_phase phase, struct err *e);
const char *move_phase_name(enum move_phase phase);

/* Text and JSON of a run. */
void move_put_text(struct move_cmd *c, int rc);
json_t *move_json(const struct move_cmd *c);

#endif
