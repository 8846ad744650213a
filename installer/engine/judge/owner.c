/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/owner.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"

#define OURSELVES "calico-datastore"

enum { MAX_FIELDS = 50 }; /* told of one manager */

bool owner_shares_group(const char *group)
{
	return strcmp(group, "policy.networking.k8s.io") == 0;
}

/* managedFields */

/* Fields below spec of a fieldsV1 set, down to two levels: "spec.names.plural", "spec.versions". */
static void add_fields(json_t *fields, const char *path, const json_t *set, int depth)
{
	const char *key;
	json_t *below;

	json_object_foreach((json_t *)(uintptr_t)set, key, below) {
		char_auto *name = has_prefix(key, "f:") ? xasprintf("%s.%s", path, key + 2) : NULL;

		if (!name || json_array_size(fields) >= MAX_FIELDS)
			continue;
		if (depth > 1 && json_object_size(below) > 0)
			add_fields(fields, name, below, depth - 1);
		else
			json_array_append_new(fields, json_string(name));
	}
}

static json_t *fields_of(const json_t *entry)
{
	json_t *fields = json_array();

	add_fields(fields, "spec", json_at(entry, "fieldsV1", "f:spec", NULL), 2);
	return fields;
}

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

/* Controllers that put back what they think is right, by the names under which they write. */
static bool is_controller(const char *manager)
{
	static const char *const names[] = { "argocd-controller", "argocd-application-controller",
		"kustomize-controller", "helm-controller", "tigera-operator", "operator" };

	return is_one_of(manager, names, ARRAY_LEN(names));
}

/*
 * kubectl's users (any of its names) and this program apply by hand. Others that use server-side
 * apply claim their fields; whoever merely wrote once (an Update) does not.
 */
static bool is_foreign(const char *manager, const char *operation)
{
	if (has_prefix(manager, "kubectl") || strcmp(manager, "before-first-apply") == 0 ||
		strcmp(manager, OURSELVES) == 0)
		return false;
	return is_controller(manager) || (operation && strcmp(operation, "Apply") == 0);
}

static struct owner *add(struct owners *o, char *who_take)
{
	o->items = xrealloc(o->items, o->n + 1, sizeof(*o->items));
	o->items[o->n] = (struct owner){ .who = who_take, .fields = json_array() };
	return &o->items[o->n++];
}

static char *copy_of(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static void add_managers(struct owners *o, const json_t *metadata)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(metadata, "managedFields"), i, entry) {
		const char *manager = json_str(entry, "manager");
		const char *operation = json_str(entry, "operation");

		if (!manager || json_str(entry, "subresource"))
			continue;
		bool applies = operation && strcmp(operation, "Apply") == 0;
		struct owner *owner = add(o, applies && !has_prefix(manager, "kubectl")
						     ? xasprintf("server-side apply as %s", manager)
						     : xstrdup(manager));

		owner->since = copy_of(json_str(entry, "time"));
		owner->foreign = is_foreign(manager, operation);
		json_decref(owner->fields);
		owner->fields = fields_of(entry);
	}
}

/* Marks */

struct marks {
	const json_t *metadata, *labels, *annotations;
};

/* The managedFields entry that put a label or an annotation there. */
static const json_t *author_of(const struct marks *m, const char *map, const char *key)
{
	char_auto *map_key = xasprintf("f:%s", map), *field = xasprintf("f:%s", key);
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(m->metadata, "managedFields"), i, entry)
		if (json_at(entry, "fieldsV1", "f:metadata", map_key, field, NULL))
			return entry;
	return NULL;
}

static struct owner *add_mark(
	struct owners *o, const struct marks *m, char *who_take, const char *map, const char *key)
{
	struct owner *owner = add(o, who_take);
	const json_t *entry = author_of(m, map, key);
	const char *since = json_str(entry, "time");

	owner->since = copy_of(since ? since : json_str(m->metadata, "creationTimestamp"));
	owner->foreign = owner->marked = true;
	json_decref(owner->fields);
	owner->fields = fields_of(entry);
	return owner;
}

static const char *or_unknown(const char *s)
{
	return s ? s : "?";
}

static bool find_helm(struct owners *o, const struct marks *m)
{
	const char *release = json_str(m->annotations, "meta.helm.sh/release-name");
	const char *ns = json_str(m->annotations, "meta.helm.sh/release-namespace");
	const char *by = json_str(m->labels, "app.kubernetes.io/managed-by");
	bool labelled = by && strcmp(by, "Helm") == 0;

	if (!release && !ns && !labelled)
		return false;
	add_mark(o, m,
		release ? xasprintf("Helm (release %s of %s)", release, or_unknown(ns))
			: xstrdup("Helm"),
		labelled ? "labels" : "annotations",
		labelled ? "app.kubernetes.io/managed-by" : "meta.helm.sh/release-name");
	return true;
}

static const char *key_with_prefix(const json_t *map, const char *prefix)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)map, key, value)
		if (has_prefix(key, prefix) && json_is_string(value))
			return key;
	return NULL;
}

