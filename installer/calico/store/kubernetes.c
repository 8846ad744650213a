/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/store/kubernetes.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/store/kubernetes_parts.h"

#define V1_PATH "/apis/crd.projectcalico.org/v1"
#define V3_PATH "/apis/" CALICO_GROUP "/v3"

/* Ceilings: a server that always has another page must not go on for ever. */
enum { LIST_MAX_PAGES = 20000, LIST_MAX_BYTES = 1 << 30, EXPIRED = 410 };

void kubernetes_call(const struct kubernetes *k, const struct calico_resource *r, const char *ns,
	const char *name, struct kube_call *call)
{
	bool v3 = k->rules.v3 && *r->group;
	const char *plural = v3 ? calico_v3_plural(r) : r->plural;

	kube_call_init(call, name ? KUBE_GET : KUBE_LIST, v3 ? CALICO_GROUP : r->group,
		v3 ? "v3" : "v1", plural, r->namespaced ? ns : NULL, name, NULL, false);
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
	const struct kubernetes *k, const struct calico_kind *kind, struct kube_call *calls)
{
	if (k->rules_known || k->rules.v3 || (!strstr(kind->kind, "Policy") && !is_profile(kind)))
		return 0;
	kube_call_init(&calls[0], KUBE_GET, "crd.projectcalico.org", "v1", "clusterinformations",
		NULL, "default", NULL, false);
	kube_call_path(&calls[1], V1_PATH);
	return KUBERNETES_RULE_CALLS;
}

/*
 * The release is in ClusterInformation; where that does not tell, it is told by what is installed:
 * the staged policies came with the new names. Where nothing may be read the old ones hold.
 */
void kubernetes_take_rules(struct kubernetes *k, struct kube_call *calls, size_t n)
{
	if (n == 0)
		return;
	const char *version = json_str(json_object_get(calls[0].object, "spec"), "calicoVersion");
	const json_t *resource;
	size_t i;

	if (version && *version) {
		calico_rules_learn(&k->rules, version);
	} else {
		json_array_foreach(json_object_get(calls[1].object, "resources"), i, resource) {
			const char *name = json_str(resource, "name");

			if (name && strcmp(name, "stagednetworkpolicies") == 0)
				calico_rules_learn(&k->rules, "3.32");
		}
	}
	k->rules_known = true;
	for (i = 0; i < n; i++)
		kube_call_release(&calls[i]);
}

