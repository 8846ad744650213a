/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/plan.h"

#include <string.h>

#include "base/json.h"
#include "engine/judge/clash.h"
#include "engine/judge/needs.h"
#include "engine/judge/owner.h"
#include "manifest/crd.h"
#include "manifest/rules.h"

#define POLICY_WITHOUT "; --without-policies installs the CRDs alone"

const char *plan_verdict_name(enum plan_verdict verdict)
{
	static const char *const names[] = { "unchanged", "create", "update", "blocked", "kept" };

	return names[verdict];
}

const char *plan_outcome_name(enum plan_outcome outcome)
{
	static const char *const names[] = { "none", "created", "configured", "unchanged",
		"failed" };

	return names[outcome];
}

void plan_block(struct plan_item *item, const char *reason, ...)
{
	va_list ap;

	va_start(ap, reason);
	char_auto *text = xvasprintf(reason, ap);
	va_end(ap);
	item->verdict = PLAN_BLOCKED;
	json_array_append_new(item->reasons, json_string(text));
}

/* Verdicts on an existing CRD: each function looks for one thing that must not happen. */

static void block_moved(
	struct plan_item *item, const char *what, const char *live, const char *wanted)
{
	if (live && strcmp(live, wanted) != 0)
		plan_block(item,
			"%s is %s on the server and %s in the manifest; the API server cannot "
			"change "
			"it, so the CRD and all its objects would have to be recreated by hand",
			what, live, wanted);
}

static void check_identity(struct plan_item *item)
{
	const json_t *live = item->live, *desired = item->desired;

	block_moved(item, "scope", crd_scope(live), crd_scope(desired));
	block_moved(item, "group", crd_group(live), crd_group(desired));
	block_moved(item, "plural", crd_plural(live), crd_plural(desired));
	block_moved(item, "kind", crd_kind(live), crd_kind(desired));
}

static bool has_version(const json_t *crd, const char *name)
{
	const json_t *version;
	size_t i;

	json_array_foreach(crd_versions(crd), i, version)
		if (strcmp(json_str(version, "name"), name) == 0)
			return true;
	return false;
}

static void check_stored_versions(struct plan_item *item)
{
	const json_t *stored = json_at(item->live, "status", "storedVersions", NULL), *version;
	size_t i;

	json_array_foreach(stored, i, version) {
		const char *name = json_string_value(version);

		if (!name || has_version(item->desired, name))
			continue;
		if (strcmp(name, crd_storage_version(item->live)) == 0)
			plan_block(item,
				"version %s, in which objects are stored, is not in the manifest: "
				"they would become unreadable; first install a manifest that has "
				"both versions and stores the new one, then migrate-storage %s",
				name, item->name);
		else
			plan_block(item,
				"version %s is in status.storedVersions and not in the manifest: "
				"objects stored in it would become unreadable; \"calico-datastore "
				"migrate-storage %s\" rewrites them",
				name, item->name);
	}
}

static void check_deletion(struct plan_item *item, const struct plan_options *options)
{
	const json_t *metadata = json_object_get(item->live, "metadata");
	const char *since = json_str(metadata, "deletionTimestamp");
	const char *objects = json_str(options->held, item->name);
	buf_auto finalizers = { 0 };
	const json_t *finalizer;
	size_t i;

	if (!since)
		return;
	json_array_foreach(json_object_get(metadata, "finalizers"), i, finalizer)
		if (json_is_string(finalizer))
			buf_printf(&finalizers, "%s%s", finalizers.len ? ", " : "",
				json_string_value(finalizer));
	plan_block(item,
		"is being deleted since %s, held by the finalizers %s%s%s; %swait until it is "
		"gone, then run this again",
		since, finalizers.len ? buf_str(&finalizers) : "(none)", objects ? " and by " : "",
		objects ? objects : "",
		objects ? "find out who has to remove these finalizers; " : "");
}

