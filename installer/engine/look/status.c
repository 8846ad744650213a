/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/status.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/crds.h"
#include "engine/look/readiness.h"
#include "kube/pages.h"
#include "manifest/crd.h"
#include "manifest/source.h"

#define OPERATOR_GROUP "operator.tigera.io"

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

size_t status_count_in(
	const struct status *s, enum status_part part, enum status_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->crds[i].part == part && s->crds[i].state == state;
	return n;
}

const struct status_match *status_main(const struct status *s)
{
	static const enum status_part order[] = { PART_CRDS, PART_V3 };

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (s->parts[order[i]].nearest)
			return &s->parts[order[i]];
	return NULL;
}

struct surface_range status_common(const struct status *s)
{
	struct surface_range all = { 0 };

	for (size_t i = 0; i < PART_COUNT; i++) {
		const struct surface *f = s->parts[i].nearest;

		if (!f)
			continue;
		if (!all.oldest || version_compare(f->version, all.oldest) > 0)
			all.oldest = f->version;
		if (!all.newest || version_compare(f->last, all.newest) < 0)
			all.newest = f->last;
	}
	if (all.oldest && version_compare(all.oldest, all.newest) > 0)
		all = (struct surface_range){ 0 };
	return all;
}

/* Without a known CRD, the reads of v3 decide. */
bool status_ok(const struct status *s)
{
	if (check_failed(&s->v3) > 0)
		return false;
	if (s->n == 0)
		return s->v3.n > 0;
	return status_count(s, STATUS_RELEASED) + status_count(s, STATUS_EXTRA) == s->n &&
	       status_main(s) && status_common(s).oldest;
}

/*
 * A 401, no answer, or an answer that cannot be read ends the run; any other failure is reported.
 */
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

/* Places of the answers in the first batch, after those of the CRDs. */
struct further {
	const struct kube_call *installations, *tigera, *group;
	size_t identity, tiers, mode;
};

static struct further ask(struct kube_batch *b, const json_t *names)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		crds_ask(b, json_string_value(name), NULL);
	return (struct further){
		.installations = kube_batch_path(
			b, "/apis/operator.tigera.io/v1/installations?limit=1"),
		.tigera = operator_ask(b),
		.group = kube_batch_path(b, "/apis/" MODE_V1_GROUP "/v1"),
		.identity = identity_ask(b, false),
		.tiers = tiers_ask(b, false),
		.mode = mode_ask(b),
	};
}

/* CRDs that the group serves and no release has. */
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

static void take_further(struct status *s, const struct kube_batch *b, const struct further *f)
{
	const json_t *installations = json_object_get(f->installations->object, "items");

	s->installation = json_incref(json_array_get(installations, 0));
	operator_take(&s->tigera, f->tigera);
	take_others(s, f->group->object, s->names);
	s->others_known = f->group->object || kube_call_not_found(f->group);
	identity_take(&s->identity, b, f->identity);
	tiers_take(&s->tiers, b, f->tiers);
	mode_take(&s->mode, b, f->mode);
}

static struct status_crd *add_crd(
	struct status *s, const char *name, enum status_part part, enum status_state state)
{
	s->crds = xrealloc(s->crds, s->n + 1, sizeof(*s->crds));
	s->crds[s->n] = (struct status_crd){
		.name = name, .part = part, .state = state, .objects = -1
	};
	return &s->crds[s->n++];
}

static void judge_live(
	struct status *s, const char *name, enum status_part part, const json_t *live)
{
	const struct status_match *match = part < PART_COUNT ? &s->parts[part] : NULL;
	const struct surface_crd *released =
		match && match->nearest ? surface_crd(match->nearest, name) : NULL;
	struct status_crd *crd = add_crd(s, name, part, STATUS_EXTRA);
	char hex[SHA256_HEX_SIZE];

	crd->live = live;
	crd->range = surfaces_range(&s->surfaces, live);
	owners_find(&crd->owners, live);
	if (!released)
		return;
	crd_fingerprint(live, hex);
	crd->state = strcmp(hex, released->fingerprint) == 0 ? STATUS_RELEASED
		     : crd->range.oldest                     ? STATUS_OTHER
		     : match->age == AGE_KNOWN               ? STATUS_EDITED
							     : STATUS_FOREIGN;
}

