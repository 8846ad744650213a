/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/status.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/observe.h"
#include "manifest/crd.h"
#include "manifest/source.h"

/* The first flight, behind the CRDs. */
enum {
	INSTALLATIONS,
	OPERATOR,
	GROUP,
	IDENTITY,
	MODE = IDENTITY + IDENTITY_CALLS,
	FURTHER = MODE + MODE_CALLS
};

const char *status_state_name(enum status_state state)
{
	static const char *const names[] = { "released", "other-release", "edited", "missing",
		"extra", "unknown", "unread" };

	return names[state];
}

size_t status_count(const struct status *s, enum status_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->crds[i].state == state;
	return n;
}

bool status_ok(const struct status *s)
{
	if (!s->nearest)
		return s->v3.n > 0 && check_failed(&s->v3) == 0;
	return status_count(s, STATUS_RELEASED) + status_count(s, STATUS_EXTRA) == s->n &&
	       check_failed(&s->v3) == 0;
}

/* An answer that no user gets, or none at all, ends the run; anything else is said. */
static int is_over(struct kube_call *call, struct err *e)
{
	if (!call->err.msg ||
		(call->req.status > 0 && call->req.status != 401 && call->err.kind != ERR_FORMAT))
		return 0;
	err_move(e, &call->err);
	return -1;
}

static void note_unread(struct status *s, const struct kube_call *call)
{
	if (!call->err.msg || kube_call_not_found(call))
		return;
	json_array_append_new(s->unread, json_string(call->err.msg));
	s->denied += call->err.kind == ERR_AUTH;
	if (!s->failed.kind || (s->failed.kind != ERR_AUTH && call->err.kind == ERR_AUTH))
		err_copy(&s->failed, &call->err);
}

static void add_calls(const json_t *names, struct kube_call *calls)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		observe_crd_call(&calls[i], json_string_value(name));
	calls += json_array_size(names);
	kube_call_path(&calls[INSTALLATIONS], "/apis/operator.tigera.io/v1/installations?limit=1");
	operator_call(&calls[OPERATOR]);
	kube_call_path(&calls[GROUP], "/apis/" MODE_V1_GROUP "/v1");
	identity_add_calls(&calls[IDENTITY], false);
	mode_add_calls(&calls[MODE]);
}

/* What the group serves and no release knows. */
static void take_others(struct status *s, const json_t *discovery, const json_t *names)
{
	const json_t *resource, *name;
	size_t i, k;

	json_array_foreach(json_object_get(discovery, "resources"), i, resource) {
		const char *plural = json_str(resource, "name");
		char_auto *full = xasprintf("%s." MODE_V1_GROUP, plural ? plural : "/");
		bool known = strchr(full, '/') != NULL;

		json_array_foreach(names, k, name)
			known = known || strcmp(json_string_value(name), full) == 0;
		if (!known)
			json_array_append_new(s->others, json_string(full));
	}
}

static void take_further(struct status *s, const struct kube_call *calls, const json_t *names)
{
	const json_t *installations = json_object_get(calls[INSTALLATIONS].object, "items");

	s->installation = json_incref(json_array_get(installations, 0));
	operator_take(&s->tigera, &calls[OPERATOR]);
	take_others(s, calls[GROUP].object, names);
	s->others_known = calls[GROUP].object || kube_call_not_found(&calls[GROUP]);
	identity_take(&s->identity, &calls[IDENTITY]);
	mode_take(&s->mode, &calls[MODE]);
}

static struct status_crd *add_crd(struct status *s, const char *name, enum status_state state)
{
	s->crds = xrealloc(s->crds, s->n + 1, sizeof(*s->crds));
	s->crds[s->n] = (struct status_crd){ .name = name, .state = state, .objects = -1 };
	return &s->crds[s->n++];
}

static void judge_live(struct status *s, const char *name, const json_t *live)
{
	const struct surface_crd *released = surface_crd(s->nearest, name);
	struct status_crd *crd = add_crd(s, name, STATUS_EXTRA);
	char hex[SHA256_HEX_SIZE];

	crd->live = live;
	crd->range = surfaces_range(&s->surfaces, live);
	owners_find(&crd->owners, live);
	if (!released)
		return;
	crd_fingerprint(live, hex);
	crd->state = strcmp(hex, released->fingerprint) == 0 ? STATUS_RELEASED
		     : crd->range.oldest                     ? STATUS_OTHER
		     : s->age == AGE_KNOWN                   ? STATUS_EDITED
							     : STATUS_FOREIGN;
}

static bool differs(const struct status_crd *crd)
{
	return crd->state == STATUS_OTHER || crd->state == STATUS_EDITED ||
	       crd->state == STATUS_FOREIGN;
}

static int find_drift(struct status *s, struct err *e)
{
	source_auto source = { 0 };

	if (status_count(s, STATUS_OTHER) + status_count(s, STATUS_EDITED) +
			status_count(s, STATUS_FOREIGN) ==
		0)
		return 0;
	const struct release *r = catalog_find(s->catalog, s->nearest->last, e);

	if (!r || source_embedded(&source, r, e) < 0)
		return -1;
	for (size_t i = 0; i < s->n; i++) {
		struct status_crd *crd = &s->crds[i];

		if (differs(crd))
			crd->drift = crd_diff(crd_find(source.crds, crd->name), crd->live);
	}
	return 0;
}

/* Which release it is, and what of each CRD; calls are those of the names, in their order. */
static int judge(
	struct status *s, const json_t *names, const struct kube_call *calls, struct err *e)
{
	struct nearest_match match;
	size_t i;