static void check_names(struct plan_item *item)
{
	const json_t *c = crd_condition(item->live, "NamesAccepted");
	const char *status = json_str(c, "status"), *message = json_str(c, "message");

	if (status && strcmp(status, "False") == 0)
		plan_block(item,
			"the server does not accept its names: %s; remove the CRD that holds them",
			message ? message : "no message");
}

static void check_conversion(struct plan_item *item)
{
	const char *live = json_str(json_at(item->live, "spec", "conversion", NULL), "strategy");
	const char *wanted =
		json_str(json_at(item->desired, "spec", "conversion", NULL), "strategy");

	if (live && strcmp(live, "Webhook") == 0 && (!wanted || strcmp(wanted, "Webhook") != 0))
		plan_block(item,
			"has a conversion webhook on the server and none in the manifest: "
			"replacing it "
			"would make objects of other versions unreadable; see who installed the "
			"webhook");
}

/* What to write */

static void merge_missing(json_t *to, const json_t *from)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)from, key, value)
		if (!json_object_get(to, key))
			json_object_set(to, key, value);
}

static json_t *sub_object(json_t *parent, const char *key)
{
	json_t *child = json_object_get(parent, key);

	if (!json_is_object(child)) {
		child = json_object();
		json_object_set_new(parent, key, child);
	}
	return child;
}

/* Always an object to merge into, whatever the server answered. */
static json_t *object_copy(const json_t *parent, const char *key)
{
	const json_t *child = json_object_get(parent, key);

	return json_is_object(child) ? json_deep_copy(child) : json_object();
}

static json_t *create_target(const json_t *desired)
{
	json_t *target = json_deep_copy(desired);
	json_t *labels = sub_object(json_object_get(target, "metadata"), "labels");

	json_object_set_new(
		labels, "app.kubernetes.io/managed-by", json_string("calico-datastore"));
	json_object_set_new(labels, "app.kubernetes.io/part-of", json_string("calico"));
	rules_fill(target);
	return target;
}

/* Keeps the live metadata, with resourceVersion as the guard; spec comes from the manifest. */
static json_t *update_target(const json_t *desired, const json_t *live)
{
	json_t *metadata = object_copy(live, "metadata");
	json_t *target = json_pack("{s:s, s:s, s:o, s:o}", "apiVersion", "apiextensions.k8s.io/v1",
		"kind", "CustomResourceDefinition", "metadata", metadata, "spec",
		json_deep_copy(json_object_get(desired, "spec")));
	const json_t *annotations = json_at(desired, "metadata", "annotations", NULL);
	const json_t *labels = json_at(desired, "metadata", "labels", NULL);

	json_object_del(metadata, "managedFields");
	if (json_object_size(annotations) > 0)
		json_object_update(
			sub_object(metadata, "annotations"), (json_t *)(uintptr_t)annotations);
	if (json_object_size(labels) > 0)
		merge_missing(sub_object(metadata, "labels"), labels);
	crd_fill_prose(target, live);
	rules_fill(target);
	return target;
}

/* Verdicts on a change of an existing CRD. */

static void check_downgrade(struct plan_item *item, const struct plan_options *options,
	const struct surface_range *live, const struct surface_range *wanted)
{
	char_auto *has = surface_range_text(live), *asked = surface_range_text(wanted);

	if (options->allow_downgrade)
		return;
	/* The live CRD matches no release built in, while the wanted release has a known one. */
	if (options->newer && !live->oldest && wanted->oldest)
		plan_block(item,
			"is a downgrade to %s: the CRDs on the server are %s; what only the newer "
			"one has would be dropped from objects; use a newer calico-datastore, or "
			"go on with --allow-downgrade",
			asked, options->newer);
	if (surface_range_is_newer(live, wanted))
		plan_block(item,
			"is a downgrade: the server has it as %s, newer than %s, which is asked "
			"for; what only the newer one has would be dropped from objects; "
			"--allow-downgrade goes on all the same",
			has, asked);
}

