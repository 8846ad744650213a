/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/api_move.h"

#include "base/json.h"
#include "kube/batch.h"

enum { PAUSE_MS = 500 };

static struct kube_request request(const struct api_move *m, enum kube_verb verb)
{
	return (struct kube_request){ .verb = verb,
		.group = MIGRATION_GROUP,
		.version = m->version,
		.plural = "datastoremigrations",
		.name = MIGRATION_NAME };
}

int api_move_create(const struct api_move *m, struct kube_api *api, struct err *e)
{
	char_auto *version = xasprintf(MIGRATION_GROUP "/%s", m->version);
	json_auto_t *body = json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "apiVersion", version, "kind",
		"DatastoreMigration", "metadata", "name", MIGRATION_NAME, "spec", "type",
		"APIServerToCRDs");
	struct kube_request r = request(m, KUBE_CREATE);
	kube_batch_auto b = { 0 };

	r.body = body;
	struct kube_call *call = kube_batch_add(&b, r);

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	if (call->object || call->err.kind == ERR_CONFLICT)
		return 0;
	err_move(e, &call->err);
	return -1;
}

/* *there: the same object still exists. A new one with another uid does not count. */
static int is_there(const struct api_move *m, struct kube_api *api, bool *there, struct err *e)
{
	kube_batch_auto b = { 0 };
	struct kube_call *call = kube_batch_add(&b, request(m, KUBE_GET));
	const json_t *uid = json_at(m->migration, "metadata", "uid", NULL);

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	*there = call->object && json_equal(json_at(call->object, "metadata", "uid", NULL), uid);
	if (call->object || kube_call_not_found(call))
		return 0;
	err_move(e, &call->err);
	return -1;
}

int api_move_delete(const struct api_move *m, struct kube_api *api, struct err *e)
{
	json_auto_t *body = json_pack("{s:s, s:s, s:{s:O}}", "apiVersion", "v1", "kind",
		"DeleteOptions", "preconditions", "uid",
		json_at(m->migration, "metadata", "uid", NULL));
	struct kube_request r = request(m, KUBE_DELETE);
	kube_batch_auto b = { 0 };
	bool there = true;

	r.body = body;
	struct kube_call *call = kube_batch_add(&b, r);

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	if (call->err.msg && !kube_call_not_found(call)) {
		err_move(e, &call->err);
		return -1;
	}
	while (is_there(m, api, &there, e) == 0 && there)
		if (http_pause(kube_api_http(api), PAUSE_MS, e) < 0)
			return err_wrap(e,
				"the DatastoreMigration is deleted, and its controller has not let "
				"it go yet: see that calico-kube-controllers runs");
	return there ? -1 : 0;
}

static struct kube_request information(enum kube_verb verb)
{
	return (struct kube_request){ .verb = verb,
		.group = MODE_V1_GROUP,
		.version = "v1",
		.plural = "clusterinformations",
		.name = "default" };
}

int api_move_unlock(struct kube_api *api, bool *unlocked, struct err *e)
{
	kube_batch_auto b = { 0 }, write = { 0 };
	struct kube_call *call = kube_batch_add(&b, information(KUBE_GET));
	struct kube_request r = information(KUBE_UPDATE);

	*unlocked = false;
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	if (!call->object && !kube_call_not_found(call)) {
		err_move(e, &call->err);
		return -1;
	}
	json_auto_t *body = json_deep_copy(call->object);
	json_t *spec = json_object_get(body, "spec");

	if (!json_is_false(json_object_get(spec, "datastoreReady")))
		return 0;
	json_object_set_new(spec, "datastoreReady", json_true());
	r.body = body;
	call = kube_batch_add(&write, r);
	if (kube_batch_run(&write, api, e) < 0)
		return -1;
	*unlocked = call->object != NULL;
	if (*unlocked)
		return 0;
	err_move(e, &call->err);
	return -1;
}
