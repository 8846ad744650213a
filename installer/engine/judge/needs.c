/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/needs.h"

#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"

enum {
	CRD_V1 = 16,
	CEL_RULES = 25, /* older servers drop x-kubernetes-validations */
	/*
	 * The functions came with 1.30. A server accepts a new rule only with functions that the
	 * release before knows.
	 */
	CEL_ADDRESSES = 31,
	SELECTABLE_FIELDS = 31, /* on by default: CustomResourceFieldSelectors */
	/*
	 * An older server refuses the rule, because its cost estimate is too high
	 * (projectcalico/calico#13493).
	 */
	CEL_MASKED = 32,
};

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static unsigned needs_of_rule(const char *rule)
{
	static const struct {
		const char *call;
		unsigned needs;
	} calls[] = { { ".masked(", CEL_MASKED }, { "isCIDR(", CEL_ADDRESSES },
		{ "cidr(", CEL_ADDRESSES }, { "isIP(", CEL_ADDRESSES }, { "ip(", CEL_ADDRESSES } };
	unsigned needs = CEL_RULES;

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (strstr(rule, calls[i].call))
			needs = larger(needs, calls[i].needs);
	return needs;
}

/* Looks at every rule of a schema, on all levels. */
static unsigned needs_of_schema(const json_t *value)
{
	const json_t *member, *rules = json_object_get(value, "x-kubernetes-validations");
	unsigned needs = CRD_V1;
	const char *key;
	size_t i;

	json_array_foreach(rules, i, member) {
		const char *rule = json_str(member, "rule");

		needs = rule ? larger(needs, needs_of_rule(rule)) : needs;
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
		needs = larger(needs, needs_of_schema(member));
	json_array_foreach(value, i, member)
		needs = larger(needs, needs_of_schema(member));
	return needs;
}

unsigned needs_kubernetes(const json_t *crd)
{
	unsigned needs = needs_of_schema(crd_versions(crd));
	const json_t *version;
	size_t i;

	json_array_foreach(crd_versions(crd), i, version)
		if (json_array_size(json_object_get(version, "selectableFields")) > 0)
			needs = larger(needs, SELECTABLE_FIELDS);
	return needs;
}
