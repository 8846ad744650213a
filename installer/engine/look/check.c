/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/check.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/observe.h"
#include "manifest/crd.h"

enum { PAUSE_MS = 100 };

static void add_read(struct check *c, const json_t *crd, const char *version)
{
	c->reads = xrealloc(c->reads, c->n + 1, sizeof(*c->reads));
	c->reads[c->n++] = (struct check_read){
		.crd = crd,
		.version = version,
		.resource = xstrdup(crd ? crd_name(crd) : "nodes"),
		.kind = crd ? crd_kind(crd) : "Node",
		.wanted = !crd,
	};
}

void check_init(struct check *c, const json_t *crds, bool confirm)
{
	const json_t *crd, *version;
	size_t i, k;

	*c = (struct check){ .confirm = confirm, .v3 = mode_is_v3(crds) };
	add_read(c, NULL, "v1");
	json_array_foreach(crds, i, crd)
		json_array_foreach(crd_versions(crd), k, version)
			if (json_is_true(json_object_get(version, "served")))
				add_read(c, crd, json_str(version, "name"));
}

void check_want(struct check *c, const json_t *crd)
{
	for (size_t i = 0; i < c->n; i++)
		if (!crd || c->reads[i].crd == crd)
			c->reads[i].wanted = true;
}

static bool is_asked(const struct check_read *read)
{
	return read->wanted && !read->done;
}

size_t check_add_calls(struct check *c, struct kube_call *calls)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct check_read *read = &c->reads[i];

		if (!is_asked(read))
			continue;
		kube_call_init(&calls[n++], KUBE_LIST, read->crd ? crd_group(read->crd) : "",
			read->version, read->crd ? crd_plural(read->crd) : "nodes", NULL, NULL,
			NULL, false);
		if (c->confirm && read->crd)
			observe_crd_call(&calls[n++], crd_name(read->crd));
	}
	return n;
}

static void refused(struct check_read *read, const struct kube_call *call)
{
	read->problem = xstrdup(call->err.msg);
	if (call->err.kind == ERR_AUTH || call->err.kind == ERR_NET ||
		call->err.kind == ERR_TIMEOUT)
		read->kind_of_problem = call->err.kind;
	read->code_of_problem = call->err.code;
}

