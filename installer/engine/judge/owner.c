/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/owner.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"

#define OURSELVES "calico-datastore"

enum {
	MAX_FIELDS = 50, /* fields reported for one manager */
	SHOWN_VALUE = 100 /* bytes shown of a label or annotation, since some hold whole objects */
};

bool owner_shares_group(const char *group)
{
	return strcmp(group, "policy.networking.k8s.io") == 0;
}

/* managedFields */

/*
 * Adds the fields below spec of a fieldsV1 set, on two levels: "spec.names.plural",
 * "spec.versions".
 */
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

/*
 * Field managers. A client without a manager name gets its User-Agent up to the first "/", which is
 * the base name of the program (k8s.io/apiserver, managerOrUserAgent).
 */

/*
 * These write by hand or once: kubectl under any of its names, Helm's crds/ directory, the server.
 */
static const char *const harmless[] = { "kubectl", "before-first-apply", OURSELVES, "calicoctl",
	"helm", "kube-apiserver", "kube-controller-manager" };

/* These restore their own state, but their names do not show that. */
static const char *const reconcilers[] = {
	"k0s", "k3s", "rke2", /* appliers that are built into the distribution */
	"rancher", "fleet", /* Rancher and its Fleet */
	"eks", /* add-ons of Amazon EKS */
	"olm", "catalog", "packageserver", /* programs of OLM */
	"kops", "kapp", "kluctl", "kro", "sveltos", "crossplane", "configsync", "gardener",
	"karmada", "argocd", "spectro", /* programs with the names of their products */
	"work", /* Open Cluster Management: registration-operator's work agent */
	/* they restore it when the user runs the tool again */
	"hashicorp", "terraform", "pulumi", "ansible-operator",
};

/*
 * Words in the names of programs that reconcile: fleetagent, manager (kubebuilder), deploy@node
 * (k3s).
 */
static const char *const reconciler_words[] = { "controller", "operator", "manager", "reconcil",
	"agent", "provider", "addon", "gitops", "applier", "syncer", "@" };

/* "pulumi-kubernetes-1a2b" and "provider-kubernetes/x" match; "eksctl" does not match "eks". */
static bool is_called_one(const char *manager, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(list[i]);

		if (strncasecmp(manager, list[i], len) == 0 &&
			!isalnum((unsigned char)manager[len]))
			return true;
	}
	return false;
}

/* "kubectl-edit" belongs to kubectl; "helm-controller" does not belong to Helm. */
static bool is_harmless(const char *manager)
{
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
		if (strcmp(manager, harmless[i]) == 0)
			return true;
	return has_prefix(manager, "kubectl");
}

static bool is_reconciler(const char *manager)
{
	if (is_harmless(manager))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(reconciler_words); i++)
		if (strcasestr(manager, reconciler_words[i]))
			return true;
	return is_called_one(manager, reconcilers, ARRAY_LEN(reconcilers));
}

/*
 * Every manager that uses server-side apply counts, because it claims its fields. A manager that
 * only wrote (Update) counts when it looks like a controller. Scripts and programs of users
 * (python-requests, okhttp) do not count.
 */
static bool is_foreign(const char *manager, const char *operation)
{
	bool applies = operation && strcmp(operation, "Apply") == 0;

	return is_reconciler(manager) || (applies && !is_harmless(manager));
}

static struct owner *add(struct owners *o, char *who_take)
{
	o->items = xrealloc(o->items, o->n + 1, sizeof(*o->items));
	o->items[o->n] = (struct owner){ .who = who_take, .fields = json_array() };
	return &o->items[o->n++];
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

		owner->since = xstrdup_or_null(json_str(entry, "time"));
		owner->foreign = is_foreign(manager, operation);
		json_decref(owner->fields);
		owner->fields = fields_of(entry);
	}
}

/* Marks */

struct marks {
	const json_t *metadata, *labels, *annotations;
};

/* The managedFields entry that set a label or an annotation. */
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

	owner->since = xstrdup_or_null(since ? since : json_str(m->metadata, "creationTimestamp"));
	owner->foreign = owner->marked = true;
	json_decref(owner->fields);
	owner->fields = fields_of(entry);
	return owner;
}

