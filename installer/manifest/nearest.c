/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/nearest.h"

#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"
#include "manifest/source.h"

/* Result of comparing the live CRDs with those of one surface. */
struct tally {
	size_t same, missing, extra; /* numbers of CRDs */
	size_t lines; /* differences in CRDs that match no release */
	size_t lacks, has_more; /* of these: fields that are gone, and new fields */
	size_t grown; /* CRDs that only have more fields */
};

/* Only a server that once had apiextensions.k8s.io/v1beta1 has CRDs that keep unknown fields. */
static bool is_of_v1beta1(const json_t *change)
{
	return strcmp(json_str(change, "path"), "spec.preserveUnknownFields") == 0;
}

static void count_changes(struct tally *t, const json_t *changes)
{
	size_t lacks = 0, more = 0, i;
	const json_t *change;

	json_array_foreach(changes, i, change) {
		const char *how = json_str(change, "change");
		bool added = strcmp(how, "added") == 0, old = added && is_of_v1beta1(change);

		lacks += old || strcmp(how, "removed") == 0;
		more += added && strstr(json_str(change, "path"), ".openAPIV3Schema.");
	}
	t->lacks += lacks;
	t->has_more += more;
	t->grown += more > 0 && lacks == 0;
}

static int compare(const struct surfaces *s, const struct surface *f, const struct catalog *c,
	const json_t *live, struct tally *t, struct err *e)
{
	const struct release *r = catalog_find(c, f->set, f->version, e);
	source_auto source = { 0 };
	json_auto_t *names = surfaces_names(s);
	const json_t *name, *crd;
	size_t i;

	*t = (struct tally){ 0 };
	if (!r || source_embedded(&source, r, f->set, e) < 0)
		return -1;
	json_array_foreach(source.crds, i, crd) {
		if (!surface_crd(f, crd_name(crd)))
			continue; /* the surface has the CRDs of one group alone */
		const json_t *mine = json_object_get(live, crd_name(crd));
		json_auto_t *changes = mine ? crd_diff(crd, mine) : NULL;

		t->missing += !mine;
		t->same += mine && json_array_size(changes) == 0;
		count_changes(t, changes);
		/* A changed CRD that matches another release counts as one difference. */
		t->lines += json_array_size(changes) > 0 && surfaces_range(s, mine).oldest
				    ? 1
				    : json_array_size(changes);
	}
	json_array_foreach(names, i, name)
		t->extra += json_object_get(live, json_string_value(name)) &&
			    !surface_crd(f, json_string_value(name));
	return 0;
}

static size_t distance(const struct tally *t)
{
	return t->lines + t->missing + t->extra;
}

static bool has_any(const struct surface *f, const json_t *live)
{
	for (size_t i = 0; i < f->n; i++)
		if (json_object_get(live, f->crds[i].name))
			return true;
	return false;
}

/* The oldest and the newest surface of the set. */
static void find_ends(const struct surfaces *s, enum manifest_set set,
	const struct surface **oldest, const struct surface **newest)
{
	*oldest = *newest = NULL;
	for (size_t i = 0; i < s->n; i++) {
		const struct surface *f = &s->items[i];

		if (f->set != set)
			continue;
		if (!*oldest || version_compare(f->version, (*oldest)->version) < 0)
			*oldest = f;
		if (!*newest || version_compare(f->last, (*newest)->last) > 0)
			*newest = f;
	}
}

/* The version that the datastore reports counts, unless the CRDs contradict it. */
static enum surfaces_age judge_age(const struct surfaces *s, const struct nearest_match *m,
	const struct tally *t, const char *version)
{
	const struct surface *newest, *oldest;

	find_ends(s, m->surface->set, &oldest, &newest);

	/* Only CRDs on the server count: a part of a release is known, too. */
	bool foreign = 2 * m->same < m->surface->n - t->missing;

	if (version && (foreign || m->surface == oldest) &&
		version_compare(version, oldest->version) < 0)
		return AGE_OLDER;
	if (version && (foreign || m->surface == newest) &&
		version_compare(version, newest->last) > 0)
		return AGE_NEWER;
	if (m->surface == oldest && t->lacks > 0 && t->lacks + t->missing > t->has_more + t->extra)
		return AGE_OLDER;
	/* One CRD with more fields is an edit, not a newer release. */
	if (m->surface == newest && t->grown > 1 && t->has_more > t->lacks + t->missing)
		return AGE_NEWER;
	return foreign ? AGE_UNKNOWN : AGE_KNOWN;
}

