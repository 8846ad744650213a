/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a projectcalico.org/v3 object to what a datastore keeps of it: the inverse of
 * calico/model/convert.h. Arguments are borrowed, results are new references. No I/O.
 */
#ifndef CALICO_WRITE_STORED_H
#define CALICO_WRITE_STORED_H

#include "calico/model/kinds.h"

enum stored_form {
	STORED_V1, /* a resource of crd.projectcalico.org/v1, or of the core group */
	STORED_V3, /* a resource of projectcalico.org/v3 */
	STORED_ETCD, /* the value of a key */
};

/* What a new object gets; of an object that is there, its own counts. */
struct stored_birth {
	const char *time; /* RFC 3339, UTC, seconds */
	const char *uid; /* of an etcd object; Kubernetes gives its own */
};

/*
 * The name under which an object is stored. other is the name under which another release stores
 * the same object; NULL: every release uses the same one.
 */
struct stored_name {
	char *name, *other;
};

void stored_name_find(struct stored_name *names, enum stored_form form,
	const struct calico_kind *kind, const char *name, const struct calico_rules *rules);
void stored_name_release(struct stored_name *names);

/* What is to be stored of one object. */
struct stored_request {
	enum stored_form form;
	const struct calico_kind *kind;
	const struct calico_rules *rules;
	unsigned release; /* whose fields there are, as field_release tells it; 0: the newest */
	const json_t *wanted; /* v3 */
	const json_t *live; /* as it is stored now; NULL: it is not */
	const char *name; /* under which it is stored */
	struct stored_birth birth;
};

/*
 * Metadata: a label or an annotation that was applied before and that wanted does not have goes;
 * those that others put on the resource stay, and so do finalizers and owners.
 */
CHECKED json_t *stored_make(const struct stored_request *r, struct err *e);
/* The v3 object that a reader sees in a stored one. */
CHECKED json_t *stored_read(const struct stored_request *r, const json_t *stored, struct err *e);
/*
 * Whether readers see the same in two stored forms of one object; what the server adds, and
 * defaults that every reader fills in, do not count.
 */
bool stored_same(const struct stored_request *r, const json_t *a, const json_t *b);

#endif
