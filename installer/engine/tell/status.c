/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "engine/tell/report.h"
#include "engine/look/status.h"
#include "manifest/crd.h"

enum { SHOWN_DRIFT = 5 }; /* differences shown for one CRD that matches no release built in */

/* The releases with the CRDs of the nearest release. */
static struct surface_range nearest_range(const struct status_match *m)
{
	return m && m->nearest ? (struct surface_range){ m->nearest->version, m->nearest->last }
			       : (struct surface_range){ 0 };
}

static const char *part_name(enum status_part part)
{
	static const char *const names[] = { "crds", "operator", "v3" };

	return names[part];
}

static void put_count(struct buf *out, const struct status *s, enum status_part part,
	enum status_state state, const char *what)
{
	size_t n = status_count_in(s, part, state);

	if (n > 0)
		buf_printf(out, ", %zu %s", n, what);
}

/* "v3.29.7: 18 of 20 CRDs are as released, 2 edited" */
static void put_part(struct buf *out, const struct status *s, enum status_part part)
{
	const struct status_match *m = &s->parts[part];
	struct surface_range range = nearest_range(m);
	struct nearest_match match = { .surface = m->nearest, .age = m->age };
	char_auto *release = surface_range_text(&range);
	char_auto *age = nearest_age_text(&m->surfaces, &match);
	size_t same = status_count_in(s, part, STATUS_RELEASED);

	if (age)
		buf_printf(out, "%s; nearest is ", age);
	if (same == m->nearest->n)
		buf_printf(out, "%s: all %zu CRDs are as released", release, same);
	else
		buf_printf(out, "%s: %zu of %zu CRDs are as released", release, same,
			m->nearest->n);
	put_count(out, s, part, STATUS_OTHER, "from other releases");
	put_count(out, s, part, STATUS_EDITED, "edited");
	put_count(out, s, part, STATUS_FOREIGN, "of no release in this program");
	put_count(out, s, part, STATUS_MISSING, "missing");
	put_count(out, s, part, STATUS_UNREAD, "not readable");
}

static size_t count_parts(const struct status *s)
{
	size_t n = 0;

	for (size_t i = 0; i < PART_COUNT; i++)
		n += s->parts[i].nearest != NULL;
	return n;
}

/* The set that two parts of one release form; NULL: they form none. */
static const char *whole_set(const struct status *s)
{
	bool both = s->parts[PART_CRDS].nearest && s->parts[PART_V3].nearest;

	if (count_parts(s) != 2 || both || !status_common(s).oldest ||
		status_count(s, STATUS_RELEASED) + status_count(s, STATUS_EXTRA) != s->n)
		return NULL;
	return s->parts[PART_V3].nearest ? "v3" : "operator";
}

static void put_parts(struct buf *out, const struct status *s)
{
	struct surface_range common = status_common(s);
	const char *set = whole_set(s), *separator = "";

	if (set) {
		char_auto *release = surface_range_text(&common);

		buf_printf(out, "%s, set %s: all %zu CRDs are as released", release, set,
			status_count(s, STATUS_RELEASED));
		return;
	}
	for (enum status_part part = PART_CRDS; part < PART_COUNT; part++) {
		if (!s->parts[part].nearest)
			continue;
		buf_puts(out, separator);
		if (part != PART_CRDS || count_parts(s) > 1)
			buf_printf(out, "%s: ", part_name(part));
		put_part(out, s, part);
		separator = "; ";
	}
	if (count_parts(s) > 1 && !common.oldest)
		buf_puts(out, "; these are of different releases");
}

void status_verdict(struct buf *out, const struct status *s)
{
	if (count_parts(s) > 0)
		put_parts(out, s);
	else if (s->v3.n == 0)
		buf_puts(out, status_count(s, STATUS_UNREAD) ? "the CRDs cannot be read"
							     : "no CRD of Calico");
	if (s->v3.n > 0)
		buf_printf(out, "%s" MODE_V3 " by CRDs: %zu of %zu reads succeeded",
			count_parts(s) > 0 ? "; " : "", s->v3.n - check_failed(&s->v3), s->v3.n);
	if (!status_agrees(s))
		buf_printf(out, "; ClusterInformation says %s", s->identity.calico_version);
	if (status_main(s) && s->identity.not_ready)
		buf_puts(out, "; the datastore is locked");
}

/* Text: each row has a word, then its explanation. */