static void find_argo(struct owners *o, const struct marks *m, bool helm)
{
	const char *label = key_with_prefix(m->labels, "argocd.argoproj.io/");
	const char *annotation = key_with_prefix(m->annotations, "argocd.argoproj.io/");

	/* Helm's charts set this label as well. */
	if (!label && !annotation && !helm && json_str(m->labels, "app.kubernetes.io/instance"))
		label = "app.kubernetes.io/instance";
	if (label)
		add_mark(o, m, xasprintf("Argo CD (%s: %s)", label, json_str(m->labels, label)),
			"labels", label);
	else if (annotation)
		add_mark(o, m,
			xasprintf("Argo CD (%s: %s)", annotation,
				json_str(m->annotations, annotation)),
			"annotations", annotation);
}

static void find_flux(struct owners *o, const struct marks *m)
{
	static const struct {
		const char *prefix, *what;
	} kinds[] = { { "kustomize.toolkit.fluxcd.io", "Kustomization" },
		{ "helm.toolkit.fluxcd.io", "HelmRelease" } };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		char_auto *name = xasprintf("%s/name", kinds[i].prefix);
		char_auto *ns = xasprintf("%s/namespace", kinds[i].prefix);

		if (json_str(m->labels, name))
			add_mark(o, m,
				xasprintf("Flux (%s %s of %s)", kinds[i].what,
					json_str(m->labels, name),
					or_unknown(json_str(m->labels, ns))),
				"labels", name);
	}
}

static void find_operator(struct owners *o, const struct marks *m)
{
	const char *label = key_with_prefix(m->labels, "operator.tigera.io/");
	const json_t *reference;
	size_t i;

	if (label)
		add_mark(o, m, xasprintf("the tigera operator (%s)", label), "labels", label);
	json_array_foreach(json_object_get(m->metadata, "ownerReferences"), i, reference) {
		const char *kind = json_str(reference, "kind"), *name = json_str(reference, "name");

		if (kind && name && json_is_true(json_object_get(reference, "controller")))
			add_mark(o, m, xasprintf("its owner, the %s %s", kind, name),
				"ownerReferences", "");
	}
}

/* A label that anything may carry; it is no reason to stop, but told. */
static void find_other(struct owners *o, const struct marks *m)
{
	const char *by = json_str(m->labels, "app.kubernetes.io/managed-by");

	if (by && *by && strcmp(by, "Helm") != 0 && strcmp(by, OURSELVES) != 0 &&
		!has_prefix(by, "kubectl"))
		add_mark(o, m, xstrdup(by), "labels", "app.kubernetes.io/managed-by")->foreign =
			is_controller(by);
}

void owners_find(struct owners *o, const json_t *crd)
{
	const json_t *metadata = json_object_get(crd, "metadata");
	struct marks m = { .metadata = metadata,
		.labels = json_object_get(metadata, "labels"),
		.annotations = json_object_get(metadata, "annotations") };

	*o = (struct owners){ 0 };
	bool helm = find_helm(o, &m);

	find_argo(o, &m, helm);
	find_flux(o, &m);
	find_operator(o, &m);
	find_other(o, &m);
	add_managers(o, metadata);
}

/* "spec.names.shortNames: added ..." changes spec.names.shortNames, and so spec.names as well. */
static bool touches(const char *change, const char *field)
{
	size_t n = strlen(field), path = strcspn(change, ":");
	const char *longer = path > n ? change : field;
	size_t shorter = path > n ? n : path;

	return strncmp(change, field, shorter) == 0 &&
	       (longer[shorter] == '.' || longer[shorter] == '[' || longer[shorter] == ':' ||
		       !longer[shorter]);
}

static bool is_touched(const struct owner *owner, const json_t *changes)
{
	const json_t *field, *change;
	size_t i, k;

	json_array_foreach(owner->fields, i, field)
		json_array_foreach(changes, k, change)
			if (touches(json_string_value(change), json_string_value(field)))
				return true;
	return false;
}

const struct owner *owners_marked(const struct owners *o)
{
	return o->n > 0 && o->items[0].marked ? &o->items[0] : NULL;
}

const struct owner *owners_concerned(const struct owners *o, const json_t *changes)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].foreign &&
			(o->items[i].marked || is_touched(&o->items[i], changes)))
			return &o->items[i];
	return NULL;
}

char *owner_text(const struct owner *owner)
{
	struct buf text = { 0 };
	const json_t *field;
	size_t i;

	buf_puts(&text, owner->who);
	if (owner->since)
		buf_printf(&text, " since %s", owner->since);
	json_array_foreach(owner->fields, i, field)
		buf_printf(&text, "%s%s", i ? ", " : ", owner of ", json_string_value(field));
	return buf_steal(&text);
}

void owners_release(struct owners *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->items[i].who);
		free(o->items[i].since);
		json_decref(o->items[i].fields);
	}
	free(o->items);
	*o = (struct owners){ 0 };
}
