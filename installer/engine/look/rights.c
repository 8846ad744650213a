/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/rights.h"

#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/yaml.h"
#include "engine/judge/initial.h"
#include "engine/look/mode.h"
#include "kube/batch.h"
#include "manifest/crd.h"
#include "manifest/policy.h"

#define CRD_GROUP "apiextensions.k8s.io"
#define CRD_PLURAL "customresourcedefinitions"
#define PROBED "stagedglobalnetworkpolicies" /* engine/act/probe uses this resource */

/* What a command does, as far as it needs rights. */
enum {
	READ_CRDS = 1, /* reads each CRD by its name */
	WRITE_CRDS = 2, /* includes the server's dry run */
	DISCOVER = 4,
	LIST_OBJECTS = 8, /* objects of every CRD */
	LIST_NODES = 16,
	GET_OBJECTS = 32, /* the objects that "get" shows */
	IDENTIFY = 64, /* the cluster's identity, for the certificate of a check */
	FIND_OPERATOR = 128, /* whether a tigera operator runs that manages CRDs */
	FIND_MODE = 256, /* whether projectcalico.org/v3 is served, and by what */
	FIND_RULES = 512, /* the same, by the rules of the operator */
	FIND_INSTALLATION = 1024, /* the Installation of the operator */
	REWRITE_OBJECTS = 2048, /* writes objects unchanged, then the status of the CRDs */
	FIND_LOCK = 4096, /* whether a migration has locked the datastore */
	RESTORE_OBJECTS = 8192, /* also writes their status */
	PLAN_OBJECTS = 1 << 16, /* the conventions of the datastore, and what objects depend on */
	CREATE_OBJECTS = 1 << 17, /* objects of the kinds that people write */
	UPDATE_OBJECTS = 1 << 18,
	DELETE_OBJECTS = 1 << 19,
	FIND_START = 1 << 14, /* the built-in tiers */
	INITIALISE = 1 << 20, /* creates what FIND_START looks for */
	LIST_WORKLOADS = 1 << 21, /* the workloads that become endpoints and profiles */
	MOVE_OBJECTS = 1 << 24, /* creates objects in the cluster, and deletes them again */
	PROBE = 1 << 15, /* a dry run of a staged policy, which enforces nothing */
	READ_POLICIES = 1 << 22, /* reads Calico's admission policies, each by its name */
	WRITE_POLICIES = 1 << 23,
	MIGRATE_API = 1 << 25, /* objects of the v1 group, and what runs the migration */
};

