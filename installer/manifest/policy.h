/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calico's admission policies of a set: MutatingAdmissionPolicies, ValidatingAdmissionPolicies and
 * their bindings (admissionregistration.k8s.io). They fill in what policies of projectcalico.org/v3
 * lack, and protect the built-in tiers. A policy applies to every request of the cluster that it
 * matches, so only Calico's own names and groups are taken.
 */
#ifndef MANIFEST_POLICY_H
#define MANIFEST_POLICY_H

#include <jansson.h>

#include "base/err.h"

#define POLICY_GROUP "admissionregistration.k8s.io"

struct policy_kind {
	const char *kind, *plural;
	bool mutating, binding;
};

/* Whose apiVersion and kind these are; NULL: the object is no admission policy, nor a binding. */
const struct policy_kind *policy_kind(const json_t *object);
/* Of "mutatingadmissionpolicies/NAME"; NULL: of none. */
const struct policy_kind *policy_kind_of_key(const char *key);
const struct policy_kind *policy_kinds(size_t *n);
/* "mutatingadmissionpolicies/NAME"; the caller's. */
char *policy_key(const json_t *policy);

/* Takes the policies out of the documents and the Lists in them, as they are: a new array. */
json_t *policy_split(json_t *documents);
/*
 * These, sorted by key, as apiVersion v1 and with what the API server fills in: a new array.
 * ERR_VERIFY names what is not Calico's.
 */
CHECKED json_t *policy_set(const json_t *documents, struct err *e);
/* What the API server fills in: two policies that it stores the same are the same. In place. */
void policy_fill(json_t *policy);
/* The names that a role is for: keys of the policies that a release has, closed by NULL. */
const char *const *policy_known(void);

#endif
