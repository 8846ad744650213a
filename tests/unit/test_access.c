/* SPDX-License-Identifier: Apache-2.0 */
/* Rights of commands, plans and reads; the rules made of them; denials told from missing rights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "engine/look/rights.h"
#include "kube/admission.h"

enum { BUILT_IN_TIERS = 5 };

#define CRDS "customresourcedefinitions"

/* Two CRDs of one group, one of another. */
static json_t *names(void)
{
	return json_pack("[s, s, s]", "ippools.crd.projectcalico.org",
		"tiers.crd.projectcalico.org", "adminnetworkpolicies.policy.networking.k8s.io");
}

static bool has(const json_t *rights, const char *verb, const char *group, const char *resource,
	const char *name)
{
	json_auto_t *wanted = json_pack("{s:{s:s, s:s, s:s, s:s*}}", "resourceAttributes", "verb",
		verb, "group", group, "resource", resource, "name", name);
	const json_t *right;
	size_t i;

	json_array_foreach(rights, i, right)
		if (json_equal(right, wanted))
			return true;
	return false;
}

static void assert_yaml(const json_t *value, const char *expected)
{
	buf_auto text = { 0 };

	yaml_write(&text, value);
	assert_string_equal(buf_str(&text), expected);
}

static void install_creates_any_crd_and_updates_each(void **state)
{
	(void)state;
	json_auto_t *crds = names();
	json_auto_t *rights = access_of_command("install", crds, false);

	assert_true(has(rights, "create", "apiextensions.k8s.io", CRDS, NULL));
	assert_true(
		has(rights, "get", "apiextensions.k8s.io", CRDS, "tiers.crd.projectcalico.org"));
	assert_true(has(
		rights, "update", "apiextensions.k8s.io", CRDS, "ippools.crd.projectcalico.org"));
	assert_false(has(rights, "update", "apiextensions.k8s.io", CRDS, NULL));
	assert_true(has(rights, "list", "policy.networking.k8s.io", "adminnetworkpolicies", NULL));
	assert_true(has(rights, "list", "", "nodes", NULL));
	assert_true(has(rights, "get", "crd.projectcalico.org", "tiers", "kube-admin"));
	assert_int_equal(json_array_size(rights), 7 + 3 * 3 + BUILT_IN_TIERS);
}

static void commands_that_only_read_are_given_no_write(void **state)
{
	static const char *const writers[] = { "bootstrap", "initialise", "install",
		"migrate-api", "migrate-storage", "restore", "move", "create", "apply", "replace",
		"delete" };
	json_auto_t *crds = names();

	(void)state;
	for (const char *const *name = access_commands(); *name; name++) {
		json_auto_t *rights = access_of_command(*name, crds, true);
		const json_t *right;
		size_t i;

		assert_true(json_array_size(rights) > 0);
		bool writes = false;

		for (i = 0; i < ARRAY_LEN(writers); i++)
			writes = writes || strcmp(*name, writers[i]) == 0;
		if (writes)
			continue;
		json_array_foreach(rights, i, right) {
			const json_t *r = json_object_get(right, "resourceAttributes");
			const char *verb = r ? json_str(r, "verb") : "get";

			assert_true(strcmp(verb, "get") == 0 || strcmp(verb, "list") == 0);
		}
	}
}

static void discovery_is_two_paths_a_group_and_only_when_asked_for(void **state)
{
	(void)state;
	json_auto_t *crds = names();
	json_auto_t *without = access_of_command("plan", crds, false);
	json_auto_t *with = access_of_command("plan", crds, true);
	json_auto_t *rules = access_rules(with);
	const json_t *rule, *paths = NULL;
	size_t i;

	json_array_foreach(rules, i, rule)
		if (json_object_get(rule, "nonResourceURLs"))
			paths = rule;
	assert_int_equal(json_array_size(with), json_array_size(without) + 7);
	assert_yaml(paths, "nonResourceURLs:\n- /apis/crd.projectcalico.org\n"
			   "- /apis/crd.projectcalico.org/*\n- /apis/policy.networking.k8s.io\n"
			   "- /apis/policy.networking.k8s.io/*\n- /apis\n- /version\n"
			   "- /apis/migration.projectcalico.org\nverbs:\n- get\n");
}

