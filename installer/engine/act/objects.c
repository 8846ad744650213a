/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/objects.h"

#include <string.h>

#include "base/json.h"
#include "base/random.h"
#include "engine/act/objects_parts.h"

void objects_begin(struct objects *o, const struct calico_store *store, struct kube_api *api,
	const struct datastore_release *at)
{
	*o = (struct objects){ .store = store, .api = api, .at = *at };
	o->at.release = xstrdup(at->release);
	now_rfc3339(o->time);
	o->terms = (struct object_terms){ .time = o->time,
		.rules = &o->at.rules,
		.release = field_release(o->at.release),
		.form = !api		 ? STORED_ETCD
			: o->at.rules.v3 ? STORED_V3
					 : STORED_V1 };
}

int objects_open(struct objects *o, const struct calico_store *store, struct kube_api *api,
	const char *release, struct err *e)
{
	struct datastore_release at;

	if (datastore_release_find(&at, store, api, release, e) < 0)
		return -1;
	objects_begin(o, store, api, &at);
	datastore_release_release(&at);
	return 0;
}

static char *make_id(const struct object_item *item)
{
	return xasprintf("%s(%s%s%s)", item->kind->kind, item->ns ? item->ns : "",
		item->ns ? "/" : "", item->name ? item->name : "");
}

struct object_item *objects_add_take(
	struct objects *o, enum objects_verb verb, const struct calico_kind *kind, json_t *object)
{
	o->items = xrealloc(o->items, o->n + 1, sizeof(*o->items));
	struct object_item *item = &o->items[o->n++];
	const json_t *metadata = json_object_get(object, "metadata");

	*item = (struct object_item){ .verb = verb, .kind = kind, .wanted = object };
	item->name = json_str(metadata, "name");
	item->ns = kind->namespaced ? json_str(metadata, "namespace") : NULL;
	item->id = make_id(item);
	stored_name_find(&item->names, o->terms.form, kind, item->name, o->terms.rules);
	item->stored_name = item->names.name;
	return item;
}

void objects_take_live(struct object_item *item, const json_t *object, const char *stored_name,
	const char *revision)
{
	json_decref(item->live);
	free(item->revision);
	item->live = json_incref((json_t *)(uintptr_t)object);
	item->revision = revision ? xstrdup(revision) : NULL;
	item->stored_name = stored_name;
}

int objects_unread(struct object_item *item, struct err *why, struct err *e)
{
	bool own = item->optional || (why->kind == ERR_AUTH && why->code == 403);

	err_move(own ? &item->err : e, why);
	if (own)
		item->verdict = OBJECT_REFUSED;
	return own ? 0 : -1;
}

static int read_items(
	struct objects *o, struct object_item *const *items, size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	return o->api ? objects_kube_read(o, items, n, e) : objects_etcd_read(o, items, n, e);
}

static void decide(struct objects *o, struct object_item *item)
{
	char uid[RANDOM_UUID_SIZE];

	random_uuid(uid);
	object_decide(item, &o->terms, uid);
}

/* Reads items; skips those that were refused already. */
static int look(struct objects *o, struct object_item *const *items, size_t n, struct err *e)
{
	if (read_items(o, items, n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (items[i]->verdict != OBJECT_REFUSED)
			decide(o, items[i]);
	return 0;
}

int objects_plan(struct objects *o, struct err *e)
{
	struct object_item **items = xcalloc(o->n + 1, sizeof(struct object_item *));
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].verdict != OBJECT_REFUSED)
			items[n++] = &o->items[i];
	int rc = look(o, items, n, e);

	free(items);
	return rc;
}

void objects_plan_new(struct objects *o)
{
	for (size_t i = 0; i < o->n; i++) {
		struct object_item *item = &o->items[i];

		if (item->verdict == OBJECT_REFUSED)
			continue;
		objects_take_live(item, NULL, item->names.name, NULL);
		decide(o, item);
	}
}

/* Dry run */

