/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/policies.h"

#include <string.h>

#include "base/json.h"
#include "kube/batch.h"
#include "manifest/crd.h"

#define GATE "kubernetes_feature_enabled{name=\"MutatingAdmissionPolicy\","
#define ADMISSION "/apis/" POLICY_GROUP "/"

/* The first version that the server serves is used. */
static const char *const versions[] = { "v1", "v1beta1", "v1alpha1" };

static bool serves(const struct kube_call *call, const char *plural)
{
	const json_t *resource;
	size_t i;

	json_array_foreach(json_object_get(call->object, "resources"), i, resource)
		if (strcmp(json_str(resource, "name"), plural) == 0)
			return true;
	return false;
}

static int find_versions(struct policies_seen *p, struct kube_api *api, struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		char_auto *path = xasprintf(ADMISSION "%s", versions[i]);

		kube_batch_path(&b, path);
	}
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	for (size_t i = b.n; i-- > 0;) {
		if (b.calls[i]->err.msg && !kube_call_not_found(b.calls[i])) {
			err_move(e, &b.calls[i]->err);
			return -1;
		}
		if (serves(b.calls[i], "mutatingadmissionpolicies"))
			p->api.mutating = versions[i];
		if (serves(b.calls[i], "validatingadmissionpolicies"))
			p->api.validating = versions[i];
	}
	return 0;
}

static void ask_policy(
	struct kube_batch *b, const struct policies_seen *p, const json_t *policy)
{
	const struct policy_kind *kind = policy_kind(policy);
	const char *version = kind->mutating ? p->api.mutating : p->api.validating;

	if (version)
		kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
					  .group = POLICY_GROUP,
					  .version = version,
					  .plural = kind->plural,
					  .name = crd_name(policy),
					  .subject = (void *)(uintptr_t)policy });
}

/* k8s.io/component-base/metrics/prometheus/feature: NAME{name="...",stage="BETA"} 0 */
static bool is_gate_off(const struct kube_call *metrics)
{
	const char *line = strstr(buf_str(&metrics->req.answer), GATE);
	const char *value = line ? strstr(line, "} ") : NULL;

	return value && value[2] == '0';
}

static int take(struct policies_seen *p, const struct kube_batch *b, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct kube_call *call = b->calls[i];

		if (call->err.msg && !kube_call_not_found(call)) {
			err_move(e, &call->err);
			return -1;
		}
		if (!call->object)
			continue;
		char_auto *key = policy_key(call->subject);

		json_object_set(p->live, key, call->object);
	}
	return 0;
}

int policies_look(
	struct policies_seen *p, struct kube_api *api, const json_t *policies, struct err *e)
{
	kube_batch_auto b = { 0 };
	const json_t *policy;
	size_t i;

	*p = (struct policies_seen){ .live = json_object() };
	if (json_array_size(policies) == 0)
		return 0;
	if (find_versions(p, api, e) < 0)
		return -1;
	json_array_foreach(policies, i, policy)
		ask_policy(&b, p, policy);
	size_t n = b.n;

	if (p->api.mutating && strcmp(p->api.mutating, "v1") != 0)
		kube_batch_path(&b, "/metrics");
	if (kube_batch_run(&b, api, e) < 0 || take(p, &b, n, e) < 0)
		return -1;
	if (n < b.n && is_gate_off(b.calls[n]))
		p->api.inert = "the API server serves MutatingAdmissionPolicies, but its feature "
			       "gate MutatingAdmissionPolicy is off: policies are stored and have "
			       "no effect";
	return 0;
}

void policies_release(struct policies_seen *p)
{
	json_decref(p->live);
	*p = (struct policies_seen){ 0 };
}
