/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/rights.h"

#include <string.h>

#include "base/json.h"
#include "engine/judge/initial.h"
#include "engine/look/mode.h"
#include "manifest/crd.h"

#define CRD_GROUP "apiextensions.k8s.io"
#define CRD_PLURAL "customresourcedefinitions"
#define PROBED "stagedglobalnetworkpolicies" /* by engine/act/probe */
#define RBAC_API "rbac.authorization.k8s.io"

/* What commands do, as far as it needs rights. */
enum {
	READ_CRDS = 1, /* each by its name */
	WRITE_CRDS = 2, /* which includes the server's dry run */
	DISCOVER = 4,
	LIST_OBJECTS = 8, /* of every CRD */
	LIST_NODES = 16,
	GET_OBJECTS = 32, /* what "get" shows */
	IDENTIFY = 64, /* which cluster it is, for the certificate of a check */
	FIND_OPERATOR = 128, /* whether a tigera operator runs that manages CRDs itself */
	FIND_MODE = 256, /* whether, and by what, projectcalico.org/v3 is served */
	FIND_RULES = 512, /* and what the operator makes of it */
	FIND_INSTALLATION = 1024, /* what the operator was told to run */
	REWRITE_OBJECTS = 2048, /* as they are, and the CRDs' status after that */
	FIND_LOCK = 4096, /* whether a migration has locked the datastore */
	RESTORE_OBJECTS = 8192, /* their status, too */
	PLAN_OBJECTS = 1 << 16, /* which conventions hold, and what objects depend on */
	CREATE_OBJECTS = 1 << 17, /* of the kinds that people write */
	UPDATE_OBJECTS = 1 << 18,
	DELETE_OBJECTS = 1 << 19,
	FIND_START = 1 << 14, /* the built-in tiers */
	INITIALISE = 1 << 20, /* what FIND_START looks for */
	MOVE_OBJECTS = 1 << 21, /* into the cluster, and out of it again */
	PROBE = 1 << 15, /* a dry run of a staged policy, which enforces nothing */
};

static const struct {
	const char *command;
	unsigned does;
} table[] = {
	/* The server judges writes of those who may write: a plan is made without that right. */
	{ "install", READ_CRDS | WRITE_CRDS | DISCOVER | LIST_OBJECTS | LIST_NODES | FIND_OPERATOR |
			     FIND_MODE | FIND_LOCK | IDENTIFY | FIND_START },
	{ "bootstrap", READ_CRDS | WRITE_CRDS | DISCOVER | LIST_OBJECTS | LIST_NODES |
			       FIND_OPERATOR | FIND_MODE | FIND_RULES | FIND_LOCK | IDENTIFY |
			       FIND_START | INITIALISE | PROBE | PLAN_OBJECTS | CREATE_OBJECTS |
			       UPDATE_OBJECTS },
	{ "initialise", FIND_START | FIND_LOCK | INITIALISE },
	{ "plan", READ_CRDS | DISCOVER | LIST_OBJECTS | FIND_OPERATOR | FIND_MODE | FIND_LOCK },
	{ "check", READ_CRDS | LIST_OBJECTS | LIST_NODES | IDENTIFY | FIND_OPERATOR | FIND_MODE |
			   FIND_RULES | FIND_START | PROBE },
	{ "backup", READ_CRDS | LIST_OBJECTS | IDENTIFY },
	{ "status", READ_CRDS | DISCOVER | LIST_OBJECTS | IDENTIFY | FIND_OPERATOR | FIND_MODE |
			    FIND_RULES | FIND_INSTALLATION | FIND_START },
	{ "get", GET_OBJECTS },
	{ "create", PLAN_OBJECTS | CREATE_OBJECTS | FIND_LOCK },
	{ "apply", PLAN_OBJECTS | CREATE_OBJECTS | UPDATE_OBJECTS | FIND_LOCK },
	{ "replace", PLAN_OBJECTS | UPDATE_OBJECTS | FIND_LOCK },
	{ "delete", PLAN_OBJECTS | DELETE_OBJECTS | FIND_LOCK },
	{ "diff", PLAN_OBJECTS },
	{ "move", READ_CRDS | WRITE_CRDS | DISCOVER | LIST_OBJECTS | LIST_NODES | FIND_OPERATOR |
			  FIND_MODE | FIND_LOCK | IDENTIFY | MOVE_OBJECTS },
	{ "migrate-storage", READ_CRDS | LIST_OBJECTS | REWRITE_OBJECTS | FIND_LOCK },
	{ "restore", READ_CRDS | WRITE_CRDS | DISCOVER | LIST_OBJECTS | LIST_NODES |
			     FIND_OPERATOR | FIND_MODE | FIND_LOCK | RESTORE_OBJECTS },
};