static int dry_round(struct objects *o, size_t *left, struct err *e)
{
	struct object_try *tries = xcalloc(o->n + 1, sizeof(*tries));
	struct object_item **again = xcalloc(o->n + 1, sizeof(struct object_item *));
	size_t n = 0, stale = 0;

	for (size_t i = 0; i < o->n; i++)
		if (object_is_write(&o->items[i]) && !o->items[i].judged)
			tries[n++].item = &o->items[i];
	int rc = n > 0 ? objects_kube_write(o, tries, n, true, e) : 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct object_item *item = tries[i].item;

		if (tries[i].result == TRY_STALE)
			again[stale++] = item;
		else if (tries[i].result == TRY_REFUSED)
			item->verdict = OBJECT_REFUSED;
		else
			item->judged = true;
	}
	if (rc == 0)
		rc = look(o, again, stale, e);
	*left = stale;
	free(again);
	free(tries);
	return rc;
}

int objects_dry_run(struct objects *o, struct err *e)
{
	size_t left = 1;

	for (int i = 0; i < OBJECTS_ROUNDS && left > 0 && o->api && !o->forbidden.kind; i++)
		if (dry_round(o, &left, e) < 0)
			return -1;
	return 0;
}

/* Writes */

/* After a lost answer or a conflict: the item is done, fails, or is written once more. */
static void settle_again(struct object_item *item, bool unknown, bool was_delete)
{
	if (item->verdict == OBJECT_REFUSED && was_delete && !item->live) {
		item->outcome = unknown ? OBJECT_DONE : OBJECT_SAME;
		item->verdict = OBJECT_DELETE;
		err_release(&item->err);
		item->err = (struct err){ 0 };
	} else if (item->verdict == OBJECT_REFUSED) {
		item->outcome = OBJECT_FAILED;
	} else if (!object_is_write(item)) {
		item->outcome = unknown ? OBJECT_DONE : OBJECT_SAME;
	}
}

/*
 * After a lost answer of a create, the object may exist. If it is as wanted, it counts as created,
 * so the stored object decides as for an apply. Afterwards the item has the user's verb again.
 */
static int look_again(struct objects *o, struct object_try *tries, size_t n, struct err *e)
{
	struct object_item **items = xcalloc(n + 1, sizeof(struct object_item *));
	enum object_verdict *planned = xcalloc(n + 1, sizeof(*planned));
	enum objects_verb *verbs = xcalloc(n + 1, sizeof(*verbs));

	for (size_t i = 0; i < n; i++) {
		items[i] = tries[i].item;
		planned[i] = items[i]->verdict;
		verbs[i] = items[i]->verb;
		if (tries[i].result == TRY_UNKNOWN && planned[i] == OBJECT_CREATE &&
			!items[i]->accept_same)
			items[i]->verb = OBJECTS_APPLY;
	}
	int rc = look(o, items, n, e);

	for (size_t i = 0; i < n; i++) {
		bool unknown = tries[i].result == TRY_UNKNOWN;

		items[i]->verb = verbs[i];
		if (rc == 0)
			settle_again(items[i], unknown, planned[i] == OBJECT_DELETE);
		if (rc == 0 && items[i]->outcome == OBJECT_DONE)
			items[i]->verdict = planned[i];
	}
	free(verbs);
	free(planned);
	free(items);
	return rc;
}

static void take_result(struct object_try *try, struct object_try *again, size_t *n)
{
	switch (try->result) {
	case TRY_WRITTEN:
		try->item->outcome = OBJECT_DONE;
		break;
	case TRY_REFUSED:
		try->item->outcome = OBJECT_FAILED;
		break;
	case TRY_STALE:
	case TRY_UNKNOWN:
		again[(*n)++] = *try;
		break;
	}
}

