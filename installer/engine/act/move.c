/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/move.h"

#include <string.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "engine/act/prune.h"
#include "kube/batch.h"

enum { AT_A_TIME = 64, NODE_ROUNDS = 8 };

static bool is_kind(const struct object_item *item, const char *kind)
{
	return strcmp(item->kind->kind, kind) == 0;
}

/* Fails the step with the first failure of an item. */
static int fail(const struct objects *o, struct err *e)
{
	const struct object_item *failed = objects_first_failure(o);

	if (!failed)
		return 0;
	err_copy(e, &failed->err);
	return -1;
}

/* The lock */

struct wanted_ready {
	bool ready, found, was;
};

static json_t *with_ready(void *arg, const json_t *stored)
{
	struct wanted_ready *w = arg;
	const json_t *is = json_at(stored, "spec", "datastoreReady", NULL);

	w->found = stored != NULL;
	w->was = !json_is_false(is);
	if (!stored || (is && json_is_true(is) == w->ready))
		return NULL;
	json_t *object = json_deep_copy(stored);

	json_object_set_new(
		json_object_get(object, "spec"), "datastoreReady", json_boolean(w->ready));
	return object;
}

/* Plans one item: ClusterInformation with the wanted datastoreReady. */
static int plan_ready(struct objects *o, const struct move_side *side, struct wanted_ready *wanted,
	struct err *e)
{
	objects_begin(o, side->store, side->api, side->at);
	struct object_item *item = objects_add_take(o, OBJECTS_APPLY,
		calico_kind_named("ClusterInformation"),
		json_pack("{s:s, s:s, s:{s:s}, s:{}}", "apiVersion", CALICO_V3, "kind",
			"ClusterInformation", "metadata", "name", "default", "spec"));

	item->make = with_ready;
	item->arg = wanted;
	if (objects_plan(o, e) < 0 || fail(o, e) < 0)
		return -1;
	return wanted->found ? 0
			     : err_set(e, ERR_CHECK, 404,
				       "there is no ClusterInformation default");
}

int move_read_ready(const struct move_side *side, bool *ready, struct err *e)
{
	struct wanted_ready wanted = { .ready = true };
	objects_auto o = { 0 };
	int rc = plan_ready(&o, side, &wanted, e);

	*ready = wanted.was;
	return rc;
}

int move_set_ready(const struct move_side *side, bool ready, struct err *e)
{
	struct wanted_ready wanted = { .ready = ready };
	objects_auto o = { 0 };

	return plan_ready(&o, side, &wanted, e) < 0 || objects_write(&o, false, e) < 0 ||
			       fail(&o, e) < 0
		       ? -1
		       : 0;
}

/* Batches */

static void begin(struct move_work *w)
{
	objects_begin(&w->batch, w->target.store, w->target.api, w->target.at);
}

static bool holds_nodes(const struct objects *o)
{
	return o->n > 0 && is_kind(&o->items[0], "Node");
}

static int write_batch(struct move_work *w, struct err *e)
{
	struct objects *o = &w->batch;

	if (!holds_nodes(o))
		objects_plan_new(o);
	else if (objects_plan(o, e) < 0)
		return -1;
	if (fail(o, e) < 0 || objects_write(o, false, e) < 0 || fail(o, e) < 0)
		return -1;
	return 0;
}

/* A batch has only nodes or only custom resources, because a node exists already. */
static int flush(struct move_work *w, int (*carry_out)(struct move_work *w, struct err *e),
	struct err *e)
{
	int rc = w->batch.n > 0 ? carry_out(w, e) : 0;

	w->done += w->batch.n;
	if (rc == 0 && w->progress)
		w->progress(w->arg, w->done);
	objects_release(&w->batch);
	begin(w);
	return rc;
}

static int add(struct move_work *w, const struct calico_kind *kind, json_t *wanted,
	enum objects_verb verb, int (*carry_out)(struct move_work *w, struct err *e),
	struct err *e)
{
	bool node = strcmp(kind->kind, "Node") == 0;

