/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes of a move from etcd to Kubernetes: the lock of each side, the objects of a backup into the
 * cluster, and their deletion for an undo. Every step may be interrupted anywhere and then
 * repeated.
 */
#ifndef ENGINE_ACT_MOVE_H
#define ENGINE_ACT_MOVE_H

#include "engine/act/objects.h"
#include "engine/look/move.h"

/* One side of the move; borrowed. */
struct move_side {
	const struct calico_store *store;
	struct kube_api *api; /* NULL: etcd */
	const struct datastore_release *at;
};

struct move_work {
	struct move *m;
	struct move_side target;
	struct objects batch; /* the objects to write next */
	struct move_lines kept; /* of an undo: objects that somebody changed, so they stay */
	size_t done;
	void (*progress)(void *arg, size_t done);
	void *arg;
};

/* Reads datastoreReady of ClusterInformation; ERR_CHECK when that object does not exist. */
CHECKED int move_read_ready(const struct move_side *side, bool *ready, struct err *e);
CHECKED int move_set_ready(const struct move_side *side, bool ready, struct err *e);
/*
 * Creates the objects of the backup. An existing object must be the same; a node gets Calico's
 * annotations. -1 with the first object that fails.
 */
CHECKED int move_write(struct move_work *w, struct backup_file *f, struct err *e);
/* Adds a line for each node whose annotations differ from the backup. */
CHECKED int move_compare_nodes(struct move_work *w, struct backup_file *f,
	struct move_lines *different, struct err *e);
/*
 * Deletes what move_write created, if it is still the same. nodes: name -> Calico's annotations
 * before the move.
 */
CHECKED int move_undo(
	struct move_work *w, struct backup_file *f, const json_t *nodes, struct err *e);
/* Deletes the CRDs with these names that have no object. */
CHECKED int move_undo_crds(struct move_work *w, const json_t *names, struct err *e);

#endif
