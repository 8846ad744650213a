/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One CustomResourceDefinition (apiextensions.k8s.io/v1) as a JSON value: accessors, and the
 * comparison of a live CRD with the CRD of a manifest. Prose is text for people that changes
 * nothing in the API: the "description" of a schema or a printer column, and the "message" of a CEL
 * rule.
 */
#ifndef MANIFEST_CRD_H
#define MANIFEST_CRD_H

#include <jansson.h>

#include "base/digest.h"
#include "base/err.h"

/* Borrowed; never NULL on a CRD that passed crd_check. */
const char *crd_name(const json_t *crd);
const char *crd_group(const json_t *crd);
const char *crd_plural(const json_t *crd);
const char *crd_kind(const json_t *crd);
const char *crd_scope(const json_t *crd);
const json_t *crd_versions(const json_t *crd);
const char *crd_storage_version(const json_t *crd);
/* The storage version when it is served, else any served version. NULL: none. */
const char *crd_served_version(const json_t *crd);
/*
 * The names, with the values that the server fills in when a manifest omits them. The caller frees
 * them.
 */
char *crd_singular(const json_t *crd);
char *crd_list_kind(const json_t *crd);

/* Checks what the rest of the program relies on. ERR_FORMAT names what is missing or wrong. */
CHECKED int crd_check(const json_t *crd, struct err *e);

/* Removes objects that are not CRDs from the documents, and from the Lists among them. */
void crd_drop_others(json_t *documents);
/*
 * Makes CRDs of documents: sorted by name, without status and metadata of the server. Opens
 * Kubernetes Lists. Refuses other objects, two CRDs of one name, and documents without a CRD. A new
 * reference.
 */
CHECKED json_t *crd_set(const json_t *documents, struct err *e);
const json_t *crd_find(const json_t *set, const char *name);

/* In place. */
void crd_drop_prose(json_t *crd);
/*
 * Adds prose that target lacks and from has, by path; the message of a CEL rule by the rule's text.
 */
void crd_fill_prose(json_t *target, const json_t *from);

/*
 * The API differences of two CRDs: an array of {path, change, text}, empty when the APIs are the
 * same. change is "added", "removed" or "changed"; text shows the values to a reader. Descriptions,
 * labels and the values that the server fills in do not count.
 */
json_t *crd_diff(const json_t *live, const json_t *desired);
/* Like crd_diff, but prose counts, too. */
json_t *crd_diff_prose(const json_t *live, const json_t *desired);
/* A difference as a line "PATH: TEXT", which the caller frees; all of them as an array of lines. */
char *crd_diff_line(const json_t *change);
json_t *crd_diff_lines(const json_t *changes);
/* The API without prose, in the form in which the server returns it; a new reference. */
json_t *crd_api(const json_t *crd);
/* SHA-256 of the spec, the same for two CRDs with an empty crd_diff, whichever of them is live. */
void crd_fingerprint(const json_t *crd, char hex[SHA256_HEX_SIZE]);

/* The condition of that type in the status of a CRD, or of any other object; NULL: none. */
const json_t *crd_condition(const json_t *object, const char *type);
/* True when the condition is there with this status, such as "True". */
bool crd_condition_is(const json_t *object, const char *type, const char *status);

/* Without this annotation the API server does not serve a CRD of a protected group. */
#define CRD_APPROVED_ANNOTATION "api-approved.kubernetes.io"

#endif
