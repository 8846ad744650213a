/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/owner_ref.h"

#include <string.h>

#include "base/json.h"
#include "kube/batch.h"

/* The resource that discovery lists for a kind, or NULL. */
static const json_t *resource_of(const json_t *discovery, const char *kind)
{
	const json_t *resource;
	size_t i;

	json_array_foreach(json_object_get(discovery, "resources"), i, resource) {
		const char *name = json_str(resource, "name"), *its = json_str(resource, "kind");

		if (name && its && strcmp(its, kind) == 0 && !strchr(name, '/'))
			return resource;
	}
	return NULL;
}

static int discover(struct kube_api *api, json_t *cache, const char *api_version,
	const json_t **discovery, struct err *e)
{
	char_auto *path =
		xasprintf("/%s/%s", strchr(api_version, '/') ? "apis" : "api", api_version);
	int rc = 0;

	if (!json_object_get(cache, path)) {
		kube_batch_auto b = { 0 };
		const struct kube_call *call = kube_batch_path(&b, path);

		rc = kube_batch_run(&b, api, e);
		if (rc == 0)
			json_object_set_new(cache, path,
				call->object ? json_incref(call->object) : json_null());
	}
	*discovery = json_object_get(cache, path);
	return rc;
}

/* Reads the uid of the owner; "" when the owner does not exist. */
static int read_uid(struct kube_api *api, json_t *cache, const json_t *ref, const char *ns,
	char **uid, struct err *e)
{
	const char *api_version = json_str(ref, "apiVersion"), *kind = json_str(ref, "kind");
	const char *name = json_str(ref, "name");
	const json_t *discovery, *resource;
	kube_batch_auto b = { 0 };

	*uid = xstrdup("");
	if (!api_version || !kind || !name || !*name)
		return 0;
	if (discover(api, cache, api_version, &discovery, e) < 0)
		return -1;
	resource = resource_of(discovery, kind);
	if (!resource)
		return 0;
	const char *slash = strchr(api_version, '/');
	char_auto *group =
		slash ? xstrndup(api_version, (size_t)(slash - api_version)) : xstrdup("");

	struct kube_call *call = kube_batch_add(&b,
		(struct kube_request){ .verb = KUBE_GET,
			.group = group,
			.version = slash ? slash + 1 : api_version,
			.plural = json_str(resource, "name"),
			.ns = json_is_true(json_object_get(resource, "namespaced")) ? ns : NULL,
			.name = name });
	int rc = kube_batch_run(&b, api, e);
	const char *now = json_str(json_object_get(call->object, "metadata"), "uid");

	/* An owner that could not be read may still exist. */
	if (rc == 0 && call->err.msg && !kube_call_not_found(call)) {
		err_move(e, &call->err);
		rc = err_wrap(e, "whether the owner %s %s is there cannot be read",
			json_str(ref, "kind"), name);
	}
	if (rc == 0 && now) {
		free(*uid);
		*uid = xstrdup(now);
	}
	return rc;
}

static int is_alive(struct kube_api *api, json_t *cache, const json_t *ref, const char *ns,
	bool *alive, struct err *e)
{
	const char *wanted = json_str(ref, "uid");
	char_auto *key = xasprintf("%s/%s/%s/%s", json_str(ref, "apiVersion"),
		json_str(ref, "kind"), ns ? ns : "", json_str(ref, "name"));
	char_auto *uid = NULL;

	if (!json_object_get(cache, key)) {
		if (read_uid(api, cache, ref, ns, &uid, e) < 0)
			return -1;
		json_object_set_new(cache, key, json_string(uid));
	}
	*alive = wanted && strcmp(wanted, json_str(cache, key)) == 0;
	return 0;
}

int owner_ref_drop_dead(
	struct kube_api *api, json_t *cache, json_t *object, json_t *lines, struct err *e)
{
	json_t *metadata = json_object_get(object, "metadata");
	const json_t *refs = json_object_get(metadata, "ownerReferences"), *ref;
	const char *ns = json_str(metadata, "namespace");
	json_auto_t *alive = json_array();
	size_t i;

	if (!refs)
		return 0;
	json_array_foreach(refs, i, ref) {
		bool is = false;

		if (is_alive(api, cache, ref, ns, &is, e) < 0)
			return -1;
		if (is) {
			json_array_append(alive, (json_t *)(uintptr_t)ref);
			continue;
		}
		char_auto *why =
			xasprintf("its owner %s %s is not there any more; the reference was "
				  "left out",
				json_str(ref, "kind"), json_str(ref, "name"));

		json_array_append_new(lines,
			json_pack("{s:s?, s:s?, s:s?, s:s, s:s}", "resource",
				json_str(object, "kind"), "namespace", ns, "name",
				json_str(metadata, "name"), "outcome", "orphaned", "problem", why));
	}
	if (json_array_size(alive) > 0)
		json_object_set(metadata, "ownerReferences", alive);
	else
		json_object_del(metadata, "ownerReferences");
	return 0;
}