	if (mode_by_crds(&s->mode) && !mode_has_v1(s->live))
		return 0; /* others may have CRDs of the shared group */
	if (nearest_find(&s->surfaces, s->catalog, s->live, s->identity.calico_version, &match, e) <
		0)
		return -1;
	s->nearest = match.surface;
	s->age = match.age;
	for (i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		const json_t *live = json_object_get(s->live, name);

		if (live)
			judge_live(s, name, live);
		else if (!kube_call_not_found(&calls[i]))
			add_crd(s, name, STATUS_UNREAD)->problem =
				xstrdup(calls[i].err.msg ? calls[i].err.msg : "no CRD came back");
		else if (s->nearest && surface_crd(s->nearest, name))
			add_crd(s, name, STATUS_MISSING);
	}
	return find_drift(s, e);
}

static int look(struct status *s, struct kube_api *api, const json_t *names, struct err *e)
{
	size_t n = json_array_size(names), all = n + FURTHER;
	struct kube_call *calls = xcalloc(all, sizeof(*calls));

	add_calls(names, calls);
	int rc = kube_run(api, calls, all, NULL, NULL, e);

	s->round_trips++;
	for (size_t i = 0; i < all && rc == 0; i++)
		rc = is_over(&calls[i], e);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (calls[i].object && crd_check(calls[i].object, e) == 0)
			json_object_set(s->live, calls[i].name, calls[i].object);
		else if (calls[i].object)
			rc = -1;
	if (rc == 0) {
		take_further(s, calls + n, names);
		for (size_t i = 0; i < all; i++)
			note_unread(s, &calls[i]);
		rc = judge(s, names, calls, e);
	}
	observe_free_calls(calls, all);
	return rc;
}

static void take_count(struct status_crd *crd, const struct kube_call *call)
{
	const json_t *items = json_object_get(call->object, "items");
	const json_t *more = json_at(call->object, "metadata", "remainingItemCount", NULL);

	if (json_is_array(items))
		crd->objects = (long)json_array_size(items) + (long)json_integer_value(more);
	else if (!crd->problem)
		crd->problem = xstrdup(call->err.msg ? call->err.msg : "the answer is no list");
}

static int count_objects(struct status *s, struct kube_api *api, struct err *e)
{
	struct kube_call *calls = xcalloc(s->n, sizeof(*calls));
	struct status_crd **of = xcalloc(s->n, sizeof(struct status_crd *));
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const json_t *live = s->crds[i].live;
		const char *version = live ? crd_served_version(live) : NULL;

		if (!version)
			continue;
		char_auto *path = xasprintf(
			"/apis/%s/%s/%s?limit=1", crd_group(live), version, crd_plural(live));

		of[n] = &s->crds[i];
		kube_call_path(&calls[n], path);
		calls[n++].req.soon = "initializ";
	}
	int rc = n > 0 ? kube_run(api, calls, n, NULL, NULL, e) : 0;

	s->round_trips += n > 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		take_count(of[i], &calls[i]);
		note_unread(s, &calls[i]);
	}
	observe_free_calls(calls, n);
	free(of);
	return rc;
}

/* Whose release these CRDs are is not known: only those of crd.projectcalico.org are carried. */
static int read_v3(struct status *s, struct kube_api *api, struct err *e)
{
	s->v3_crds = mode_v3_crds();
	check_init(&s->v3, s->v3_crds, false);
	check_want(&s->v3, NULL);
	s->v3.identify = !s->nearest;
	if (check_run(api, &s->v3, 0, e) < 0)
		return -1;
	s->round_trips++;
	if (s->v3.identify) {
		identity_release(&s->identity);
		s->identity = s->v3.identity;
		s->v3.identity = (struct identity){ 0 };
	}
	return 0;
}

int status_read(struct status *s, struct kube_api *api, const struct catalog *c, struct err *e)
{
	*s = (struct status){
		.catalog = c, .live = json_object(), .others = json_array(), .unread = json_array()
	};
	if (source_surfaces(&s->surfaces, c, e) < 0)
		return -1;
	s->names = surfaces_names(&s->surfaces);
	err_auto unread = { 0 };

	if (look(s, api, s->names, e) < 0 || mode_complete(&s->mode, api, &unread, e) < 0)
		return -1;
	s->round_trips += s->mode.migration.version != NULL;
	if (unread.kind) {
		json_array_append_new(s->unread, json_string(unread.msg));
		s->denied += unread.kind == ERR_AUTH;
		if (s->failed.kind != ERR_AUTH)
			err_move(&s->failed, &unread);
	}
	if (count_objects(s, api, e) < 0)
		return -1;
	return mode_by_crds(&s->mode) ? read_v3(s, api, e) : 0;
}

bool status_agrees(const struct status *s)
{
	const struct release *r = s->identity.calico_version ? catalog_by_version(s->catalog,
								       s->identity.calico_version)
							     : NULL;

	return !r || !r->surface || !s->nearest || strcmp(r->surface, s->nearest->version) == 0;
}

void status_release(struct status *s)
{
	for (size_t i = 0; i < s->n; i++) {
		owners_release(&s->crds[i].owners);
		json_decref(s->crds[i].drift);
		free(s->crds[i].problem);
	}
	free(s->crds);
	surfaces_release(&s->surfaces);
	identity_release(&s->identity);
	operator_release(&s->tigera);
	mode_release(&s->mode);
	check_release(&s->v3);
	json_decref(s->v3_crds);
	json_decref(s->names);
	json_decref(s->live);
	json_decref(s->others);
	json_decref(s->unread);
	err_release(&s->failed);
	json_decref(s->installation);
	*s = (struct status){ 0 };
}
