/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/foreign.h"

#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"
#include "manifest/source.h"
#include "manifest/surface.h"

#define SHARED_GROUP "policy.networking.k8s.io"

static bool listed(const char *word, const struct string_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(word, list->items[i]) == 0)
			return true;
	return false;
}

bool foreign_is_kubernetes(const char *group)
{
	if (strcmp(group, SHARED_GROUP) == 0)
		return false;
	return !strchr(group, '.') || strcmp(group, "k8s.io") == 0 ||
	       has_suffix(group, ".k8s.io") || strcmp(group, "kubernetes.io") == 0 ||
	       has_suffix(group, ".kubernetes.io");
}

/* *is: a published release has this CRD, also when that release is not built in. */
static int is_released(const char *name, bool *is, struct err *e)
{
	surfaces_auto surfaces = { 0 };

	*is = false;
	if (source_surfaces(&surfaces, NULL, e) < 0)
		return -1;
	for (size_t i = 0; i < surfaces.n && !*is; i++)
		*is = surface_crd(&surfaces.items[i], name) != NULL;
	return 0;
}

/* In Calico's own groups every name is Calico's. In a shared group only names of releases are. */
static int is_calico(const json_t *crd, bool *is, struct err *e)
{
	static const char *const own[] = { "crd.projectcalico.org", "projectcalico.org",
		"operator.tigera.io", "migration.projectcalico.org" };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(crd_group(crd), own[i]) == 0) {
			*is = true;
			return 0;
		}
	return is_released(crd_name(crd), is, e);
}

int foreign_check_kubernetes(const char *origin, const json_t *crd, struct err *e)
{
	if (!foreign_is_kubernetes(crd_group(crd)))
		return 0;
	return err_set(e, ERR_VERIFY, 0,
		"%s: %s is of a group of Kubernetes itself; no release of Calico has such a CRD, "
		"and no option allows it",
		origin, crd_name(crd));
}

static int check_group(
	const struct foreign *f, const char *origin, const json_t *crd, struct err *e)
{
	const char *group = crd_group(crd);
	bool known = false;

	if (foreign_check_kubernetes(origin, crd, e) < 0)
		return -1;
	if (listed(group, &f->groups))
		return 0;
	if (is_calico(crd, &known, e) < 0)
		return -1;
	if (known)
		return 0;
	if (strcmp(group, SHARED_GROUP) == 0)
		return err_set(e, ERR_VERIFY, 0,
			"%s: no release of Calico has the CRD %s; --allow-group %s allows it",
			origin, crd_name(crd), group);
	return err_set(e, ERR_VERIFY, 0,
		"%s: %s is of a group that no Calico release has; --allow-group %s allows it",
		origin, crd_name(crd), group);
}

int foreign_check_crd(const struct foreign *f, const char *origin, const json_t *crd, struct err *e)
{
	const char *strategy = json_str(json_at(crd, "spec", "conversion", NULL), "strategy");

	if (check_group(f, origin, crd, e) < 0)
		return -1;
	if (strategy && strcmp(strategy, "Webhook") == 0 && !listed(crd_name(crd), &f->webhooks))
		return err_set(e, ERR_VERIFY, 0,
			"%s: a webhook converts %s, and can see and change every object; "
			"--allow-webhook %s allows it",
			origin, crd_name(crd), crd_name(crd));
	return 0;
}

/* Objects */

/* "v1" or "apps/v1": the value of an apiVersion, which becomes part of a path. */
static bool is_api_version(const char *text)
{
	const char *slash = strchr(text, '/');

	if (!slash)
		return is_dns_label(text);
	char_auto *group = xstrndup(text, (size_t)(slash - text));

	return is_dns_subdomain(group) && is_dns_label(slash + 1);
}

/*
 * Some kinds of Kubernetes have names with ":" and capitals. Parts of a path or a query are
 * refused.
 */
static bool is_path_part(const char *text)
{
	return *text && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 && !strpbrk(text, "/%?#");
}

static bool is_owner(const json_t *ref)
{
	const char *version = json_str(ref, "apiVersion"), *kind = json_str(ref, "kind");
	const char *name = json_str(ref, "name"), *uid = json_str(ref, "uid");

	return version && is_api_version(version) && kind && is_path_part(kind) && name &&
	       is_path_part(name) && uid && *uid;
}

static const char *bad_owners(const json_t *metadata)
{
	const json_t *refs = json_object_get(metadata, "ownerReferences"), *ref;
	size_t i;

	if (refs && !json_is_array(refs))
		return "metadata.ownerReferences is no list";
	json_array_foreach(refs, i, ref)
		if (!is_owner(ref))
			return "metadata.ownerReferences has an entry without a proper "
			       "apiVersion, kind, name and uid";
	return NULL;
}

static const char *bad_place(const json_t *crd, const json_t *metadata)
{
	const char *name = json_str(metadata, "name"), *ns = json_str(metadata, "namespace");
	bool namespaced = strcmp(crd_scope(crd), "Namespaced") == 0;

	if (!name || !is_dns_subdomain(name))
		return "metadata.name is not a name that the API server takes";
	if (namespaced && (!ns || !is_dns_label(ns)))
		return "metadata.namespace is not a name that the API server takes";
	if (!namespaced && json_object_get(metadata, "namespace"))
		return "it has a namespace, and its CRD says that it has none";
	return NULL;
}

static const char *bad_type(const json_t *crd, const json_t *object)
{
	const char *version = json_str(object, "apiVersion"), *kind = json_str(object, "kind");
	char_auto *wanted = xasprintf("%s/%s", crd_group(crd), crd_storage_version(crd));

	if (!version || strcmp(version, wanted) != 0)
		return "its apiVersion is not the one in which its CRD stores objects";
	if (!kind || strcmp(kind, crd_kind(crd)) != 0)
		return "its kind is not that of its CRD";
	return NULL;
}

int foreign_check_object(const json_t *crd, const json_t *object, struct err *e)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const char *name = json_str(metadata, "name"), *bad;

	bad = json_is_object(metadata) ? bad_type(crd, object) : "it has no metadata";
	if (!bad)
		bad = bad_place(crd, metadata);
	if (!bad)
		bad = bad_owners(metadata);
	return bad ? err_set(e, ERR_VERIFY, 0, "%s/%.253s: %s", crd_name(crd),
			     name ? name : "(no name)", bad)
		   : 0;
}
