/* SPDX-License-Identifier: Apache-2.0 */
/* Reads objects by name. The kind and the release decide what a name means. */
#include <string.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/store/kubernetes_parts.h"

/* What is asked for one name. */
struct wanted {
	const char *name; /* as the user gave it */
	/* NULL: the server is not asked; no such object can exist */
	const struct calico_resource *resource;
	char *ns, *stored; /* namespace and name on the server */
	char *other; /* the name by the conventions of other releases; NULL: none */
	struct kube_call *calls[2]; /* the requests for stored and for other; NULL: not asked */
};

static void wanted_release(struct wanted *w)
{
	free(w->ns);
	free(w->stored);
	free(w->other);
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

/*
 * Up to v3.31 a policy without a tier in its name is stored with the tier "default" in its name.
 * Such a policy may still be listed without the tier. Both names are asked for, because the rules
 * are not known yet.
 */
static void want_policy(const struct kubernetes *k, struct wanted *w)
{
	w->stored = xstrdup(w->name);
	if (!k->rules.v3 && !strchr(w->name, '.'))
		w->other = xasprintf("default.%s", w->name);
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
		w.resource = &kind->resources[0];
		if (calico_is_policy(kind))
			want_policy(k, &w);
		else
			w.stored = xstrdup(name);
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

/* The pod may make another endpoint than the one that was asked for; that one is left out. */
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

/* Whether "get" lists the object under the name that was asked for. */
static bool is_shown_as(const struct kubernetes *k, const struct calico_kind *kind,
	const struct wanted *w, const json_t *stored)
{
	err_auto bad = { 0 };
	json_auto_t *object = w->resource->to_v3(kind, stored, &k->rules, &bad);
	const char *name = json_str(json_object_get(object, "metadata"), "name");

	return name && strcmp(name, w->name) == 0;
}

/* The answer that is used, when two names were asked for. */
static struct kube_call *choose(const struct kubernetes *k, const struct calico_kind *kind,
	const struct wanted *w, const char **stored)
{
	size_t first = w->other && !k->rules.plain_names;
	struct kube_call *call = w->calls[first], *second = w->calls[1 - first];

	*stored = first ? w->other : w->stored;
	if (!w->other || !kube_call_not_found(call) || !call->reason || !second->object)
		return call;
	return is_shown_as(k, kind, w, second->object) ? second : call;
}

/* Hands over one name's object. failed gets the first error, except the absence of an object. */
static void settle_name(const struct kubernetes *k, const struct calico_kind *kind, const char *ns,
	const struct wanted *w, const struct calico_sink *sink, struct err *failed)
{
	bool endpoint = strcmp(kind->kind, "WorkloadEndpoint") == 0;
	struct named n = { .name = endpoint ? w->name : NULL, .sink = sink };
	const struct calico_sink inner = {
		.arg = &n, .object = take_named, .problem = take_problem
	};
	const char *stored;
	struct kube_call *call = choose(k, kind, w, &stored);
	err_auto e = { 0 };

	if (call->object) {
		kubernetes_hand_over(k, kind, w->resource, call->object, &inner);
		if (!n.found)
			no_such(kind, ns, w->name, sink);
	} else if (kube_call_not_found(call) && call->reason) {
		no_such(kind, ns, endpoint ? w->name : stored, sink);
	} else if (kubernetes_error(w->resource, call, &e) < 0) {
		sink->problem(sink->arg, e.msg);
		if (!failed->kind)
			err_move(failed, &e);
	}
}

/* A read of n names. */
struct names {
	struct wanted *wanted;
	size_t n;
	struct kube_batch batch;
};

static int ask(struct kubernetes *k, const struct calico_kind *kind, const char *ns,
	const char *const *names, struct names *n, struct err *e)
{
	n->wanted = xcalloc(n->n, sizeof(*n->wanted));
	for (size_t i = 0; i < n->n; i++) {
		struct wanted *w = &n->wanted[i];

		*w = want(k, kind, ns, names[i]);
		if (w->resource)
			w->calls[0] = kube_batch_add(&n->batch,
				kubernetes_request(k, w->resource, w->ns, w->stored));
		if (w->other)
			w->calls[1] = kube_batch_add(&n->batch,
				kubernetes_request(k, w->resource, w->ns, w->other));
	}
	size_t rules = kubernetes_ask_rules(k, &n->batch);

	if (kube_batch_run(&n->batch, k->api, e) < 0)
		return -1;
	kubernetes_take_rules(k, &n->batch, rules);
	return 0;
}

static void names_release(struct names *n)
{
	kube_batch_release(&n->batch);
	for (size_t i = 0; i < n->n; i++)
		wanted_release(&n->wanted[i]);
	free(n->wanted);
	*n = (struct names){ .n = n->n };
}

/* When the CRD is missing, the objects may be in the v3 group. Then they are asked for there. */
static int ask_again(struct kubernetes *k, const struct calico_kind *kind, const char *ns,
	const char *const *names, struct names *n, struct err *e)
{
	bool missing = false, found;

	for (size_t i = 0; i < n->n; i++)
		for (size_t j = 0; j < 2; j++)
			missing = missing || (n->wanted[i].calls[j] &&
						     kubernetes_lacks_crd(&kind->resources[0],
							     n->wanted[i].calls[j]));
	if (!missing || k->rules.v3)
		return 0;
	if (kubernetes_find_v3(k, &found, e) < 0)
		return -1;
	if (!found)
		return 0;
	names_release(n);
	return ask(k, kind, ns, names, n, e);
}

int kubernetes_get(void *store, const struct calico_kind *kind, const char *ns,
	const char *const *names, size_t n, const struct calico_sink *sink, struct err *e)
{
	struct kubernetes *k = store;
	struct names asked = { .n = n };
	err_auto failed = { 0 };
	int rc = ask(k, kind, ns, names, &asked, e);

	if (rc == 0)
		rc = ask_again(k, kind, ns, names, &asked, e);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (asked.wanted[i].resource) {
			settle_name(k, kind, ns, &asked.wanted[i], sink, &failed);
		} else if (strcmp(names[i], CALICO_DEFAULT_PROFILE) == 0) {
			json_auto_t *profile = convert_default_profile(&k->rules);

			sink->object(sink->arg, profile);
		} else {
			no_such(kind, ns, names[i], sink);
		}
	}
	names_release(&asked);
	if (rc < 0 || !failed.kind)
		return rc;
	err_move(e, &failed);
	return -1;
}
