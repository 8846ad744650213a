/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calico's admission policies of a set: MutatingAdmissionPolicies, ValidatingAdmissionPolicies and
 * their bindings (admissionregistration.k8s.io). They fill in fields that policies of
 * projectcalico.org/v3 lack, and protect the built-in tiers. A policy applies to every request of
 * the cluster that it matches. Therefore only Calico's own names and groups are accepted.
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

/* The row for the object's apiVersion and kind; NULL: neither an admission policy nor a binding. */
const struct policy_kind *policy_kind(const json_t *object);
/* The row for a key "mutatingadmissionpolicies/NAME"; NULL: none. */
const struct policy_kind *policy_kind_of_key(const char *key);
const struct policy_kind *policy_kinds(size_t *n);
/* "mutatingadmissionpolicies/NAME", which the caller frees. */
char *policy_key(const json_t *policy);

/* Moves the policies, unchanged, out of the documents and the Lists in them: a new array. */
json_t *policy_split(json_t *documents);
/*
 * Policies sorted by key, as apiVersion v1 and with the values that the API server fills in: a new
 * array. ERR_VERIFY names a policy that is not Calico's.
 */
CHECKED json_t *policy_set(const json_t *documents, struct err *e);
/*
 * Adds the values that the API server fills in, so that policies that it stores as the same are
 * equal. In place.
 */
void policy_fill(json_t *policy);
/* The policies that a role may name: keys of all releases' policies, closed by NULL. */
const char *const *policy_known(void);

#endif