static void settle(struct check_read *read, const struct kube_call *call)
{
	const json_t *items = json_object_get(call->object, "items");
	const json_t *more = json_at(call->object, "metadata", "remainingItemCount", NULL);

	free(read->problem);
	read->problem = NULL;
	read->kind_of_problem = ERR_CHECK;
	read->ms = call->req.seconds * 1000;
	if (json_is_array(items))
		read->count = (long)json_array_size(items) + (long)json_integer_value(more);
	else if (kube_call_not_found(call))
		read->problem = xstrdup("the API server does not serve it (404)");
	else if (!call->err.msg)
		read->problem = xstrdup("the answer is no list");
	else
		refused(read, call);
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

/* The conditions of the CRD itself; what is wrong with them becomes the problem of its read. */
static void confirm(struct check_read *read, const struct kube_call *call)
{
	if (read->problem)
		return;
	if (!call->object)
		refused(read, call);
	else if (!holds(call->object, "NamesAccepted"))
		read->problem = xstrdup("the CRD's condition NamesAccepted is not true");
	else if (!holds(call->object, "Established"))
		read->problem = xstrdup("the CRD's condition Established is not true");
}

void check_take(struct check *c, const struct kube_call *calls)
{
	for (size_t i = 0; i < c->n; i++) {
		struct check_read *read = &c->reads[i];

		if (!is_asked(read))
			continue;
		settle(read, calls++);
		if (c->confirm && read->crd)
			confirm(read, calls++);
		read->done = !read->problem;
	}
}

/* What travels with the reads, in this order. */
enum { IDENTITY, MODE = IDENTITY_CALLS, OPERATOR = MODE + MODE_CALLS, NEIGHBOURS };

static void add_neighbours(const struct check *c, struct kube_call *calls)
{
	identity_add_calls(&calls[IDENTITY], c->v3);
	mode_add_calls(&calls[MODE]);
	operator_call(&calls[OPERATOR]);
}

static void release_neighbours(struct check *c)
{
	identity_release(&c->identity);
	mode_release(&c->mode);
	operator_release(&c->tigera);
	err_release(&c->unread);
}

static void take_neighbours(struct check *c, const struct kube_call *calls)
{
	release_neighbours(c);
	identity_take(&c->identity, &calls[IDENTITY]);
	mode_take(&c->mode, &calls[MODE]);
	operator_take(&c->tigera, &calls[OPERATOR]);
	for (size_t i = 0; i < NEIGHBOURS && !c->unread.kind; i++)
		if (calls[i].err.msg && !kube_call_not_found(&calls[i]))
			err_copy(&c->unread, &calls[i].err);
}

static int batch(struct kube_api *api, struct check *c, struct err *e)
{
	struct kube_call *calls = xcalloc(2 * c->n + NEIGHBOURS, sizeof(*calls));
	size_t reads = check_add_calls(c, calls), n = reads + (c->identify ? NEIGHBOURS : 0);

	if (c->identify)
		add_neighbours(c, &calls[reads]);
	int rc = kube_run(api, calls, n, NULL, NULL, e);

	if (rc == 0)
		check_take(c, calls);
	if (rc == 0 && c->identify) {
		take_neighbours(c, &calls[reads]);
		rc = mode_complete(&c->mode, api, &c->unread, e);
	}
	observe_free_calls(calls, n);
	return rc;
}

size_t check_failed(const struct check *c)
{
	size_t failed = 0;

	for (size_t i = 0; i < c->n; i++)
		failed += c->reads[i].problem != NULL;
	return failed;
}

/* Whether what failed may pass by itself: only what the server does not serve yet. */
static bool may_pass(const struct check *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->reads[i].problem && !strstr(c->reads[i].problem, "(404)") &&
			!strstr(c->reads[i].problem, "condition"))
			return false;
	return true;
}

int check_run(struct kube_api *api, struct check *c, int64_t patience_ms, struct err *e)
{
	int64_t until = now_ms() + patience_ms;

	for (;;) {
		if (batch(api, c, e) < 0)
			return -1;
		if (check_failed(c) == 0 || now_ms() + PAUSE_MS >= until || !may_pass(c))
			return 0;
		if (http_pause(kube_api_http(api), PAUSE_MS, e) < 0)
			return -1;
	}
}

/* The first; one that was not permitted comes before others: it says nothing of what is there. */
static const struct check_read *worst(const struct check *c)
{
	const struct check_read *first = NULL;

	for (size_t i = 0; i < c->n; i++) {
		const struct check_read *read = &c->reads[i];

		if (read->problem && (!first || (first->kind_of_problem != ERR_AUTH &&
							read->kind_of_problem == ERR_AUTH)))
			first = read;
	}
	return first;
}

int check_verdict(const struct check *c, struct err *e)
{
	const struct check_read *read = worst(c);

	if (!read || (read->kind_of_problem != ERR_AUTH && c->unread.kind == ERR_AUTH)) {
		err_copy(e, &c->unread);
		return c->unread.kind ? -1 : 0;
	}
	if (read->kind_of_problem == ERR_AUTH)
		return err_set(e, ERR_AUTH, read->code_of_problem,
			"%zu of %zu reads failed, one of them of %s: %s", check_failed(c), c->n,
			read->resource, read->problem);
	return err_set(e, read->kind_of_problem, read->code_of_problem,
		"%zu of %zu reads failed, the first of %s: %s; \"calico-datastore plan\" shows "
		"what is missing",
		check_failed(c), c->n, read->resource, read->problem);
}

void check_release(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->reads[i].resource);
		free(c->reads[i].problem);
	}
	free(c->reads);
	release_neighbours(c);
	*c = (struct check){ 0 };
}