enum map { LABEL, ANNOTATION };

/*
 * Marks that programs leave on each object that they manage. The first matching row of each WHO is
 * used. KIND, NAME and NAMESPACE of the managing object are keys of labels or annotations; a KIND
 * without "/" is the word itself.
 */
static const struct mark {
	const char *who;
	enum map map;
	const char *key; /* the whole key; when it ends in "/", a prefix */
	const char *value; /* NULL: any value */
	const char *kind, *name, *namespace;
} known_marks[] = {
	/* https://helm.sh/docs/topics/charts_hooks, "adopting" resources: helm/helm pkg/action */
	{ "Helm", LABEL, "app.kubernetes.io/managed-by", "Helm", "release",
		"meta.helm.sh/release-name", "meta.helm.sh/release-namespace" },
	{ "Helm", ANNOTATION, "meta.helm.sh/", NULL, "release", "meta.helm.sh/release-name",
		"meta.helm.sh/release-namespace" },
	/* https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ */
	{ "Argo CD", LABEL, "argocd.argoproj.io/", NULL, NULL, NULL, NULL },
	{ "Argo CD", ANNOTATION, "argocd.argoproj.io/", NULL, NULL, NULL, NULL },
	/* https://fluxcd.io/flux/faq/: labels of kustomize-controller and helm-controller */
	{ "Flux", LABEL, "kustomize.toolkit.fluxcd.io/", NULL, "Kustomization",
		"kustomize.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/namespace" },
	{ "Flux", LABEL, "helm.toolkit.fluxcd.io/", NULL, "HelmRelease",
		"helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace" },
	/* k0sproject/k0s pkg/applier/stack.go */
	{ "k0s", LABEL, "k0s.k0sproject.io/stack", NULL, "stack", "k0s.k0sproject.io/stack", NULL },
	{ "k0s", ANNOTATION, "k0s.k0sproject.io/", NULL, NULL, NULL, NULL },
	/* rancher/wrangler pkg/apply/desiredset.go: k3s and RKE2 Addons, Rancher, Fleet */
	{ "k3s, RKE2 or Rancher", ANNOTATION, "objectset.rio.cattle.io/", NULL,
		"objectset.rio.cattle.io/owner-gvk", "objectset.rio.cattle.io/owner-name",
		"objectset.rio.cattle.io/owner-namespace" },
	{ "k3s, RKE2 or Rancher", LABEL, "objectset.rio.cattle.io/", NULL, NULL, NULL, NULL },
	/* kubernetes/kubernetes cluster/addons/addon-manager: EnsureExists only creates */
	{ "the addon manager", LABEL, "addonmanager.kubernetes.io/mode", "Reconcile", NULL, NULL,
		NULL },
	{ "the addon manager", LABEL, "kubernetes.io/cluster-service", "true", NULL, NULL, NULL },
	/* https://carvel.dev/kapp/docs/latest/apply/: kapp and kapp-controller */
	{ "Carvel kapp", LABEL, "kapp.k14s.io/app", NULL, "app", "kapp.k14s.io/app", NULL },
	{ "Carvel kapp", ANNOTATION, "kapp.k14s.io/identity", NULL, NULL, NULL, NULL },
	/* https://docs.crossplane.io/latest/concepts/composite-resources/ */
	{ "Crossplane", LABEL, "crossplane.io/", NULL, "composite", "crossplane.io/composite",
		NULL },
	{ "Crossplane", ANNOTATION, "crossplane.io/", NULL, NULL, NULL, NULL },
	/* projectsveltos/libsveltos lib/deployer/utils.go; labels up to v0.50 */
	{ "Sveltos", ANNOTATION, "projectsveltos.io/", NULL, "projectsveltos.io/owner-kind",
		"projectsveltos.io/owner-name", NULL },
	{ "Sveltos", LABEL, "projectsveltos.io/", NULL, "projectsveltos.io/reference-kind",
		"projectsveltos.io/reference-name", "projectsveltos.io/reference-namespace" },
	/*
	 * operator-framework: labels of operator-lifecycle-manager on what a Subscription installs
	 */
	{ "OLM", LABEL, "olm.operatorframework.io/", NULL, "olm.operatorframework.io/owner-kind",
		"olm.operatorframework.io/owner-name", NULL },
	{ "OLM", LABEL, "operators.coreos.com/", NULL, NULL, NULL, NULL },
	{ "OLM", LABEL, "olm.managed", "true", NULL, NULL, NULL },
	/* kubernetes/kops upup/pkg/fi/cloudup/bootstrapchannelbuilder */
	{ "kOps", LABEL, "addon.kops.k8s.io/name", NULL, "addon", "addon.kops.k8s.io/name", NULL },
	/* https://gardener.cloud/docs/gardener/concepts/resource-manager/ */
	{ "Gardener", LABEL, "resources.gardener.cloud/managed-by", NULL, NULL, NULL, NULL },
	{ "Gardener", ANNOTATION, "resources.gardener.cloud/origin", NULL, "origin",
		"resources.gardener.cloud/origin", NULL },
	/* kubermatic/kubermatic pkg/addon: its addons canal and others */
	{ "Kubermatic", LABEL, "kubermatic-addon", NULL, "addon", "kubermatic-addon", NULL },
	/* https://cloud.google.com/kubernetes-engine/config-sync/docs/how-to/managing-objects */
	{ "Config Sync", ANNOTATION, "configmanagement.gke.io/managed", "enabled", "manager",
		"configsync.gke.io/manager", NULL },
	/* karmada-io/karmada pkg/apis/work/v1alpha1/well_known_constants.go */
	{ "Karmada", LABEL, "work.karmada.io/", NULL, "Work", "work.karmada.io/name",
		"work.karmada.io/namespace" },
	{ "Karmada", ANNOTATION, "work.karmada.io/", NULL, "Work", "work.karmada.io/name",
		"work.karmada.io/namespace" },
	/* https://kro.run/docs: labels of what a ResourceGraphDefinition creates */
	{ "kro", LABEL, "kro.run/", NULL, "ResourceGraphDefinition",
		"kro.run/resource-graph-definition-name", NULL },
	/* https://docs.tigera.io/calico/latest/operations/operator-migration */
	{ "the tigera operator", LABEL, "operator.tigera.io/", NULL, NULL, NULL, NULL },
};

