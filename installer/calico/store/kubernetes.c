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

/* When the server does not serve a custom resource at all, its CRD is missing. */
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

/* Rules: the conventions of the release */

static bool is_profile(const struct calico_kind *kind)
{
	return strcmp(kind->kind, "Profile") == 0;
}

size_t kubernetes_ask_rules(const struct kubernetes *k, struct kube_batch *b)
{
	size_t at = b->n;

	if (k->rules_known)
		return at;
	kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
				  .group = k->rules.v3 ? CALICO_GROUP : "crd.projectcalico.org",
				  .version = k->rules.v3 ? "v3" : "v1",
				  .plural = "clusterinformations",
				  .name = "default" });
	if (!k->rules.v3)
		kube_batch_path(b, V1_PATH);
	return at;
}

const char *kubernetes_release_served(const json_t *served)
{
	const char *release = served ? "v3.28.0" : NULL;
	const json_t *resource;
	size_t i;

	json_array_foreach(json_object_get(served, "resources"), i, resource) {
		const char *name = json_str(resource, "name");

		if (name && strcmp(name, "stagednetworkpolicies") == 0)
			return CALICO_NEWEST;
		if (name && strcmp(name, "tiers") == 0)
			release = CALICO_OLDEST_WITH_TIERS;
	}
	return release;
}

/*
 * ClusterInformation tells the release. Without it, the installed CRDs tell it. When nothing can be
 * read, the conventions of v3.29.1 hold.
 */
void kubernetes_take_rules(struct kubernetes *k, const struct kube_batch *b, size_t at)
{
	if (at == b->n)
		return;
	const json_t *information = b->calls[at]->object;
	const char *version = json_str(json_object_get(information, "spec"), "calicoVersion");

	if (version && *version)
		calico_rules_learn(&k->rules, version);
	else
		calico_rules_learn(&k->rules,
			k->rules.v3 ? CALICO_NEWEST
				    : kubernetes_release_served(b->calls[at + 1]->object));
	k->rules_known = true;
	for (size_t i = at; i < b->n && !(version && *version) && !k->doubt; i++)
		if (b->calls[i]->err.kind && !kube_call_not_found(b->calls[i]))
			k->doubt = calico_doubt(&k->rules, &b->calls[i]->err);
}

/* As in calicoctl: the v3 group is used only where the v1 group is not served. */
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
	k->rules_known = k->rules_known && (k->rules_assumed || !*found);
	return 0;
}

/* Objects */

/* Says what calicoctl does with an object that it refuses, and how to correct the object. */
static char *refusal(const struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const json_t *metadata, const struct err *bad)
{
	const char *ns = json_str(metadata, "namespace"), *name = json_str(metadata, "name");
	bool v3 = k->rules.v3 && *r->group;
	struct buf text = { 0 };

	buf_printf(&text, "%s %s%s%.300s: %.1000s; ", kind->kind, ns ? ns : "", ns ? "/" : "", name,
		bad->msg);
	buf_printf(&text, "%s fails on all %s because of it; ", kind->own ? "Calico" : "calicoctl",
		kind->plural);
	buf_printf(&text, "\"kubectl edit %s%s%s ", v3 ? calico_v3_plural(r) : r->plural,
		*r->group ? "." : "", v3 ? CALICO_GROUP : r->group);
	buf_printf(&text, "%.300s%s%.300s\" mends it", name, ns ? " -n " : "", ns ? ns : "");
	return buf_steal(&text);
}

/* Hands a stored object to the sink. What calicoctl refuses in it becomes a problem. */
void kubernetes_hand_over(const struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const json_t *stored, const struct calico_sink *sink)
{
	err_auto bad = { 0 };
	json_auto_t *object = r->to_v3(kind, stored, &k->rules, &bad);
	const json_t *metadata = json_object_get(stored, "metadata");
	const char *name = json_str(metadata, "name");
	char_auto *text = NULL;

	if (!object && !bad.msg)
		return;
	if (object && name && *name) {
		sink->object(sink->arg, object);
		if (!bad.msg)
			return;
		text = refusal(k, kind, r, metadata, &bad);
	} else {
		text = xasprintf("%s %.300s cannot be shown: %.1000s%s", kind->kind,
			name && *name ? name : "without a name",
			bad.msg ? bad.msg : "metadata.name is missing",
			name && *name ? "; calicoctl leaves it out" : "");
	}
	sink->problem(sink->arg, text);
}