static void put_row(struct out *out, const char *word, const char *fmt, ...) PRINTF(3, 4);
static void put_row(struct out *out, const char *word, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char_auto *text = xvasprintf(fmt, ap);
	va_end(ap);
	out_line(out, STYLE_PLAIN, "%-10s  %s", word, text);
}

static const char *age_word(const struct status *s, const struct status_crd *crd)
{
	return nearest_age_name(s->parts[crd->part].age);
}

static void put_state(
	struct out *out, const struct status *s, enum status_state state, const char *word)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct status_crd *crd = &s->crds[i];
		char_auto *range = surface_range_text(&crd->range);
		const json_t *line;
		size_t k;

		if (crd->state != state)
			continue;
		if (state == STATUS_MISSING && crd->part == PART_V3 && s->v3.n > 0)
			continue; /* the row of its read says so */
		if (state == STATUS_MISSING || state == STATUS_UNREAD)
			put_row(out, word, "%s%s%s", crd->name, crd->problem ? ": " : "",
				crd->problem ? crd->problem : "");
		else if (state == STATUS_FOREIGN)
			put_row(out, age_word(s, crd), "%s, against %s:", crd->name,
				s->parts[crd->part].nearest->version);
		else
			put_row(out, word, "%s, as in %s", crd->name, range);
		json_array_foreach(crd->drift, k, line)
			if (state != STATUS_FOREIGN || k < SHOWN_DRIFT)
				put_row(out, "", "    %s: %s", json_str(line, "path"),
					json_str(line, "text"));
		if (state == STATUS_FOREIGN && json_array_size(crd->drift) > SHOWN_DRIFT)
			put_row(out, "", "    and %zu more; -o json shows all",
				json_array_size(crd->drift) - SHOWN_DRIFT);
	}
}

static void put_objects(struct out *out, const struct status *s)
{
	long total = 0;
	size_t unread = 0, rows = 0;
	buf_auto kinds = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		const struct status_crd *crd = &s->crds[i];

		if (crd->part == PART_V3 && s->v3.n > 0)
			continue; /* these objects have a row of their own */
		rows++;
		if (crd->objects > 0) {
			total += crd->objects;
			buf_printf(&kinds, "%s%ld %s", kinds.len ? ", " : ": ", crd->objects,
				crd_plural(crd->live));
		}
		unread += crd->live && crd->objects < 0;
	}
	if (rows == 0)
		return;
	if (unread == 0)
		put_row(out, "objects", "%ld%s", total, buf_str(&kinds));
	else if (total > 0)
		put_row(out, "objects", "%ld%s; those of %zu CRDs were not read", total,
			buf_str(&kinds), unread);
	else
		put_row(out, "objects", "those of %zu CRDs were not read", unread);
}

/* The stored versions, unless they are exactly the storage version. */
static void put_stored(struct out *out, const struct status *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const json_t *stored = json_at(s->crds[i].live, "status", "storedVersions", NULL);
		buf_auto text = { 0 };
		const json_t *version;
		size_t k;

		json_array_foreach(stored, k, version)
			buf_printf(&text, "%s%s", k ? ", " : "",
				json_is_string(version) ? json_string_value(version) : "?");
		if (json_array_size(stored) > 1)
			put_row(out, "stored", "%s in %s", s->crds[i].name, buf_str(&text));
	}
}

/* Which managers work on how many CRDs, and since when, sorted by name. */
static void put_managers(struct out *out, const struct status *s)
{
	json_auto_t *seen = json_object();
	const char *who;
	json_t *entry;

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->crds[i].owners.n; k++) {
			const struct owner *o = &s->crds[i].owners.items[k];
			const json_t *before = json_object_get(seen, o->who);
			const char *since = json_str(before, "since");

			if (o->since && (!since || strcmp(o->since, since) > 0))
				since = o->since;
			json_object_set_new(seen, o->who,
				json_pack("{s:I, s:s?, s:b}", "n",
					json_integer_value(json_object_get(before, "n")) + 1,
					"since", since, "foreign", o->foreign));
		}
	json_object_foreach(seen, who, entry) {
		const char *since = json_str(entry, "since");

		put_row(out, "manager", "%s of %lld CRDs%s%s%s", who,
			(long long)json_integer_value(json_object_get(entry, "n")),
			since ? ", last " : "", since ? since : "",
			json_is_true(json_object_get(entry, "foreign"))
				? "; not overwritten without --take-over"
				: "");
	}
}