	if ((w->batch.n > 0 && node != holds_nodes(&w->batch)) || w->batch.n >= AT_A_TIME)
		if (flush(w, carry_out, e) < 0)
			return -1;
	struct object_item *item = objects_add_take(
		&w->batch, node ? OBJECTS_APPLY : verb, kind, json_incref(wanted));

	item->accept_same = true;
	item->accept_absent = true;
	return 0;
}

static int read_all(struct move_work *w, struct backup_file *f,
	int (*take)(void *arg, const struct calico_kind *kind, json_t *wanted, struct err *e),
	int (*carry_out)(struct move_work *w, struct err *e), struct err *e)
{
	move_restart(w->m);
	begin(w);
	w->m->take = take;
	w->m->arg = w;
	int rc = move_read_backup(w->m, f, e);

	w->m->take = NULL;
	if (rc == 0)
		rc = flush(w, carry_out, e);
	objects_release(&w->batch);
	return rc;
}

static int take_to_write(
	void *arg, const struct calico_kind *kind, json_t *wanted, struct err *e)
{
	return add(arg, kind, wanted, OBJECTS_CREATE, write_batch, e);
}

int move_write(struct move_work *w, struct backup_file *f, struct err *e)
{
	return read_all(w, f, take_to_write, write_batch, e);
}

/* Nodes */

static int compare_batch(struct move_work *w, struct err *e)
{
	struct objects *o = &w->batch;

	if (objects_plan(o, e) < 0)
		return -1;
	for (size_t i = 0; i < o->n; i++) {
		const struct object_item *item = &o->items[i];

		if (item->verdict == OBJECT_UNCHANGED)
			continue;
		move_add_line(&w->kept, item->kind->kind, NULL, item->name,
			item->verdict == OBJECT_REFUSED
				? item->err.msg
				: "its annotations are not what the source has");
	}
	return 0;
}

static int take_node(void *arg, const struct calico_kind *kind, json_t *wanted, struct err *e)
{
	return strcmp(kind->kind, "Node") == 0
		       ? add(arg, kind, wanted, OBJECTS_APPLY, compare_batch, e)
		       : 0;
}

int move_compare_nodes(struct move_work *w, struct backup_file *f, struct move_lines *different,
	struct err *e)
{
	struct move_lines kept = w->kept;

	w->kept = *different;
	int rc = read_all(w, f, take_node, compare_batch, e);

	*different = w->kept;
	w->kept = kept;
	return rc;
}

/* Undo */

/* Deletes only objects that are still as written; the revision guards them until the deletion. */
static void spare_changed(struct move_work *w)
{
	for (size_t i = 0; i < w->batch.n; i++) {
		struct object_item *item = &w->batch.items[i];
		char digest[33], is[33];

		if (item->verdict != OBJECT_DELETE)
			continue;
		move_digest(item->wanted, digest);
		move_digest(item->shown, is);
		if (item->shown && strcmp(digest, is) == 0)
			continue;
		item->verdict = OBJECT_SKIPPED;
		move_add_line(&w->kept, item->kind->kind, item->ns, item->name,
			"somebody changed it since it was written");
	}
}

static int delete_batch(struct move_work *w, struct err *e)
{
	struct objects *o = &w->batch;

	if (objects_plan(o, e) < 0 || fail(o, e) < 0)
		return -1;
	spare_changed(w);
	return objects_write(o, false, e) < 0 || fail(o, e) < 0 ? -1 : 0;
}

/* ClusterInformation is deleted last: while it exists, the datastore stays locked. */
static int take_to_delete(
	void *arg, const struct calico_kind *kind, json_t *wanted, struct err *e)
{
	if (strcmp(kind->kind, "Node") == 0 || strcmp(kind->kind, "ClusterInformation") == 0)
		return 0;
	return add(arg, kind, wanted, OBJECTS_DELETE, delete_batch, e);
}

static int take_information(
	void *arg, const struct calico_kind *kind, json_t *wanted, struct err *e)
{
	return strcmp(kind->kind, "ClusterInformation") == 0
		       ? add(arg, kind, wanted, OBJECTS_DELETE, delete_batch, e)
		       : 0;
}

