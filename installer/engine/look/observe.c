/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/observe.h"

#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"

void observe_crd_call(struct kube_call *call, const char *name)
{
	kube_call_init(call, KUBE_GET, "apiextensions.k8s.io", "v1", "customresourcedefinitions",
		NULL, name, NULL, false);
}

/* Paths of discovery documents, each once, in a JSON object used as a set. */
static json_t *discovery_paths(const json_t *crds, bool groups)
{
	json_t *paths = json_object();
	const json_t *crd, *version;
	size_t i, k;

	json_array_foreach(crds, i, crd) {
		char_auto *group = xasprintf("/apis/%s", crd_group(crd));

		if (groups)
			json_object_set_new(paths, group, json_true());
		json_array_foreach(crd_versions(crd), k, version) {
			char_auto *path = xasprintf("%s/%s", group, json_str(version, "name"));

			json_object_set_new(paths, path, json_true());
		}
	}
	return paths;
}

static void add_path_calls(struct kube_call *calls, size_t *n, json_t *paths)
{
	const char *path;
	json_t *unused;

	json_object_foreach(paths, path, unused)
		kube_call_path(&calls[(*n)++], path);
}

struct kube_call *observe_discovery_calls(const json_t *crds, size_t *n)
{
	json_auto_t *paths = discovery_paths(crds, false);
	struct kube_call *calls = xcalloc(json_object_size(paths), sizeof(*calls));

	*n = 0;
	add_path_calls(calls, n, paths);
	return calls;
}

void observe_free_calls(struct kube_call *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		kube_call_release(&calls[i]);
	free(calls);
}

static bool lists(const json_t *discovery, const char *plural)
{
	const json_t *resource;
	size_t i;

	json_array_foreach(json_object_get(discovery, "resources"), i, resource) {
		const char *name = json_str(resource, "name");

		if (name && strcmp(name, plural) == 0)
			return true;
	}
	return false;
}

static const json_t *answer_of(const struct kube_call *calls, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(calls[i].req.path, path) == 0)
			return calls[i].object;
	return NULL;
}

bool observe_is_served(const struct kube_call *calls, size_t n, const json_t *crd)
{
	const json_t *version;
	size_t i;

	json_array_foreach(crd_versions(crd), i, version) {
		char_auto *path =
			xasprintf("/apis/%s/%s", crd_group(crd), json_str(version, "name"));

		if (json_is_true(json_object_get(version, "served")) &&
			!lists(answer_of(calls, n, path), crd_plural(crd)))
			return false;
	}
	return true;
}

static int first_error(struct kube_call *calls, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (calls[i].err.msg && !kube_call_not_found(&calls[i])) {
			err_move(e, &calls[i].err);
			return -1;
		}
	return 0;
}

static void take_live(struct observed *seen, const struct kube_call *call)
{
	if (call->name && call->object)
		json_object_set(seen->live, call->name, call->object);
}

static void take_served(struct observed *seen, const struct kube_call *call)
{
	const char *version = json_str(call->object, "groupVersion");
	json_t *resource, *list;
	size_t i;

	if (!version)
		return;
	char_auto *group = xstrndup(version, strcspn(version, "/"));

	list = json_object_get(seen->served, group);
	if (!list) {
		list = json_array();
		json_object_set_new(seen->served, group, list);
	}
	json_array_foreach(json_object_get(call->object, "resources"), i, resource)
		json_array_append(list, resource);
}

/* Names are accepted per group, so versions that only foreign CRDs have count as well. */
static json_t *foreign_versions(const struct kube_call *calls, size_t n)
{
	json_t *paths = json_object();
	const json_t *version;
	size_t k;

	for (size_t i = 0; i < n; i++)
		json_array_foreach(json_object_get(calls[i].object, "versions"), k, version) {
			const char *name = json_str(version, "groupVersion");
			char_auto *path = name ? xasprintf("/apis/%s", name) : xstrdup("");
			bool known = !name;

			for (size_t j = 0; j < n && !known; j++)
				known = strcmp(calls[j].req.path, path) == 0;
			if (!known)
				json_object_set_new(paths, path, json_true());
		}
	return paths;
}

/*
 * A CRD that is deleted waits for its objects, and an object for its finalizers: those of the first
 * page, which are enough to know whom to ask.
 */
static char *holders(const struct kube_call *call)
{
	const json_t *items = json_object_get(call->object, "items"), *object;
	buf_auto text = { 0 };
	size_t i, n = 0;

	json_array_foreach(items, i, object) {
		const json_t *metadata = json_object_get(object, "metadata");
		const char *ns = json_str(metadata, "namespace"),
			   *name = json_str(metadata, "name");
		const char *finalizer = json_string_value(
			json_array_get(json_object_get(metadata, "finalizers"), 0));

		if (finalizer && name && n++ == 0)
			buf_printf(&text, "%s%s%s with the finalizer %s", ns ? ns : "",
				ns ? "/" : "", name, finalizer);
	}
	return n == 0 ? NULL : xasprintf("%zu of its objects, such as %s", n, buf_str(&text));
}

