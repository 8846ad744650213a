/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each object of an etcd datastore becomes in Kubernetes, one object after the other: its
 * names, whether the CRDs accept it, what it loses. The same struct looks, writes and proves, so
 * the move proves what it has shown. It owns what it holds unless a line says otherwise. Memory
 * grows with the number of objects: some hundred bytes each.
 */
#ifndef ENGINE_LOOK_MOVE_H
#define ENGINE_LOOK_MOVE_H

#include "calico/model/relocate.h"
#include "calico/store/etcd_answer.h"
#include "engine/judge/object_plan.h"
#include "engine/judge/schema/schema.h"
#include "engine/look/backup.h"
#include "engine/look/release.h"

enum { MOVE_LINES = 1000 }; /* lines kept of each sort; more are only counted */

struct move_kind {
	const struct calico_kind *kind;
	const json_t *crd; /* borrowed from the CRDs; NULL: the release has no such CRD */
	json_t *schemas;
	struct schema_node *old, *new;
	size_t found, moves, renamed, filled, made, left, blocked;
};

/* What counts cannot show: {kind, namespace, name, problem}. */
struct move_lines {
	json_t *items;
	size_t n;
};

struct move {
	struct move_kind *kinds;
	size_t n;
	/* release of both datastores; rules.v3 is that of the target */
	struct datastore_release at;
	struct object_terms terms; /* terms of the target */
	char time[32];
	const json_t *given; /* --node-map, or the map of an earlier run; borrowed, may be NULL */
	json_t *nodes; /* node map in the form of relocate, for the nodes read so far */
	json_t *cluster_nodes, *namespaces; /* name -> Calico's annotations of it */
	/* "Kind/NAMESPACE/NAME" -> digest of the object that the target must have */
	json_t *expected;
	struct move_lines blocked, left, lossy, renamed;
	size_t addresses, keys, others; /* others: keys that hold no object */
	bool initialised; /* a ClusterInformation exists */
	json_t *guid;
	bool locked; /* it says datastoreReady: false */
	struct schema_judge judge;
	/* Called with each object that moves, in the form to be stored; NULL: not called. */
	int (*take)(void *arg, const struct calico_kind *kind, json_t *wanted, struct err *e);
	void *arg;
};

/* crds: those of the release, borrowed. at is copied. */
void move_open(struct move *m, const struct datastore_release *at, const json_t *crds);
/* Reads the nodes and namespaces of the cluster. */
CHECKED int move_read_cluster(struct move *m, struct kube_api *api, struct err *e);
/* Reads the whole source at this revision; or what a backup of it holds. */
CHECKED int move_read_store(struct move *m, const struct calico_store *store, int64_t *revision,
	struct err *e);
CHECKED int move_read_backup(struct move *m, struct backup_file *f, struct err *e);
/* Resets all counts for another reading. */
void move_restart(struct move *m);
/* Parses lines "OLD NEW" and "OLD -"; # begins a comment. A new object: name -> name or null. */
CHECKED json_t *move_node_map(const char *text, size_t len, struct err *e);

/* kind: such as "Node"; ns NULL: none. */
void move_add_line(struct move_lines *l, const char *kind, const char *ns, const char *name,
	const char *problem);
/* The digest of an object's content, the same for every server that stores it. */
void move_digest(const json_t *object, char digest[33]);
/* "Kind/NAMESPACE/NAME"; the caller frees it. */
char *move_key(const struct calico_kind *kind, const json_t *object);

/*
 * Compares the target's lists with what is expected, object by object. Adds a line for each object
 * that differs or was not expected; unless missing is NULL, also for each missing one. Nodes are
 * not compared.
 */
CHECKED int move_compare(struct move *m, const struct calico_store *target,
	struct move_lines *different, struct move_lines *missing, struct err *e);

size_t move_count(const struct move *m); /* number of objects that move */
void move_release(struct move *m);

#endif
