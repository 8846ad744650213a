/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what the Kubernetes API stores to projectcalico.org/v3, as calicoctl shows it. Stored
 * objects are borrowed and never changed; results are new references.
 */
#ifndef CALICO_CONVERT_H
#define CALICO_CONVERT_H

#include "calico/kinds.h"

#define CALICO_V3 "projectcalico.org/v3"

/* A custom resource of crd.projectcalico.org/v1. */
CHECKED json_t *convert_resource(const struct calico_kind *kind, const json_t *stored,
	struct err *e);
/* A core/v1 Node, whose Calico data are annotations. */
CHECKED json_t *convert_node(const struct calico_kind *kind, const json_t *stored, struct err *e);

/* Overlays a map with another one; both may be NULL. */
json_t *convert_overlay(const json_t *below, const json_t *above);

#endif
