/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/kubernetes.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "calico/convert.h"
#include "calico/print.h"

#define V3_GROUP "projectcalico.org"

/* Ceilings: a server that always has another page must not go on for ever. */
enum { LIST_MAX_PAGES = 20000, LIST_MAX_BYTES = 1 << 30, EXPIRED = 410 };

struct kubernetes {
	struct kube_api *api;
	struct calico_rules rules;
	bool rules_known;
};

static void init_call(const struct kubernetes *k, const struct calico_resource *r, const char *ns,
	const char *name, struct kube_call *call)
{
	bool v3 = k->rules.v3 && *r->group;
	const char *plural =
		v3 && strcmp(r->plural, "ipamconfigs") == 0 ? "ipamconfigurations" : r->plural;

	kube_call_init(call, name ? KUBE_GET : KUBE_LIST, v3 ? V3_GROUP : r->group,
		v3 ? "v3" : "v1", plural, r->namespaced ? ns : NULL, name, NULL, false);
}

/* A custom resource that the server does not serve at all is a CRD that is missing. */
static int take_error(const struct calico_resource *r, struct kube_call *call, struct err *e)
{
	if (kube_call_not_found(call) && *r->group && (!call->name || !call->reason))
		return err_set(e, ERR_CHECK, call->req.status,
			"%s; the CRD %s is not installed or not served yet: \"calico-datastore "
			"install\" creates it",
			call->err.msg, call->resource);
	err_move(e, &call->err);
	return -1;
}

/* Which conventions */

/* v3.30 took the tier out of the names of policies. */
static bool is_new(const char *version)
{
	version += *version == 'v';
	return strverscmp(version, "3.30") >= 0;
}

/*
 * Only policies have conventions that depend on the release; it is in ClusterInformation, and where
 * that cannot be read the older ones hold.
 */
static int learn_rules(struct kubernetes *k, const struct calico_kind *kind, struct err *e)
{
	struct kube_call call;

	if (k->rules_known || k->rules.v3 || !strstr(kind->kind, "Policy"))
		return 0;
	kube_call_init(&call, KUBE_GET, "crd.projectcalico.org", "v1", "clusterinformations", NULL,
		"default", NULL, false);
	int rc = kube_run(k->api, &call, 1, NULL, NULL, e);
	const char *version = json_str(json_object_get(call.object, "spec"), "calicoVersion");

	k->rules.plain_names = version && is_new(version);
	k->rules_known = rc == 0;
	kube_call_release(&call);
	return rc;
}

/* calicoctl's rule: the v3 group only where the v1 group is not served. */
static int find_v3(struct kubernetes *k, bool *found, struct err *e)
{
	struct kube_call calls[2];

	kube_call_path(&calls[0], "/apis/crd.projectcalico.org/v1");
	kube_call_path(&calls[1], "/apis/" V3_GROUP "/v3");
	int rc = kube_run(k->api, calls, 2, NULL, NULL, e);

	*found = rc == 0 && !calls[0].object && calls[1].object;
	k->rules.v3 = *found;
	kube_call_release(&calls[0]);
	kube_call_release(&calls[1]);
	return rc;
}

/* Objects */