static bool differs(const struct status_crd *crd)
{
	return crd->state == STATUS_OTHER || crd->state == STATUS_EDITED ||
	       crd->state == STATUS_FOREIGN;
}

static int find_drift(struct status *s, enum status_part part, struct err *e)
{
	const struct surface *nearest = s->parts[part].nearest;
	source_auto source = { 0 };

	if (status_count_in(s, part, STATUS_OTHER) + status_count_in(s, part, STATUS_EDITED) +
			status_count_in(s, part, STATUS_FOREIGN) ==
		0)
		return 0;
	const struct release *r = catalog_find(s->catalog, nearest->set, nearest->last, e);

	if (!r || source_embedded(&source, r, nearest->set, e) < 0)
		return -1;
	for (size_t i = 0; i < s->n; i++) {
		struct status_crd *crd = &s->crds[i];

		if (crd->part == part && differs(crd))
			crd->drift = crd_diff(crd_find(source.crds, crd->name), crd->live);
	}
	return 0;
}

/* The part by the CRD's group. The shared group belongs to v1 where v1 exists. */
static enum status_part part_of(const struct status *s, const char *name)
{
	const char *group = strchr(name, '.') + 1;

	if (strcmp(group, MODE_V3_GROUP) == 0)
		return PART_V3;
	if (strcmp(group, OPERATOR_GROUP) == 0)
		return PART_OPERATOR;
	return strcmp(group, MODE_V1_GROUP) == 0 || mode_has_v1(s->live) ? PART_CRDS : PART_COUNT;
}

static int match_part(struct status *s, enum status_part part, struct err *e)
{
	static const struct {
		enum manifest_set set;
		const char *group;
	} parts[] = { [PART_CRDS] = { SET_CRDS, NULL },
		[PART_OPERATOR] = { SET_OPERATOR, OPERATOR_GROUP },
		[PART_V3] = { SET_V3, MODE_V3_GROUP } };
	struct status_match *m = &s->parts[part];
	json_auto_t *live = json_object();
	struct nearest_match match;
	const char *name;
	json_t *crd;

	surfaces_select(&m->surfaces, &s->surfaces, parts[part].set, parts[part].group);
	json_object_foreach(s->live, name, crd)
		if (part_of(s, name) == part)
			json_object_set(live, name, crd);
	if (json_object_size(live) == 0 || m->surfaces.n == 0)
		return 0;
	if (nearest_find(&m->surfaces, s->catalog, live, s->identity.calico_version, &match, e) <
		0)
		return -1;
	m->nearest = match.surface;
	m->age = match.age;
	return 0;
}

/*
 * Finds the release of each part, and the state of each CRD. The batch begins with the CRDs of
 * names.
 */
static int judge(struct status *s, const struct kube_batch *b, struct err *e)
{
	for (enum status_part part = PART_CRDS; part < PART_COUNT; part++)
		if (match_part(s, part, e) < 0)
			return -1;
	for (size_t i = 0; i < json_array_size(s->names); i++) {
		const char *name = json_string_value(json_array_get(s->names, i));
		enum status_part part = part_of(s, name);
		const struct surface *nearest = part < PART_COUNT ? s->parts[part].nearest : NULL;
		const json_t *live = json_object_get(s->live, name);
		const struct kube_call *call = b->calls[i];

		if (live)
			judge_live(s, name, part, live);
		else if (!kube_call_not_found(call))
			add_crd(s, name, part, STATUS_UNREAD)->problem =
				xstrdup(call->err.msg ? call->err.msg : "no CRD came back");
		else if (nearest && surface_crd(nearest, name))
			add_crd(s, name, part, STATUS_MISSING);
	}
	for (enum status_part part = PART_CRDS; part < PART_COUNT; part++)
		if (find_drift(s, part, e) < 0)
			return -1;
	return 0;
}

