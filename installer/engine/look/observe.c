/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/observe.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/crds.h"
#include "manifest/crd.h"

/* The paths of the discovery documents, as keys of a JSON object, so each comes once. */
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

static void ask_paths(struct kube_batch *b, json_t *paths)
{
	const char *path;
	json_t *unused;

	json_object_foreach(paths, path, unused)
		kube_batch_path(b, path);
}

void observe_ask_discovery(struct kube_batch *b, const json_t *crds)
{
	json_auto_t *paths = discovery_paths(crds, false);

	ask_paths(b, paths);
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

static const struct kube_call *call_of(const struct kube_batch *b, const char *path)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->calls[i]->req.path, path) == 0)
			return b->calls[i];
	return NULL;
}

static const json_t *answer_of(const struct kube_batch *b, const char *path)
{
	const struct kube_call *call = call_of(b, path);

	return call ? call->object : NULL;
}

bool observe_is_served(const struct kube_batch *b, const json_t *crd)
{
	const json_t *version;
	size_t i;

	json_array_foreach(crd_versions(crd), i, version) {
		char_auto *path =
			xasprintf("/apis/%s/%s", crd_group(crd), json_str(version, "name"));

		if (json_is_true(json_object_get(version, "served")) &&
			!lists(answer_of(b, path), crd_plural(crd)))
			return false;
	}
	return true;
}

static const struct kube_call *first_failed(const struct kube_batch *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (b->calls[i]->err.msg && !kube_call_not_found(b->calls[i]))
			return b->calls[i];
	return NULL;
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

/* The server accepts names per group, so versions of foreign CRDs also count. */
static json_t *foreign_versions(const struct kube_batch *b)
{
	json_t *paths = json_object();
	const json_t *version;
	size_t k;

	for (size_t i = 0; i < b->n; i++)
		json_array_foreach(json_object_get(b->calls[i]->object, "versions"), k, version) {
			const char *name = json_str(version, "groupVersion");
			char_auto *path = name ? xasprintf("/apis/%s", name) : NULL;

			if (path && !call_of(b, path))
				json_object_set_new(paths, path, json_true());
		}
	return paths;
}

/*
 * A CRD under deletion waits for its objects, and an object waits for its finalizers. The first
 * page shows enough finalizers to know whom to ask.
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

static void ask_held(struct kube_batch *b, const struct observed *seen)
{
	const char *name;
	json_t *crd;

	json_object_foreach(seen->live, name, crd)
		if (json_at(crd, "metadata", "deletionTimestamp", NULL) && crd_storage_version(crd))
			kube_batch_add(b, (struct kube_request){ .verb = KUBE_LIST,
						  .group = crd_group(crd),
						  .version = crd_storage_version(crd),
						  .plural = crd_plural(crd) });
}

/* Leaves out what cannot be read; the CRD is reported as being deleted anyway. */
static void take_held(struct observed *seen, const struct kube_batch *b, size_t at)
{
	for (size_t i = at; i < b->n; i++) {
		char_auto *text = holders(b->calls[i]);

		if (text)
			json_object_set_new(seen->held, b->calls[i]->resource, json_string(text));
	}
}

/* While the API server in front is down, no discovery of its group is answered. */
static void explain(const struct observed *seen, const struct kube_call *failed, struct err *e)
{
	if (failed && seen->mode.server && seen->mode.message &&
		has_prefix(failed->req.path, "/apis/" MODE_V3_GROUP))
		err_set(e, ERR_BLOCKED, e->code,
			"the API server %s answers for " MODE_V3 " (APIService "
			"v3.projectcalico.org) and is not available: %s; repair it first, and do "
			"not delete that APIService: readers would find CRDs without objects",
			seen->mode.server, seen->mode.message);
}

/* Only an error of the first n calls ends the run; later calls may fail. */
static int run(struct kube_api *api, struct observed *seen, struct kube_batch *b, size_t n,
	struct err *e)
{
	const struct kube_call *failed;

	if (kube_batch_run(b, api, e) < 0)
		return -1;
	failed = first_failed(b, n);
	if (failed) {
		err_copy(e, &failed->err);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		take_live(seen, b->calls[i]);
		take_served(seen, b->calls[i]);
	}
	return 0;
}

/* Asks what the first answers make necessary; in most runs that is nothing. */
static int look_further(struct kube_api *api, struct observed *seen, json_t *paths, struct err *e)
{
	kube_batch_auto b = { 0 };
	size_t n;

	ask_paths(&b, paths);
	n = b.n;
	ask_held(&b, seen);
	if (run(api, seen, &b, n, e) < 0)
		return -1;
	take_held(seen, &b, n);
	return 0;
}

int observe(struct kube_api *api, const json_t *crds, struct observed *seen, struct err *e)
{
	json_auto_t *paths = discovery_paths(crds, true);
	json_auto_t *names = json_array();
	const struct kube_call *tigera, *service, *version;
	kube_batch_auto b = { 0 };
	const json_t *crd;
	size_t i, n;

	*seen = (struct observed){
		.live = json_object(), .served = json_object(), .held = json_object()
	};
	json_array_foreach(crds, i, crd) {
		json_array_append_new(names, json_string(crd_name(crd)));
		crds_ask(&b, crd_name(crd), NULL);
	}
	ask_paths(&b, paths);
	n = b.n;
	tigera = operator_ask(&b);
	service = mode_ask_service(&b);
	version = kube_batch_path(&b, "/version");
	size_t locks = lock_ask(lock_groups(names), &b);
	int rc = run(api, seen, &b, n, e);

	const char *kubernetes = json_str(version->object, "gitVersion");

	seen->kubernetes = kubernetes ? xstrdup(kubernetes) : NULL;
	operator_take(&seen->tigera, tigera);
	mode_take_service(&seen->mode, service);
	for (i = n; i < locks && !seen->unread.kind; i++)
		if (b.calls[i] != version && b.calls[i]->err.kind == ERR_AUTH)
			err_copy(&seen->unread, &b.calls[i]->err);
	if (rc < 0) {
		explain(seen, first_failed(&b, n), e);
		return -1;
	}
	if (lock_take(&b, locks, api, &seen->locked, e) < 0)
		return -1;
	seen->version = lock_take_version(&b, locks);
	json_auto_t *more = foreign_versions(&b);

	return look_further(api, seen, more, e);
}

void observed_release(struct observed *seen)
{
	json_decref(seen->live);
	json_decref(seen->served);
	json_decref(seen->held);
	free(seen->kubernetes);
	free(seen->locked);
	free(seen->version);
	err_release(&seen->unread);
	operator_release(&seen->tigera);
	mode_release(&seen->mode);
	*seen = (struct observed){ 0 };
}
