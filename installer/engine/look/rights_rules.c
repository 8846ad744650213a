/* SPDX-License-Identifier: Apache-2.0 */
/* Writes rights as rules of rbac.authorization.k8s.io. */
#include <string.h>

#include "base/json.h"
#include "engine/look/rights.h"

static json_t *rule_of(const json_t *right)
{
	const json_t *r = json_object_get(right, "resourceAttributes");
	const char *path = json_str(json_object_get(right, "nonResourceAttributes"), "path");

	if (path)
		return json_pack("{s:[s], s:[s]}", "nonResourceURLs", path, "verbs", "get");
	const char *sub = json_str(r, "subresource");
	char_auto *resource =
		xasprintf("%s%s%s", json_str(r, "resource"), sub ? "/" : "", sub ? sub : "");
	json_t *rule = json_pack("{s:[s], s:[s], s:[s]}", "apiGroups", json_str(r, "group"),
		"resources", resource, "verbs", json_str(r, "verb"));

	if (json_str(r, "name"))
		json_object_set_new(rule, "resourceNames", json_pack("[s]", json_str(r, "name")));
	return rule;
}

/* True: two rules differ only in this field, which both have. */
static bool same_but(json_t *a, const json_t *b, const char *field)
{
	const char *key;
	json_t *value;

	if (json_object_size(a) != json_object_size(b) || !json_object_get(b, field))
		return false;
	json_object_foreach(a, key, value)
		if (strcmp(key, field) != 0 && !json_equal(value, json_object_get(b, key)))
			return false;
	return json_object_get(a, field) != NULL;
}

/* Joins rules that differ in one field only. That is exact: a rule grants each combination. */
static json_t *fold_take(json_t *rules, const char *field)
{
	json_t *folded = json_array(), *rule, *into, *value;
	size_t i, k, v;

	json_array_foreach(rules, i, rule) {
		json_t *found = NULL;

		json_array_foreach(folded, k, into)
			if (!found && same_but(into, rule, field))
				found = into;
		if (!found) {
			json_array_append(folded, rule);
			continue;
		}
		json_t *values = json_object_get(found, field);

		json_array_foreach(json_object_get(rule, field), v, value)
			if (!json_array_has(values, value))
				json_array_append(values, value);
	}
	json_decref(rules);
	return folded;
}

json_t *access_rules(const json_t *rights)
{
	json_t *rules = json_array();
	const json_t *right;
	size_t i;

	json_array_foreach(rights, i, right)
		json_array_append_new(rules, rule_of(right));
	rules = fold_take(rules, "verbs");
	rules = fold_take(rules, "resourceNames");
	rules = fold_take(rules, "resources");
	return fold_take(rules, "nonResourceURLs");
}

json_t *access_role(const char *name, const json_t *rights)
{
	return json_pack("{s:s, s:s, s:{s:s}, s:o}", "apiVersion", ACCESS_RBAC "/v1", "kind",
		"ClusterRole", "metadata", "name", name, "rules", access_rules(rights));
}

json_t *access_binding_take(const char *role, json_t *subject)
{
	return json_pack("{s:s, s:s, s:{s:s}, s:{s:s, s:s, s:s}, s:[o]}", "apiVersion",
		ACCESS_RBAC "/v1", "kind", "ClusterRoleBinding", "metadata", "name", role,
		"roleRef",
		"apiGroup", ACCESS_RBAC, "kind", "ClusterRole", "name", role, "subjects", subject);
}
