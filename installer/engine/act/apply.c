/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/apply.h"

#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "engine/look/crds.h"
#include "manifest/crd.h"

enum { CONFIRM_TURNS = 3 }; /* how often a run writes again what others changed meanwhile */

/* The calls of one round. The subject of each call is its item. */
struct round {
	struct kube_batch batch;
	plan_progress *progress;
	void *arg;
	size_t done, total;
};

static bool is_write(const struct plan_item *item)
{
	return item->verdict == PLAN_CREATE || item->verdict == PLAN_UPDATE;
}

static void add_write(struct round *r, struct plan_item *item, bool dry_run)
{
	kube_batch_add(&r->batch,
		(struct kube_request){
			.verb = item->verdict == PLAN_CREATE ? KUBE_CREATE : KUBE_UPDATE,
			.group = item->at.group,
			.version = item->at.version,
			.plural = item->at.plural,
			.name = item->name,
			.body = item->target,
			.dry_run = dry_run,
			.check = item->at.check,
			.subject = item });
}

static void add_read(struct kube_batch *b, const struct plan_item *item)
{
	kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
				  .group = item->at.group,
				  .version = item->at.version,
				  .plural = item->at.plural,
				  .name = item->name,
				  .check = item->at.check });
}

/* Reads items again and plans each of them again. */
static int look_again(struct kube_api *api, struct plan_item *const *items, size_t n,
	const struct plan_options *options, struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < n; i++)
		add_read(&b, items[i]);
	int rc = kube_batch_run(&b, api, e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		const json_t *live;

		if (crds_take(b.calls[i], &live, &items[i]->err) == 0)
			plan_again(items[i], (json_t *)(uintptr_t)live, options);
	}
	return rc;
}

static bool is_stale(const struct kube_call *call)
{
	return call->err.kind == ERR_CONFLICT ||
	       (kube_call_not_found(call) && call->verb == KUBE_UPDATE);
}

/* Dry run */

static int judge(struct plan_item *item, struct kube_call *call, const struct plan_options *options,
	struct err *forbidden, struct err *e)
{
	if (call->object) {
		plan_judge(item, call->object, options);
		return 0;
	}
	if (call->err.kind == ERR_AUTH && call->req.status == 403) {
		if (!forbidden->msg)
			err_move(forbidden, &call->err);
		return 0;
	}
	if (call->err.kind == ERR_API && !kube_call_unknown(call)) {
		plan_block(item, "%s", call->err.msg);
		return 0;
	}
	err_move(e, &call->err);
	return -1;
}

static int dry_round(struct kube_api *api, struct round *r, const struct plan_options *options,
	struct err *forbidden, struct err *e)
{
	struct plan_item **stale = xcalloc(r->batch.n, sizeof(struct plan_item *));
	size_t n = 0;
	int rc = kube_batch_run(&r->batch, api, e);

	for (size_t i = 0; i < r->batch.n && rc == 0; i++) {
		struct kube_call *call = r->batch.calls[i];

		if (is_stale(call))
			stale[n++] = call->subject;
		else
			rc = judge(call->subject, call, options, forbidden, e);
	}
	if (rc == 0 && n > 0)
		rc = look_again(api, stale, n, options, e);
	free(stale);
	return rc;
}

int apply_dry_run(struct kube_api *api, struct plan *p, const struct plan_options *options,
	struct err *forbidden, struct err *e)
{
	for (int i = 0; i < APPLY_ROUNDS && !forbidden->msg; i++) {
		struct round r = { 0 };
		int rc = 0;

		for (size_t k = 0; k < p->n; k++)
			if (is_write(&p->items[k]) && !p->items[k].judged)
				add_write(&r, &p->items[k], true);
		bool finished = r.batch.n == 0;

		if (!finished)
			rc = dry_round(api, &r, options, forbidden, e);
		kube_batch_release(&r.batch);
		if (rc < 0 || finished)
			return rc;
	}
	return 0;
}

/* Writes */

static void written(struct plan_item *item, const struct kube_call *call)
{
	const char *before = json_str(json_object_get(item->live, "metadata"), "resourceVersion");
	const char *after = json_str(json_object_get(call->object, "metadata"), "resourceVersion");

	if (item->verdict == PLAN_CREATE)
		item->outcome = OUTCOME_CREATED;
	else if (before && after && strcmp(before, after) == 0)
		item->outcome = OUTCOME_UNCHANGED;
	else
		item->outcome = OUTCOME_CONFIGURED;
}

static void count_done(void *arg, const struct kube_call *call)
{
	struct round *r = arg;

	if (call->object && r->progress)
		r->progress(r->arg, ++r->done, r->total);
}

/* After look_again: the item is as wanted, may not be written, or goes into the next round. */
static void settle_again(struct plan_item *item, enum plan_outcome if_equal)
{
	if (item->err.msg) {
		item->outcome = OUTCOME_FAILED;
	} else if (item->verdict == PLAN_UNCHANGED || item->verdict == PLAN_KEPT) {
		item->outcome = if_equal;
	} else if (item->verdict == PLAN_BLOCKED) {
		item->outcome = OUTCOME_FAILED;
		err_set(&item->err, ERR_BLOCKED, 0, "%s: %s", item->name,
			json_string_value(json_array_get(item->reasons, 0)));
	}
}

/*
 * A lost answer says nothing. When the object is as wanted, the write of this run succeeded. After
 * a conflict, such an object was written by somebody else, for example another install.
 */
static int write_round(
	struct kube_api *api, struct round *r, const struct plan_options *options, struct err *e)
{
	struct plan_item **again = xcalloc(r->batch.n, sizeof(struct plan_item *));
	enum plan_outcome *if_equal = xcalloc(r->batch.n, sizeof(*if_equal));
	size_t n = 0;