static const struct {
	const char *command;
	unsigned does;
} table[] = {
	/* The server judges writes only for a user who may write. A plan needs no such right. */
	{ "install", READ_CRDS | WRITE_CRDS | DISCOVER | LIST_OBJECTS | LIST_NODES | FIND_OPERATOR |
			     FIND_MODE | FIND_LOCK | IDENTIFY | FIND_START | PROBE | READ_POLICIES |
			     WRITE_POLICIES },
	{ "bootstrap", READ_CRDS | WRITE_CRDS | DISCOVER | LIST_OBJECTS | LIST_NODES |
			       FIND_OPERATOR | FIND_MODE | FIND_RULES | FIND_LOCK | IDENTIFY |
			       FIND_START | INITIALISE | PROBE | PLAN_OBJECTS | CREATE_OBJECTS |
			       UPDATE_OBJECTS | READ_POLICIES | WRITE_POLICIES | LIST_WORKLOADS },
	{ "initialise", FIND_START | FIND_LOCK | INITIALISE },
	{ "plan", READ_CRDS | DISCOVER | LIST_OBJECTS | FIND_OPERATOR | FIND_MODE | FIND_LOCK |
			  READ_POLICIES },
	{ "check", READ_CRDS | LIST_OBJECTS | LIST_NODES | LIST_WORKLOADS | IDENTIFY |
			   FIND_OPERATOR | FIND_MODE | FIND_RULES | FIND_START | PROBE },
	{ "backup", READ_CRDS | LIST_OBJECTS | IDENTIFY },
	{ "status", READ_CRDS | DISCOVER | LIST_OBJECTS | IDENTIFY | FIND_OPERATOR | FIND_MODE |
			    FIND_RULES | FIND_INSTALLATION | FIND_START },
	{ "get", GET_OBJECTS },
	{ "create", PLAN_OBJECTS | CREATE_OBJECTS | FIND_LOCK | INITIALISE },
	{ "apply", PLAN_OBJECTS | CREATE_OBJECTS | UPDATE_OBJECTS | FIND_LOCK | INITIALISE },
	{ "replace", PLAN_OBJECTS | UPDATE_OBJECTS | FIND_LOCK | INITIALISE },
	{ "delete", PLAN_OBJECTS | DELETE_OBJECTS | FIND_LOCK },
	{ "diff", PLAN_OBJECTS },
	{ "move", READ_CRDS | WRITE_CRDS | DISCOVER | LIST_OBJECTS | LIST_NODES | FIND_OPERATOR |
			  FIND_MODE | FIND_LOCK | IDENTIFY | MOVE_OBJECTS },
	{ "migrate-storage", READ_CRDS | LIST_OBJECTS | REWRITE_OBJECTS | FIND_LOCK },
	{ "migrate-api", READ_CRDS | LIST_OBJECTS | FIND_OPERATOR | FIND_MODE | FIND_RULES |
				 READ_POLICIES | FIND_LOCK | MIGRATE_API },
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

static void add_take(json_t *rights, json_t *right)
{
	if (json_array_has(rights, right))
		json_decref(right);
	else
		json_array_append_new(rights, right);
}

static json_t *resource_right(
	const char *verb, const char *group, const char *resource, const char *name)
{
	const char *slash = strchr(resource, '/'); /* "RESOURCE/SUBRESOURCE", as a rule has it */
	char_auto *whole = xstrndup(resource, strcspn(resource, "/"));

	return json_pack("{s:{s:s, s:s, s:s, s:s*, s:s*}}", "resourceAttributes", "verb", verb,
		"group", group, "resource", whole, "subresource", slash ? slash + 1 : NULL, "name",
		name);
}

static void need(
	json_t *rights, const char *verb, const char *group, const char *resource, const char *name)
{
	json_auto_t *any = resource_right(verb, group, resource, NULL);

	/* A right on all objects includes this object. */
	if (!name || !json_array_has(rights, any))
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

/* A move creates every object; abandoning the move deletes them. */
static void need_move(json_t *rights, const char *name)
{
	static const char *const verbs[] = { "get", "create", "delete" };
	char_auto *plural = xstrndup(name, strcspn(name, "."));

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		need(rights, verbs[i], group_of(name), plural, NULL);
	need(rights, "delete", CRD_GROUP, CRD_PLURAL, name);
}

/* A check of objects lists the objects that they name, overlap with or are used by. */
static void need_lists(json_t *rights, const char *group, unsigned does)
{
	static const char *const named[] = { "bgpfilters", "ippools", "ipamblocks", "tiers" };
	static const char *const blocks[] = { "ipamblocks", "blockaffinities" };
	static const char *const users[] = { "bgppeers", "globalnetworkpolicies",
		"networkpolicies", "stagedglobalnetworkpolicies", "stagednetworkpolicies" };

	/* A changed object is only compared with BGP filters. */
	for (size_t i = 0; i < ARRAY_LEN(named) && !(does & DELETE_OBJECTS); i++)
		if (i == 0 || !(does & UPDATE_OBJECTS) || (does & CREATE_OBJECTS))
			need(rights, "list", group, named[i], NULL);
	for (size_t i = 0; i < ARRAY_LEN(users) && (does & DELETE_OBJECTS); i++)
		need(rights, "list", group, users[i], NULL);
	for (size_t i = 0; i < ARRAY_LEN(blocks) && (does & DELETE_OBJECTS); i++) {
		need(rights, "list", group, blocks[i], NULL);
		need(rights, "delete", group, blocks[i], NULL);
	}
}

static void need_writes(json_t *rights, const char *group, const char *plural, unsigned does)
{
	if (does & PLAN_OBJECTS)
		need(rights, "get", group, plural, NULL);
	if (does & CREATE_OBJECTS)
		need(rights, "create", group, plural, NULL);
	/* A pool is disabled before its deletion. */
	if ((does & UPDATE_OBJECTS) ||
		((does & DELETE_OBJECTS) && strcmp(plural, "ippools") == 0))
		need(rights, "update", group, plural, NULL);
	if (does & DELETE_OBJECTS)
		need(rights, "delete", group, plural, NULL);
}

/* Custom resources of one group, without ClusterInformation and IPAM, which people do not write. */
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

/* ClusterInformation in each of the two groups that the command writes. */
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

/* The built-in tiers of all releases. */
static void need_tiers(json_t *rights, const char *crd_name)
{
	size_t n;
	const struct initial_tier *tiers = initial_tiers(&n);

	for (size_t i = 0; i < n && is_one_of(crd_name, "tiers"); i++)
		need(rights, "get", group_of(crd_name), "tiers", tiers[i].name);
}

/* Where ClusterInformation names no release, two CRDs show it (engine/look/release). */
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

/* The API server lets only a user who may read a policy's parameters (paramKind) write it. */
static void need_policies(json_t *rights, unsigned does)
{
	const char *const *keys = policy_known();

	for (size_t i = 0; keys[i] && (does & READ_POLICIES); i++) {
		const char *plural = policy_kind_of_key(keys[i])->plural;
		const char *name = strchr(keys[i], '/') + 1;

		need(rights, "get", POLICY_GROUP, plural, name);
		if (!(does & WRITE_POLICIES))
			continue;
		need(rights, "create", POLICY_GROUP, plural, NULL);
		need(rights, "update", POLICY_GROUP, plural, name);
	}
	if (does & WRITE_POLICIES)
		need(rights, "get", MODE_V3_GROUP, "*", NULL);
}

static void need_migration(json_t *rights)
{
	static const char *const workloads[][2] = { { "deployments", "calico-kube-controllers" },
		{ "deployments", "calico-typha" }, { "daemonsets", "calico-node" } };
	static const char *const verbs[] = { "get", "create", "delete" };
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	for (size_t i = 0; i < n; i++) {
		const struct calico_resource *r = &kinds[i].resources[0];
		char_auto *name = xasprintf("%s." MODE_V1_GROUP, r->plural);

		if (strcmp(r->group, MODE_V1_GROUP) != 0)
			continue;
		need_list(rights, name);
		need(rights, "get", CRD_GROUP, CRD_PLURAL, name);
	}
	for (size_t i = 0; i < ARRAY_LEN(workloads); i++)
		need(rights, "get", "apps", workloads[i][0], workloads[i][1]);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		need(rights, verbs[i], "migration.projectcalico.org", "datastoremigrations", NULL);
	need(rights, "get", CRD_GROUP, CRD_PLURAL,
		"datastoremigrations.migration.projectcalico.org");
	need(rights, "get", MODE_V1_GROUP, "clusterinformations", "default");
	need(rights, "update", MODE_V1_GROUP, "clusterinformations", "default");
}

static void need_crds(json_t *rights, unsigned does, const json_t *names)
{
	static const char *const workloads[] = { "pods", "namespaces", "serviceaccounts" };
	const json_t *item;
	size_t i;

	if (does & WRITE_CRDS)
		need(rights, "create", CRD_GROUP, CRD_PLURAL, NULL);
	if (does & LIST_NODES)
		need(rights, "list", "", "nodes", NULL);
	for (i = 0; i < ARRAY_LEN(workloads) && (does & LIST_WORKLOADS); i++)
		need(rights, "list", "", workloads[i], NULL);
	need_neighbours(rights, does);
	if (does & MOVE_OBJECTS) {
		need(rights, "list", "", "namespaces", NULL);
		need(rights, "get", "", "nodes", NULL);
		need(rights, "update", "", "nodes/status", NULL);
	}
	if (does & MIGRATE_API)
		need_migration(rights);
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
		if (strcmp(name, PROBED "." MODE_V3_GROUP) == 0)
			need_policies(rights, does);
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

static bool has_v3(const json_t *names)
{
	json_auto_t *probed = json_string(PROBED "." MODE_V3_GROUP);

	return json_array_has(names, probed);
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
		need_path(rights, "/apis"); /* needed to find the set of CRDs */
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
		need_path(rights, "/apis/" MODE_V1_GROUP "/v1");
	}
	if (discovery && ((does & FIND_RULES) || ((does & READ_POLICIES) && has_v3(names))))
		need_path(rights, "/apis/admissionregistration.k8s.io/*");
	return rights;
}

static void need_plan(json_t *rights, const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_item *item = &p->items[i];

		if (item->verdict == PLAN_CREATE)
			need(rights, "create", item->at.group, item->at.plural, NULL);
		if (item->verdict == PLAN_UPDATE)
			need(rights, "update", item->at.group, item->at.plural, item->name);
	}
}

json_t *access_of_plan(const struct plan *p, const struct plan *policies)
{
	json_t *rights = json_array();

	need_plan(rights, p);
	need_plan(rights, policies);
	if (json_array_size(rights) == 0)
		return rights;
	need(rights, "list", "", "nodes", NULL);
	for (size_t i = 0; i < p->n; i++) {
		need_list(rights, p->items[i].name);
		need_tiers(rights, p->items[i].name);
	}
	return rights;
}

/* Where the names are not those of the stored objects, the right covers the whole resource. */
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

/* Questions to the server */

static struct kube_call *ask(struct kube_batch *b, const char *group, const char *plural,
	const char *kind, const json_t *spec)
{
	char_auto *api_version = xasprintf("%s/v1", group);
	json_auto_t *body = json_pack(
		"{s:s, s:s, s:O*}", "apiVersion", api_version, "kind", kind, "spec", spec);
	struct kube_call *call = kube_batch_add(b, (struct kube_request){ .verb = KUBE_CREATE,
							   .group = group,
							   .version = "v1",
							   .plural = plural,
							   .body = body });

	/* The server stores nothing, so no field manager, and a repeated request is harmless. */
	call->req.path[strcspn(call->req.path, "?")] = '\0';
	call->req.repeatable = true;
	return call;
}

int access_review(struct kube_api *api, const json_t *rights, json_t *missing, struct err *e)
{
	kube_batch_auto b = { 0 };
	json_t *right;
	size_t i;

	json_array_foreach(rights, i, right)
		ask(&b, "authorization.k8s.io", "selfsubjectaccessreviews",
			"SelfSubjectAccessReview", right)->subject = right;
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	for (i = 0; i < b.n; i++)
		if (json_is_false(json_at(b.calls[i]->object, "status", "allowed", NULL)))
			json_array_append(missing, b.calls[i]->subject);
	return 0;
}

/* The user's name as the server knows it, or NULL. The caller frees it. */
static char *who_am_i(struct kube_api *api)
{
	kube_batch_auto b = { 0 };
	err_auto unused = { 0 };
	const struct kube_call *call = ask(
		&b, "authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview", NULL);
	int rc = kube_batch_run(&b, api, &unused);
	const char *name = json_str(json_at(call->object, "status", "userInfo", NULL), "username");

	return rc == 0 && name ? xstrdup(name) : NULL;
}

/* Each grant has its own name, so a later grant does not replace one of an earlier run. */
static char *grant_name(const char *command, const json_t *missing, const char *user)
{
	char hex[SHA256_HEX_SIZE];
	buf_auto text = { 0 };

	json_write(&text, missing, JSON_STYLE_COMPACT);
	buf_puts(&text, user ? user : "");
	sha256_hex(buf_str(&text), text.len, hex);
	return xasprintf("calico-datastore-%s-%.8s", command, hex);
}

/* A role alone grants nothing, so a binding to the current user comes with it. */
static void put_grant(
	struct buf *out, struct kube_api *api, const char *command, const json_t *missing)
{
	char_auto *user = who_am_i(api);
	char_auto *name = grant_name(command, missing, user);
	json_auto_t *role = access_role(name, missing);

	buf_puts(out, "# What is missing, for an administrator's \"kubectl apply -f -\":\n---\n");
	yaml_write(out, role);
	if (user) {
		json_auto_t *binding =
			access_binding_take(name, json_pack("{s:s, s:s, s:s}", "apiGroup",
							  ACCESS_RBAC, "kind", "User", "name",
							  user));

		buf_puts(out, "---\n");
		yaml_write(out, binding);
	}
}

static int refuse(struct kube_api *api, const char *command, const json_t *missing,
	const char *what, struct err *e)
{
	size_t n = json_array_size(missing);
	buf_auto grant = { 0 };

	put_grant(&grant, api, command, missing);
	err_set(e, ERR_AUTH, 403, "%s; %s needs %zu %s that this user does not have", what, command,
		n, n == 1 ? "right" : "rights");
	e->remedy = buf_steal(&grant);
	return -1;
}

int access_explain(struct kube_api *api, const char *command, const json_t *rights, struct err *e)
{
	json_auto_t *missing = json_array();
	err_auto unanswered = { 0 };

	if (e->kind != ERR_AUTH || e->code != 403)
		return -1;
	if (access_review(api, rights, missing, &unanswered) < 0 || json_array_size(missing) == 0)
		return -1;
	return refuse(api, command, missing, e->msg, e);
}

int access_preflight(struct kube_api *api, const char *command, const json_t *rights, struct err *e)
{
	json_auto_t *missing = json_array();

	if (access_review(api, rights, missing, e) < 0)
		return -1;
	if (json_array_size(missing) == 0)
		return 0;
	return refuse(api, command, missing, "nothing was written", e);
}
