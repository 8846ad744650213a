/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One CustomResourceDefinition (apiextensions.k8s.io/v1) as a JSON value: accessors, and the
 * comparison that decides whether a live one is what a manifest asks for. Prose is a schema's
 * "description", a printer column's "description" and a CEL rule's "message": words for people,
 * which change nothing that the API does.
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
/* The version that is stored, when it is served; else any that is. NULL: none. */
const char *crd_served_version(const json_t *crd);
/* As the server fills them in when a manifest leaves them out; the caller's. */
char *crd_singular(const json_t *crd);
char *crd_list_kind(const json_t *crd);

/* What the rest of the program relies on; ERR_FORMAT says what is missing or wrong. */
CHECKED int crd_check(const json_t *crd, struct err *e);

/* Takes what is no CRD out of the documents, and out of the Lists among them. */
void crd_drop_others(json_t *documents);
/*
 * Documents to CRDs, sorted by name, status and server-set metadata removed. Kubernetes Lists are
 * opened. Anything but a CRD, two of one name, or none at all is refused. A new reference.
 */
CHECKED json_t *crd_set(const json_t *documents, struct err *e);
const json_t *crd_find(const json_t *set, const char *name);

/* In place. */
void crd_drop_prose(json_t *crd);
/* Prose that target lacks and from has, by path; a CEL rule's message by the rule's text. */
void crd_fill_prose(json_t *target, const json_t *from);

/*
 * What differs in the API between two CRDs: an array of {path, change, text}, empty when the API is
 * the same. change is "added", "removed" or "changed", text is what a reader sees of the values.
 * Descriptions, labels and what the server fills in by itself do not count.
 */
json_t *crd_diff(const json_t *live, const json_t *desired);
/* The same, descriptions included. */
json_t *crd_diff_prose(const json_t *live, const json_t *desired);
/* A difference as a line "PATH: TEXT", the caller's; all of them as an array of lines. */
char *crd_diff_line(const json_t *change);
json_t *crd_diff_lines(const json_t *changes);
/* The API alone, in the form in which the server returns it, prose dropped; a new reference. */
json_t *crd_api(const json_t *crd);
/* SHA-256 of its spec: equal for two CRDs whose crd_diff is empty, whichever of them is live. */
void crd_fingerprint(const json_t *crd, char hex[SHA256_HEX_SIZE]);

/* The condition of that type in the status of a CRD, or of any object; NULL: it has none. */
const json_t *crd_condition(const json_t *object, const char *type);
/* Whether it is there with this status, such as "True". */
bool crd_condition_is(const json_t *object, const char *type, const char *status);

/* An annotation without which the API server does not serve a CRD of a protected group. */
#define CRD_APPROVED_ANNOTATION "api-approved.kubernetes.io"

#endif
