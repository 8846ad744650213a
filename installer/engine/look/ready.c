/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/ready.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/observe.h"
#include "manifest/crd.h"

enum {
	FIRST_PAUSE_MS = 10,
	LAST_PAUSE_MS = 50, /* a poll is a few KB */
	LOOK_MS = 1000, /* then the CRDs themselves are asked why they are not served */
};

static size_t mark_served(struct plan *p, struct check *c, const struct kube_call *calls, size_t n)
{
	size_t served = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct plan_item *item = &p->items[i];

		item->served = item->hidden || observe_is_served(calls, n, plan_expected(item));
		if (item->served && !item->hidden)
			check_want(c, plan_expected(item));
		served += item->served;
	}
	return served;
}

/* Asks discovery, and in the same batch reads what it listed the last time. */
static int poll(struct kube_api *api, struct plan *p, struct check *c, const json_t *crds,
	size_t *served, struct err *e)
{
	size_t n, reads;
	struct kube_call *calls = observe_discovery_calls(crds, &n);

	calls = xrealloc(calls, n + 2 * c->n, sizeof(*calls));
	reads = check_add_calls(c, calls + n);
	int rc = kube_run(api, calls, n + reads, NULL, NULL, e);

	for (size_t i = 0; i < n && rc == 0; i++)
		if (calls[i].err.msg && !kube_call_not_found(&calls[i])) {
			err_move(e, &calls[i].err);
			rc = -1;
		}
	if (rc == 0) {
		check_take(c, calls + n);
		*served = mark_served(p, c, calls, n);
	}
	observe_free_calls(calls, n + reads);
	return rc;
}

static int look_at(const struct kube_call *call, struct err *e)
{
	const json_t *c;
	size_t i;

	if (kube_call_not_found(call))
		return err_set(e, ERR_CONFLICT, 404,
			"%s was deleted while this run waited for it; find out by whom, then run "
			"this "
			"again",
			call->name);
	json_array_foreach(json_at(call->object, "status", "conditions", NULL), i, c) {
		const char *type = json_str(c, "type"), *status = json_str(c, "status");
		const char *message = json_str(c, "message");

		if (type && status && strcmp(type, "NamesAccepted") == 0 &&
			strcmp(status, "False") == 0)
			return err_set(e, ERR_CONFLICT, 0,
				"%s: the server does not accept its names: %s; remove the CRD that "
				"holds them",
				call->name, message ? message : "no message");
	}
	return 0;
}

/* Why the others are not served yet: a name conflict will never pass. */
static int look(struct kube_api *api, const struct plan *p, struct err *e)
{
	struct kube_call *calls = xcalloc(p->n, sizeof(*calls));
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (!p->items[i].served)
			observe_crd_call(&calls[n++], p->items[i].name);
	int rc = kube_run(api, calls, n, NULL, NULL, e);

	for (size_t i = 0; i < n && rc == 0; i++)
		if (calls[i].object || kube_call_not_found(&calls[i]))
			rc = look_at(&calls[i], e);
	observe_free_calls(calls, n);
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
	json_auto_t *crds = json_array();
	int64_t pause = FIRST_PAUSE_MS, look_at_ms = now_ms() + LOOK_MS;

	for (size_t i = 0; i < p->n; i++)
		json_array_append(crds, (json_t *)(uintptr_t)plan_expected(&p->items[i]));
	for (;;) {
		size_t served = 0;

		if (poll(api, p, c, crds, &served, e) < 0)
			return give_up(p, e);
		if (progress)
			progress(arg, served, p->n);
		if (served == p->n)
			return 0;
		if (now_ms() >= look_at_ms) {
			if (look(api, p, e) < 0)
				return give_up(p, e);
			look_at_ms = now_ms() + LOOK_MS;
		}
		if (http_pause(kube_api_http(api), pause, e) < 0)
			return give_up(p, e);
		pause = pause * 3 / 2 < LAST_PAUSE_MS ? pause * 3 / 2 : LAST_PAUSE_MS;
	}
}

static bool is_established(const json_t *crd)
{
	const json_t *c;
	size_t i;

	json_array_foreach(json_at(crd, "status", "conditions", NULL), i, c) {
		const char *type = json_str(c, "type"), *status = json_str(c, "status");

		if (type && status && strcmp(type, "Established") == 0)
			return strcmp(status, "True") == 0;
	}
	return false;
}

/* One look at all of them; *open is how many are not established yet. */
static int look_at_hidden(
	struct kube_api *api, const struct plan *p, size_t *open, struct err *e)
{
	struct kube_call *calls = xcalloc(p->n, sizeof(*calls));
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].hidden)
			observe_crd_call(&calls[n++], p->items[i].name);
	int rc = n > 0 ? kube_run(api, calls, n, NULL, NULL, e) : 0;

	*open = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (calls[i].object || kube_call_not_found(&calls[i]))
			rc = look_at(&calls[i], e);
		*open += !is_established(calls[i].object);
	}
	observe_free_calls(calls, n);
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