/*
 * Among surfaces with as many equal CRDs, the one with the fewest differences. Among equally close
 * surfaces the newest, but the oldest when the CRDs are from before it.
 */
static int find_closest(const struct surfaces *s, const struct catalog *c, const json_t *live,
	const json_t *fingerprints, const char *version, struct nearest_match *m, struct err *e)
{
	struct tally least = { 0 };
	size_t most = 0;

	for (size_t i = 0; i < s->n; i++) {
		size_t same = surface_same(&s->items[i], fingerprints);

		most = same > most ? same : most;
	}
	for (size_t i = 0; i < s->n; i++) {
		struct nearest_match here = { .surface = &s->items[i], .same = most };
		struct tally t;

		if (surface_same(here.surface, fingerprints) != most ||
			!has_any(here.surface, live))
			continue;
		if (compare(s, here.surface, c, live, &t, e) < 0)
			return -1;
		here.age = judge_age(s, &here, &t, version);
		if (m->surface && (distance(&t) > distance(&least) ||
					  (distance(&t) == distance(&least) &&
						  here.age != AGE_OLDER)))
			continue;
		*m = here;
		least = t;
	}
	return 0;
}

int nearest_find(const struct surfaces *s, const struct catalog *c, const json_t *live,
	const char *version, struct nearest_match *m, struct err *e)
{
	json_auto_t *fingerprints = surfaces_fingerprints(live);
	const struct surface *whole = surfaces_whole(s, fingerprints);

	*m = (struct nearest_match){ .surface = whole, .same = whole ? whole->n : 0 };
	return whole ? 0 : find_closest(s, c, live, fingerprints, version, m, e);
}

/*
 * A first install of the newest release that was killed leaves a part; the next run continues it.
 */
static bool is_part_of_newest(
	const struct surfaces *s, enum manifest_set set, const json_t *live)
{
	const char *group = set == SET_V3 ? ".projectcalico.org" : ".crd.projectcalico.org";
	json_auto_t *own = json_object(); /* other projects have CRDs in the other groups, too */
	const char *name;
	json_t *crd;

	json_object_foreach((json_t *)(uintptr_t)live, name, crd)
		if (strcmp(name + strcspn(name, "."), group) == 0)
			json_object_set(own, name, crd);
	json_auto_t *fingerprints = surfaces_fingerprints(own);

	return surface_same(&s->items[0], fingerprints) == json_object_size(own) &&
	       !surfaces_whole(s, fingerprints);
}

const struct release *nearest_default(const struct surfaces *all, const struct catalog *c,
	enum manifest_set set, const json_t *live, const char *version, struct err *e)
{
	surfaces_auto s = { 0 };
	struct nearest_match m;

	surfaces_select(&s, all, set, NULL);
	if (s.n == 0 || is_part_of_newest(&s, set, live))
		return catalog_find(c, set, "latest", e);
	if (nearest_find(&s, c, live, version, &m, e) < 0)
		return NULL;
	char_auto *age = nearest_age_text(&s, &m);

	if (!m.surface || age) {
		err_set(e, ERR_USAGE, 0,
			"the CRDs on the server are %s, so which release to keep is not known: "
			"name a RELEASE, or \"latest\" for the newest one",
			age ? age : "of no release in this program");
		return NULL;
	}
	char_auto *minor = xstrndup(m.surface->version,
		(size_t)(strrchr(m.surface->version, '.') - m.surface->version));

	return catalog_find(c, set, minor, e);
}

const char *nearest_age_name(enum surfaces_age age)
{
	static const char *const names[] = { NULL, "older", "newer", "unknown" };

	return names[age];
}

char *nearest_age_text(const struct surfaces *s, const struct nearest_match *m)
{
	const struct surface *newest = NULL, *oldest = NULL;

	if (m->surface)
		find_ends(s, m->surface->set, &oldest, &newest);
	switch (m->surface ? m->age : AGE_KNOWN) {
	case AGE_OLDER:
		return xasprintf("older than %s, the oldest release in this program",
			oldest->version);
	case AGE_NEWER:
		return xasprintf(
			"newer than %s, the newest release in this program", newest->last);
	case AGE_UNKNOWN:
		return xstrdup("of no release in this program");
	default:
		return NULL;
	}
}