const char *const *access_commands(void)
{
	static const char *names[ARRAY_LEN(table) + 1];

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		names[i] = table[i].command;
	return names;
}

/* Rights */

static bool has(const json_t *array, const json_t *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		if (json_equal(item, value))
			return true;
	return false;
}

static void add_take(json_t *rights, json_t *right)
{
	if (has(rights, right))
		json_decref(right);
	else
		json_array_append_new(rights, right);
}

static json_t *resource_right(
	const char *verb, const char *group, const char *resource, const char *name)
{
	const char *slash = strchr(resource, '/'); /* "RESOURCE/SUBRESOURCE", as in a rule */
	char_auto *whole = xstrndup(resource, strcspn(resource, "/"));

	return json_pack("{s:{s:s, s:s, s:s, s:s*, s:s*}}", "resourceAttributes", "verb", verb,
		"group", group, "resource", whole, "subresource", slash ? slash + 1 : NULL, "name",
		name);
}

static void need(
	json_t *rights, const char *verb, const char *group, const char *resource, const char *name)
{
	json_auto_t *any = resource_right(verb, group, resource, NULL);

	/* Who may do it to all objects may do it to this one. */
	if (!name || !has(rights, any))
		add_take(rights, resource_right(verb, group, resource, name));
}

static void need_path(json_t *rights, const char *path)
{
	add_take(rights,
		json_pack("{s:{s:s, s:s}}", "nonResourceAttributes", "verb", "get", "path", path));
}

/* A CRD's name is PLURAL.GROUP; the API server accepts no other. */
static const char *group_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? dot + 1 : "";
}

static void need_list(json_t *rights, const char *name)
{
	char_auto *plural = xstrndup(name, strcspn(name, "."));

	need(rights, "list", group_of(name), plural, NULL);
}

static void need_rewrite(json_t *rights, const char *name)
{
	char_auto *plural = xstrndup(name, strcspn(name, "."));

	need(rights, "update", group_of(name), plural, NULL);
	need(rights, "update", CRD_GROUP, CRD_PLURAL "/status", name);
}

static void need_restore(json_t *rights, const char *name)
{
	char_auto *plural = xstrndup(name, strcspn(name, "."));
	char_auto *status = xasprintf("%s/status", plural);

	need(rights, "get", group_of(name), plural, NULL);
	need(rights, "create", group_of(name), plural, NULL);
	need(rights, "update", group_of(name), plural, NULL);
	need(rights, "update", group_of(name), status, NULL);
}

/* Every object is created by the move, and deleted by one that is given up. */
static void need_move(json_t *rights, const char *name)
{
	static const char *const verbs[] = { "get", "create", "delete" };
	char_auto *plural = xstrndup(name, strcspn(name, "."));

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		need(rights, verbs[i], group_of(name), plural, NULL);
	need(rights, "delete", CRD_GROUP, CRD_PLURAL, name);
}