/* calicoctl's rule: the v3 group only where the v1 group is not served. */
int kubernetes_find_v3(struct kubernetes *k, bool *found, struct err *e)
{
	struct kube_call calls[2];

	*found = false;
	if (k->group_known)
		return 0;
	kube_call_path(&calls[0], V1_PATH);
	kube_call_path(&calls[1], V3_PATH);
	int rc = kube_run(k->api, calls, 2, NULL, NULL, e);

	*found = rc == 0 && kube_call_not_found(&calls[0]) && calls[1].object;
	k->rules.v3 = *found;
	k->group_known = rc == 0;
	kube_call_release(&calls[0]);
	kube_call_release(&calls[1]);
	return rc;
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

struct pages {
	char *token; /* metadata.continue of the last page; NULL: that was the end */
	char *version; /* resourceVersion of the list */
	size_t n, bytes;
	bool expired; /* the server no longer knows the token */
};

static int take_page(const struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const struct calico_sink *sink, struct pages *p,
	const struct kube_call *call, struct err *e)
{
	const json_t *items = json_object_get(call->object, "items"), *item;
	const json_t *meta = json_object_get(call->object, "metadata");
	const char *token = json_str(meta, "continue"),
		   *version = json_str(meta, "resourceVersion");
	size_t i;

	if (!items || !(json_is_array(items) || json_is_null(items)))
		return err_set(e, ERR_FORMAT, call->req.status,
			"list %s: the answer has no items; is this a Kubernetes API server?",
			call->resource);
	json_array_foreach(items, i, item)
		kubernetes_hand_over(k, kind, r, item, sink);
	if (p->n == 0 && version)
		p->version = xstrdup(version);
	free(p->token);
	p->token = token && *token ? xstrdup(token) : NULL;
	p->bytes += call->bytes;
	if (p->token && (++p->n >= LIST_MAX_PAGES || p->bytes >= LIST_MAX_BYTES))
		return err_set(e, ERR_FORMAT, 0,
			"list %s: no end after %zu pages and %zu MiB; read objects by their names",
			call->resource, p->n, p->bytes >> 20);
	return 0;
}

/* The first page comes together with what tells the rules. */
static int read_page(struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const char *ns, const struct calico_sink *sink,
	struct pages *p, struct err *e)
{
	struct kube_call calls[1 + KUBERNETES_RULE_CALLS], *call = &calls[0];

	kubernetes_call(k, r, ns, NULL, call);
	if (p->token)
		kube_call_continue(call, p->token);
	size_t asked = kubernetes_ask_rules(k, kind, calls + 1);
	int rc = kube_run(k->api, calls, 1 + asked, NULL, NULL, e);

	kubernetes_take_rules(k, calls + 1, asked);
	if (rc == 0 && is_profile(kind) && r == &kind->resources[0] && !p->token) {
		json_auto_t *profile = convert_default_profile(&k->rules);

		sink->object(sink->arg, profile);
	}
	if (rc == 0 && call->object) {
		rc = take_page(k, kind, r, sink, p, call, e);
	} else if (rc == 0) {
		p->expired = p->token && call->req.status == EXPIRED;
		rc = kubernetes_error(r, call, e);
	}
	kube_call_release(call);
	return rc;
}

static int read_pages(struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const char *ns, const struct calico_sink *sink,
	struct pages *p, struct err *e)
{
	int rc;

	*p = (struct pages){ 0 };
	do {
		rc = read_page(k, kind, r, ns, sink, p, e);
	} while (rc == 0 && p->token);
	free(p->token);
	p->token = NULL;
	return rc;
}

/* All resources of a kind; *expired: one of them has to be started over. */
static int read_resources(struct kubernetes *k, const struct calico_kind *kind, const char *ns,
	const struct calico_sink *sink, char **version, bool *expired, struct err *e)
{
	struct buf versions = { 0 };
	int rc = 0;

	*expired = false;
	for (size_t i = 0; i < ARRAY_LEN(kind->resources) && rc == 0; i++) {
		const struct calico_resource *r = &kind->resources[i];
		struct pages p;

		if (!r->group)
			continue;
		rc = read_pages(k, kind, r, ns, sink, &p, e);
		*expired = p.expired;
		buf_printf(&versions, "%s%s", i > 0 ? "/" : "", p.version ? p.version : "");
		free(p.version);
	}
	*version = buf_steal(&versions);
	if (rc == 0)
		return 0;
	free(*version);
	*version = NULL;
	return -1;
}

/* The server forgets a list after some minutes; then a fresh one is read, once. */
static int read_twice(struct kubernetes *k, const struct calico_kind *kind, const char *ns,
	const struct calico_sink *sink, char **version, struct err *e)
{
	err_auto first = { 0 };
	bool expired;

	if (read_resources(k, kind, ns, sink, version, &expired, &first) == 0)
		return 0;
	if (!expired) {
		err_move(e, &first);
		return -1;
	}
	sink->restart(sink->arg);
	return read_resources(k, kind, ns, sink, version, &expired, e);
}

static int list(void *store, const struct calico_kind *kind, const char *ns,
	const struct calico_sink *sink, char **version, struct err *e)
{
	struct kubernetes *k = store;
	err_auto missing = { 0 };
	bool v3 = false;

	if (read_twice(k, kind, ns, sink, version, &missing) == 0)
		return 0;
	if (missing.kind == ERR_CHECK && !k->rules.v3 && kubernetes_find_v3(k, &v3, e) < 0)
		return -1;
	if (v3)
		return read_twice(k, kind, ns, sink, version, e);
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