/* Lists */

/* No datastore stores the default profile. It comes before the others, once the rules are known. */
static void hand_over_default(const struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const struct kube_pages *p, const struct calico_sink *sink)
{
	if (!is_profile(kind) || r != &kind->resources[0] || p->token)
		return;
	json_auto_t *profile = convert_default_profile(&k->rules);

	sink->object(sink->arg, profile);
}

enum { RESOURCES = ARRAY_LEN(((struct calico_kind *)0)->resources) };

/* A list that is being read, one resource after the other. */
struct walk {
	struct calico_list *list;
	struct kube_pages pages[RESOURCES];
	size_t at; /* index of the resource; RESOURCES: everything is read */
	struct kube_call *call; /* the request for the current page */
};

static const struct calico_resource *resource_of(const struct walk *w)
{
	return &w->list->kind->resources[w->at];
}

static void skip_ended(struct walk *w)
{
	while (w->at < RESOURCES && (!resource_of(w)->group || w->pages[w->at].ended))
		w->at++;
}

static bool is_under_way(const struct walk *w)
{
	return w->at < RESOURCES;
}

static void begin(struct walk *w)
{
	for (size_t i = 0; i < RESOURCES; i++)
		kube_pages_rewind(&w->pages[i]);
	w->at = 0;
	skip_ended(w);
}

static void walk_release(struct walk *w)
{
	for (size_t i = 0; i < RESOURCES; i++)
		kube_pages_release(&w->pages[i]);
}

static void ask_page(const struct kubernetes *k, struct walk *w, struct kube_batch *b)
{
	struct kube_request request = kubernetes_request(k, resource_of(w), w->list->ns, NULL);

	request.token = w->pages[w->at].token;
	request.apart = true;
	w->call = kube_batch_add(b, request);
}

static void fail(struct walk *w, struct err *e)
{
	err_move(&w->list->failed, e);
	w->at = RESOURCES;
}

/* The parts of a stored object that are read; NULL: all. */
static const struct json_wanted *wanted(
	const struct kubernetes *k, const struct calico_list *l, const struct calico_resource *r)
{
	if (r->reads)
		return &field_table(r->reads, k->rules.release)->wanted;
	return l->brief ? &kube_without_managers : NULL;
}

static void take_items(const struct kubernetes *k, struct walk *w)
{
	const struct calico_list *l = w->list;
	const struct calico_resource *r = resource_of(w);
	const struct json_wanted *parts = wanted(k, l, r);
	err_auto e = { 0 };

	for (;;) {
		json_auto_t *item = kube_pages_next(&w->pages[w->at], w->call, parts, &e);

		if (!item)
			break;
		kubernetes_hand_over(k, l->kind, r, item, l->sink);
	}
	if (e.msg)
		fail(w, &e);
	else
		skip_ended(w);
}

/* When the server forgot the continue token of one resource, the whole list begins again. */
static void take_page(const struct kubernetes *k, struct walk *w)
{
	const struct calico_list *l = w->list;
	const struct calico_resource *r = resource_of(w);
	struct kube_pages *p = &w->pages[w->at];
	err_auto e = { 0 };

	w->list->ms += w->call->req.seconds * 1000;
	hand_over_default(k, l->kind, r, p, l->sink);
	if (!w->call->object && kubernetes_lacks_crd(r, w->call) &&
		kubernetes_error(r, w->call, &e) < 0) {
		fail(w, &e);
		return;
	}
	switch (kube_pages_take(p, w->call, &e)) {
	case KUBE_PAGE_ITEMS:
		take_items(k, w);
		break;
	case KUBE_PAGE_AGAIN:
		begin(w);
		l->sink->restart(l->sink->arg);
		break;
	case KUBE_PAGE_FAILED:
		fail(w, &e);
		break;
	}
}

/* Reads the next page of each list. The first batch also reads what the rules need. */
static int read_pages(struct kubernetes *k, struct walk *walks, size_t n, struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < n; i++) {
		walks[i].call = NULL;
		if (!is_under_way(&walks[i]))
			continue;
		ask_page(k, &walks[i], &b);
	}
	size_t rules = kubernetes_ask_rules(k, &b);

	if (kube_batch_run(&b, k->api, e) < 0)
		return -1;
	kubernetes_take_rules(k, &b, rules);
	for (size_t i = 0; i < n; i++)
		if (walks[i].call)
			take_page(k, &walks[i]);
	return 0;
}