/* What a check of objects lists: what they name, overlap with or are used by. */
static void need_lists(json_t *rights, const char *group, unsigned does)
{
	static const char *const named[] = { "ippools", "ipamblocks", "tiers", "bgpfilters" };
	static const char *const users[] = { "ipamblocks", "bgppeers", "globalnetworkpolicies",
		"networkpolicies", "stagedglobalnetworkpolicies", "stagednetworkpolicies" };

	for (size_t i = 0; i < ARRAY_LEN(named) && !(does & DELETE_OBJECTS); i++)
		need(rights, "list", group, named[i], NULL);
	for (size_t i = 0; i < ARRAY_LEN(users) && (does & DELETE_OBJECTS); i++)
		need(rights, "list", group, users[i], NULL);
}

static void need_writes(json_t *rights, const char *group, const char *plural, unsigned does)
{
	if (does & PLAN_OBJECTS)
		need(rights, "get", group, plural, NULL);
	if (does & CREATE_OBJECTS)
		need(rights, "create", group, plural, NULL);
	/* A pool is disabled before it is deleted. */
	if ((does & UPDATE_OBJECTS) ||
		((does & DELETE_OBJECTS) && strcmp(plural, "ippools") == 0))
		need(rights, "update", group, plural, NULL);
	if (does & DELETE_OBJECTS)
		need(rights, "delete", group, plural, NULL);
}

/* Custom resources of one group; ClusterInformation and IPAM are not for people to write. */
static void need_written(json_t *rights, const char *group, bool v3, unsigned does)
{
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	for (size_t i = 0; i < n; i++) {
		const struct calico_resource *r = &kinds[i].resources[0];

		if (!kinds[i].own && *r->group && strcmp(r->plural, "clusterinformations") != 0)
			need_writes(rights, group, v3 ? calico_v3_plural(r) : r->plural, does);
	}
	need_lists(rights, group, does);
	need(rights, "get", group, "clusterinformations", "default");
}

static void need_object_writes(json_t *rights, unsigned does, const json_t *names)
{
	unsigned groups = lock_groups(names);

	if (groups & LOCK_V1)
		need_written(rights, MODE_V1_GROUP, false, does);
	if (groups & LOCK_V3)
		need_written(rights, MODE_V3_GROUP, true, does);
	need(rights, "get", "", "nodes", NULL);
	if (does & UPDATE_OBJECTS)
		need(rights, "update", "", "nodes/status", NULL);
	need(rights, "get", CRD_GROUP, CRD_PLURAL, "felixconfigurations." MODE_V1_GROUP);
	need(rights, "get", CRD_GROUP, CRD_PLURAL, "ippools." MODE_V1_GROUP);
}

/* ClusterInformation of each of the two groups in which the command writes. */
static void need_lock(json_t *rights, const json_t *names)
{
	unsigned groups = lock_groups(names);

	if (groups & LOCK_V1)
		need(rights, "get", MODE_V1_GROUP, "clusterinformations", "default");
	if (groups & LOCK_V3)
		need(rights, "get", MODE_V3_GROUP, "clusterinformations", "default");
}

static bool is_one_of(const char *name, const char *plural)
{
	char_auto *v1 = xasprintf("%s." MODE_V1_GROUP, plural);
	char_auto *v3 = xasprintf("%s." MODE_V3_GROUP, plural);

	return strcmp(name, v1) == 0 || strcmp(name, v3) == 0;
}

/* The built-in tiers of any release. */
static void need_tiers(json_t *rights, const char *crd_name)
{
	size_t n;
	const struct initial_tier *tiers = initial_tiers(&n);

	for (size_t i = 0; i < n && is_one_of(crd_name, "tiers"); i++)
		need(rights, "get", group_of(crd_name), "tiers", tiers[i].name);
}

/* Two CRDs tell the release where ClusterInformation does not (engine/look/release). */
static void need_initialise(json_t *rights, const char *name)
{
	const char *group = group_of(name);

	if (is_one_of(name, "clusterinformations")) {
		need(rights, "create", group, "clusterinformations", NULL);
		need(rights, "update", group, "clusterinformations", "default");
	}
	if (is_one_of(name, "tiers"))
		need(rights, "create", group, "tiers", NULL);
	if (is_one_of(name, "felixconfigurations") || is_one_of(name, "ippools"))
		need(rights, "get", CRD_GROUP, CRD_PLURAL, name);
}

