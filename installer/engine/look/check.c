/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/check.h"

#include <string.h>

#include "base/json.h"
#include "calico/model/refusal.h"
#include "engine/look/crds.h"
#include "manifest/crd.h"

enum { PAUSE_MS = 100, GONE = 410 };

static struct check_read *add_read(struct check *c, const char *resource, const char *version)
{
	c->reads = xrealloc(c->reads, c->n + 1, sizeof(*c->reads));
	c->reads[c->n] = (struct check_read){ .resource = xstrdup(resource), .version = version };
	return &c->reads[c->n++];
}

static void add_crd(struct check *c, const json_t *crd, const char *version)
{
	struct check_read *read = add_read(c, crd_name(crd), version);

	read->crd = crd;
	read->kind = crd_kind(crd);
	read->calico = calico_kind_of_crd(crd_group(crd), read->kind);
}

/* Objects of Kubernetes itself, and the kinds that calicoctl makes from them. */
static const struct core {
	const char *plural, *kind, *calico;
} cores[] = {
	{ "nodes", "Node", "Node" },
	{ "pods", "Pod", "WorkloadEndpoint" },
	{ "namespaces", "Namespace", "Profile" },
	{ "serviceaccounts", "ServiceAccount", "Profile" },
};

static void add_core(struct check *c, const struct core *core)
{
	struct check_read *read = add_read(c, core->plural, "v1");

	read->kind = core->kind;
	read->calico = calico_kind_named(core->calico);
	read->wanted = true;
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
	add_core(c, &cores[0]);
	json_array_foreach(crds, i, crd) {
		c->tiers.exist = c->tiers.exist || is_tiers(crd);
		json_array_foreach(crd_versions(crd), k, version)
			if (json_is_true(json_object_get(version, "served")))
				add_crd(c, crd, json_str(version, "name"));
	}
}

void check_init_all(struct check *c, const json_t *crds)
{
	check_init(c, crds, true);
	for (size_t i = 1; i < ARRAY_LEN(cores); i++)
		add_core(c, &cores[i]);
}

void check_want(struct check *c, const json_t *crd)
{
	for (size_t i = 0; i < c->n; i++)
		if (!crd || c->reads[i].crd == crd)
			c->reads[i].wanted = true;
}

static bool is_asked(const struct check_read *read)
{
	return read->wanted && !read->done && !read->problem;
}

static bool is_first_page(const struct check_read *read)
{
	return !read->pages.token;
}

static size_t ask_pages(const struct check *c, struct kube_batch *b)
{
	size_t at = b->n;

	for (size_t i = 0; i < c->n; i++) {
		const struct check_read *read = &c->reads[i];

		if (!is_asked(read))
			continue;
		kube_batch_add(b, (struct kube_request){ .verb = KUBE_LIST,
					  .group = read->crd ? crd_group(read->crd) : NULL,
					  .version = read->version,
					  .plural = read->crd ? crd_plural(read->crd)
							     : read->resource,
					  .token = read->pages.token,
					  .apart = true });
		if (c->confirm && read->crd && is_first_page(read))
			crds_ask(b, crd_name(read->crd), NULL);
	}
	return at;
}

size_t check_ask(struct check *c, struct kube_batch *b)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->reads[i].problem); /* the problem of an earlier attempt */
		c->reads[i].problem = NULL;
	}
	return ask_pages(c, b);
}

static void refused(struct check_read *read, const struct kube_call *call)
{
	read->problem = xstrdup(call->err.msg);
	if (call->err.kind == ERR_AUTH || call->err.kind == ERR_NET ||
		call->err.kind == ERR_TIMEOUT)
		read->kind_of_problem = call->err.kind;
	read->code_of_problem = call->err.code;
}

/* Notes a problem that ends when the server serves the CRD. */
static void may_pass(struct check_read *read, const char *problem)
{
	read->problem = xstrdup(problem);
	read->not_served = true;
}

/* Decoding */

static void refusal_free(struct check_refusal *refusal)
{
	if (!refusal)
		return;
	free(refusal->object);
	free(refusal->why);
	free(refusal->mend);
	free(refusal);
}

