/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/probe.h"

#include <string.h>

#include "base/json.h"
#include "kube/batch.h"

#define TIER_LABEL "projectcalico.org/tier"

static int check_policy(const json_t *policy, struct err *e)
{
	return json_is_object(json_object_get(policy, "spec"))
		       ? 0
		       : err_set(e, ERR_FORMAT, 0, "the answer to the dry run is no policy");
}

static void settle(struct check *c, enum admission admission, const char *why)
{
	free(c->admission_why);
	c->admission = admission;
	c->admission_why = why ? xstrdup(why) : NULL;
}

static void take(struct check *c, struct kube_call *call)
{
	const json_t *types = json_at(call->object, "spec", "types", NULL);
	const json_t *label = json_at(call->object, "metadata", "labels", TIER_LABEL, NULL);

	if (!call->object) {
		settle(c, ADMISSION_UNKNOWN, call->err.msg);
		if (call->err.kind == ERR_AUTH && !c->unread.kind)
			err_move(&c->unread, &call->err);
	} else if (json_array_size(types) == 0) {
		settle(c, ADMISSION_MISSING,
			"the API server adds no types to a policy without types: "
			"policytypes.policy.projectcalico.org is not in effect");
	} else if (!json_is_string(label)) {
		settle(c, ADMISSION_MISSING,
			"the API server adds no label of the tier to a policy: "
			"tierlabel.policy.projectcalico.org is not in effect");
	} else {
		settle(c, ADMISSION_WORKS, NULL);
	}
}

int probe_admission(struct kube_api *api, struct check *c, struct err *e)
{
	char_auto *name = xasprintf("calico-datastore-dry-run-%08x", arc4random());
	json_auto_t *body = json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "apiVersion", MODE_V3, "kind",
		"StagedGlobalNetworkPolicy", "metadata", "name", name, "spec", "selector", "all()");
	kube_batch_auto b = { 0 };
	struct kube_call *call = kube_batch_add(&b, (struct kube_request){ .verb = KUBE_CREATE,
							    .group = MODE_V3_GROUP,
							    .version = "v3",
							    .plural = "stagedglobalnetworkpolicies",
							    .name = name,
							    .body = body,
							    .dry_run = true,
							    .check = check_policy });

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	take(c, call);
	return 0;
}
