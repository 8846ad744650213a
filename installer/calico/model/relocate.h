/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of an object of an etcd datastore in the Kubernetes datastore: other node names, and
 * kinds that follow from Kubernetes' own objects there. Pure.
 */
#ifndef CALICO_MODEL_RELOCATE_H
#define CALICO_MODEL_RELOCATE_H

#include "calico/model/kinds.h"

enum relocate_fate {
	RELOCATE_MOVES,
	RELOCATE_MADE, /* Kubernetes or a component makes it there: nothing is lost */
	RELOCATE_LEFT, /* there is no place for it */
	RELOCATE_BLOCKED /* somebody has to decide first */
};

struct relocated {
	enum relocate_fate fate;
	json_t *object; /* of MOVES: a new v3 object, without what a datastore gives it */
	char *why; /* of LEFT and BLOCKED */
	bool renamed; /* its name, or a node in it, is another one */
};

/*
 * The node of a v3 Node object, by its last orchRef of Kubernetes, as upstream's export takes it;
 * borrowed, NULL: it has none.
 */
const char *relocate_orch_node(const json_t *node);
/*
 * nodes: name in etcd -> name in Kubernetes, null: it stays behind. release: of both datastores, as
 * field_release tells it.
 */
void relocate(struct relocated *r, const struct calico_kind *kind, const json_t *object,
	const json_t *nodes, unsigned release);
void relocated_release(struct relocated *r);

#endif