static void need_discovery(json_t *rights, const char *name)
{
	char_auto *group = xasprintf("/apis/%s", group_of(name));
	char_auto *versions = xasprintf("%s/*", group);

	need_path(rights, group);
	need_path(rights, versions);
}

static void need_kind(json_t *rights, const struct calico_kind *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kind->resources) && kind->resources[i].group; i++) {
		need(rights, "get", kind->resources[i].group, kind->resources[i].plural, NULL);
		need(rights, "list", kind->resources[i].group, kind->resources[i].plural, NULL);
	}
}

static void need_context(json_t *rights, const struct calico_kind *kind)
{
	if (kind->context)
		need(rights, "get", "crd.projectcalico.org", kind->context, "default");
}

static void need_objects(json_t *rights)
{
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	for (size_t i = 0; i < n; i++)
		need_kind(rights, &kinds[i]);
	for (size_t i = 0; i < n; i++)
		need_context(rights, &kinds[i]);
}

static void need_neighbours(json_t *rights, unsigned does)
{
	if (does & IDENTIFY) {
		need(rights, "get", "", "namespaces", "kube-system");
		need(rights, "get", "crd.projectcalico.org", "clusterinformations", "default");
	}
	if (does & FIND_OPERATOR)
		need(rights, "get", "apps", "deployments", "tigera-operator");
	if (does & FIND_MODE) {
		need(rights, "get", "apiregistration.k8s.io", "apiservices",
			"v3.projectcalico.org");
	}
	if (does & (FIND_RULES | FIND_LOCK))
		need(rights, "list", "migration.projectcalico.org", "datastoremigrations", NULL);
	if (does & FIND_INSTALLATION)
		need(rights, "list", "operator.tigera.io", "installations", NULL);
}

static void need_crds(json_t *rights, unsigned does, const json_t *names)
{
	const json_t *item;
	size_t i;

	if (does & WRITE_CRDS)
		need(rights, "create", CRD_GROUP, CRD_PLURAL, NULL);
	if (does & LIST_NODES)
		need(rights, "list", "", "nodes", NULL);
	need_neighbours(rights, does);
	if (does & MOVE_OBJECTS) {
		need(rights, "list", "", "namespaces", NULL);
		need(rights, "get", "", "nodes", NULL);
		need(rights, "update", "", "nodes/status", NULL);
	}
	if (does & FIND_LOCK)
		need_lock(rights, names);
	json_array_foreach(names, i, item) {
		const char *name = json_string_value(item);

		if (does & READ_CRDS)
			need(rights, "get", CRD_GROUP, CRD_PLURAL, name);
		if (does & WRITE_CRDS)
			need(rights, "update", CRD_GROUP, CRD_PLURAL, name);
		if (does & LIST_OBJECTS)
			need_list(rights, name);
		if (does & FIND_START)
			need_tiers(rights, name);
		if (does & INITIALISE)
			need_initialise(rights, name);
		if ((does & PROBE) && strcmp(name, PROBED "." MODE_V3_GROUP) == 0)
			need(rights, "create", MODE_V3_GROUP, PROBED, NULL);
		if ((does & MOVE_OBJECTS) && is_one_of(name, "clusterinformations"))
			need(rights, "update", group_of(name), "clusterinformations", "default");
		if (does & REWRITE_OBJECTS)
			need_rewrite(rights, name);
		if (does & RESTORE_OBJECTS)
			need_restore(rights, name);
		if (does & MOVE_OBJECTS)
			need_move(rights, name);
		if ((does & IDENTIFY) && strcmp(name, "clusterinformations." MODE_V3_GROUP) == 0)
			need(rights, "get", MODE_V3_GROUP, "clusterinformations", "default");
		if (does & DISCOVER)
			need_discovery(rights, name);
	}
}

