/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "engine/act/objects_parts.h"
#include "engine/look/mode.h"
#include "kube/batch.h"

struct kube_request objects_request(const struct objects *o, const struct object_item *item,
	const char *name, enum kube_verb verb)
{
	const struct calico_resource *r = &item->kind->resources[0];
	bool v3 = o->at.rules.v3 && *r->group;

	return (struct kube_request){ .verb = verb,
		.group = v3 ? MODE_V3_GROUP : r->group,
		.version = v3 ? "v3" : "v1",
		.plural = v3 ? calico_v3_plural(r) : r->plural,
		.ns = r->namespaced ? item->ns : NULL,
		.name = name };
}

/* Reads */

struct names {
	/* answers for names.name and names.other; NULL: not asked for */
	struct kube_call *calls[2];
};

/* An object under its other name counts when readers see it under the wanted name. */
static bool is_same_object(
	const struct objects *o, const struct object_item *item, const json_t *stored)
{
	const struct stored_request r = { .form = o->terms.form,
		.kind = item->kind,
		.rules = o->terms.rules };
	err_auto bad = { 0 };
	json_auto_t *shown = stored_read(&r, stored, &bad);
	const char *name = json_str(json_object_get(shown, "metadata"), "name");

	return name && strcmp(name, item->name) == 0;
}

static void missing_crd(struct kube_call *call)
{
	err_release(&call->err);
	call->err = (struct err){ 0 };
	err_set(&call->err, ERR_CHECK, 404,
		"the CRD %s is not installed or not served yet: \"calico-datastore install\" "
		"creates it",
		call->resource);
}

/* Takes the first of the two answers that is the item's object. */
static void take_found(
	const struct objects *o, struct object_item *item, const json_t *const found[2])
{
	const char *names[] = { item->names.name, item->names.other };

	for (size_t i = 0; i < 2; i++)
		if (found[i] && (i == 0 || is_same_object(o, item, found[i]))) {
			objects_take_live(item, found[i], names[i],
				json_str(json_object_get(found[i], "metadata"), "resourceVersion"));
			return;
		}
	objects_take_live(item, NULL, item->names.name, NULL);
}

static int take_read(
	const struct objects *o, struct object_item *item, struct names *n, struct err *e)
{
	const json_t *found[2] = { NULL, NULL };

	for (size_t i = 0; i < 2 && n->calls[i]; i++) {
		struct kube_call *call = n->calls[i];

		found[i] = call->object;
		if (found[i] || (kube_call_not_found(call) && call->reason))
			continue;
		if (kube_call_not_found(call))
			missing_crd(call);
		return objects_unread(item, &call->err, e);
	}
	take_found(o, item, found);
	return 0;
}

static void take_listed(const struct objects *o, struct object_item *item, const json_t *list)
{
	char_auto *name = objects_key(item->ns, item->names.name);
	char_auto *other =
		item->names.other ? objects_key(item->ns, item->names.other) : NULL;
	const json_t *found[2] = { json_object_get(list, name),
		other ? json_object_get(list, other) : NULL };

	take_found(o, item, found);
}

int objects_kube_read(
	struct objects *o, struct object_item *const *items, size_t n, struct err *e)
{
	json_auto_t *lists = json_object();

	if (objects_kube_list(o, items, n, lists, e) < 0)
		return -1;
	struct names *asked = xcalloc(n + 1, sizeof(*asked));
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct stored_name *names = &items[i]->names;

		if (json_object_get(lists, items[i]->kind->kind))
			continue;
		asked[i].calls[0] =
			kube_batch_add(&b, objects_request(o, items[i], names->name, KUBE_GET));
		if (names->other)
			asked[i].calls[1] = kube_batch_add(
				&b, objects_request(o, items[i], names->other, KUBE_GET));
	}
	int rc = kube_batch_run(&b, o->api, e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		const json_t *list = json_object_get(lists, items[i]->kind->kind);

		if (list)
			take_listed(o, items[i], list);
		else
			rc = take_read(o, items[i], &asked[i], e);
	}
	free(asked);
	return rc;
}

/* Writes */