static void put_api(struct out *out, const struct status *s)
{
	char_auto *disagreement = mode_disagreement(&s->mode, &s->tigera);
	char_auto *leftover = mode_leftover(&s->mode);
	buf_auto text = { 0 };

	mode_text(&text, &s->mode);
	put_row(out, "api", "%s", buf_str(&text));
	if (disagreement)
		put_row(out, "", "%s", disagreement);
	if (leftover)
		put_row(out, "", "%s", leftover);
	if (!s->mode.v3)
		return;
	json_auto_t *rows = mode_components(&s->mode, &s->tigera);
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *reads = json_str(row, "reads");

		put_row(out, i == 0 ? "reads" : "", "%s: %s (%s)", json_str(row, "component"),
			reads ? reads : "not known", json_str(row, "why"));
	}
}

/* The kinds of projectcalico.org/v3: problems, and the number of objects. */
static void put_v3(struct out *out, const struct status *s)
{
	long objects = 0;

	for (size_t i = 0; i < s->v3.n; i++) {
		const struct check_read *read = &s->v3.reads[i];

		objects += read->crd ? read->count : 0;
		if (read->problem)
			put_row(out, "missing", "%s: %s", read->resource, read->problem);
	}
	if (s->v3.n > 0)
		put_row(out, "objects", "%ld in " MODE_V3, objects);
}

static void put_operator(struct out *out, const struct status *s)
{
	const char *version = json_str(json_object_get(s->installation, "status"), "calicoVersion");

	if (s->tigera.running)
		put_row(out, "operator", "%s%s",
			s->tigera.image ? s->tigera.image : "tigera-operator",
			s->tigera.manages_crds ? ", writes the CRDs by itself (-manage-crds)"
					       : ", leaves the CRDs alone");
	else
		put_row(out, "operator", "%s", s->tigera.problem ? "not read" : "none");
	if (version)
		put_row(out, "", "its Installation runs %s", version);
}

static void put_calico(struct out *out, const struct status *s)
{
	if (s->identity.calico_version)
		put_row(out, "calico", "%s%s (ClusterInformation)%s", s->identity.calico_version,
			status_agrees(s) ? "" : ", whose CRDs are other ones",
			s->identity.not_ready ? "; datastoreReady is false" : "");
	else
		put_row(out, "calico", "%s%s",
			s->identity.known ? "no version in ClusterInformation"
					  : "ClusterInformation was not read",
			s->identity.not_ready ? "; datastoreReady is false" : "");
}

static void put_ready(struct out *out, const struct status *s)
{
	const struct readiness *r = &s->readiness;
	int holds = readiness_holds(r, READINESS_READY);

	put_row(out, "ready", "%s",
		holds == 1                                     ? "yes"
		: holds < 0                                    ? "not known"
		: r->initialised_known && !r->initialised ? "no, not initialised"
							       : "no");
	for (size_t i = 0; i < r->n; i++) {
		const struct readiness_finding *f = &r->findings[i];

		put_row(out, "", "%s: %s%s%s", f->object, f->problem, f->remedy ? "; " : "",
			f->remedy ? f->remedy : "");
	}
}

/* Reads that were not permitted share one line: standard error ends with the missing rights. */
static void put_unread(struct out *out, const struct status *s)
{
	const json_t *text;
	size_t i;

	if (s->denied > 0)
		put_row(out, "unread", "%zu answers: not permitted (403)", s->denied);
	json_array_foreach(s->unread, i, text)
		if (s->denied == 0)
			put_row(out, "unread", "%s", json_string_value(text));
}

void status_text(struct out *out, const struct status *s)
{
	buf_auto verdict = { 0 };
	const json_t *text;
	size_t i;

	status_verdict(&verdict, s);
	if (count_parts(s) > 0) {
		put_state(out, s, STATUS_OTHER, "other");
		put_state(out, s, STATUS_EDITED, "edited");
		put_state(out, s, STATUS_FOREIGN, "");
		put_state(out, s, STATUS_MISSING, "missing");
		put_state(out, s, STATUS_EXTRA, "extra");
		json_array_foreach(s->others, i, text)
			put_row(out, "unknown", "%s, which no release has",
				json_string_value(text));
		put_objects(out, s);
		put_stored(out, s);
		put_managers(out, s);
	}
	put_v3(out, s);
	if (count_parts(s) > 0 || s->v3.n > 0) {
		put_calico(out, s);
		put_ready(out, s);
	}
	put_api(out, s);
	put_operator(out, s);
	put_unread(out, s);
	out_line(out, status_ok(s) ? STYLE_GREEN : STYLE_RED, "%-10s  %s", "verdict",
		buf_str(&verdict));
}

