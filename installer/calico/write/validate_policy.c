/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and profiles as a whole. */
#include <string.h>

#include "base/json.h"
#include "calico/write/validate_rule.h"

static void judge_rules(const struct subject *s, const char *direction, bool egress)
{
	size_t n = json_array_size(json_object_get(s->spec, direction));

	for (size_t i = 0; i < n; i++) {
		char_auto *rule = xasprintf("spec.%s[%zu]", direction, i);

		validate_rule(s, rule, egress);
	}
}

static bool has_type(const struct subject *s, const char *type)
{
	const json_t *types = subject_at(s, "spec.types"), *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)types, i, item)
		if (json_is_string(item) && strcmp(json_string_value(item), type) == 0)
			return true;
	return false;
}

static void judge_types(const struct subject *s)
{
	const json_t *types = subject_at(s, "spec.types");

	for (size_t i = 0; i < json_array_size(types); i++)
		for (size_t k = 0; k < i; k++)
			if (json_same(json_array_get(types, i), json_array_get(types, k))) {
				subject_refuse(s, "unique", "spec.types", "keep one",
					"name a direction twice");
				return;
			}
}

static void judge_global(const struct subject *s)
{
	bool untracked = subject_has(s, "spec.doNotTrack"), early = subject_has(s, "spec.preDNAT");
	bool forward = subject_has(s, "spec.applyOnForward");

	if (untracked && early)
		subject_refuse(s, "exclusive", "spec.preDNAT", "write two policies",
			"cannot be used together with doNotTrack");
	if ((untracked || early) && !forward)
		subject_refuse(s, "needs", "spec.applyOnForward", "write applyOnForward: true",
			"must be true, since %s is", untracked ? "doNotTrack" : "preDNAT");
	if (early && subject_has(s, "spec.egress"))
		subject_refuse(s, "exclusive", "spec.egress", "write a policy of its own for it",
			"cannot be used together with preDNAT");
	if (early && has_type(s, "Egress"))
		subject_refuse(s, "exclusive", "spec.types", "write [Ingress]",
			"have Egress, which cannot be used together with preDNAT");
}

/* A staged policy with the action Delete may have a tier and nothing else. */
static void judge_staged_delete(const struct subject *s)
{
	const char *key;
	json_t *value;

	if (strcmp(subject_text(s, "spec.stagedAction"), "Delete") != 0)
		return;
	json_object_foreach((json_t *)(uintptr_t)s->spec, key, value) {
		char_auto *path = xasprintf("spec.%s", key);

		if (strcmp(key, "stagedAction") != 0 && strcmp(key, "tier") != 0 &&
			subject_has(s, path) &&
			!(json_is_object(value) && json_object_size(value) == 0))
			subject_refuse(s, "staged-delete", path, "leave it out",
				"is given, though the staged action is Delete");
	}
}

void validate_policy(const struct subject *s)
{
	if (has_prefix(s->kind->kind, "Staged"))
		judge_staged_delete(s);
	if (!subject_is_policy(s->kind) && !subject_is(s, "Profile"))
		return;
	judge_rules(s, "ingress", false);
	judge_rules(s, "egress", true);
	judge_types(s);
	validate_no_global(s, "spec.selector", false);
	validate_no_global(s, "spec.namespaceSelector", false);
	validate_no_global(s, "spec.serviceAccountSelector", false);
	if (!s->kind->namespaced)
		judge_global(s);
}