static size_t add_held_calls(const struct observed *seen, struct kube_call *calls)
{
	const char *name;
	json_t *crd;
	size_t n = 0;

	json_object_foreach(seen->live, name, crd)
		if (json_at(crd, "metadata", "deletionTimestamp", NULL) && crd_storage_version(crd))
			kube_call_init(&calls[n++], KUBE_LIST, crd_group(crd),
				crd_storage_version(crd), crd_plural(crd), NULL, NULL, NULL, false);
	return n;
}

/* What cannot be read of them is left out: the CRD is told to be deleted anyway. */
static void take_held(struct observed *seen, const struct kube_call *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char_auto *text = holders(&calls[i]);

		if (text)
			json_object_set_new(seen->held, calls[i].resource, json_string(text));
	}
}

/* An API server in front that is down answers none of the group's discovery. */
static void explain(const struct observed *seen, struct err *e)
{
	if (seen->mode.server && seen->mode.message && strstr(e->msg, "/" MODE_V3_GROUP))
		err_set(e, ERR_BLOCKED, e->code,
			"the API server %s answers for " MODE_V3 " (APIService "
			"v3.projectcalico.org) and is not available: %s; repair it first; to "
			"delete that APIService leaves readers with CRDs without objects",
			seen->mode.server, seen->mode.message);
}

/* Behind the n calls there may be further ones, whose errors are no errors of the run. */
static int run(struct kube_api *api, struct observed *seen, struct kube_call *calls, size_t n,
	size_t further, struct err *e)
{
	if (kube_run(api, calls, n + further, NULL, NULL, e) < 0 || first_error(calls, n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		take_live(seen, &calls[i]);
		take_served(seen, &calls[i]);
	}
	return 0;
}

/* What follows from the first answers; mostly nothing does. */
static int look_further(struct kube_api *api, struct observed *seen, json_t *paths, struct err *e)
{
	struct kube_call *calls =
		xcalloc(json_object_size(paths) + json_object_size(seen->live), sizeof(*calls));
	size_t n = 0, held;

	add_path_calls(calls, &n, paths);
	held = add_held_calls(seen, &calls[n]);
	int rc = n + held > 0 ? run(api, seen, calls, n, held, e) : 0;

	if (rc == 0)
		take_held(seen, &calls[n], held);
	observe_free_calls(calls, n + held);
	return rc;
}

int observe(struct kube_api *api, const json_t *crds, struct observed *seen, struct err *e)
{
	json_auto_t *paths = discovery_paths(crds, true);
	json_auto_t *names = json_array();
	size_t n = 0, i, most = json_array_size(crds) + json_object_size(paths);
	struct kube_call *calls = xcalloc(most + 2 + LOCK_CALLS, sizeof(*calls));
	const json_t *crd;

	*seen = (struct observed){
		.live = json_object(), .served = json_object(), .held = json_object()
	};
	json_array_foreach(crds, i, crd) {
		json_array_append_new(names, json_string(crd_name(crd)));
		observe_crd_call(&calls[n++], crd_name(crd));
	}
	add_path_calls(calls, &n, paths);
	operator_call(&calls[n]);
	mode_service_call(&calls[n + 1]);
	size_t locks = lock_add_calls(lock_groups(names), &calls[n + 2]);
	int rc = run(api, seen, calls, n, 2 + locks, e);
	json_auto_t *more = foreign_versions(calls, rc == 0 ? n : 0);

	operator_take(&seen->tigera, &calls[n]);
	mode_take_service(&seen->mode, &calls[n + 1]);
	for (i = n; i < n + 2 && !seen->unread.kind; i++)
		if (calls[i].err.kind == ERR_AUTH)
			err_copy(&seen->unread, &calls[i].err);
	if (rc < 0)
		explain(seen, e);
	else
		rc = lock_take(lock_groups(names), &calls[n + 2], api, &seen->locked, e);
	observe_free_calls(calls, n + 2 + locks);
	return rc < 0 ? -1 : look_further(api, seen, more, e);
}

void observed_release(struct observed *seen)
{
	json_decref(seen->live);
	json_decref(seen->served);
	json_decref(seen->held);
	free(seen->locked);
	err_release(&seen->unread);
	operator_release(&seen->tigera);
	mode_release(&seen->mode);
	*seen = (struct observed){ 0 };
}