/* Preconditions: the server deletes only the object that the plan has read. */
static json_t *delete_options(const struct object_item *item, bool dry_run)
{
	const json_t *metadata = json_object_get(item->live, "metadata");
	json_t *options = json_pack("{s:s, s:s, s:{s:s*, s:s*}}", "apiVersion", "v1", "kind",
		"DeleteOptions", "preconditions", "uid", json_str(metadata, "uid"),
		"resourceVersion", item->revision);

	if (dry_run)
		json_object_set_new(options, "dryRun", json_pack("[s]", "All"));
	return options;
}

static bool is_node(const struct object_item *item)
{
	return !*item->kind->resources[0].group && strcmp(item->kind->kind, "Node") == 0;
}

static void add_write(
	struct objects *o, struct kube_batch *b, struct object_try *try, bool dry_run)
{
	struct object_item *item = try->item;
	static const enum kube_verb verbs[] = { [OBJECT_CREATE] = KUBE_CREATE,
		[OBJECT_UPDATE] = KUBE_UPDATE,
		[OBJECT_DELETE] = KUBE_DELETE };
	struct kube_request r = objects_request(o, item, item->stored_name, verbs[item->verdict]);
	json_auto_t *options =
		item->verdict == OBJECT_DELETE ? delete_options(item, dry_run) : NULL;

	r.body = options ? options : item->target;
	r.dry_run = dry_run;
	r.subject = try;
	/* Calico keeps only annotations on a node. nodes/status accepts them, with fewer rights. */
	if (is_node(item))
		r.subresource = "status";
	kube_batch_add(b, r);
}

static bool is_stale(const struct kube_call *call)
{
	return call->err.kind == ERR_CONFLICT ||
	       (kube_call_not_found(call) && call->verb != KUBE_CREATE);
}

static void take_refusal(struct object_item *item, struct kube_call *call)
{
	err_release(&item->err);
	item->err = (struct err){ 0 };
	if (kube_call_not_found(call) && item->ns)
		err_set(&item->err, ERR_REFUSED, 404,
			"%s: the namespace %s does not exist; create it first", item->id, item->ns);
	else if (call->err.kind == ERR_API)
		err_set(&item->err, ERR_REFUSED, call->err.code, "%s: %s", item->id,
			call->err.msg);
	else
		err_move(&item->err, &call->err);
}

static void take_answer(struct objects *o, struct object_try *try, struct kube_call *call)
{
	struct object_item *item = try->item;
	const json_t *metadata = json_object_get(call->object, "metadata");
	const char *revision = json_str(metadata, "resourceVersion");

	try->result = TRY_WRITTEN;
	if (call->dry_run) {
		if (item->verdict != OBJECT_DELETE)
			object_judge(item, &o->terms, call->object);
		return;
	}
	/* A write that changes nothing does not change the revision. */
	if (item->verdict == OBJECT_UPDATE && revision && item->revision &&
		strcmp(revision, item->revision) == 0)
		item->verdict = OBJECT_UNCHANGED;
	if (item->verdict == OBJECT_DELETE)
		return;
	json_decref(item->target);
	item->target = json_incref(call->object);
}

/* -1: the failure concerns the run, not one object. */
static int take_write(
	struct objects *o, struct object_try *try, struct kube_call *call, struct err *e)
{
	if (call->object) {
		take_answer(o, try, call);
	} else if (is_stale(call)) {
		try->result = TRY_STALE;
	} else if (kube_call_unknown(call)) {
		try->result = TRY_UNKNOWN;
		if (call->dry_run) {
			err_move(e, &call->err);
			return -1;
		}
	} else if (call->dry_run && call->err.kind == ERR_AUTH && !try->item->optional) {
		if (!o->forbidden.kind)
			err_move(&o->forbidden, &call->err);
		try->result = TRY_WRITTEN;
	} else {
		try->result = TRY_REFUSED;
		take_refusal(try->item, call);
	}
	return 0;
}

int objects_kube_write(
	struct objects *o, struct object_try *tries, size_t n, bool dry_run, struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < n; i++)
		add_write(o, &b, &tries[i], dry_run);
	int rc = kube_batch_run(&b, o->api, e);

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = take_write(o, &tries[i], b.calls[i], e);
	return rc;
}
