/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/identity.h"

#include "base/json.h"
#include "engine/look/mode.h"

enum { NAMESPACE, INFORMATION };

void identity_add_calls(struct kube_call *calls, bool v3)
{
	kube_call_init(&calls[NAMESPACE], KUBE_GET, "", "v1", "namespaces", NULL, "kube-system",
		NULL, false);
	kube_call_init(&calls[INFORMATION], KUBE_GET, v3 ? MODE_V3_GROUP : MODE_V1_GROUP,
		v3 ? "v3" : "v1", "clusterinformations", NULL, "default", NULL, false);
}

static char *copy(const json_t *object, const char *key)
{
	const char *s = json_str(object, key);

	return s && *s ? xstrdup(s) : NULL;
}

void identity_take(struct identity *id, const struct kube_call *calls)
{
	identity_take_information(id, calls[INFORMATION].object);
	id->known = calls[INFORMATION].object || kube_call_not_found(&calls[INFORMATION]);
	id->uid = copy(json_object_get(calls[NAMESPACE].object, "metadata"), "uid");
}

void identity_take_information(struct identity *id, const json_t *information)
{
	const json_t *spec = json_object_get(information, "spec");

	identity_release(id);
	id->calico_version = copy(spec, "calicoVersion");
	id->guid = copy(spec, "clusterGUID");
	id->not_ready = json_is_false(json_object_get(spec, "datastoreReady"));
	id->ready = json_is_true(json_object_get(spec, "datastoreReady"));
	id->known = true;
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
	*id = (struct identity){ 0 };
}