/* JSON */

static json_t *range_json(const struct surface_range *range)
{
	return range->oldest
		       ? json_pack("{s:s, s:s}", "oldest", range->oldest, "newest", range->newest)
		       : json_null();
}

static json_t *managers_json(const struct owners *owners)
{
	json_t *all = json_array();

	for (size_t i = 0; i < owners->n; i++) {
		const struct owner *o = &owners->items[i];

		json_array_append_new(
			all, json_pack("{s:s, s:s?, s:b, s:O}", "name", o->who, "since", o->since,
				     "foreign", o->foreign, "fields", o->fields));
	}
	return all;
}

static json_t *crds_json(const struct status *s)
{
	json_t *all = json_array();

	for (size_t i = 0; i < s->n; i++) {
		const struct status_crd *crd = &s->crds[i];
		json_t *json = json_pack("{s:s, s:s, s:o, s:o?, s:O?, s:o, s:s?}", "name",
			crd->name, "state", status_state_name(crd->state), "releases",
			range_json(&crd->range), "drift",
			crd->drift ? crd_diff_lines(crd->drift) : NULL, "storedVersions",
			json_at(crd->live, "status", "storedVersions", NULL), "managers",
			managers_json(&crd->owners), "problem", crd->problem);

		if (crd->live)
			json_object_set_new(json, "objects",
				crd->objects >= 0 ? json_integer(crd->objects) : json_null());
		json_array_append_new(all, json);
	}
	return all;
}

/* A value that was not read is null, never false. */
static json_t *known_bool(bool known, bool value)
{
	return known ? json_boolean(value) : json_null();
}

static json_t *calico_json(const struct status *s)
{
	const struct identity *id = &s->identity;

	return json_pack("{s:s?, s:s?, s:o, s:o}", "version", id->calico_version, "guid", id->guid,
		"datastoreReady", identity_ready(id), "agrees",
		known_bool(id->known, status_agrees(s)));
}

static json_t *operator_json(const struct status *s)
{
	const struct operator_state *o = &s->tigera;
	const json_t *installation = json_object_get(s->installation, "status");

	return json_pack("{s:o, s:o, s:s?, s:s?}", "running", known_bool(!o->problem, o->running),
		"managesCRDs", known_bool(!o->problem, o->manages_crds), "image", o->image,
		"calicoVersion", json_str(installation, "calicoVersion"));
}

/* The release of each part: crds, operator, v3; null for a part that does not exist. */
static json_t *sets_json(const struct status *s)
{
	json_t *all = json_object();

	for (enum status_part part = PART_CRDS; part < PART_COUNT; part++) {
		const struct status_match *m = &s->parts[part];
		struct surface_range range = nearest_range(m);
		json_t *json = json_null();

		if (m->nearest)
			json = json_pack("{s:o, s:o, s:s?, s:I, s:I}", "release",
				m->age == AGE_KNOWN ? range_json(&range) : json_null(), "nearest",
				range_json(&range), "age", nearest_age_name(m->age), "crds",
				(json_int_t)m->nearest->n, "asReleased",
				(json_int_t)status_count_in(s, part, STATUS_RELEASED));
		json_object_set_new(all, part_name(part), json);
	}
	return all;
}

json_t *status_json(const struct status *s)
{
	bool known = status_count(s, STATUS_UNREAD) == 0;
	const struct status_match *m = status_main(s);
	struct surface_range range = nearest_range(m);
	buf_auto verdict = { 0 };

	status_verdict(&verdict, s);
	json_t *json = json_pack("{s:o, s:s, s:o, s:o, s:s?, s:o, s:o, s:O?, s:o, s:o, s:o, s:O, "
				 "s:i}",
		"asReleased", known_bool(known, status_ok(s)), "verdict", buf_str(&verdict),
		"release", m && m->age == AGE_KNOWN ? range_json(&range) : json_null(), "nearest",
		range_json(&range), "age", m ? nearest_age_name(m->age) : NULL, "sets",
		sets_json(s), "customResourceDefinitions", crds_json(s), "otherCRDs",
		s->others_known ? s->others : NULL, "calico", calico_json(s), "api",
		mode_json(&s->mode, &s->tigera), "operator",
		operator_json(s), "unread", s->unread, "roundTrips", (int)s->round_trips);

	if (count_parts(s) > 0 || s->v3.n > 0)
		readiness_json(json, &s->readiness);
	else
		json_object_set_new(json, "ready", json_false());
	return json;
}