/* The key that matches a row; NULL: none does. */
static const char *key_of_mark(const struct mark *row, const json_t *map)
{
	const char *key;
	json_t *value;

	if (!has_suffix(row->key, "/")) {
		const char *text = json_str(map, row->key);

		return text && (!row->value || strcmp(row->value, text) == 0) ? row->key : NULL;
	}
	json_object_foreach((json_t *)(uintptr_t)map, key, value)
		if (has_prefix(key, row->key) && json_is_string(value))
			return key;
	return NULL;
}

/* The value of a key of labels or annotations; NULL: absent or empty. */
static const char *value_of(const struct marks *m, const char *key)
{
	const char *value = key ? json_str(m->labels, key) : NULL;

	if (key && !value)
		value = json_str(m->annotations, key);
	return value && *value ? value : NULL;
}

/* "Addon" of "k3s.cattle.io/v1, Kind=Addon", as Go writes a GroupVersionKind. */
static const char *kind_of_mark(const struct mark *row, const struct marks *m)
{
	const char *kind =
		row->kind && strchr(row->kind, '/') ? value_of(m, row->kind) : row->kind;
	const char *behind = kind ? strstr(kind, "Kind=") : NULL;

	return behind ? behind + strlen("Kind=") : kind ? kind : "object";
}

static void add_known_mark(
	struct owners *o, const struct marks *m, const struct mark *row, const char *key)
{
	const char *name = value_of(m, row->name), *ns = value_of(m, row->namespace);
	const char *value = value_of(m, key), *kind = kind_of_mark(row, m);
	char *who;

	if (name)
		who = xasprintf("%s (%s %.*s%s%.*s)", row->who, kind, SHOWN_VALUE, name,
			ns ? " of " : "", SHOWN_VALUE, ns ? ns : "");
	else
		who = xasprintf("%s (%s%s%.*s)", row->who, key, value ? ": " : "", SHOWN_VALUE,
			value ? value : "");
	add_mark(o, m, who, row->map == LABEL ? "labels" : "annotations", key);
}