static int read_all(struct kubernetes *k, struct walk *walks, size_t n, struct err *e)
{
	for (;;) {
		bool more = false;

		for (size_t i = 0; i < n; i++)
			more = more || is_under_way(&walks[i]);
		if (!more)
			return 0;
		if (read_pages(k, walks, n, e) < 0)
			return -1;
	}
}

static bool lacks_crd(const struct walk *w)
{
	return w->list->failed.kind == ERR_CHECK;
}

/* When CRDs are missing, the objects may be in the v3 group. Then they are read there. */
static int read_again(struct kubernetes *k, struct walk *walks, size_t n, struct err *e)
{
	bool missing = false, found = false;

	for (size_t i = 0; i < n; i++)
		missing = missing || lacks_crd(&walks[i]);
	if (!missing || k->rules.v3)
		return 0;
	if (kubernetes_find_v3(k, &found, e) < 0)
		return -1;
	for (size_t i = 0; i < n && found; i++) {
		if (!lacks_crd(&walks[i]))
			continue;
		err_release(&walks[i].list->failed);
		walks[i].list->failed = (struct err){ 0 };
		begin(&walks[i]);
	}
	return found ? read_all(k, walks, n, e) : 0;
}

/* A list of several resources has a version for each: "123/456". */
static char *version_of(const struct walk *w)
{
	struct buf versions = { 0 };

	for (size_t i = 0; i < RESOURCES; i++)
		if (w->list->kind->resources[i].group)
			buf_printf(&versions, "%s%s", i > 0 ? "/" : "",
				w->pages[i].revision ? w->pages[i].revision : "");
	return buf_steal(&versions);
}

static int list(void *store, struct calico_list *lists, size_t n, struct err *e)
{
	struct kubernetes *k = store;
	struct walk *walks = xcalloc(n + 1, sizeof(*walks));

	for (size_t i = 0; i < n; i++) {
		walks[i].list = &lists[i];
		begin(&walks[i]);
	}
	int rc = read_all(k, walks, n, e);

	if (rc == 0)
		rc = read_again(k, walks, n, e);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && !lists[i].failed.kind)
			lists[i].resource_version = version_of(&walks[i]);
		walk_release(&walks[i]);
	}
	free(walks);
	return rc;
}

static void assume(void *store, const char *release)
{
	struct kubernetes *k = store;

	calico_rules_learn(&k->rules, release);
	k->rules_known = k->rules_assumed = true;
}

static int pause_store(void *store, int64_t ms, struct err *e)
{
	const struct kubernetes *k = store;

	return http_pause(kube_api_http(k->api), ms, e);
}

static long requests_sent(const void *store)
{
	const struct kubernetes *k = store;

	return http_requests_sent(kube_api_http(k->api));
}

static const char *doubt(const void *store)
{
	return ((const struct kubernetes *)store)->doubt;
}

static void free_store(void *store)
{
	struct kubernetes *k = store;

	free(k->doubt);
	free(k);
}

const struct calico_driver kubernetes_driver = {
	.type = "kubernetes",
	.has_crds = true,
	.list = list,
	.get = kubernetes_get,
	.assume = assume,
	.doubt = doubt,
	.pause = pause_store,
	.requests_sent = requests_sent,
	.free = free_store,
};

struct calico_store kubernetes_store(struct kube_api *api, const char *group, bool pod_cidr)
{
	struct kubernetes *k = xcalloc(1, sizeof(*k));

	k->api = api;
	k->rules.pod_cidr = pod_cidr;
	k->group_known = group && *group;
	k->rules.v3 = group && strcasecmp(group, CALICO_V3) == 0;
	return (struct calico_store){ .driver = &kubernetes_driver, .store = k };
}

bool kubernetes_rules(const struct calico_store *store, struct calico_rules *rules)
{
	const struct kubernetes *k = store->store;

	*rules = k->rules;
	return k->group_known;
}

void kubernetes_settle(const struct calico_store *store, const struct calico_rules *rules)
{
	struct kubernetes *k = store->store;

	k->rules = *rules;
	k->rules_known = true;
	k->group_known = true;
}