	r->batch.done = count_done;
	r->batch.arg = r;
	int rc = kube_batch_run(&r->batch, api, e);

	for (size_t i = 0; i < r->batch.n; i++) {
		struct kube_call *call = r->batch.calls[i];
		struct plan_item *item = call->subject;

		if (call->object) {
			written(item, call);
		} else if (is_stale(call)) {
			if_equal[n] = OUTCOME_UNCHANGED;
			again[n++] = item;
		} else if (kube_call_unknown(call)) {
			if_equal[n] =
				call->verb == KUBE_CREATE ? OUTCOME_CREATED : OUTCOME_CONFIGURED;
			again[n++] = item;
		} else {
			item->outcome = OUTCOME_FAILED;
			err_move(&item->err, &call->err);
		}
	}
	if (rc == 0 && n > 0)
		rc = look_again(api, again, n, options, e);
	for (size_t i = 0; i < n && rc == 0; i++)
		settle_again(again[i], if_equal[i]);
	free(again);
	free(if_equal);
	return rc;
}

static int first_failure(struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		struct plan_item *item = &p->items[i];

		if (item->outcome == OUTCOME_FAILED)
			return err_set(e, item->err.kind, item->err.code, "%s", item->err.msg);
		if (is_write(item) && item->outcome == OUTCOME_NONE) {
			item->outcome = OUTCOME_FAILED;
			err_set(&item->err, ERR_CONFLICT, 0,
				"%s: changed by someone else each of the %d times it was written; "
				"find "
				"out what else manages it",
				item->name, APPLY_ROUNDS);
			return err_set(e, ERR_CONFLICT, 0, "%s", item->err.msg);
		}
	}
	return 0;
}

/*
 * True: somebody changed the item, and this run writes it again. Otherwise such a change fails the
 * item.
 */
static bool compare(struct plan_item *item, struct plan_item *now,
	const struct plan_options *options, bool last)
{
	if (!now->err.msg && now->live &&
		(now->verdict == PLAN_KEPT || json_array_size(now->changes) == 0))
		return false;
	if (!last && !now->err.msg && is_write(now)) {
		plan_again(item, now->live, options);
		item->outcome = OUTCOME_NONE;
		return true;
	}
	if (now->err.msg)
		err_move(&item->err, &now->err);
	else if (now->verdict == PLAN_BLOCKED)
		err_set(&item->err, ERR_CONFLICT, 0,
			"%s: changed by someone else while this run went on: %s", item->name,
			json_string_value(json_array_get(now->reasons, 0)));
	else
		err_set(&item->err, ERR_CONFLICT, 0,
			"%s: changed by someone else during this run; run the command again when "
			"that has ended",
			item->name);
	item->outcome = OUTCOME_FAILED;
	return false;
}

/*
 * A run of another release may write at the same time. Then some CRDs are of this release and some
 * of the other. Both runs read all CRDs after their last write, so one of them sees the mixture.
 * This run writes again what it may (*more), so that the run that ends last leaves one release.
 */
static int confirm(struct kube_api *api, struct plan *p, const struct plan_options *options,
	bool last, bool *more, struct err *e)
{
	struct plan_item **items = xcalloc(p->n, sizeof(struct plan_item *));
	err_auto forbidden = { 0 };
	plan_auto now = { 0 };

	plan_copy_wanted(&now, p);
	for (size_t i = 0; i < p->n; i++)
		items[i] = &now.items[i];
	int rc = look_again(api, items, p->n, options, e);

	free(items);
	if (rc < 0 || apply_dry_run(api, &now, options, &forbidden, e) < 0)
		return -1;
	*more = false;
	for (size_t i = 0; i < p->n; i++)
		*more = compare(&p->items[i], &now.items[i], options, last) || *more;
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].outcome == OUTCOME_FAILED)
			/* without the failed items, the CRDs cannot all be of this release */
			*more = false;
	return *more ? 0 : first_failure(p, e);
}

static int write_all(struct kube_api *api, struct plan *p, const struct plan_options *options,
	plan_progress *progress, void *arg, struct err *e)
{
	size_t total = plan_count(p, PLAN_CREATE) + plan_count(p, PLAN_UPDATE), done = 0;

	for (int i = 0; i < APPLY_ROUNDS; i++) {
		struct round r = { .progress = progress, .arg = arg, .done = done, .total = total };
		int rc = 0;

		for (size_t k = 0; k < p->n; k++)
			if (is_write(&p->items[k]) && p->items[k].outcome == OUTCOME_NONE)
				add_write(&r, &p->items[k], false);
		bool finished = r.batch.n == 0;

		if (!finished && i > 0)
			rc = http_pause(kube_api_http(api), 20 << i, e);
		if (!finished && rc == 0)
			rc = write_round(api, &r, options, e);
		done = r.done;
		kube_batch_release(&r.batch);
		if (rc < 0)
			return -1;
		if (finished)
			break;
	}
	return first_failure(p, e);
}

/* The pause grows and differs between two runs, so that one of them ends first. */
static int pause_before_again(struct kube_api *api, int turn, struct err *e)
{
	return http_pause(kube_api_http(api), (200 << turn) + getpid() % 200, e);
}

int apply_write(struct kube_api *api, struct plan *p, const struct plan_options *options,
	plan_progress *progress, void *arg, struct err *e)
{
	bool more = plan_count(p, PLAN_CREATE) + plan_count(p, PLAN_UPDATE) > 0;

	for (int turn = 0; more; turn++)
		if ((turn > 0 && pause_before_again(api, turn, e) < 0) ||
			write_all(api, p, options, progress, arg, e) < 0 ||
			confirm(api, p, options, turn == CONFIRM_TURNS, &more, e) < 0)
			return -1;
	return 0;
}
