/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/store/kubernetes.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/store/kubernetes_parts.h"
#include "kube/pages.h"

#define V1_PATH "/apis/crd.projectcalico.org/v1"
#define V3_PATH "/apis/" CALICO_GROUP "/v3"

struct kube_request kubernetes_request(const struct kubernetes *k, const struct calico_resource *r,
	const char *ns, const char *name)
{
	bool v3 = k->rules.v3 && *r->group;

	return (struct kube_request){ .verb = name ? KUBE_GET : KUBE_LIST,
		.group = v3 ? CALICO_GROUP : r->group,
		.version = v3 ? "v3" : "v1",
		.plural = v3 ? calico_v3_plural(r) : r->plural,
		.ns = r->namespaced ? ns : NULL,
		.name = name };
}

/* A custom resource that the server does not serve at all is a CRD that is missing. */
bool kubernetes_lacks_crd(const struct calico_resource *r, const struct kube_call *call)
{
	return kube_call_not_found(call) && *r->group && (!call->name || !call->reason);
}

int kubernetes_error(const struct calico_resource *r, struct kube_call *call, struct err *e)
{
	if (kubernetes_lacks_crd(r, call))
		return err_set(e, ERR_CHECK, call->req.status,
			"%s; the CRD %s is not installed or not served yet: \"calico-datastore "
			"install\" creates it",
			call->err.msg, call->resource);
	err_move(e, &call->err);
	return -1;
}

/* Which conventions */

static bool is_profile(const struct calico_kind *kind)
{
	return strcmp(kind->kind, "Profile") == 0;
}

/* Only policies, and the profile that is stored nowhere, depend on the release. */
size_t kubernetes_ask_rules(
	const struct kubernetes *k, const struct calico_kind *kind, struct kube_batch *b)
{
	size_t at = b->n;

	if (k->rules_known || k->rules.v3 || (!strstr(kind->kind, "Policy") && !is_profile(kind)))
		return at;
	kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
				  .group = "crd.projectcalico.org",
				  .version = "v1",
				  .plural = "clusterinformations",
				  .name = "default" });
	kube_batch_path(b, V1_PATH);
	return at;
}

/*
 * The release is in ClusterInformation; where that does not tell, it is told by what is installed:
 * the staged policies came with the new names. Where nothing may be read the old ones hold.
 */
void kubernetes_take_rules(struct kubernetes *k, const struct kube_batch *b, size_t at)
{
	if (at == b->n)
		return;
	const json_t *information = b->calls[at]->object, *served = b->calls[at + 1]->object;
	const char *version = json_str(json_object_get(information, "spec"), "calicoVersion");
	const json_t *resource;
	size_t i;

	if (version && *version) {
		calico_rules_learn(&k->rules, version);
	} else {
		json_array_foreach(json_object_get(served, "resources"), i, resource) {
			const char *name = json_str(resource, "name");

			if (name && strcmp(name, "stagednetworkpolicies") == 0)
				calico_rules_learn(&k->rules, "3.32");
		}
	}
	k->rules_known = true;
}

/* calicoctl's rule: the v3 group only where the v1 group is not served. */
int kubernetes_find_v3(struct kubernetes *k, bool *found, struct err *e)
{
	kube_batch_auto b = { 0 };

	*found = false;
	if (k->group_known)
		return 0;
	const struct kube_call *v1 = kube_batch_path(&b, V1_PATH);
	const struct kube_call *v3 = kube_batch_path(&b, V3_PATH);

	if (kube_batch_run(&b, k->api, e) < 0)
		return -1;
	*found = kube_call_not_found(v1) && v3->object;
	k->rules.v3 = *found;
	k->group_known = true;
	return 0;
}

/* Objects */

/* One stored object: to the sink, or why not as a problem. */
void kubernetes_hand_over(const struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const json_t *stored, const struct calico_sink *sink)
{
	err_auto bad = { 0 };
	json_auto_t *object = r->to_v3(kind, stored, &k->rules, &bad);
	const char *name = json_str(json_object_get(stored, "metadata"), "name");

	if (object && name && *name) {
		sink->object(sink->arg, object);
		return;
	}
	if (!object && !bad.msg)
		return;
	char_auto *text = xasprintf("%s %.300s cannot be shown: %.1000s", kind->kind,
		name && *name ? name : "without a name",
		object ? "metadata.name is missing" : bad.msg);

	sink->problem(sink->arg, text);
}

/* Lists */