static void all_commands_together_need_no_right_twice(void **state)
{
	(void)state;
	json_auto_t *crds = names();
	json_auto_t *all = access_of_command(NULL, crds, true);
	const json_t *a, *b;
	size_t i, k;

	json_array_foreach(all, i, a)
		json_array_foreach(all, k, b)
			assert_true(i == k || !json_equal(a, b));
	for (const char *const *name = access_commands(); *name; name++) {
		json_auto_t *some = access_of_command(*name, crds, true);

		json_array_foreach(some, i, a) {
			json_auto_t *any = json_deep_copy(a);
			bool found = false;

			/* The right to all objects is the right to this one. */
			json_object_del(json_object_get(any, "resourceAttributes"), "name");
			json_array_foreach(all, k, b)
				found = found || json_equal(a, b) || json_equal(any, b);
			assert_true(found);
		}
	}
}

static void rules_are_as_few_as_say_the_same(void **state)
{
	(void)state;
	json_auto_t *crds = names();
	json_auto_t *rights = access_of_command("check", crds, false);
	json_auto_t *role = access_role("r", rights);

	assert_yaml(json_object_get(role, "rules"),
		"- apiGroups:\n  - \"\"\n  resources:\n  - nodes\n  - pods\n  - namespaces\n"
		"  - serviceaccounts\n  verbs:\n  - list\n"
		"- apiGroups:\n  - \"\"\n  resourceNames:\n  - kube-system\n  resources:\n"
		"  - namespaces\n  verbs:\n  - get\n"
		"- apiGroups:\n  - crd.projectcalico.org\n  resourceNames:\n  - default\n"
		"  resources:\n  - clusterinformations\n  verbs:\n  - get\n"
		"- apiGroups:\n  - apps\n  resourceNames:\n  - tigera-operator\n"
		"  resources:\n  - deployments\n  verbs:\n  - get\n"
		"- apiGroups:\n  - apiregistration.k8s.io\n  resourceNames:\n"
		"  - v3.projectcalico.org\n  resources:\n  - apiservices\n  verbs:\n  - get\n"
		"- apiGroups:\n  - migration.projectcalico.org\n  resources:\n"
		"  - datastoremigrations\n  verbs:\n  - list\n"
		"- apiGroups:\n  - apiextensions.k8s.io\n  resourceNames:\n"
		"  - ippools.crd.projectcalico.org\n  - tiers.crd.projectcalico.org\n"
		"  - adminnetworkpolicies.policy.networking.k8s.io\n  resources:\n"
		"  - customresourcedefinitions\n  verbs:\n  - get\n"
		"- apiGroups:\n  - crd.projectcalico.org\n  resources:\n  - ippools\n  - tiers\n"
		"  verbs:\n  - list\n"
		"- apiGroups:\n  - crd.projectcalico.org\n  resourceNames:\n  - default\n"
		"  - adminnetworkpolicy\n  - baselineadminnetworkpolicy\n  - kube-admin\n"
		"  - kube-baseline\n  resources:\n  - tiers\n  verbs:\n  - get\n"
		"- apiGroups:\n  - policy.networking.k8s.io\n  resources:\n"
		"  - adminnetworkpolicies\n  verbs:\n  - list\n");
}

/* A rule grants each of its verbs on each of its resources, so only equals may be joined. */
static void rules_grant_nothing_that_is_no_right(void **state)
{
	(void)state;
	json_auto_t *rights = json_pack("[{s:{s:s, s:s, s:s, s:s}}, {s:{s:s, s:s, s:s, s:s}}, "
					"{s:{s:s, s:s, s:s, s:s}}]",
		"resourceAttributes", "verb", "get", "group", "g", "resource", "a", "name", "x",
		"resourceAttributes", "verb", "get", "group", "g", "resource", "b", "name", "y",
		"resourceAttributes", "verb", "update", "group", "g", "resource", "a", "name", "y");
	json_auto_t *rules = access_rules(rights);

	assert_int_equal(json_array_size(rules), 3);
}

