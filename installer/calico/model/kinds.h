/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds that can be read, one row each: the names that people type, the place in each
 * datastore, the fields of the objects, and the columns of the tables. All of it is constant data.
 */
#ifndef CALICO_MODEL_KINDS_H
#define CALICO_MODEL_KINDS_H

#include <jansson.h>

#include "base/buf.h"
#include "calico/model/fields.h"

enum calico_width {
	COLUMN_ALWAYS,
	COLUMN_WIDE,
	COLUMN_LATER, /* wide, of later releases: shown only when a row has a value in it */
	COLUMN_CUSTOM, /* only when the user asks for it by name */
};

struct calico_column {
	const char *heading;
	const char *path; /* path of the value in the v3 object, such as "spec.cidr" */
	/* Appends the cell. value NULL: absent. context: the kind's extra object. */
	void (*put)(
		struct buf *out, const json_t *value, const json_t *object, const json_t *context);
	enum calico_width width;
};

/* Conventions that changed between releases of Calico. */
struct calico_rules {
	unsigned release; /* objects have the types of this release; 0: v3.29.1 */
	bool untiered; /* names are shown without the part before the first dot (up to v3.28) */
	/* names are shown without the tier "default" (up to v3.28, from v3.29.4 on) */
	bool plain_names;
	/* names are stored as they were given, without the tier (v3.32 and later) */
	bool stored_names;
	bool pod_cidr; /* tunnel addresses of nodes come from their pod CIDRs (usePodCIDR) */
	/* custom resources are projectcalico.org/v3: stored form and shown form are the same */
	bool v3;
};

struct calico_kind;

/* A resource of the Kubernetes API from which objects of a kind are made. */
struct calico_resource {
	const char *group; /* "": core */
	const char *plural; /* as in URLs: "ippools" */
	bool namespaced;
	/*
	 * Converts a stored object to projectcalico.org/v3. NULL without an error: the resource
	 * makes no object of this kind. An object and an error: the error says what calicoctl
	 * refuses in it.
	 */
	json_t *(*to_v3)(const struct calico_kind *kind, const json_t *stored,
		const struct calico_rules *rules, struct err *e);
	const struct calico_struct *reads; /* the fields that to_v3 reads; NULL: all */
};

/* A kind of IPAM: etcd has separate keys for it. All other kinds are resources in etcd. */
struct calico_ipam {
	/* how its keys begin, below IPAM_ROOT; last NULL: the same as first */
	const char *first, *last;
	/* see model/ipam.h */
	json_t *(*to_v3)(const char *key, const json_t *value, struct err *e);
};

struct calico_kind {
	const char *kind; /* "IPPool" */
	const char *aliases; /* lower case, separated by spaces; includes kind and plural */
	const char *plural; /* "ippools"; also in messages and in the keys of etcd */
	bool namespaced;
	bool own; /* ours alone: calicoctl does not read this kind */
	bool ordered; /* lists are sorted by spec.order */
	const struct calico_column *columns; /* the last one has the heading NULL */
	const struct calico_struct *fields; /* the fields of the v3 object */
	/* the group of the second one may be NULL: there is none */
	struct calico_resource resources[2];
	/* fills in defaults; NULL: none */
	void (*fill)(json_t *object, const struct calico_rules *rules);
	struct calico_ipam ipam; /* first NULL: this is no kind of IPAM */

	/*
	 * The plural of the kind whose object "default" wide columns may need; NULL: no column
	 * does.
	 */
	const char *context;
	bool (*needs_context)(const json_t *object);
};

/* Finds a kind by kind, plural or alias, in any letter case. The error names the nearest one. */
CHECKED const struct calico_kind *calico_kind_find(const char *name, struct err *e);
/* Finds a kind by its exact kind ("IPPool"); NULL: there is none. */
const struct calico_kind *calico_kind_named(const char *kind);
const struct calico_kind *calico_kinds(size_t *n);
/*
 * Whether objects of the kind belong to a tier. Releases store the names of such objects
 * differently.
 */
bool calico_is_policy(const struct calico_kind *kind);
/* The plural that the CRD of projectcalico.org/v3 has. */
const char *calico_v3_plural(const struct calico_resource *r);
/* The release assumed for a datastore that does not tell its release. */
#define CALICO_OLDEST_WITH_TIERS "v3.29.1"
#define CALICO_NEWEST "v3.32.1"
/* Sets the rules for the release that ClusterInformation reports; version NULL: v3.29.1. */
void calico_rules_learn(struct calico_rules *rules, const char *version);

#endif
