/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts a projectcalico.org/v3 object to the form that a datastore stores: the inverse of
 * calico/model/convert.h. Arguments are borrowed, results are new references. No I/O.
 */
#ifndef CALICO_WRITE_STORED_H
#define CALICO_WRITE_STORED_H

#include "calico/model/kinds.h"

enum stored_form {
	STORED_V1, /* a resource of crd.projectcalico.org/v1, or of the core group */
	STORED_V3, /* a resource of projectcalico.org/v3 */
	STORED_ETCD, /* the value of a key in etcd */
};

/* What a new object gets. An object that exists keeps its own time and uid. */
struct stored_birth {
	const char *time; /* RFC 3339, in UTC, whole seconds */
	const char *uid; /* only for etcd; Kubernetes gives objects their uid */
};

/*
 * The name under which an object is stored. other: the name under which another release stores the
 * same object; NULL: every release uses the same name.
 */
struct stored_name {
	char *name, *other;
};

void stored_name_find(struct stored_name *names, enum stored_form form,
	const struct calico_kind *kind, const char *name, const struct calico_rules *rules);
void stored_name_release(struct stored_name *names);

/* A request to make the stored form of one object. */
struct stored_request {
	enum stored_form form;
	const struct calico_kind *kind;
	const struct calico_rules *rules;
	/* the release whose fields are written, as field_release returns it; 0: the newest */
	unsigned release;
	const json_t *wanted; /* the v3 object to store */
	const json_t *live; /* the object as it is stored now; NULL: it is not stored */
	const char *name; /* the name under which it is stored */
	struct stored_birth birth;
};

/*
 * Makes the stored form. A label or annotation that was applied before and is not in wanted is
 * removed. Labels and annotations that others set stay, and so do finalizers and owners.
 */
CHECKED json_t *stored_make(const struct stored_request *r, struct err *e);
/* The v3 object that a reader makes of a stored object. */
CHECKED json_t *stored_read(const struct stored_request *r, const json_t *stored, struct err *e);
/*
 * Whether readers see the same in two stored forms of one object. What the server adds does not
 * count, nor do defaults that every reader fills in.
 */
bool stored_same(const struct stored_request *r, const json_t *a, const json_t *b);

#endif
