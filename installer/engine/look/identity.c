/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/identity.h"

#include "base/json.h"
#include "base/json_shape.h"
#include "engine/look/mode.h"

enum { NAMESPACE, INFORMATION }; /* places of the answers */

static int check_information(const json_t *information, struct err *e)
{
	static const struct json_shape rows[] = {
		{ "spec.calicoVersion", "string" },
		{ "spec.clusterGUID", "string" },
		{ "spec.clusterType", "string" },
		{ "spec.datastoreReady", "boolean" },
	};

	return json_check(information, rows, ARRAY_LEN(rows), e);
}

size_t identity_ask(struct kube_batch *b, bool v3)
{
	size_t at = b->n;

	kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
				  .version = "v1",
				  .plural = "namespaces",
				  .name = "kube-system" });
	kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
				  .group = v3 ? MODE_V3_GROUP : MODE_V1_GROUP,
				  .version = v3 ? "v3" : "v1",
				  .plural = "clusterinformations",
				  .name = "default",
				  .check = check_information });
	return at;
}

void identity_take(struct identity *id, const struct kube_batch *b, size_t at)
{
	const struct kube_call *information = b->calls[at + INFORMATION];

	identity_take_information(id, information->object);
	id->known = information->object || kube_call_not_found(information);
	id->uid = xstrdup_filled(json_string_value(
		json_at(b->calls[at + NAMESPACE]->object, "metadata", "uid", NULL)));
}

void identity_take_information(struct identity *id, const json_t *information)
{
	const json_t *spec = json_object_get(information, "spec");

	identity_release(id);
	id->calico_version = xstrdup_filled(json_str(spec, "calicoVersion"));
	id->guid = xstrdup_filled(json_str(spec, "clusterGUID"));
	id->not_ready = json_is_false(json_object_get(spec, "datastoreReady"));
	id->ready = json_is_true(json_object_get(spec, "datastoreReady"));
	id->known = true;
	id->information = json_incref((json_t *)(uintptr_t)information);
}

json_t *identity_ready(const struct identity *id)
{
	return id->ready ? json_true() : id->not_ready ? json_false() : json_null();
}

void identity_release(struct identity *id)
{
	free(id->uid);
	free(id->calico_version);
	free(id->guid);
	json_decref(id->information);
	*id = (struct identity){ 0 };
}