/* The old label of the addon manager counts, unless the new label says EnsureExists. */
static bool only_ensured(const struct marks *m)
{
	const char *mode = json_str(m->labels, "addonmanager.kubernetes.io/mode");

	return mode && strcmp(mode, "EnsureExists") == 0;
}

static void find_marks(struct owners *o, const struct marks *m)
{
	const char *found = "", *instance = "app.kubernetes.io/instance";

	for (size_t i = 0; i < ARRAY_LEN(known_marks); i++) {
		const struct mark *row = &known_marks[i];
		const char *key = key_of_mark(row, row->map == LABEL ? m->labels : m->annotations);

		if (!key || strcmp(found, row->who) == 0 ||
			(strcmp(row->who, "the addon manager") == 0 && only_ensured(m)))
			continue;
		found = row->who;
		add_known_mark(o, m, row, key);
	}
	/* The default label of Argo CD. Foreign charts and kustomizations also set it. */
	if (o->n == 0 && json_str(m->labels, instance))
		add_mark(o, m,
			xasprintf("Argo CD (%s: %s)", instance, json_str(m->labels, instance)),
			"labels", instance);
}

/*
 * Finds the controller of the CRD, or an owner of a group whose programs restore what they own:
 * AppliedManifestWork, ClusterProfile, ProviderRevision. Any other owner only causes the deletion
 * of the CRD when it is deleted itself. Such an owner is reported, but does not stop the run.
 */
static void find_owner_references(struct owners *o, const struct marks *m)
{
	static const char *const groups[] = { "work.open-cluster-management.io",
		"config.projectsveltos.io", "pkg.crossplane.io", "operators.coreos.com",
		"resources.gardener.cloud" };
	const json_t *reference;
	size_t i;

	json_array_foreach(json_object_get(m->metadata, "ownerReferences"), i, reference) {
		const char *kind = json_str(reference, "kind"), *name = json_str(reference, "name");
		const char *version = json_str(reference, "apiVersion");

		if (!kind || !name)
			continue;
		struct owner *owner = add_mark(o, m,
			xasprintf("its owner, the %s %s", kind, name), "ownerReferences", "");

		owner->foreign = json_is_true(json_object_get(reference, "controller")) ||
				 (version && is_called_one(version, groups, ARRAY_LEN(groups)));
	}
}

/* A label that any program may set. It stops the run only if it names a reconciler. */
static void find_other(struct owners *o, const struct marks *m)
{
	const char *by = json_str(m->labels, "app.kubernetes.io/managed-by");

	if (by && *by && strcmp(by, "Helm") != 0 && !is_harmless(by))
		add_mark(o, m, xstrdup(by), "labels", "app.kubernetes.io/managed-by")->foreign =
			is_reconciler(by);
}

void owners_find(struct owners *o, const json_t *crd)
{
	const json_t *metadata = json_object_get(crd, "metadata");
	struct marks m = { .metadata = metadata,
		.labels = json_object_get(metadata, "labels"),
		.annotations = json_object_get(metadata, "annotations") };

	*o = (struct owners){ 0 };
	find_marks(o, &m);
	find_owner_references(o, &m);
	find_other(o, &m);
	add_managers(o, metadata);
}

/* A change of spec.names.shortNames is also a change of spec.names. */
static bool touches(const char *path, const char *field)
{
	size_t n = strlen(path), m = strlen(field), shorter = n < m ? n : m;
	char next = (n > m ? path : field)[shorter];

	return strncmp(path, field, shorter) == 0 && (next == '.' || next == '[' || !next);
}

static bool is_touched(const struct owner *owner, const json_t *changes)
{
	const json_t *field, *change;
	size_t i, k;

	json_array_foreach(owner->fields, i, field)
		json_array_foreach(changes, k, change)
			if (touches(json_str(change, "path"), json_string_value(field)))
				return true;
	return false;
}

const struct owner *owners_marked(const struct owners *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].marked ||
			(o->items[i].foreign && json_array_size(o->items[i].fields) > 0))
			return &o->items[i];
	return NULL;
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
