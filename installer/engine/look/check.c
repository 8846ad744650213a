/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/check.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/crds.h"
#include "kube/pages.h"
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

static bool is_tiers(const json_t *crd)
{
	const char *group = crd_group(crd);

	return strcmp(crd_plural(crd), "tiers") == 0 &&
	       (strcmp(group, MODE_V1_GROUP) == 0 || strcmp(group, MODE_V3_GROUP) == 0);
}

void check_init(struct check *c, const json_t *crds, bool confirm)
{
	const json_t *crd, *version;
	size_t i, k;

	*c = (struct check){ .confirm = confirm, .v3 = mode_is_v3(crds) };
	c->admission = c->v3 ? ADMISSION_UNKNOWN : ADMISSION_UNUSED;
	add_read(c, NULL, "v1");
	json_array_foreach(crds, i, crd) {
		c->tiers.exist = c->tiers.exist || is_tiers(crd);
		json_array_foreach(crd_versions(crd), k, version)
			if (json_is_true(json_object_get(version, "served")))
				add_read(c, crd, json_str(version, "name"));
	}
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

size_t check_ask(struct check *c, struct kube_batch *b)
{
	size_t at = b->n;

	for (size_t i = 0; i < c->n; i++) {
		const struct check_read *read = &c->reads[i];

		if (!is_asked(read))
			continue;
		kube_batch_add(b, (struct kube_request){ .verb = KUBE_LIST,
					  .group = read->crd ? crd_group(read->crd) : NULL,
					  .version = read->version,
					  .plural = read->crd ? crd_plural(read->crd) : "nodes" });
		if (c->confirm && read->crd)
			crds_ask(b, crd_name(read->crd), NULL);
	}
	return at;
}

static void refused(struct check_read *read, const struct kube_call *call)
{
	read->problem = xstrdup(call->err.msg);
	if (call->err.kind == ERR_AUTH || call->err.kind == ERR_NET ||
		call->err.kind == ERR_TIMEOUT)
		read->kind_of_problem = call->err.kind;
	read->code_of_problem = call->err.code;
}

/* The server does not serve it yet. */
static void may_pass(struct check_read *read, const char *problem)
{
	read->problem = xstrdup(problem);
	read->not_served = true;
}

static void settle(struct check_read *read, const struct kube_call *call)
{
	long count = kube_list_count(call->object);

	free(read->problem);
	read->problem = NULL;
	read->not_served = false;
	read->kind_of_problem = ERR_CHECK;
	read->ms = call->req.seconds * 1000;
	if (count >= 0)
		read->count = count;
	else if (kube_call_not_found(call))
		may_pass(read, "the API server does not serve it (404)");
	else if (!call->err.msg)
		read->problem = xstrdup("the answer is no list");
	else
		refused(read, call);
}

/* The conditions of the CRD itself; what is wrong with them becomes the problem of its read. */
static void confirm(struct check_read *read, const struct kube_call *call)
{
	if (read->problem)
		return;
	if (!call->object)
		refused(read, call);
	else if (!kube_condition_is(call->object, "NamesAccepted", "True"))
		may_pass(read, "the CRD's condition NamesAccepted is not true");
	else if (!kube_condition_is(call->object, "Established", "True"))
		may_pass(read, "the CRD's condition Established is not true");
}

void check_take(struct check *c, const struct kube_batch *b, size_t at)
{
	struct kube_call *const *calls = b->calls + at;

	for (size_t i = 0; i < c->n; i++) {
		struct check_read *read = &c->reads[i];

		if (!is_asked(read))
			continue;
		settle(read, *calls++);
		if (c->confirm && read->crd)
			confirm(read, *calls++);
		read->done = !read->problem;
	}
}

/* Where the answers of what travels with the reads are; identity comes first. */
struct neighbours {
	size_t identity, tiers, mode;
	const struct kube_call *tigera; /* NULL: not asked for */
};

static struct neighbours ask_neighbours(const struct check *c, struct kube_batch *b)
{
	struct neighbours n = { .identity = identity_ask(b, c->v3) };

	n.tiers = c->tiers.exist ? tiers_ask(b, c->v3) : 0;
	n.mode = c->identify ? mode_ask(b) : 0;
	n.tigera = c->identify ? operator_ask(b) : NULL;
	return n;
}

static void release_neighbours(struct check *c)
{
	bool exist = c->tiers.exist;

	identity_release(&c->identity);
	tiers_release(&c->tiers);
	c->tiers.exist = exist;
	mode_release(&c->mode);
	operator_release(&c->tigera);
	err_release(&c->unread);
}

static void take_neighbours(
	struct check *c, const struct kube_batch *b, const struct neighbours *n)
{
	release_neighbours(c);
	identity_take(&c->identity, b, n->identity);
	if (c->tiers.exist)
		tiers_take(&c->tiers, b, n->tiers);
	if (!c->identify)
		return;
	mode_take(&c->mode, b, n->mode);
	operator_take(&c->tigera, n->tigera);
	for (size_t i = n->identity; i < b->n && !c->unread.kind; i++)
		if (b->calls[i]->err.msg && !kube_call_not_found(b->calls[i]))
			err_copy(&c->unread, &b->calls[i]->err);
}

static int read_all(struct kube_api *api, struct check *c, struct err *e)
{
	kube_batch_auto b = { 0 };
	size_t at = check_ask(c, &b);
	struct neighbours neighbours = { 0 };

	if (c->identify || c->start)
		neighbours = ask_neighbours(c, &b);
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	check_take(c, &b, at);
	if (c->identify || c->start)
		take_neighbours(c, &b, &neighbours);
	return !c->identify ? 0 : mode_complete(&c->mode, api, &c->unread, e);
}

size_t check_failed(const struct check *c)
{
	size_t failed = 0;

	for (size_t i = 0; i < c->n; i++)
		failed += c->reads[i].problem != NULL;
	return failed;
}

/* Whether all that failed may pass by itself. */
static bool is_passing(const struct check *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->reads[i].problem && !c->reads[i].not_served)
			return false;
	return true;
}

int check_run(struct kube_api *api, struct check *c, int64_t patience_ms, struct err *e)
{
	int64_t until = now_ms() + patience_ms;

	for (;;) {
		if (read_all(api, c, e) < 0)
			return -1;
		if (check_failed(c) == 0 || now_ms() + PAUSE_MS >= until || !is_passing(c))
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
	free(c->admission_why);
	release_neighbours(c);
	*c = (struct check){ 0 };
}