static void check_owners(struct plan_item *item, const struct plan_options *options)
{
	owners_auto owners = { 0 };

	if (options->take_over)
		return;
	owners_find(&owners, item->live);
	const struct owner *owner = owners_concerned(&owners, item->changes);
	char_auto *text = owner ? owner_text(owner) : NULL;

	if (owner)
		plan_block(item,
			"is managed by %s, and would be put back or fought over: change it there, "
			"or go on here with --take-over",
			text);
}

static void check_operator(struct plan_item *item, const struct plan_options *options)
{
	if (options->operator_manages && !options->take_over)
		plan_block(item, "the tigera operator that runs here writes the CRDs by itself "
				 "(-manage-crds): upgrade the operator instead, or start it with "
				 "-manage-crds=false, or go on with --take-over");
}

static void check_lock(struct plan_item *item, const struct plan_options *options)
{
	if (options->locked)
		plan_block(item, "%s", options->locked);
}

/* "v1.29.6-gke.1" -> 29; 0: not known. */
static unsigned minor_of(const char *version)
{
	unsigned minor = 0;

	if (version && has_prefix(version, "v1."))
		for (const char *p = version + 3; *p >= '0' && *p <= '9' && minor < 1000; p++)
			minor = minor * 10 + (unsigned)(*p - '0');
	return minor;
}

/* Reports this before any CRD is written, not when the server refuses the CRD. */
static void check_kubernetes(struct plan_item *item, const struct plan_options *options)
{
	unsigned has = minor_of(options->kubernetes), needs = needs_kubernetes(item->desired);

	if (has > 0 && needs > has)
		plan_block(item,
			"needs Kubernetes 1.%u, and this server is %s: upgrade the server first, "
			"or leave the CRD out with --exclude %s",
			needs, options->kubernetes + 1, item->name);
}

/*
 * The first step of upstream's migration to v3: CRDs are created while the API server still
 * answers.
 */
static bool is_hidden(const json_t *desired, const struct plan_options *options)
{
	return options->api_server && strcmp(crd_group(desired), "projectcalico.org") == 0;
}

/* Blocks a CRD that would hide objects of projectcalico.org/v3. */
static void check_mode(struct plan_item *item, const struct plan_options *options)
{
	const char *group = crd_group(item->desired);

	if (options->only_v3 && !item->live && !options->allow_downgrade &&
		strcmp(group, "crd.projectcalico.org") == 0)
		plan_block(item,
			"Calico's objects are in projectcalico.org/v3 here, and calicoctl "
			"would turn to crd.projectcalico.org, which has none, as soon as it "
			"is there: use --set v3, or go on with "
			"--allow-downgrade");
}

static void keep(struct plan_item *item, const char *why, const char *detail)
{
	item->verdict = PLAN_KEPT;
	json_array_append_new(item->reasons, json_pack("s++", why, detail, ""));
}

/*
 * Other projects also use a shared group. Its CRDs are written only when that is clearly an
 * upgrade, and never when another manager has them.
 */
static bool keep_shared(struct plan_item *item, const struct plan_options *options,
	const struct surface_range *live, const struct surface_range *wanted)
{
	owners_auto owners = { 0 };

	if (!owner_shares_group(crd_group(item->desired)))
		return false;
	owners_find(&owners, item->live);
	const struct owner *owner = owners_marked(&owners);

	if (!owner)
		owner = owners_concerned(&owners, item->changes);
	char_auto *text = owner ? owner_text(owner) : surface_range_text(live);

	if (owner)
		keep(item, "is left alone, since others share its group and it is managed by ",
			text);
	else if (surface_range_is_newer(live, wanted))
		keep(item,
			"is left alone, since others share its group and the server has it as "
			"newer: ",
			text);
	else if (options->surfaces && !options->take_over && !surface_range_is_newer(wanted, live))
		keep(item,
			"is left alone, since others share its group and it is not known to be "
			"older than what is asked for; --take-over writes it; the server has it "
			"as ",
			text);
	return item->verdict == PLAN_KEPT;
}

static void reset(struct plan_item *item)
{
	json_decref(item->target);
	json_decref(item->changes);
	compat_release(&item->compat);
	item->target = NULL;
	item->changes = json_array();
}