/* The default profile is stored nowhere: it comes before the others, once the rules are known. */
static void hand_over_default(const struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const struct kube_pages *p, const struct calico_sink *sink)
{
	if (!is_profile(kind) || r != &kind->resources[0] || p->token)
		return;
	json_auto_t *profile = convert_default_profile(&k->rules);

	sink->object(sink->arg, profile);
}

/* *again: the server no longer knows the list. */
static int take_page(const struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const struct calico_sink *sink, struct kube_pages *p,
	struct kube_call *call, bool *again, struct err *e)
{
	const json_t *items, *item;
	size_t i;

	if (!call->object && kubernetes_lacks_crd(r, call))
		return kubernetes_error(r, call, e);
	switch (kube_pages_take(p, call, &items, e)) {
	case KUBE_PAGE_ITEMS:
		json_array_foreach(items, i, item)
			kubernetes_hand_over(k, kind, r, item, sink);
		return 0;
	case KUBE_PAGE_AGAIN:
		*again = true;
		return 0;
	case KUBE_PAGE_FAILED:
		break;
	}
	return -1;
}

/* The first page comes together with what tells the rules. */
static int read_page(struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const char *ns, const struct calico_sink *sink,
	struct kube_pages *p, bool *again, struct err *e)
{
	struct kube_request request = kubernetes_request(k, r, ns, NULL);
	kube_batch_auto b = { 0 };

	request.token = p->token;
	struct kube_call *call = kube_batch_add(&b, request);
	size_t rules = kubernetes_ask_rules(k, kind, &b);

	if (kube_batch_run(&b, k->api, e) < 0)
		return -1;
	kubernetes_take_rules(k, &b, rules);
	hand_over_default(k, kind, r, p, sink);
	return take_page(k, kind, r, sink, p, call, again, e);
}

enum { RESOURCES = ARRAY_LEN(((struct calico_kind *)0)->resources) };

/* One after the other; when the server forgot one list, all of them begin anew. */
static int read_resources(struct kubernetes *k, const struct calico_kind *kind, const char *ns,
	const struct calico_sink *sink, struct kube_pages pages[RESOURCES], struct err *e)
{
	size_t i = 0;

	while (i < RESOURCES) {
		const struct calico_resource *r = &kind->resources[i];
		bool again = false;

		if (!r->group || pages[i].ended) {
			i++;
			continue;
		}
		if (read_page(k, kind, r, ns, sink, &pages[i], &again, e) < 0)
			return -1;
		if (!again)
			continue;
		for (i = 0; i < RESOURCES; i++)
			kube_pages_rewind(&pages[i]);
		sink->restart(sink->arg);
		i = 0;
	}
	return 0;
}

static int read_kind(struct kubernetes *k, const struct calico_kind *kind, const char *ns,
	const struct calico_sink *sink, char **version, struct err *e)
{
	struct kube_pages pages[RESOURCES] = { 0 };
	struct buf versions = { 0 };
	int rc = read_resources(k, kind, ns, sink, pages, e);

	for (size_t i = 0; i < RESOURCES; i++) {
		if (kind->resources[i].group)
			buf_printf(&versions, "%s%s", i > 0 ? "/" : "",
				pages[i].revision ? pages[i].revision : "");
		kube_pages_release(&pages[i]);
	}
	*version = buf_steal(&versions);
	if (rc == 0)
		return 0;
	free(*version);
	*version = NULL;
	return -1;
}

static int list(void *store, const struct calico_kind *kind, const char *ns,
	const struct calico_sink *sink, char **version, struct err *e)
{
	struct kubernetes *k = store;
	err_auto missing = { 0 };
	bool v3 = false;

	if (read_kind(k, kind, ns, sink, version, &missing) == 0)
		return 0;
	if (missing.kind == ERR_CHECK && !k->rules.v3 && kubernetes_find_v3(k, &v3, e) < 0)
		return -1;
	if (v3)
		return read_kind(k, kind, ns, sink, version, e);
	err_move(e, &missing);
	return -1;
}

static void free_store(void *store)
{
	free(store);
}

static const struct calico_driver driver = {
	.list = list, .get = kubernetes_get, .free = free_store
};

struct calico_store kubernetes_store(struct kube_api *api, const char *group, bool pod_cidr)
{
	struct kubernetes *k = xcalloc(1, sizeof(*k));

	k->api = api;
	k->rules.pod_cidr = pod_cidr;
	k->group_known = group && *group;
	k->rules.v3 = group && strcasecmp(group, CALICO_V3) == 0;
	return (struct calico_store){ .driver = &driver, .store = k };
}
