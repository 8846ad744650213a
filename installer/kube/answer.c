/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/answer.h"

#include <string.h>

#include "base/json_shape.h"

/* https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/ ObjectMeta, ListMeta */
static const struct json_shape of_object[] = {
	{ "metadata.name", "string" },
	{ "metadata.namespace", "string" },
	{ "metadata.uid", "string" },
	{ "metadata.resourceVersion", "string" },
	{ "metadata.deletionTimestamp", "string" },
	{ "metadata.labels{}", "string" },
	{ "metadata.annotations{}", "string" },
	{ "metadata.finalizers[]", "string" },
	{ "metadata.ownerReferences[].kind", "string" },
	{ "metadata.ownerReferences[].name", "string" },
	{ "metadata.managedFields[].manager", "string" },
	{ "metadata.managedFields[].operation", "string" },
	{ "metadata.managedFields[].subresource", "string" },
	{ "metadata.managedFields[].time", "string" },
	{ "metadata.managedFields[].fieldsV1", "object" },
};

/* Fields of the list; the reader of an item checks that item. */
static const struct json_shape of_list[] = {
	{ "metadata.resourceVersion", "string" },
	{ "metadata.continue", "string" },
	{ "metadata.remainingItemCount", "integer" },
	{ "items", "array" },
};

/* APIGroup, and APIResourceList */
static const struct json_shape of_group[] = {
	{ "name", "string" },
	{ "versions[].groupVersion", "string!" },
	{ "versions[].version", "string" },
	{ "preferredVersion.groupVersion", "string" },
	{ "preferredVersion.version", "string" },
};
static const struct json_shape of_version[] = {
	{ "groupVersion", "string!" },
	{ "resources", "array!" },
	{ "resources[].name", "string!" },
	{ "resources[].kind", "string" },
	{ "resources[].namespaced", "boolean" },
};
static const struct json_shape of_release[] = {
	{ "major", "string" },
	{ "minor", "string" },
	{ "gitVersion", "string" },
};

#define CHECK(body, rows, e) json_check(body, rows, ARRAY_LEN(rows), e)

/* For a call that has only a path: "/apis/GROUP", "/apis/GROUP/VERSION", or a list below that. */
static int check_document(const char *path, const json_t *body, struct err *e)
{
	size_t slashes = 0;

	for (const char *p = path; *p && *p != '?'; p++)
		slashes += *p == '/';
	if (strcmp(path, "/version") == 0)
		return CHECK(body, of_release, e);
	if (!has_prefix(path, "/apis/"))
		return 0;
	return slashes == 2   ? CHECK(body, of_group, e)
	       : slashes == 3 ? CHECK(body, of_version, e)
			      : CHECK(body, of_list, e);
}

int kube_answer_check(const struct kube_call *call, const json_t *body, struct err *e)
{
	int rc;

	if (call->verb == KUBE_DELETE)
		return 0;
	if (!*call->resource)
		rc = check_document(call->req.path, body, e);
	else if (call->verb == KUBE_LIST)
		rc = CHECK(body, of_list, e);
	else
		rc = CHECK(body, of_object, e);
	return rc < 0 || !call->check ? rc : call->check(body, e);
}