static void names_in_a_get_are_rights_of_their_own(void **state)
{
	(void)state;
	err_auto e = { 0 };
	const struct calico_kind *nodes = calico_kind_find("nodes", &e);
	const char *const two[] = { "a", "b" };
	json_auto_t *by_name = access_of_get(nodes, two, 2, false);
	json_auto_t *wide = access_of_get(nodes, NULL, 0, true);

	assert_int_equal(json_array_size(by_name), 2);
	assert_true(has(by_name, "get", "", "nodes", "a"));
	assert_true(has(wide, "list", "", "nodes", NULL));
	assert_true(has(wide, "get", "crd.projectcalico.org", "bgpconfigurations", "default"));
	assert_int_equal(json_array_size(wide), 2);
}

static void plan_asks_for_what_is_ahead_of_it_alone(void **state)
{
	(void)state;
	const struct plan_resource crds = { "apiextensions.k8s.io", "v1", CRDS, NULL };
	const struct plan none = { 0 };
	struct plan_item items[] = {
		{ .name = "ippools.crd.projectcalico.org", .at = crds, .verdict = PLAN_UPDATE },
		{ .name = "tiers.crd.projectcalico.org", .at = crds, .verdict = PLAN_UNCHANGED },
	};
	struct plan p = { .items = items, .n = 2 };
	json_auto_t *update = access_of_plan(&p, &none);

	assert_true(has(
		update, "update", "apiextensions.k8s.io", CRDS, "ippools.crd.projectcalico.org"));
	assert_true(has(update, "list", "crd.projectcalico.org", "tiers", NULL));
	assert_int_equal(json_array_size(update), 4 + BUILT_IN_TIERS);
	items[0].verdict = PLAN_CREATE;
	json_auto_t *create = access_of_plan(&p, &none);

	assert_true(has(create, "create", "apiextensions.k8s.io", CRDS, NULL));
	assert_int_equal(json_array_size(create), 4 + BUILT_IN_TIERS);
	items[0].verdict = PLAN_UNCHANGED;
	json_auto_t *nothing = access_of_plan(&p, &none);

	assert_int_equal(json_array_size(nothing), 0);
}

/* Sentences of k8s.io/apiserver v1.34, and who they come from. */
static void denials_are_named(void **state)
{
	static const struct {
		const char *message, *expected;
	} cases[] = {
		{ "crds \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied "
		  "request: too late",
			"denied by the ValidatingAdmissionPolicy \"p\" through its binding \"b\": "
			"too late;" },
		{ "admission webhook \"a.b.c\" denied the request: no",
			"denied by the admission webhook \"a.b.c\": no;" },
		{ "admission webhook \"a.b.c\" denied the request without explanation",
			"denied by the admission webhook \"a.b.c\": it gave no reason;" },
		{ "Internal error occurred: failed calling webhook \"a.b\": failed to call: "
		  "Post \"https://x\": EOF",
			"the admission webhook \"a.b\" does not answer: failed to call: "
			"Post" },
		{ "pods \"x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, "
		  "limited: pods=1",
			"the ResourceQuota \"q\" leaves no room (q, requested: pods=1" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_auto text = { 0 };

		assert_true(kube_admission_explain(&text, cases[i].message));
		if (!has_prefix(buf_str(&text), cases[i].expected))
			fail_msg("%s", buf_str(&text));
	}
}

static void other_refusals_are_no_denials(void **state)
{
	static const char *const messages[] = {
		"",
		"crds \"a\" is forbidden: User \"u\" cannot create resource \"crds\" in API group",
		"ValidatingAdmissionPolicy 'cut",
		"ValidatingAdmissionPolicy 'p' with no end",
		"admission webhook \"cut",
		"failed calling webhook \"cut",
		"exceeded quota: cut",
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		buf_auto text = { 0 };

		assert_false(kube_admission_explain(&text, messages[i]));
		assert_int_equal(text.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(install_creates_any_crd_and_updates_each),
		cmocka_unit_test(commands_that_only_read_are_given_no_write),
		cmocka_unit_test(discovery_is_two_paths_a_group_and_only_when_asked_for),
		cmocka_unit_test(all_commands_together_need_no_right_twice),
		cmocka_unit_test(rules_are_as_few_as_say_the_same),
		cmocka_unit_test(rules_grant_nothing_that_is_no_right),
		cmocka_unit_test(names_in_a_get_are_rights_of_their_own),
		cmocka_unit_test(plan_asks_for_what_is_ahead_of_it_alone),
		cmocka_unit_test(denials_are_named),
		cmocka_unit_test(other_refusals_are_no_denials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