/* Decides about an existing CRD that differs. */
static void judge_change(struct plan_item *item, const struct plan_options *options)
{
	struct surface_range live = { 0 }, wanted = { 0 };

	if (options->surfaces) {
		live = surfaces_range(options->surfaces, item->live);
		wanted = surfaces_range(options->surfaces, item->desired);
	}
	compat_compare(&item->compat, item->live, item->target);
	if (item->verdict != PLAN_BLOCKED && keep_shared(item, options, &live, &wanted))
		return;
	check_identity(item);
	check_stored_versions(item);
	check_names(item);
	check_conversion(item);
	check_downgrade(item, options, &live, &wanted);
	check_owners(item, options);
	check_operator(item, options);
	check_mode(item, options);
	check_kubernetes(item, options);
	check_lock(item, options);
	if (item->verdict != PLAN_BLOCKED)
		item->verdict = PLAN_UPDATE;
}

static void check_policies(struct plan_item *item, const struct plan_options *options)
{
	const struct policy_api *api = options->policies;
	const char *version = item->policy->mutating ? api->mutating : api->validating;
	const char *server = options->kubernetes ? options->kubernetes : "of unknown version";

	if (version && !(item->policy->mutating && api->inert))
		return;
	if (version)
		plan_block(item, "%s" POLICY_WITHOUT, api->inert);
	else
		plan_block(item,
			"the API server %s does not serve %sAdmissionPolicies" POLICY_WITHOUT,
			server, item->policy->mutating ? "Mutating" : "Validating");
	plan_block(item, "%s", POLICY_COST);
}

static json_t *policy_target(const json_t *desired, const json_t *live)
{
	json_t *metadata = object_copy(live, "metadata");
	json_t *target = json_deep_copy(desired);

	json_object_del(metadata, "managedFields");
	merge_missing(sub_object(metadata, "labels"), json_at(desired, "metadata", "labels", NULL));
	if (json_object_size(json_object_get(metadata, "labels")) == 0)
		json_object_del(metadata, "labels");
	json_object_set_new(target, "metadata", metadata);
	return target;
}

static void decide_policy(struct plan_item *item, const struct plan_options *options)
{
	reset(item);
	check_policies(item, options);
	if (!item->live) {
		item->target = create_target(item->desired);
		item->verdict = item->verdict == PLAN_BLOCKED ? PLAN_BLOCKED : PLAN_CREATE;
	} else {
		item->target = policy_target(item->desired, item->live);
		json_decref(item->changes);
		item->changes = crd_diff(item->live, item->target);
		if (json_array_size(item->changes) == 0)
			return;
		check_owners(item, options);
		item->verdict = item->verdict == PLAN_BLOCKED ? PLAN_BLOCKED : PLAN_UPDATE;
	}
	check_operator(item, options);
	check_lock(item, options);
}

static void decide(struct plan_item *item, const struct plan_options *options)
{
	if (item->policy) {
		decide_policy(item, options);
		return;
	}
	reset(item);
	if (!item->live) {
		item->target = create_target(item->desired);
		item->verdict = item->verdict == PLAN_BLOCKED ? PLAN_BLOCKED : PLAN_CREATE;
		check_operator(item, options);
		check_mode(item, options);
		check_kubernetes(item, options);
		check_lock(item, options);
		return;
	}
	check_deletion(item, options);
	item->target = update_target(item->desired, item->live);
	json_decref(item->changes);
	item->changes = options->prose ? crd_diff_prose(item->live, item->target)
				       : crd_diff(item->live, item->target);
	if (json_array_size(item->changes) > 0) {
		judge_change(item, options);
		return;
	}
	check_stored_versions(item);
	check_names(item);
	if (item->verdict != PLAN_BLOCKED)
		item->verdict = PLAN_UNCHANGED;
}

