/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/policy.h"

#include <string.h>

#include "base/json.h"
#include "base/json_shape.h"
#include "manifest/crd.h"

#define CALICO "projectcalico.org"

static const struct policy_kind kinds[] = {
	{ "MutatingAdmissionPolicy", "mutatingadmissionpolicies", true, false },
	{ "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", true, true },
	{ "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false, false },
	{ "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", false, true },
};

/* calico, manifests/v3_projectcalico_org.yaml */
static const char *const known[] = {
	"mutatingadmissionpolicies/policytypes.policy.projectcalico.org",
	"mutatingadmissionpolicies/tierlabel.policy.projectcalico.org",
	"mutatingadmissionpolicybindings/set-policytypes-binding",
	"mutatingadmissionpolicybindings/set-tier-label-binding",
	"validatingadmissionpolicies/protect-builtin-tiers.projectcalico.org",
	"validatingadmissionpolicybindings/protect-builtin-tiers.projectcalico.org",
	NULL,
};

const char *const *policy_known(void)
{
	return known;
}

const struct policy_kind *policy_kinds(size_t *n)
{
	*n = ARRAY_LEN(kinds);
	return kinds;
}

const struct policy_kind *policy_kind(const json_t *object)
{
	const char *kind = json_str(object, "kind"), *version = json_str(object, "apiVersion");

	for (size_t i = 0; i < ARRAY_LEN(kinds) && kind && version; i++)
		if (strcmp(kinds[i].kind, kind) == 0 && has_prefix(version, POLICY_GROUP "/"))
			return &kinds[i];
	return NULL;
}

const struct policy_kind *policy_kind_of_key(const char *key)
{
	size_t n = strcspn(key, "/");

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strlen(kinds[i].plural) == n && strncmp(kinds[i].plural, key, n) == 0)
			return &kinds[i];
	return NULL;
}

char *policy_key(const json_t *policy)
{
	return xasprintf("%s/%s", policy_kind(policy)->plural, crd_name(policy));
}

/* Values that the API server fills in */

static void fill(json_t *object, const char *key, json_t *value)
{
	if (json_is_object(object) && !json_object_get(object, key))
		json_object_set_new(object, key, value);
	else
		json_decref(value);
}

/* k8s.io/api/admissionregistration/v1 MatchResources */
static void fill_match(json_t *match)
{
	json_t *rule;
	size_t i;

	fill(match, "matchPolicy", json_string("Equivalent"));
	fill(match, "namespaceSelector", json_object());
	fill(match, "objectSelector", json_object());
	json_array_foreach(json_object_get(match, "resourceRules"), i, rule)
		fill(rule, "scope", json_string("*"));
}

void policy_fill(json_t *policy)
{
	json_t *spec = json_object_get(policy, "spec");

	fill_match(json_object_get(spec, "matchConstraints"));
	fill_match(json_object_get(spec, "matchResources"));
	if (!policy_kind(policy)->binding)
		fill(spec, "failurePolicy", json_string("Fail"));
}

/* Whether a policy is Calico's */

static bool is_calicos(const char *name)
{
	return strcmp(name, CALICO) == 0 || has_suffix(name, "." CALICO);
}

static bool is_known(const struct policy_kind *kind, const char *name)
{
	char_auto *key = xasprintf("%s/%s", kind->plural, name);

	for (size_t i = 0; known[i]; i++)
		if (strcmp(known[i], key) == 0)
			return true;
	return false;
}

static int refuse(const json_t *doc, const char *why, struct err *e)
{
	return err_set(e, ERR_VERIFY, 0,
		"%s %.253s %s; only admission policies of Calico, about its own group, are "
		"installed: take it out and use kubectl for it",
		policy_kind(doc)->kind, crd_name(doc), why);
}

/* Returns what is wrong unless every rule is about Calico's groups only. */
static const char *bad_rules(const json_t *rules)
{
	const json_t *rule, *group;
	size_t i, k;

	if (json_array_size(rules) == 0)
		return "says of no resource that it is about it";
	json_array_foreach(rules, i, rule) {
		if (json_array_size(json_object_get(rule, "apiGroups")) == 0)
			return "has a rule without a group";
		json_array_foreach(json_object_get(rule, "apiGroups"), k, group)
			if (!json_is_string(group) ||
				strcmp(json_string_value(group), CALICO) != 0)
				return "is about resources of other groups";
	}
	return NULL;
}

static const char *bad_policy(const json_t *spec)
{
	const char *param = json_str(json_object_get(spec, "paramKind"), "apiVersion");

	if (param && !has_prefix(param, CALICO "/"))
		return "takes its parameters from another group";
	return bad_rules(json_at(spec, "matchConstraints", "resourceRules", NULL));
}

static const char *bad_binding(const json_t *spec)
{
	const char *policy = json_str(spec, "policyName");

	if (!policy || !is_calicos(policy))
		return "binds a policy that is not Calico's";
	return json_object_get(spec, "paramRef") ? "takes parameters" : NULL;
}