json_t *access_of_command(const char *command, const json_t *names, bool discovery)
{
	json_t *rights = json_array();
	unsigned does = 0;

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (!command || strcmp(table[i].command, command) == 0)
			does |= table[i].does;
	if (does & GET_OBJECTS)
		need_objects(rights);
	if (does & PLAN_OBJECTS)
		need_object_writes(rights, does, names);
	need_crds(rights, discovery ? does : does & ~(unsigned)DISCOVER, names);
	if (discovery && (does & DISCOVER)) {
		need_path(rights, "/apis"); /* which set of CRDs the cluster has */
		need_path(rights, "/version");
	}
	if (discovery && (does & (FIND_RULES | FIND_LOCK)))
		need_path(rights, "/apis/migration.projectcalico.org");
	if (discovery && (does & PLAN_OBJECTS)) {
		need_path(rights, "/apis/" MODE_V1_GROUP "/v1");
		need_path(rights, "/apis/" MODE_V3);
	}
	if (discovery && (does & FIND_RULES)) {
		need_path(rights, "/apis/" MODE_V1_GROUP);
		need_path(rights, "/apis/admissionregistration.k8s.io/*");
	}
	return rights;
}

json_t *access_of_plan(const struct plan *p)
{
	json_t *rights = json_array();

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_item *item = &p->items[i];

		if (item->verdict == PLAN_CREATE)
			need(rights, "create", CRD_GROUP, CRD_PLURAL, NULL);
		if (item->verdict == PLAN_UPDATE)
			need(rights, "update", CRD_GROUP, CRD_PLURAL, item->name);
	}
	if (json_array_size(rights) == 0)
		return rights;
	need(rights, "list", "", "nodes", NULL);
	for (size_t i = 0; i < p->n; i++) {
		need_list(rights, p->items[i].name);
		need_tiers(rights, p->items[i].name);
	}
	return rights;
}

/* Where names are not those of what stores the objects, it is about all of the resource. */
json_t *access_of_get(const struct calico_kind *kind, const char *const *names, size_t n, bool wide)
{
	const struct calico_resource *r = kind->resources;
	bool same = !kind->resources[1].group && strcmp(r->plural, kind->plural) == 0 &&
		    !strstr(kind->kind, "Policy");
	json_t *rights = json_array();

	for (size_t i = 0; i < n && same; i++)
		need(rights, "get", r->group, r->plural, names[i]);
	for (size_t i = 0; i < ARRAY_LEN(kind->resources) && r[i].group && !(n > 0 && same); i++)
		need(rights, n > 0 ? "get" : "list", r[i].group, r[i].plural, NULL);
	if (wide)
		need_context(rights, kind);
	return rights;
}

json_t *access_crd_names(const json_t *crds)
{
	json_t *names = json_array();
	const json_t *crd;
	size_t i;

	json_array_foreach(crds, i, crd)
		json_array_append_new(names, json_string(crd_name(crd)));
	return names;
}

/* Rules */

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

/* Whether two rules differ in nothing but this field, which both have. */
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

/* Rules that are the same but for one field become one: exact, a rule grants each combination. */
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
			if (!has(values, value))
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
	return json_pack("{s:s, s:s, s:{s:s}, s:o}", "apiVersion", RBAC_API "/v1", "kind",
		"ClusterRole", "metadata", "name", name, "rules", access_rules(rights));
}

json_t *access_binding_take(const char *role, json_t *subject)
{
	return json_pack("{s:s, s:s, s:{s:s}, s:{s:s, s:s, s:s}, s:[o]}", "apiVersion",
		RBAC_API "/v1", "kind", "ClusterRoleBinding", "metadata", "name", role, "roleRef",
		"apiGroup", RBAC_API, "kind", "ClusterRole", "name", role, "subjects", subject);
}