void plan_make_policies(struct plan *p, const json_t *desired, const json_t *live,
	const struct plan_options *options)
{
	json_t *policy;
	size_t i;

	*p = (struct plan){ .n = json_array_size(desired) };
	p->items = xcalloc(p->n, sizeof(*p->items));
	json_array_foreach(desired, i, policy) {
		const struct policy_kind *kind = policy_kind(policy);
		const char *served = kind->mutating ? options->policies->mutating
						    : options->policies->validating;
		const char *version = served ? served : "v1";
		char_auto *key = policy_key(policy);
		json_t *wanted = json_deep_copy(policy);

		json_object_set_new(
			wanted, "apiVersion", json_pack("s++", POLICY_GROUP, "/", version));
		p->items[i] = (struct plan_item){
			.name = crd_name(wanted),
			.at = { POLICY_GROUP, version, kind->plural, NULL },
			.policy = kind,
			.desired = wanted,
			.live = json_incref(json_object_get(live, key)),
			.reasons = json_array(),
		};
		decide_policy(&p->items[i], options);
	}
}

void plan_copy_wanted(struct plan *to, const struct plan *from)
{
	*to = (struct plan){ .n = from->n };
	to->items = xcalloc(to->n, sizeof(*to->items));
	for (size_t i = 0; i < to->n; i++)
		to->items[i] = (struct plan_item){
			.name = from->items[i].name,
			.at = from->items[i].at,
			.policy = from->items[i].policy,
			.desired = json_incref(from->items[i].desired),
			.reasons = json_array(),
			.hidden = from->items[i].hidden,
		};
}

void plan_make(struct plan *p, const json_t *desired, const json_t *live, const json_t *served,
	const struct plan_options *options)
{
	json_t *crd;
	size_t i;

	*p = (struct plan){ .n = json_array_size(desired) };
	p->items = xcalloc(p->n, sizeof(*p->items));
	json_array_foreach(desired, i, crd) {
		struct plan_item *item = &p->items[i];

		*item = (struct plan_item){
			.name = crd_name(crd),
			.at = { "apiextensions.k8s.io", "v1", "customresourcedefinitions",
				crd_check },
			.desired = json_incref(crd),
			.live = json_incref(json_object_get(live, crd_name(crd))),
			.reasons = json_array(),
			.hidden = is_hidden(crd, options),
		};
		/* For a hidden group, discovery does not show CRDs. */
		clash_check(item, item->hidden ? NULL : served, desired);
		decide(item, options);
	}
}

void plan_again(struct plan_item *item, json_t *live, const struct plan_options *options)
{
	json_incref(live);
	json_decref(item->live);
	item->live = live;
	item->verdict = PLAN_UNCHANGED;
	item->judged = item->by_objects = false;
	json_array_clear(item->reasons);
	decide(item, options);
}

void plan_judge(struct plan_item *item, const json_t *answer, const struct plan_options *options)
{
	item->judged = true;
	if (item->verdict != PLAN_UPDATE)
		return;
	/* With defaults that only the server knows, the target may be the same as the live CRD. */
	json_auto_t *remaining =
		options->prose ? crd_diff_prose(item->live, answer) : crd_diff(item->live, answer);

	if (json_array_size(remaining) == 0) {
		item->verdict = PLAN_UNCHANGED;
		json_array_clear(item->changes);
		compat_release(&item->compat);
	}
}

void plan_release(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct plan_item *item = &p->items[i];

		json_decref(item->desired);
		json_decref(item->live);
		json_decref(item->target);
		json_decref(item->reasons);
		json_decref(item->changes);
		compat_release(&item->compat);
		err_release(&item->err);
	}
	free(p->items);
	*p = (struct plan){ 0 };
}

const json_t *plan_expected(const struct plan_item *item)
{
	return item->verdict == PLAN_KEPT ? item->live : item->desired;
}

size_t plan_count(const struct plan *p, enum plan_verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->items[i].verdict == verdict;
	return n;
}

bool plan_is_breaking(const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].verdict == PLAN_UPDATE &&
			compat_worst(&p->items[i].compat) == COMPAT_BREAKING)
			return true;
	return false;
}
