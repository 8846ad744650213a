/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of every object of an etcd datastore in Kubernetes, one object after the other: its
 * names, whether the CRDs there take it, what of it is lost. The same struct looks, writes and
 * proves, so that what is proven is what was shown. It owns what it holds unless a line says
 * otherwise; memory follows the number of objects, some hundred bytes each.
 */
#ifndef ENGINE_LOOK_MOVE_H
#define ENGINE_LOOK_MOVE_H

#include "calico/model/relocate.h"
#include "calico/store/etcd_answer.h"
#include "engine/judge/object_plan.h"
#include "engine/judge/schema/schema.h"
#include "engine/look/backup.h"
#include "engine/look/release.h"

enum { MOVE_LINES = 1000 }; /* that are kept of each sort; more are counted only */

struct move_kind {
	const struct calico_kind *kind;
	const json_t *crd; /* borrowed from the CRDs; NULL: the release has none */
	json_t *schemas;
	struct schema_node *old, *new;
	size_t found, moves, renamed, filled, made, left, blocked;
};

/* What cannot be shown by counts: {kind, namespace, name, problem}. */
struct move_lines {
	json_t *items;
	size_t n;
};

struct move {
	struct move_kind *kinds;
	size_t n;
	struct datastore_release at; /* of both datastores; rules.v3 is that of the target */
	struct object_terms terms; /* of the target */
	char time[32];
	const json_t *given; /* --node-map, or what a run before has used; borrowed, may be NULL */
	json_t *nodes; /* as relocate has it, of the nodes that came so far */
	json_t *cluster_nodes, *namespaces; /* name -> its annotations of Calico */
	json_t *expected; /* "Kind/NAMESPACE/NAME" -> digest of what is to be there */
	struct move_lines blocked, left, lossy, renamed;
	size_t addresses, keys, others; /* others: keys that are no object */
	bool initialised; /* there is a ClusterInformation */
	json_t *guid;
	bool locked; /* which says datastoreReady false */
	struct schema_judge judge;
	/* Who gets each object that moves, as it is to be stored; NULL: nobody. */
	int (*take)(void *arg, const struct calico_kind *kind, json_t *wanted, struct err *e);
	void *arg;
};

/* crds: of the release, borrowed. release and rules are copied. */
void move_open(struct move *m, const struct datastore_release *at, const json_t *crds);
/* Nodes and namespaces of the cluster. */
CHECKED int move_read_cluster(struct move *m, struct kube_api *api, struct err *e);
/* All of the source, at this revision; or what a backup of it holds. */
CHECKED int move_read_store(struct move *m, const struct calico_store *store, int64_t *revision,
	struct err *e);
CHECKED int move_read_backup(struct move *m, struct backup_file *f, struct err *e);
/* Forgets what was counted, for another reading. */
void move_restart(struct move *m);
/* "OLD NEW" and "OLD -" a line, # begins a comment: name -> name or null, a new object. */
CHECKED json_t *move_node_map(const char *text, size_t len, struct err *e);

/* kind: "Node"; ns NULL: none. */
void move_add_line(struct move_lines *l, const char *kind, const char *ns, const char *name,
	const char *problem);
/* The digest of what an object says, whoever stores it. */
void move_digest(const json_t *object, char digest[33]);
/* "Kind/NAMESPACE/NAME", the caller's. */
char *move_key(const struct calico_kind *kind, const json_t *object);

/*
 * The target's lists against what is expected, object by object: a line for each that is another
 * one, was not expected or, if missing is not NULL, is not there. Nodes are not compared.
 */
CHECKED int move_compare(struct move *m, const struct calico_store *target,
	struct move_lines *different, struct move_lines *missing, struct err *e);

size_t move_count(const struct move *m); /* objects that move */
void move_release(struct move *m);

#endif
