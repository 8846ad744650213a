/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds that can be read, one row each: names people type, where the datastores keep them, the
 * shape of their objects, and the columns of their tables. All of it is constant data.
 */
#ifndef CALICO_MODEL_KINDS_H
#define CALICO_MODEL_KINDS_H

#include <jansson.h>

#include "base/buf.h"
#include "calico/model/fields.h"

enum calico_width {
	COLUMN_ALWAYS,
	COLUMN_WIDE,
	COLUMN_LATER, /* wide, of later releases: only where a row has something in it */
	COLUMN_CUSTOM, /* only when asked for by name */
};

struct calico_column {
	const char *heading;
	const char *path; /* of the value in the v3 object, such as "spec.cidr" */
	/* Appends the cell; value NULL: absent. context is the kind's extra data. */
	void (*put)(
		struct buf *out, const json_t *value, const json_t *object, const json_t *context);
	enum calico_width width;
};

/* Conventions that changed between releases of Calico. */
struct calico_rules {
	unsigned release; /* whose types objects have; 0: v3.29.1 */
	bool untiered; /* what is before the first dot of a name is not shown (up to v3.28) */
	bool plain_names; /* nor is the tier "default" (up to v3.28, and from v3.29.4 on) */
	bool stored_names; /* nor is any tier told by a name (v3.32 and later) */
	bool pod_cidr; /* tunnel addresses of nodes follow from their pod CIDRs (usePodCIDR) */
	bool v3; /* custom resources are projectcalico.org/v3 and stored as they are shown */
};

struct calico_kind;

/* A resource of the Kubernetes API that objects of a kind are made from. */
struct calico_resource {
	const char *group; /* "" for core */
	const char *plural; /* "ippools", as in URLs */
	bool namespaced;
	/*
	 * From the stored object to projectcalico.org/v3; NULL without an error: it is none. An
	 * object and an error: calicoctl refuses what the error names.
	 */
	json_t *(*to_v3)(const struct calico_kind *kind, const json_t *stored,
		const struct calico_rules *rules, struct err *e);
	const struct calico_struct *reads; /* what to_v3 reads of it; NULL: all */
};

/* A kind of IPAM in etcd, where it has keys of its own; the others are resources there. */
struct calico_ipam {
	const char *first, *last; /* what its keys begin with, below IPAM_ROOT; last NULL: first */
	json_t *(*to_v3)(const char *key, const json_t *value, struct err *e); /* calico/ipam.h */
};

struct calico_kind {
	const char *kind; /* "IPPool" */
	const char *aliases; /* space-separated, lower case, kind and plural among them */
	const char *plural; /* "ippools": in messages, and in the keys of etcd */
	bool namespaced;
	bool own; /* calicoctl does not read it */
	bool ordered; /* a list is sorted by spec.order */
	const struct calico_column *columns; /* closed by a NULL heading */
	const struct calico_struct *fields; /* of the v3 object */
	struct calico_resource resources[2]; /* the second one may have a NULL group */
	void (*fill)(json_t *object, const struct calico_rules *rules); /* defaults; NULL: none */
	struct calico_ipam ipam; /* first NULL: no kind of IPAM */

	/* Wide columns may need the object "default" of this plural; NULL: they never do. */
	const char *context;
	bool (*needs_context)(const json_t *object);
};

/* By kind, plural or alias in any letter case; the error names the nearest. */
CHECKED const struct calico_kind *calico_kind_find(const char *name, struct err *e);
/* By its kind to the letter ("IPPool"); NULL: there is none. */
const struct calico_kind *calico_kind_named(const char *kind);
const struct calico_kind *calico_kinds(size_t *n);
/* A kind whose objects belong to a tier; releases differ in how they store its names. */
bool calico_is_policy(const struct calico_kind *kind);
/* As CRDs of projectcalico.org/v3 call it. */
const char *calico_v3_plural(const struct calico_resource *r);
/* For a datastore that does not say its release. */
#define CALICO_OLDEST_WITH_TIERS "v3.29.1"
#define CALICO_NEWEST "v3.32.1"
/* What a release calls policies, as ClusterInformation tells it; NULL: v3.29.1. */
void calico_rules_learn(struct calico_rules *rules, const char *version);

#endif
