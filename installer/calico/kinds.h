/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds that calicoctl reads, one row each: names people type, where the Kubernetes datastore
 * keeps them, the shape of their objects, and the columns of their tables. All of it is constant
 * data.
 */
#ifndef CALICO_KINDS_H
#define CALICO_KINDS_H

#include <jansson.h>

#include "calico/shape.h"

struct calico_column {
	const char *heading;
	/* Appends the cell of one projectcalico.org/v3 object; context is the kind's extra data. */
	void (*cell)(struct buf *out, const json_t *object, const json_t *context);
	bool wide_only;
};

struct calico_kind {
	const char *kind;    /* "IPPool" */
	const char *aliases; /* space-separated, lower case, kind and plural among them */
	const char *group;   /* of the stored object: crd.projectcalico.org, or "" for core */
	const char *plural;  /* "ippools", as in URLs */
	const struct calico_column *columns; /* closed by a NULL heading */
	const struct calico_shape *shapes;   /* of the v3 object, closed by a NULL path */
	/* From the stored object to projectcalico.org/v3; returns a new reference. */
	json_t *(*to_v3)(const struct calico_kind *kind, const json_t *stored, struct err *e);
	void (*fill)(json_t *spec); /* older fields and defaults; NULL: none */

	/* Wide columns may need the object "default" of this plural; NULL: they never do. */
	const char *context;
	bool (*needs_context)(const json_t *object);
};

/* By kind, plural or alias in any letter case; the error names the nearest. */
CHECKED const struct calico_kind *calico_kind_find(const char *name, struct err *e);
const struct calico_kind *calico_kinds(size_t *n);

#endif