void check_forget(struct check_read *read)
{
	read->count = read->refused = 0;
	refusal_free(read->refusal);
	read->refusal = NULL;
}

static struct check_refusal *make_refusal(
	const struct check_read *read, const json_t *object, bool left_out, const struct err *why)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const char *name = json_str(metadata, "name"), *ns = json_str(metadata, "namespace");
	struct check_refusal *refusal = xcalloc(1, sizeof(*refusal));

	name = name ? name : "";
	*refusal = (struct check_refusal){ .object = ns ? xasprintf("%s/%s", ns, name)
							: xstrdup(name),
		.why = xasprintf("%.1000s", why->msg),
		.mend = xasprintf("kubectl edit %s %s%s%s", read->resource, name, ns ? " -n " : "",
			ns ? ns : ""),
		.left_out = left_out };
	return refusal;
}

void check_refuse(struct check_read *read, const char *object, const char *why, const char *mend)
{
	if (read->refusal)
		return;
	read->refusal = xcalloc(1, sizeof(*read->refusal));
	*read->refusal = (struct check_refusal){ .object = xstrdup(object),
		.why = xasprintf("%.1000s", why),
		.mend = xstrdup(mend),
		.left_out = true };
}

/* An object that makes the list fail is kept before one that calicoctl only leaves out. */
static void take_object(struct check *c, struct check_read *read, const json_t *object)
{
	err_auto why = { 0 };
	enum calico_refusal refused = calico_refuses(read->calico, object, &c->rules, &why);
	bool left_out = refused == CALICO_LEFT_OUT;

	read->count++;
	if (refused == CALICO_READS)
		return;
	read->refused++;
	if (read->refusal && (left_out || !read->refusal->left_out))
		return;
	refusal_free(read->refusal);
	read->refusal = make_refusal(read, object, left_out, &why);
}

static const char *name_of_release(const struct check *c)
{
	const char *running = c->identity.calico_version;

	if (!running || field_release(running) == 0 || (c->release && c->release_wins))
		running = c->release;
	return running && field_release(running) ? running : NULL;
}

/* The answers with the first page say which release the datastore has. */
static void learn_release(struct check *c)
{
	const char *release = name_of_release(c);

	c->rules = (struct calico_rules){ .release = FIELD_NEWEST };
	if (release)
		calico_rules_learn(&c->rules, release);
	c->rules.v3 = c->v3;
}

/* An object that calicoctl refuses becomes the problem of the read, once the list is complete. */
static void conclude(const struct check *c, struct check_read *read)
{
	const struct check_refusal *first = read->refusal;
	const char *release = name_of_release(c);
	struct buf text = { 0 };

	if (!first)
		return;
	buf_printf(&text, "calicoctl%s%s %s: %s: %s; \"%s\" mends it", release ? " " : "",
		release ? release : "",
		first->left_out ? "leaves out an object" : "fails on the whole list", first->object,
		first->why, first->mend);
	if (read->refused > 1)
		buf_printf(&text, "; %ld more objects have such a value", read->refused - 1);
	read->problem = buf_steal(&text);
}

/* Answers */

/* The fields of Kubernetes' own objects that calicoctl reads. */
static const struct json_wanted *wanted(const struct check *c, const struct check_read *read)
{
	const struct calico_struct *reads = read->calico ? read->calico->resources[0].reads : NULL;

	return reads ? &field_table(reads, c->rules.release)->wanted : &kube_without_managers;
}

/* -1: the page ends in the middle of an object. */
static int take_page(
	struct check *c, struct check_read *read, struct kube_call *call, struct err *e)
{
	for (;;) {
		json_auto_t *item = kube_pages_next(&read->pages, call, wanted(c, read), e);

		if (!item)
			return e->msg ? -1 : 0;
		take_object(c, read, item);
	}
}

static void take_items(struct check *c, struct check_read *read, struct kube_call *call)
{
	err_auto e = { 0 };

	switch (kube_pages_take(&read->pages, call, &e)) {
	case KUBE_PAGE_ITEMS:
		if (take_page(c, read, call, &e) < 0)
			break;
		if (read->pages.ended)
			conclude(c, read);
		return;
	case KUBE_PAGE_AGAIN:
		check_forget(read);
		return;
	case KUBE_PAGE_FAILED:
		break;
	}
	kube_pages_rewind(&read->pages);
	read->problem = xstrdup(e.msg);
}

