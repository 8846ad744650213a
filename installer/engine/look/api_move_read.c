/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the objects of both groups, checks whether v3 accepts them, and compares their digests. */
#include <string.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "engine/look/api_move.h"
#include "kube/batch.h"

enum { V1, V3, CHANGED = '*' }; /* CHANGED follows the digest of an object that was written again */

static void add_kinds(struct api_move *m)
{
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	m->kinds = xcalloc(n, sizeof(*m->kinds));
	for (size_t i = 0; i < n; i++) {
		struct api_move_kind *k = &m->kinds[m->n_kinds];

		if (!api_move_has(&kinds[i]))
			continue;
		k->kind = kinds[i];
		if (strcmp(k->kind.kind, "IPAMConfig") == 0)
			k->kind.kind = "IPAMConfiguration";
		k->v1.digests = json_object();
		k->v3.digests = json_object();
		m->n_kinds++;
	}
}

static void learn_rules(struct api_move *m)
{
	const char *release = json_string_value(
		json_at(m->information[V1], "spec", "calicoVersion", NULL));

	if (!release || field_release(release) == 0)
		release = m->parts[API_MOVE_CONTROLLERS].release;
	for (int i = V1; i <= V3; i++) {
		m->rules[i] = (struct calico_rules){ .release = FIELD_NEWEST };
		calico_rules_learn(&m->rules[i],
			release && field_release(release) ? release : "v3.32.1");
		m->rules[i].v3 = i == V3;
	}
	m->fit.crds = m->crds;
}

static char *name_of(const struct api_move_kind *k, const char *key)
{
	return xasprintf("%s/%s", k->kind.kind, key);
}

/* Judges the object that the controller would create from this one. */
static void judge_object(struct api_move *m, struct api_move_kind *k, const json_t *object,
	const char *key)
{
	char_auto *name = name_of(k, key), *problem = api_move_problem(&k->kind, object);
	findings_auto findings = { 0 };
	json_auto_t *created = api_move_created(&k->kind, object);

	if (problem)
		api_move_add(m, API_MOVE_BLOCKS, "objects", name, "%s", problem);
	fit_judge(&m->fit, &k->kind, created, &findings);
	if (findings.n == 0)
		return;
	buf_auto text = { 0 };

	findings_text(&text, &findings);
	api_move_add(m, API_MOVE_BLOCKS, "objects", name,
		"the CRD of v3 does not take it, and the migration would stay locked: %s",
		buf_str(&text));
}

static void take_object(struct api_move *m, struct api_move_kind *k, int group,
	const json_t *stored)
{
	struct api_move_side *side = group == V1 ? &k->v1 : &k->v3;
	char hex[SHA256_HEX_SIZE];
	err_auto why = { 0 };
	json_auto_t *object = convert_resource(&k->kind, stored, &m->rules[group], &why);

	if (!object || why.msg) {
		char_auto *stored_key = api_move_key(stored), *name = name_of(k, stored_key);

		api_move_add(m, API_MOVE_BLOCKS, "objects", name, "cannot be read: %s",
			why.msg ? why.msg : "it is empty");
		return;
	}
	char_auto *key = api_move_key(object), *name = name_of(k, key);
	json_auto_t *content = api_move_content(&k->kind, object);

	api_move_digest(content, hex);
	json_int_t generation =
		json_integer_value(json_at(stored, "metadata", "generation", NULL));
	char_auto *value = xasprintf("%s%s", hex, group == V3 && generation > 1 ? "*" : "");

	if (group == V1 && json_object_get(side->digests, key))
		api_move_add(m, API_MOVE_BLOCKS, "objects", name,
			"two objects of " MODE_V1_GROUP " have this name in v3, such as "
			"\"default.NAME\" and \"NAME\" in the tier default: delete one of them");
	json_object_set_new(side->digests, key, json_string(value));
	m->objects++;
	m->untyped += group == V1 && api_move_is_untyped(&k->kind, stored);
	if (group == V1)
		judge_object(m, k, object, key);
}

/* Pages */

static bool may_read(const struct api_move *m, const struct api_move_side *side, int group)
{
	/* An API server in front answers with the objects of v1. */
	return !side->pages.ended && !side->absent && !side->problem &&
	       (group == V1 || !m->mode.server);
}

static void ask_pages(struct api_move *m, struct kube_batch *b)
{
	for (size_t i = 0; i < m->n_kinds; i++)
		for (int group = V1; group <= V3; group++) {
			struct api_move_kind *k = &m->kinds[i];
			struct api_move_side *side = group == V1 ? &k->v1 : &k->v3;
			const struct calico_resource *r = &k->kind.resources[0];

			if (may_read(m, side, group))
				kube_batch_add(b,
					(struct kube_request){ .verb = KUBE_LIST,
						.group = group == V1 ? MODE_V1_GROUP
								     : MODE_V3_GROUP,
						.version = group == V1 ? "v1" : "v3",
						.plural = group == V1 ? r->plural
								      : calico_v3_plural(r),
						.token = side->pages.token,
						.apart = true });
		}
}

