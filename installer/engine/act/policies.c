/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/policies.h"

#include "base/json.h"
#include "kube/batch.h"

#define GROUP "projectcalico.org"

int policies_look(struct kube_api *api, enum policies_effect *effect, struct err *e)
{
	json_auto_t *policy = json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s}}", "apiVersion",
		GROUP "/v3", "kind", "NetworkPolicy", "metadata", "generateName",
		"calico-datastore-look-", "namespace", "default", "spec", "selector", "all()");
	kube_batch_auto b = { 0 };
	const struct kube_call *call = kube_batch_add(&b, (struct kube_request){
								  .verb = KUBE_CREATE,
								  .group = GROUP,
								  .version = "v3",
								  .plural = "networkpolicies",
								  .ns = "default",
								  .body = policy,
								  .dry_run = true });

	*effect = POLICIES_UNKNOWN;
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	if (call->object)
		*effect = json_array_size(json_at(call->object, "spec", "types", NULL)) > 0
				  ? POLICIES_IN_EFFECT
				  : POLICIES_ABSENT;
	return 0;
}

const char *policies_text(enum policies_effect effect)
{
	switch (effect) {
	case POLICIES_ABSENT:
		return "Calico's admission policies are not in effect: policies that kubectl "
		       "writes get no spec.types and no label projectcalico.org/tier, and the "
		       "built-in tiers can be deleted; calicoctl and the operator are not "
		       "concerned. Kubernetes 1.36 has MutatingAdmissionPolicy on; 1.34 and 1.35 "
		       "need its feature gate and admissionregistration.k8s.io/v1beta1=true in "
		       "--runtime-config. Then apply the policies of v3_projectcalico_org.yaml "
		       "with kubectl, or let the tigera operator do it";
	case POLICIES_UNKNOWN:
		return "whether Calico's admission policies are in effect is not known: this "
		       "user may not create a policy of projectcalico.org/v3 in the namespace "
		       "default, or the server did not say";
	default:
		return NULL;
	}
}