static void settle(struct check *c, struct check_read *read, struct kube_call *call)
{
	if (is_first_page(read)) {
		check_forget(read);
		read->ms = 0;
	}
	free(read->problem);
	read->problem = NULL;
	read->not_served = false;
	read->kind_of_problem = ERR_CHECK;
	read->ms += call->req.seconds * 1000;
	if (call->object && !json_object_get(call->object, "items"))
		read->problem = xstrdup("the answer is no list");
	else if (call->object || call->req.status == GONE)
		take_items(c, read, call);
	else if (kube_call_not_found(call))
		may_pass(read, "the API server does not serve it (404)");
	else
		refused(read, call);
}

/* Checks the conditions of the CRD itself. A wrong condition becomes the problem of its read. */
static void confirm(struct check_read *read, const struct kube_call *call)
{
	if (read->problem)
		return;
	if (!call->object)
		refused(read, call);
	else if (!crd_condition_is(call->object, "NamesAccepted", "True"))
		may_pass(read, "the CRD's condition NamesAccepted is not true");
	else if (!crd_condition_is(call->object, "Established", "True"))
		may_pass(read, "the CRD's condition Established is not true");
}

void check_take(struct check *c, const struct kube_batch *b, size_t at)
{
	struct kube_call *const *calls = b->calls + at;

	learn_release(c);
	for (size_t i = 0; i < c->n; i++) {
		struct check_read *read = &c->reads[i];

		if (!is_asked(read))
			continue;
		bool confirmed = c->confirm && read->crd && is_first_page(read);

		settle(c, read, *calls++);
		if (confirmed)
			confirm(read, *calls++);
		if (read->problem)
			kube_pages_rewind(&read->pages);
		read->done = !read->problem && read->pages.ended;
	}
}

/* Places of the answers that travel with the first reads; identity comes first. */
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

/* Reads one page of each wanted kind; the first batch also asks for the neighbours. */
static int read_pages(struct kube_api *api, struct check *c, bool first, struct err *e)
{
	kube_batch_auto b = { 0 };
	size_t at = first ? check_ask(c, &b) : ask_pages(c, &b);
	bool more = first && (c->identify || c->start);
	struct neighbours neighbours = { 0 };

	if (more)
		neighbours = ask_neighbours(c, &b);
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	if (more)
		take_neighbours(c, &b, &neighbours); /* sets the release whose calicoctl reads */
	check_take(c, &b, at);
	return !more || !c->identify ? 0 : mode_complete(&c->mode, api, &c->unread, e);
}

static bool has_more_pages(const struct check *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_asked(&c->reads[i]) && !c->reads[i].problem)
			return true;
	return false;
}

static int read_all(struct kube_api *api, struct check *c, struct err *e)
{
	if (read_pages(api, c, true, e) < 0)
		return -1;
	while (has_more_pages(c))
		if (read_pages(api, c, false, e) < 0)
			return -1;
	return 0;
}

size_t check_failed(const struct check *c)
{
	size_t failed = 0;

	for (size_t i = 0; i < c->n; i++)
		failed += c->reads[i].problem != NULL;
	return failed;
}

/* True: every failed read may succeed later without help. */
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

/*
 * The read to report: the first that failed. A read that was not permitted comes before others,
 * since it says nothing about what exists.
 */
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
		"%zu of %zu reads failed, the first of %s: %s%s", check_failed(c), c->n,
		read->resource, read->problem,
		read->refused > 0 ? ""
				  : "; \"calico-datastore plan\" shows what is missing");
}

void check_release(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->reads[i].resource);
		free(c->reads[i].problem);
		refusal_free(c->reads[i].refusal);
		kube_pages_release(&c->reads[i].pages);
	}
	free(c->reads);
	free(c->admission_why);
	release_neighbours(c);
	*c = (struct check){ 0 };
}