static int take_items(struct api_move *m, struct api_move_kind *k, int group,
	struct kube_call *call, struct err *e)
{
	struct api_move_side *side = group == V1 ? &k->v1 : &k->v3;
	json_t *item;

	while ((item = kube_pages_next(
			&side->pages, call, &kube_without_managers, e)) != NULL) {
		take_object(m, k, group, item);
		json_decref(item);
	}
	return e->msg ? -1 : 0;
}

static void take_page(struct api_move *m, struct api_move_kind *k, int group,
	struct kube_call *call)
{
	struct api_move_side *side = group == V1 ? &k->v1 : &k->v3;
	err_auto e = { 0 };

	if (kube_call_not_found(call)) {
		side->absent = true;
		return;
	}
	switch (kube_pages_take(&side->pages, call, &e)) {
	case KUBE_PAGE_ITEMS:
		if (take_items(m, k, group, call, &e) == 0)
			return;
		break;
	case KUBE_PAGE_AGAIN:
		json_object_clear(side->digests);
		return;
	case KUBE_PAGE_FAILED:
		break;
	}
	side->problem = xstrdup(e.msg ? e.msg : "the list cannot be read");
	api_move_add(m, API_MOVE_UNKNOWN, "objects", k->kind.kind, "not read: %s", side->problem);
}

/* Takes the answers of the kinds that had a request, in the order of ask_pages. */
static int read_page(struct api_move *m, struct kube_api *api, bool *more, struct err *e)
{
	kube_batch_auto b = { 0 };
	size_t at = 0;

	ask_pages(m, &b);
	*more = b.n > 0;
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	for (size_t i = 0; i < m->n_kinds; i++)
		for (int group = V1; group <= V3; group++) {
			struct api_move_side *side =
				group == V1 ? &m->kinds[i].v1 : &m->kinds[i].v3;

			if (may_read(m, side, group))
				take_page(m, &m->kinds[i], group, b.calls[at++]);
		}
	return 0;
}

int api_move_read(struct api_move *m, struct kube_api *api, api_move_progress *progress,
	void *arg, struct err *e)
{
	bool more = true;

	add_kinds(m);
	learn_rules(m);
	while (more) {
		if (read_page(m, api, &more, e) < 0)
			return -1;
		if (progress)
			progress(arg, m->objects);
	}
	return 0;
}

/* Comparing */

/* Kinds whose objects Calico itself creates and deletes all the time, once v3 is open. */
static bool is_ipam(const struct api_move_kind *k)
{
	return k->kind.ipam.first && strcmp(k->kind.kind, "IPAMConfiguration") != 0;
}

static void add_difference(
	struct api_move *m, const struct api_move_kind *k, const char *key, const char *other)
{
	char_auto *name = name_of(k, key);

	if (!other && is_ipam(k))
		api_move_add(m, API_MOVE_NOTE, "equal", name,
			"is in " MODE_V1_GROUP " alone; IPAM may have deleted it since");
	else if (!other)
		api_move_add(m, API_MOVE_BLOCKS, "equal", name,
			"is in " MODE_V1_GROUP " and not in " MODE_V3_GROUP);
	else if (strchr(other, CHANGED))
		api_move_add(m, API_MOVE_NOTE, "equal", name,
			"was changed in " MODE_V3_GROUP " since it was copied");
	else
		api_move_add(m, API_MOVE_BLOCKS, "equal", name,
			"differs between " MODE_V1_GROUP " and " MODE_V3_GROUP);
}

static void compare_kind(struct api_move *m, struct api_move_kind *k, bool whole)
{
	const char *key;
	json_t *digest;

	json_object_foreach(k->v1.digests, key, digest) {
		const char *hex = json_string_value(digest), *other = json_str(k->v3.digests, key);

		if (other ? strncmp(other, hex, strlen(hex)) == 0 : !whole)
			continue;
		k->missing += !other;
		k->differ += other != NULL;
		add_difference(m, k, key, other);
	}
	json_object_foreach(k->v3.digests, key, digest)
		k->extra += json_object_get(k->v1.digests, key) == NULL;
}

void api_move_compare(struct api_move *m, bool whole)
{
	size_t extra = 0, objects = 0, apart = 0;

	for (size_t i = 0; i < m->n_kinds; i++) {
		struct api_move_kind *k = &m->kinds[i];

		compare_kind(m, k, whole);
		extra += k->extra;
		objects += json_object_size(k->v1.digests);
		apart += k->missing + k->differ;
	}
	if (extra > 0)
		api_move_add(m, API_MOVE_NOTE, "equal", NULL,
			"%zu objects are in " MODE_V3_GROUP " alone%s", extra,
			whole ? ": created since" : "");
	if (whole && apart == 0)
		api_move_add(m, API_MOVE_OK, "equal", NULL,
			"all %zu objects of %zu kinds are the same in both groups", objects,
			m->n_kinds);
}