/* One stored object: to the sink, or why not as a problem. */
static void hand_over(const struct kubernetes *k, const struct calico_kind *kind,
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
		hand_over(k, kind, r, item, sink);
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

static int read_page(const struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const char *ns, const struct calico_sink *sink,
	struct pages *p, struct err *e)
{
	struct kube_call call;

	init_call(k, r, ns, NULL, &call);
	if (p->token)
		kube_call_continue(&call, p->token);
	int rc = kube_run(k->api, &call, 1, NULL, NULL, e);

	if (rc == 0 && call.object) {
		rc = take_page(k, kind, r, sink, p, &call, e);
	} else if (rc == 0) {
		p->expired = p->token && call.req.status == EXPIRED;
		rc = take_error(r, &call, e);
	}
	kube_call_release(&call);
	return rc;
}

static int read_pages(const struct kubernetes *k, const struct calico_kind *kind,
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
static int read_resources(const struct kubernetes *k, const struct calico_kind *kind,
	const char *ns, const struct calico_sink *sink, char **version, bool *expired,
	struct err *e)
{
	struct buf versions = { 0 };
	int rc = 0;

	*expired = false;
	if (strcmp(kind->kind, "Profile") == 0) {
		json_auto_t *profile = convert_default_profile(&k->rules);

		sink->object(sink->arg, profile);
	}
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
static int read_twice(const struct kubernetes *k, const struct calico_kind *kind, const char *ns,
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

	if (learn_rules(k, kind, e) < 0)
		return -1;
	if (read_twice(k, kind, ns, sink, version, &missing) == 0)
		return 0;
	if (missing.kind == ERR_CHECK && !k->rules.v3 && find_v3(k, &v3, e) < 0)
		return -1;
	if (v3)
		return read_twice(k, kind, ns, sink, version, e);
	err_move(e, &missing);
	return -1;
}

/* Names */

/* What one name asks the server for. */
struct wanted {
	const char *name; /* as it was given */
	const struct calico_resource *resource; /* NULL: the server is not asked */
	char *ns, *stored; /* the namespace and name there */
};

static void wanted_release(struct wanted *w)
{
	free(w->ns);
	free(w->stored);
}

/* A policy without a tier in its name is one of the tier "default". */
static char *policy_name(const struct kubernetes *k, const char *name)
{
	if (k->rules.plain_names || k->rules.v3 || strchr(name, '.'))
		return xstrdup(name);
	return xasprintf("default.%s", name);
}

static void want_profile(struct wanted *w, const struct calico_kind *kind)
{
	const char *rest = strchr(w->name, '.'), *dot = rest ? strchr(rest + 1, '.') : NULL;

	if (has_prefix(w->name, "kns.") && rest[1]) {
		w->resource = &kind->resources[0];
		w->stored = xstrdup(rest + 1);
	} else if (has_prefix(w->name, "ksa.") && dot && dot > rest + 1 && dot[1]) {
		w->resource = &kind->resources[1];
		w->ns = xstrndup(rest + 1, (size_t)(dot - rest - 1));
		w->stored = xstrdup(dot + 1);
	}
}

static struct wanted want(const struct kubernetes *k, const struct calico_kind *kind,
	const char *ns, const char *name)
{
	struct wanted w = { .name = name };

	if (strcmp(kind->kind, "Profile") == 0) {
		want_profile(&w, kind);
	} else if (strcmp(kind->kind, "WorkloadEndpoint") == 0) {
		w.stored = convert_endpoint_pod(name);
		w.resource = w.stored ? &kind->resources[0] : NULL;
	} else {
		w.stored = has_suffix(kind->plural, "policies") &&
					   strcmp(kind->kind, "StagedKubernetesNetworkPolicy") != 0
				   ? policy_name(k, name)
				   : xstrdup(name);
		w.resource = &kind->resources[0];
	}
	if (!w.ns && ns)
		w.ns = xstrdup(ns);
	return w;
}

struct named {
	const char *name;
	const struct calico_sink *sink;
	bool found;
};

/* A pod of that name may make another endpoint than the one that was asked for. */
static void take_named(void *arg, const json_t *object)
{
	struct named *n = arg;
	const char *name = json_str(json_object_get(object, "metadata"), "name");

	if (n->name && (!name || strcmp(name, n->name) != 0))
		return;
	n->found = true;
	n->sink->object(n->sink->arg, object);
}

static void take_problem(void *arg, const char *text)
{
	struct named *n = arg;

	n->found = true;
	n->sink->problem(n->sink->arg, text);
}

static void no_such(const struct calico_kind *kind, const char *ns, const char *name,
	const struct calico_sink *sink)
{
	char_auto *text = xasprintf("there is no %s %s%s%s", kind->kind,
		kind->namespaced && ns ? ns : "", kind->namespaced && ns ? "/" : "", name);

	sink->problem(sink->arg, text);
}

/* failed becomes the first error that is more than the absence of one object. */
static void settle_name(const struct kubernetes *k, const struct calico_kind *kind, const char *ns,
	const struct wanted *w, struct kube_call *call, const struct calico_sink *sink,
	struct err *failed)
{
	bool endpoint = strcmp(kind->kind, "WorkloadEndpoint") == 0;
	struct named n = { .name = endpoint ? w->name : NULL, .sink = sink };
	const struct calico_sink inner = {
		.arg = &n, .object = take_named, .problem = take_problem
	};
	err_auto e = { 0 };

	if (call->object) {
		hand_over(k, kind, w->resource, call->object, &inner);
		if (!n.found)
			no_such(kind, ns, w->name, sink);
	} else if (kube_call_not_found(call) && call->reason) {
		no_such(kind, ns, endpoint || !w->stored ? w->name : w->stored, sink);
	} else if (take_error(w->resource, call, &e) < 0) {
		sink->problem(sink->arg, e.msg);
		if (!failed->kind)
			err_move(failed, &e);
	}
}

static int read_names(const struct kubernetes *k, const struct calico_kind *kind, const char *ns,
	const char *const *names, size_t n, const struct calico_sink *sink, struct err *failed,
	struct err *e)
{
	struct kube_call *calls = xcalloc(n, sizeof(*calls));
	struct wanted *wanted = xcalloc(n, sizeof(*wanted));
	size_t asked = 0;

	for (size_t i = 0; i < n; i++) {
		wanted[i] = want(k, kind, ns, names[i]);
		if (wanted[i].resource)
			init_call(k, wanted[i].resource, wanted[i].ns, wanted[i].stored,
				&calls[asked++]);
	}
	int rc = kube_run(k->api, calls, asked, NULL, NULL, e);

	asked = 0;
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && wanted[i].resource)
			settle_name(k, kind, ns, &wanted[i], &calls[asked], sink, failed);
		else if (rc == 0 && strcmp(names[i], CALICO_DEFAULT_PROFILE) == 0) {
			json_auto_t *profile = convert_default_profile(&k->rules);

			sink->object(sink->arg, profile);
		} else if (rc == 0)
			no_such(kind, ns, names[i], sink);
		if (wanted[i].resource)
			kube_call_release(&calls[asked++]);
		wanted_release(&wanted[i]);
	}
	free(calls);
	free(wanted);
	return rc;
}

static int get(void *store, const struct calico_kind *kind, const char *ns,
	const char *const *names, size_t n, const struct calico_sink *sink, struct err *e)
{
	struct kubernetes *k = store;
	err_auto failed = { 0 };

	if (learn_rules(k, kind, e) < 0)
		return -1;
	if (read_names(k, kind, ns, names, n, sink, &failed, e) < 0)
		return -1;
	if (!failed.kind)
		return 0;
	err_move(e, &failed);
	return -1;
}

static void free_store(void *store)
{
	free(store);
}

static const struct calico_driver driver = { .list = list, .get = get, .free = free_store };

struct calico_store kubernetes_store(struct kube_api *api)
{
	const char *group = getenv("CALICO_API_GROUP");
	struct kubernetes *k = xcalloc(1, sizeof(*k));

	k->api = api;
	k->rules.v3 = group && strcasecmp(group, V3_GROUP "/v3") == 0;
	return (struct calico_store){ .driver = &driver, .store = k };
}