static struct kube_request node_request(enum kube_verb verb, const char *name)
{
	return (struct kube_request){
		.verb = verb, .version = "v1", .plural = "nodes", .name = name
	};
}

/* The node with Calico's annotations of before the move; NULL: the node has them already. */
static json_t *node_before(const json_t *live, const json_t *before)
{
	const json_t *annotations = json_at(live, "metadata", "annotations", NULL);
	json_t *own = json_object(), *value;
	const char *key;

	json_object_update(own, (json_t *)(uintptr_t)before);
	json_object_foreach((json_t *)(uintptr_t)annotations, key, value)
		if (!has_prefix(key, "projectcalico.org/"))
			json_object_set(own, key, value);
	if (json_object_size(own) == json_object_size(annotations) &&
		json_same(own, annotations ? annotations : own)) {
		json_decref(own);
		return NULL;
	}
	json_t *body = json_copy((json_t *)(uintptr_t)live);
	json_t *metadata = json_copy(json_object_get(live, "metadata"));

	json_object_del(metadata, "managedFields");
	json_object_set_new(metadata, "annotations", own);
	json_object_set_new(body, "metadata", metadata);
	return body;
}

/* *again: a component wrote the node meanwhile. */
static int write_node(struct kube_api *api, const struct kube_call *got, const json_t *before,
	bool *again, struct err *e)
{
	kube_batch_auto b = { 0 };
	json_auto_t *body = node_before(got->object, before);

	if (!body)
		return 0;
	struct kube_request r = node_request(KUBE_UPDATE, got->name);

	r.subresource = "status";
	r.body = body;
	struct kube_call *put = kube_batch_add(&b, r);

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	*again = put->err.kind == ERR_CONFLICT || kube_call_unknown(put);
	if (put->object || *again || kube_call_not_found(put))
		return 0;
	err_move(e, &put->err);
	return -1;
}

static int undo_node(struct kube_api *api, const char *name, const json_t *before, struct err *e)
{
	bool again = true;

	for (int i = 0; i < NODE_ROUNDS && again; i++) {
		kube_batch_auto b = { 0 };
		struct kube_call *get = kube_batch_add(&b, node_request(KUBE_GET, name));

		again = false;
		if (kube_batch_run(&b, api, e) < 0)
			return -1;
		if (kube_call_not_found(get))
			return 0;
		if (!get->object) {
			err_move(e, &get->err);
			return -1;
		}
		if (write_node(api, get, before, &again, e) < 0)
			return -1;
	}
	return again ? err_set(e, ERR_CONFLICT, 0,
			       "node %s: somebody else changed it each of the %d times it was "
			       "written; run it again",
			       name, NODE_ROUNDS)
		     : 0;
}

static int undo_nodes(struct move_work *w, const json_t *nodes, struct err *e)
{
	json_t *before;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)nodes, name, before)
		if (undo_node(w->target.api, name, before, e) < 0)
			return -1;
	return 0;
}

int move_undo(struct move_work *w, struct backup_file *f, const json_t *nodes, struct err *e)
{
	if (read_all(w, f, take_to_delete, delete_batch, e) < 0 || undo_nodes(w, nodes, e) < 0)
		return -1;
	return read_all(w, f, take_information, delete_batch, e);
}

int move_undo_crds(struct move_work *w, const json_t *names, struct err *e)
{
	struct prune p = { 0 };
	const json_t *name;
	size_t i;

	p.items = xcalloc(json_array_size(names) + 1, sizeof(*p.items));
	json_array_foreach(names, i, name)
		p.items[p.n++] = (struct prune_item){ .name = json_string_value(name),
			.last = w->target.at->release,
			.objects = -1 };
	int rc = prune_delete(&p, w->target.api, e);

	for (i = 0; i < p.n; i++)
		if (rc == 0 && p.items[i].live && !p.items[i].deleted)
			move_add_line(&w->kept, "CustomResourceDefinition", NULL, p.items[i].name,
				p.items[i].kept);
	prune_release(&p);
	return rc;
}
