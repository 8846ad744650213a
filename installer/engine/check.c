/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check.h"

#include <string.h>

#include "base/json.h"
#include "engine/observe.h"
#include "manifest/crd.h"

enum { PAUSE_MS = 100 };

static void add_read(struct kube_call *call, struct check_read *read, const char *group,
	const char *version, const char *plural, const char *kind)
{
	kube_call_init(call, KUBE_LIST, group, version, plural, NULL, NULL, NULL, false);
	*read = (struct check_read){
		.resource = xstrdup(call->resource),
		.kind = xstrdup(kind),
	};
}

static size_t add_reads(struct kube_call *calls, struct check *c, const json_t *crds)
{
	const json_t *crd, *version;
	size_t i, k, n = 0;

	add_read(&calls[n], &c->reads[n], "", "v1", "nodes", "Node");
	n++;
	json_array_foreach(crds, i, crd)
		json_array_foreach(crd_versions(crd), k, version) {
			if (!json_is_true(json_object_get(version, "served")))
				continue;
			add_read(&calls[n], &c->reads[n], crd_group(crd), json_str(version, "name"),
				crd_plural(crd), crd_kind(crd));
			n++;
		}
	return n;
}

static void settle(struct check_read *read, const struct kube_call *call)
{
	const json_t *items = json_object_get(call->object, "items");
	const json_t *more = json_at(call->object, "metadata", "remainingItemCount", NULL);

	free(read->problem);
	read->problem = NULL;
	read->ms = call->req.seconds * 1000;
	if (json_is_array(items))
		read->count = (long)json_array_size(items) + (long)json_integer_value(more);
	else if (kube_call_not_found(call))
		read->problem = xstrdup("the API server does not serve it (404)");
	else
		read->problem = xstrdup(call->err.msg ? call->err.msg : "the answer is no list");
}

static bool holds(const json_t *crd, const char *type)
{
	const json_t *c;
	size_t i;

	json_array_foreach(json_at(crd, "status", "conditions", NULL), i, c) {
		const char *name = json_str(c, "type"), *status = json_str(c, "status");

		if (name && status && strcmp(name, type) == 0)
			return strcmp(status, "True") == 0;
	}
	return false;
}

/* The conditions of a CRD; what is wrong with them becomes the problem of its read. */
static void confirm_one(struct check *c, const struct kube_call *call)
{
	const char *lacks = !call->object                           ? NULL
			    : !holds(call->object, "NamesAccepted") ? "NamesAccepted"
			    : !holds(call->object, "Established")   ? "Established"
								    : NULL;

	for (size_t i = 0; i < c->n && lacks; i++)
		if (strcmp(c->reads[i].resource, call->name) == 0 && !c->reads[i].problem)
			c->reads[i].problem =
				xasprintf("the CRD's condition %s is not true", lacks);
}

static int run(
	struct kube_api *api, const json_t *crds, bool confirm, struct check *c, struct err *e)
{
	size_t i, n, n_crds = json_array_size(crds);
	struct kube_call *calls = xcalloc(c->n + n_crds, sizeof(*calls));
	const json_t *crd;

	check_release(&(struct check){ .reads = c->reads, .n = c->n });
	c->reads = xcalloc(c->n, sizeof(*c->reads));
	n = add_reads(calls, c, crds);
	json_array_foreach(crds, i, crd)
		if (confirm)
			observe_crd_call(&calls[n++], crd_name(crd));
	int rc = kube_run(api, calls, n, NULL, NULL, e);

	for (i = 0; i < n && rc == 0; i++) {
		if (i < c->n)
			settle(&c->reads[i], &calls[i]);
		else
			confirm_one(c, &calls[i]);
	}
	observe_free_calls(calls, n);
	return rc;
}

/* Whether what failed may pass by itself: only reads that the server does not serve yet. */
static bool may_pass(const struct check *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->reads[i].problem && !strstr(c->reads[i].problem, "(404)") &&
			!strstr(c->reads[i].problem, "condition"))
			return false;
	return true;
}

static size_t count_reads(const json_t *crds)
{
	const json_t *crd, *version;
	size_t i, k, n = 1;

	json_array_foreach(crds, i, crd)
		json_array_foreach(crd_versions(crd), k, version)
			n += json_is_true(json_object_get(version, "served"));
	return n;
}

int check_reads(struct kube_api *api, const json_t *crds, bool confirm, int64_t patience_ms,
	struct check *c, struct err *e)
{
	int64_t until = now_ms() + patience_ms;

	*c = (struct check){ .n = count_reads(crds) };
	c->reads = xcalloc(c->n, sizeof(*c->reads));
	for (;;) {
		if (run(api, crds, confirm, c, e) < 0)
			return -1;
		c->failed = 0;
		for (size_t i = 0; i < c->n; i++)
			c->failed += c->reads[i].problem != NULL;
		if (c->failed == 0 || now_ms() + PAUSE_MS >= until || !may_pass(c))
			return 0;
		if (http_pause(kube_api_http(api), PAUSE_MS, e) < 0)
			return -1;
	}
}

int check_verdict(const struct check *c, struct err *e)
{
	if (c->failed == 0)
		return 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->reads[i].problem)
			return err_set(e, ERR_CHECK, (long)c->failed,
				"%zu of %zu reads failed, the first of %s: %s; \"calico-datastore "
				"plan\" "
				"shows what is missing",
				c->failed, c->n, c->reads[i].resource, c->reads[i].problem);
	return 0;
}

void check_release(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->reads[i].resource);
		free(c->reads[i].kind);
		free(c->reads[i].problem);
	}
	free(c->reads);
	*c = (struct check){ 0 };
}