static int look(struct status *s, struct kube_api *api, struct err *e)
{
	kube_batch_auto b = { 0 };
	struct further further = ask(&b, s->names);

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	s->round_trips++;
	for (size_t i = 0; i < b.n; i++)
		if (is_over(b.calls[i], e) < 0)
			return -1;
	for (size_t i = 0; i < json_array_size(s->names); i++) {
		struct kube_call *call = b.calls[i];

		if (call->object)
			json_object_set(s->live, call->name, call->object);
	}
	take_further(s, &b, &further);
	for (size_t i = 0; i < b.n; i++)
		note_unread(s, b.calls[i]);
	return judge(s, &b, e);
}

static void take_count(struct status_crd *crd, const struct kube_call *call)
{
	crd->objects = kube_list_count(call->object);
	if (crd->objects < 0 && !crd->problem)
		crd->problem = xstrdup(call->err.msg ? call->err.msg : "the answer is no list");
}

static int count_objects(struct status *s, struct kube_api *api, struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		const json_t *live = s->crds[i].live;
		const char *version = live ? crd_served_version(live) : NULL;

		if (!version)
			continue;
		char_auto *path = xasprintf(
			"/apis/%s/%s/%s?limit=1", crd_group(live), version, crd_plural(live));
		struct kube_call *call = kube_batch_add(
			&b, (struct kube_request){ .path = path, .subject = &s->crds[i] });

		call->req.soon = "initializ";
	}
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	s->round_trips += b.n > 0;
	for (size_t i = 0; i < b.n; i++) {
		take_count(b.calls[i]->subject, b.calls[i]);
		note_unread(s, b.calls[i]);
	}
	return 0;
}

/* Checks that each kind can be read, in the same way as check. */
static int read_v3(struct status *s, struct kube_api *api, struct err *e)
{
	s->v3_crds = mode_v3_crds();
	check_init(&s->v3, s->v3_crds, false);
	check_want(&s->v3, NULL);
	s->v3.identify = !s->parts[PART_CRDS].nearest;
	if (check_run(api, &s->v3, 0, e) < 0)
		return -1;
	s->round_trips++;
	if (s->v3.identify) {
		identity_release(&s->identity);
		s->identity = s->v3.identity;
		s->v3.identity = (struct identity){ 0 };
		tiers_release(&s->tiers);
		s->tiers = s->v3.tiers;
		s->v3.tiers = (struct tiers){ 0 };
	}
	return 0;
}

static void judge_readiness(struct status *s)
{
	const char *release = s->identity.calico_version;
	const struct status_match *m = status_main(s);

	if (!m && s->v3.n == 0)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (s->crds[i].live && strcmp(s->crds[i].name, "tiers." MODE_V1_GROUP) == 0)
			s->tiers.exist = true;
	if (!release && m)
		release = m->nearest->last;
	readiness_of_parts(&s->readiness, &s->identity, &s->tiers, &s->mode, release);
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

	if (look(s, api, e) < 0 || mode_complete(&s->mode, api, &unread, e) < 0)
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
	if (mode_by_crds(&s->mode) && read_v3(s, api, e) < 0)
		return -1;
	judge_readiness(s);
	return 0;
}

bool status_agrees(const struct status *s)
{
	const struct status_match *m = status_main(s);
	const struct release *r = s->identity.calico_version ? catalog_by_version(s->catalog,
								       s->identity.calico_version)
							     : NULL;
	const char *surface = r && m ? release_surface(r, m->nearest->set) : NULL;

	return !surface || strcmp(surface, m->nearest->version) == 0 ||
	       (m->nearest->set != SET_CRDS &&
		       version_compare(r->version, m->nearest->version) >= 0 &&
		       version_compare(r->version, m->nearest->last) <= 0);
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
	for (size_t i = 0; i < PART_COUNT; i++)
		surfaces_release(&s->parts[i].surfaces);
	identity_release(&s->identity);
	operator_release(&s->tigera);
	mode_release(&s->mode);
	tiers_release(&s->tiers);
	readiness_release(&s->readiness);
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
