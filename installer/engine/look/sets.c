/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/sets.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/mode.h"

static bool serves(const json_t *groups, const char *wanted)
{
	const json_t *group;
	size_t i;

	json_array_foreach(groups, i, group) {
		const char *name = json_str(group, "name");

		if (name && strcmp(name, wanted) == 0)
			return true;
	}
	return false;
}

/* True: an API server in front serves v3 with the objects of v1. False: CRDs serve v3. */
static int find_server(struct kube_api *api, bool *found, struct err *e)
{
	kube_batch_auto b = { 0 };
	const struct kube_call *service = mode_ask_service(&b);
	struct mode mode;

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	mode_take_service(&mode, service);
	*found = mode.server != NULL;
	mode_release(&mode);
	return 0;
}

int sets_find(struct kube_api *api, enum manifest_set *set, struct err *e)
{
	kube_batch_auto b = { 0 };
	struct kube_call *call = kube_batch_path(&b, "/apis");
	bool in_front = false;

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	if (!call->object) {
		if (!call->err.msg)
			return err_set(e, ERR_FORMAT, 0, "/apis: no list of groups came back");
		err_move(e, &call->err);
		return err_wrap(e, "which set of CRDs the cluster has is not known; --set SET "
				   "says it");
	}
	const json_t *groups = json_object_get(call->object, "groups");
	bool v3_alone = serves(groups, MODE_V3_GROUP) && !serves(groups, MODE_V1_GROUP);

	if (v3_alone && find_server(api, &in_front, e) < 0)
		return -1;
	*set = v3_alone && !in_front                    ? SET_V3
	       : serves(groups, "operator.tigera.io") ? SET_OPERATOR
						      : SET_CRDS;
	return 0;
}
