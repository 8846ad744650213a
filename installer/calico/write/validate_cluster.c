/* SPDX-License-Identifier: Apache-2.0 */
/* Tiers, profiles and the configuration of the controllers. */
#include <string.h>

#include "base/json.h"
#include "calico/write/subject.h"

/* Tiers that Calico makes: the order and action that each must have, by release. */
static const struct tier {
	/* until: the first release without this row; NULL: none */
	const char *name, *since, *until;
	double order;
	const char *action; /* NULL: any action */
} tiers[] = {
	{ "default", "v3.29", "v3.32", 1e6, NULL },
	{ "default", "v3.32", NULL, 1e6, "Deny" },
	{ "adminnetworkpolicy", "v3.29", "v3.32", 1e3, NULL },
	{ "kube-admin", "v3.32", NULL, 1e3, "Pass" },
	{ "kube-baseline", "v3.32", NULL, 1e7, "Pass" },
};

static void judge_tier(const struct subject *s)
{
	double order = json_number_value(subject_at(s, "spec.order"));
	const char *action = subject_text(s, "spec.defaultAction");

	for (size_t i = 0; i < ARRAY_LEN(tiers); i++) {
		const struct tier *t = &tiers[i];

		if (strcmp(t->name, s->name) != 0 || !target_since(s->target, t->since) ||
			(t->until && target_since(s->target, t->until)))
			continue;
		if (order != t->order)
			subject_refuse(s, "built-in", "spec.order", NULL,
				"is not %.0f, which the tier %s always has", t->order, t->name);
		if (t->action && strcmp(action, t->action) != 0)
			subject_refuse(s, "built-in", "spec.defaultAction", NULL,
				"is not %s, which the tier %s always has", t->action, t->name);
	}
}

#define TEMPLATES "spec.controllers.node.hostEndpoint.templates"

static void judge_template(const struct subject *s, size_t i)
{
	char_auto *name = xasprintf(TEMPLATES "[%zu].generateName", i);
	char_auto *cidrs = xasprintf(TEMPLATES "[%zu].interfaceCIDRs", i);
	char_auto *pattern = xasprintf(TEMPLATES "[%zu].interfacePattern", i);

	if (!subject_has(s, name))
		subject_refuse(s, "required", name, NULL, "is missing");
	else if (strlen(subject_text(s, name)) > 253)
		subject_refuse(s, "name", name, NULL, "has more than 253 characters");
	if (!subject_has(s, cidrs) && !subject_has(s, pattern))
		subject_refuse(s, "required", cidrs, "add it, or interfacePattern",
			"is missing, and so is interfacePattern");
	for (size_t k = 0; k < i; k++) {
		char_auto *other = xasprintf(TEMPLATES "[%zu].generateName", k);

		if (subject_has(s, name) &&
			strcmp(subject_text(s, name), subject_text(s, other)) == 0)
			subject_refuse(s, "unique", name, "give each template a name of its own",
				"is the name of another template, too");
	}
}

static void judge_controllers(const struct subject *s)
{
	size_t n = json_array_size(subject_at(s, TEMPLATES));

	if (*s->name && strcmp(s->name, "default") != 0)
		subject_refuse(s, "name", "metadata.name", "write default",
			"is not default, the only configuration that there is");
	for (size_t i = 0; i < n; i++)
		judge_template(s, i);
}

static void judge_profile(const struct subject *s)
{
	if (strcmp(s->name, "projectcalico-default-allow") == 0)
		subject_refuse(s, "built-in", "metadata.name", "use another name",
			"is a profile of Calico, which nobody changes");
}

void validate_cluster(const struct subject *s)
{
	if (subject_is(s, "Tier"))
		judge_tier(s);
	if (subject_is(s, "KubeControllersConfiguration"))
		judge_controllers(s);
	if (subject_is(s, "Profile"))
		judge_profile(s);
}
