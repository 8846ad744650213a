/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of an etcd datastore's object in the Kubernetes datastore. Nodes get other names,
 * and Kubernetes makes some kinds from its own objects. No I/O.
 */
#ifndef CALICO_MODEL_RELOCATE_H
#define CALICO_MODEL_RELOCATE_H

#include "calico/model/kinds.h"

enum relocate_fate {
	RELOCATE_MOVES,
	RELOCATE_MADE, /* nothing is lost: Kubernetes or a component makes the object there */
	RELOCATE_LEFT, /* the Kubernetes datastore has no place for the object */
	RELOCATE_BLOCKED /* the user has to decide first */
};

struct relocated {
	enum relocate_fate fate;
	/* with RELOCATE_MOVES: a new v3 object, without what a datastore adds to it */
	json_t *object;
	char *why; /* with RELOCATE_LEFT and RELOCATE_BLOCKED */
	bool renamed; /* the name of the object, or of a node in it, changes */
};

/*
 * The Kubernetes node of a v3 Node object: its last orchRef for Kubernetes, as in upstream's
 * export. Borrowed; NULL: it has none.
 */
const char *relocate_orch_node(const json_t *node);
/*
 * nodes: maps the name in etcd to the name in Kubernetes; null: the node stays behind. release: of
 * both datastores, as field_release returns it.
 */
void relocate(struct relocated *r, const struct calico_kind *kind, const json_t *object,
	const json_t *nodes, unsigned release);
void relocated_release(struct relocated *r);

#endif