static int write_round(struct objects *o, struct object_try *tries, size_t n, struct err *e)
{
	struct object_try *again = xcalloc(n + 1, sizeof(*again));
	size_t left = 0;
	int rc = o->api ? objects_kube_write(o, tries, n, false, e)
			: objects_etcd_write(o, tries, n, e);

	for (size_t i = 0; i < n && rc == 0; i++)
		take_result(&tries[i], again, &left);
	if (rc == 0)
		rc = look_again(o, again, left, e);
	free(again);
	return rc;
}

static bool is_due(const struct object_item *item, int rank, bool deletes)
{
	return object_is_write(item) && item->outcome == OBJECT_OPEN &&
	       (item->verdict == OBJECT_DELETE) == deletes && object_rank(item->kind) == rank;
}

static void give_up(struct objects *o, int rank, bool deletes)
{
	for (size_t i = 0; i < o->n; i++) {
		struct object_item *item = &o->items[i];

		if (!is_due(item, rank, deletes))
			continue;
		item->outcome = OBJECT_FAILED;
		err_set(&item->err, ERR_CONFLICT, 0,
			"%s: somebody else changed it each of the %d times it was written; find "
			"out what else manages it",
			item->id, OBJECTS_ROUNDS);
	}
}

static int pause_run(struct objects *o, int64_t ms, struct err *e)
{
	return o->store->driver->pause(o->store->store, ms, e);
}

static int write_rank(struct objects *o, int rank, bool deletes, struct err *e)
{
	struct object_try *tries = xcalloc(o->n + 1, sizeof(*tries));
	int rc = 0;

	for (int i = 0; i < OBJECTS_ROUNDS && rc == 0; i++) {
		size_t n = 0;

		for (size_t k = 0; k < o->n; k++)
			if (is_due(&o->items[k], rank, deletes))
				tries[n++] = (struct object_try){ .item = &o->items[k] };
		if (n == 0)
			break;
		if (i > 0)
			rc = pause_run(o, 20 << i, e);
		if (rc == 0)
			rc = write_round(o, tries, n, e);
	}
	free(tries);
	if (rc == 0)
		give_up(o, rank, deletes);
	return rc;
}

int objects_write(struct objects *o, bool keep_going, struct err *e)
{
	for (int i = 0; i < 2 * OBJECT_RANKS; i++) {
		bool deletes = i >= OBJECT_RANKS;
		int rank = deletes ? 2 * OBJECT_RANKS - 1 - i : i;

		if (write_rank(o, rank, deletes, e) < 0)
			return -1;
		const struct object_item *failed = objects_first_failure(o);

		if (failed && failed->outcome == OBJECT_FAILED && !keep_going)
			break;
	}
	return 0;
}

int objects_confirm(struct objects *o, struct err *e)
{
	struct object_item **items = xcalloc(o->n + 1, sizeof(struct object_item *));
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].outcome == OBJECT_DONE && o->items[i].verdict != OBJECT_DELETE)
			items[n++] = &o->items[i];
	int rc = read_items(o, items, n, e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (object_is_as_written(items[i], &o->terms))
			continue;
		items[i]->outcome = OBJECT_FAILED;
		err_set(&items[i]->err, ERR_CONFLICT, 0,
			"%s: somebody else changed it while this run went on; look at it, and run "
			"the command again",
			items[i]->id);
	}
	free(items);
	return rc;
}

const struct object_item *objects_first_failure(const struct objects *o)
{
	const struct object_item *refused = NULL;

	for (size_t i = 0; i < o->n; i++) {
		const struct object_item *item = &o->items[i];

		if (item->optional)
			continue;
		if (item->outcome == OBJECT_FAILED)
			return item;
		if (!refused && item->verdict == OBJECT_REFUSED)
			refused = item;
	}
	return refused;
}

size_t objects_count(const struct objects *o, enum object_verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		n += o->items[i].verdict == verdict;
	return n;
}

void objects_release(struct objects *o)
{
	for (size_t i = 0; i < o->n; i++)
		object_item_release(&o->items[i]);
	free(o->items);
	datastore_release_release(&o->at);
	err_release(&o->forbidden);
	*o = (struct objects){ 0 };
}