static int check(const json_t *doc, struct err *e)
{
	static const struct json_shape rows[] = {
		{ "metadata.labels{}", "string" },
		{ "metadata.annotations{}", "string" },
		{ "spec", "object!" },
		{ "spec.policyName", "string" },
		{ "spec.paramKind", "object" },
		{ "spec.paramKind.apiVersion", "string!" },
		{ "spec.matchConstraints", "object" },
		{ "spec.matchConstraints.resourceRules[]", "object!" },
		{ "spec.matchResources", "object" },
		{ "spec.matchResources.resourceRules[]", "object!" },
	};
	const struct policy_kind *kind = policy_kind(doc);
	const char *name = crd_name(doc), *version = json_str(doc, "apiVersion");

	if (!name || !is_dns_subdomain(name))
		return err_set(e, ERR_FORMAT, 0, "a %s has no valid metadata.name", kind->kind);
	if (strcmp(version, POLICY_GROUP "/v1") != 0 &&
		strcmp(version, POLICY_GROUP "/v1beta1") != 0 &&
		strcmp(version, POLICY_GROUP "/v1alpha1") != 0)
		return err_set(e, ERR_FORMAT, 0, "%s %s has apiVersion %s, which is not known",
			kind->kind, name, version);
	if (json_check(doc, rows, ARRAY_LEN(rows), e) < 0)
		return err_wrap(e, "%s %s", kind->kind, name);
	if (!is_calicos(name) && !is_known(kind, name))
		return refuse(doc, "is not Calico's", e);
	const json_t *spec = json_object_get(doc, "spec");
	const char *bad = kind->binding ? bad_binding(spec) : bad_policy(spec);

	return bad ? refuse(doc, bad, e) : 0;
}

/* Taking */

static json_t *wanted(const json_t *doc)
{
	json_t *policy = json_pack("{s:s, s:s, s:{s:s}, s:o}", "apiVersion", POLICY_GROUP "/v1",
		"kind", policy_kind(doc)->kind, "metadata", "name", crd_name(doc), "spec",
		json_deep_copy(json_object_get(doc, "spec")));
	const json_t *labels = json_at(doc, "metadata", "labels", NULL);

	if (json_object_size(labels) > 0)
		json_object_set_new(
			json_object_get(policy, "metadata"), "labels", json_deep_copy(labels));
	policy_fill(policy);
	return policy;
}

json_t *policy_split(json_t *documents)
{
	json_t *policies = json_array();

	for (size_t i = 0; i < json_array_size(documents); i++) {
		json_t *doc = json_array_get(documents, i);

		if (policy_kind(doc)) {
			json_array_append(policies, doc);
			json_array_remove(documents, i--);
			continue;
		}
		json_auto_t *below = policy_split(json_object_get(doc, "items"));

		json_array_extend(policies, below);
	}
	return policies;
}

static int add(json_t *by_key, const json_t *doc, struct err *e)
{
	if (check(doc, e) < 0)
		return -1;
	char_auto *key = policy_key(doc);

	if (json_object_get(by_key, key))
		return err_set(e, ERR_FORMAT, 0, "%s occurs twice in the manifest", key);
	json_object_set_new(by_key, key, wanted(doc));
	return 0;
}

/* A binding without its policy would bind a policy that somebody else made. */
static int check_bindings(const json_t *by_key, struct err *e)
{
	const char *key;
	json_t *binding;

	json_object_foreach((json_t *)(uintptr_t)by_key, key, binding) {
		const struct policy_kind *kind = policy_kind(binding);
		const char *name = json_str(json_object_get(binding, "spec"), "policyName");

		if (!kind->binding)
			continue;
		char_auto *policy = xasprintf("%s/%s",
			kinds[kind->mutating ? 0 : 2].plural, name);

		if (!json_object_get(by_key, policy))
			return err_set(e, ERR_VERIFY, 0,
				"%s binds the policy %s, which is not in the manifest", key, name);
	}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *policy_set(const json_t *documents, struct err *e)
{
	json_auto_t *by_key = json_object();
	json_t *sorted, *unused;
	const json_t *doc;
	const char *key;
	size_t i, n = 0;

	json_array_foreach(documents, i, doc)
		if (add(by_key, doc, e) < 0)
			return NULL;
	if (check_bindings(by_key, e) < 0)
		return NULL;
	sorted = json_array();
	const char **keys = xcalloc(json_object_size(by_key) + 1, sizeof(*keys));

	json_object_foreach(by_key, key, unused)
		keys[n++] = key;
	qsort(keys, n, sizeof(*keys), by_text);
	for (i = 0; i < n; i++)
		json_array_append(sorted, json_object_get(by_key, keys[i]));
	free(keys);
	return sorted;
}
