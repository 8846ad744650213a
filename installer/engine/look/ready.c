/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/ready.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/crds.h"
#include "engine/look/observe.h"
#include "manifest/crd.h"

enum {
	FIRST_PAUSE_MS = 10,
	LAST_PAUSE_MS = 50, /* milliseconds; one poll transfers a few KB */
	/* milliseconds after the first look, since many runs may wait for one small server */
	LATER_PAUSE_MS = 500,
	/* milliseconds until the CRDs themselves are asked why they are not served */
	LOOK_MS = 1000,
};

static size_t mark_served(struct plan *p, struct check *c, const struct kube_batch *b)
{
	size_t served = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct plan_item *item = &p->items[i];

		bool before = item->served;

		item->served = item->served || item->hidden ||
			       observe_is_served(b, plan_expected(item));
		if (item->served && !before && !item->hidden)
			check_want(c, plan_expected(item));
		served += item->served;
	}
	return served;
}

/*
 * Asks discovery for what is missing. The same batch reads the kinds that discovery listed last
 * time.
 */
static int poll(struct kube_api *api, struct plan *p, struct check *c, size_t *served,
	struct err *e)
{
	json_auto_t *missing = json_array();
	kube_batch_auto b = { 0 };
	size_t reads;

	for (size_t i = 0; i < p->n; i++)
		if (!p->items[i].served)
			json_array_append(missing,
				(json_t *)(uintptr_t)plan_expected(&p->items[i]));
	observe_ask_discovery(&b, missing);
	reads = check_ask(c, &b);
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	for (size_t i = 0; i < reads; i++)
		if (b.calls[i]->err.msg && !kube_call_not_found(b.calls[i])) {
			err_move(e, &b.calls[i]->err);
			return -1;
		}
	check_take(c, &b, reads);
	*served = mark_served(p, c, &b);
	return 0;
}

static int look_at(const struct kube_call *call, struct err *e)
{
	const char *message = json_str(crd_condition(call->object, "NamesAccepted"), "message");

	if (kube_call_not_found(call))
		return err_set(e, ERR_CONFLICT, 404,
			"%s was deleted while this run waited for it; find out by whom, then run "
			"this again",
			call->name);
	if (!crd_condition_is(call->object, "NamesAccepted", "False"))
		return 0;
	return err_set(e, ERR_CONFLICT, 0,
		"%s: the server does not accept its names: %s; remove the CRD that holds them",
		call->name, message ? message : "no message");
}

/* Finds out why the rest is not served yet: a name conflict never ends by itself. */
static int look(struct kube_api *api, const struct plan *p, struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < p->n; i++)
		if (!p->items[i].served)
			crds_ask(&b, p->items[i].name, NULL);
	int rc = kube_batch_run(&b, api, e);

	for (size_t i = 0; i < b.n && rc == 0; i++)
		if (b.calls[i]->object || kube_call_not_found(b.calls[i]))
			rc = look_at(b.calls[i], e);
	return rc;
}

static int give_up(const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->n && e->kind == ERR_TIMEOUT; i++)
		if (!p->items[i].served)
			return err_wrap(e, "%s is created and not served yet", p->items[i].name);
	return -1;
}

int ready_wait(struct kube_api *api, struct plan *p, struct check *c, plan_progress *progress,
	void *arg, struct err *e)
{
	int64_t pause = FIRST_PAUSE_MS, look_at_ms = now_ms() + LOOK_MS, last = LAST_PAUSE_MS;

	for (size_t i = 0; i < p->n; i++)
		p->items[i].served = false;
	for (;;) {
		int64_t asked = now_ms(), took;
		size_t served = 0;

		if (poll(api, p, c, &served, e) < 0)
			return give_up(p, e);
		took = now_ms() - asked;
		if (progress)
			progress(arg, served, p->n);
		if (served == p->n)
			return 0;
		if (now_ms() >= look_at_ms) {
			if (look(api, p, e) < 0)
				return give_up(p, e);
			look_at_ms = now_ms() + LOOK_MS;
			last = LATER_PAUSE_MS;
		}
		/* The pause is as long as the last answer took, so a slow server gets time. */
		if (http_pause(kube_api_http(api), took > pause ? took : pause, e) < 0)
			return give_up(p, e);
		pause = pause * 3 / 2 < last ? pause * 3 / 2 : last;
	}
}

/* Looks at all of them once; *open is how many are not established yet. */
static int look_at_hidden(
	struct kube_api *api, const struct plan *p, size_t *open, struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].hidden)
			crds_ask(&b, p->items[i].name, NULL);
	int rc = kube_batch_run(&b, api, e);

	*open = 0;
	for (size_t i = 0; i < b.n && rc == 0; i++) {
		if (b.calls[i]->object || kube_call_not_found(b.calls[i]))
			rc = look_at(b.calls[i], e);
		*open += !crd_condition_is(b.calls[i]->object, "Established", "True");
	}
	return rc;
}

int ready_hidden(struct kube_api *api, const struct plan *p, struct err *e)
{
	for (;;) {
		size_t open;

		if (look_at_hidden(api, p, &open, e) < 0)
			return -1;
		if (open == 0)
			return 0;
		if (http_pause(kube_api_http(api), LAST_PAUSE_MS, e) < 0)
			return err_wrap(e, "%zu CRDs are not established yet", open);
	}
}
