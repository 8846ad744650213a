/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tell/api_move.h"

#include <string.h>

#include "base/json.h"
#include "engine/tell/report.h"

static const char *const state_names[] = { "ok", "note", "blocked", "unknown" };

static const json_t *status_of(const struct api_move *m)
{
	return json_object_get(m->migration, "status");
}

static json_int_t number(const json_t *progress, const char *key)
{
	return json_integer_value(json_object_get(progress, key));
}

void api_move_progress_text(struct buf *out, const struct api_move *m)
{
	const json_t *progress = json_object_get(status_of(m), "progress");
	const char *type = json_str(progress, "currentType");
	const char *types = json_str(progress, "typeProgress");

	buf_puts(out, api_move_phase(m) ? api_move_phase(m) : "no DatastoreMigration");
	if (!json_is_object(progress))
		return;
	buf_printf(out, ": %lld of %lld objects copied, %lld skipped, %lld in conflict",
		(long long)number(progress, "migrated"), (long long)number(progress, "total"),
		(long long)number(progress, "skipped"), (long long)number(progress, "conflicts"));
	if (types)
		buf_printf(out, "; kinds %s%s%s", types, type ? ", now " : "", type ? type : "");
}

/* What nobody may do during the phase, and what ends it. */
static const char *meaning_of(const char *phase)
{
	static const char *const meanings[][2] = {
		{ "Pending",
			"its controller prepares: it locks v1 and removes the API server's "
			"APIService. Nothing may be written. --abort ends it" },
		{ "Migrating",
			"its controller copies every object. Nothing may be written. --abort ends "
			"it" },
		{ "WaitingForConflictResolution",
			"objects of v3 differ from those of v1. Delete each of them in v3, or make "
			"it equal to v1; its controller looks again every 10 s. Nothing else may "
			"be written. --abort ends it" },
		{ "Converged",
			"every object is copied and v3 is open; v1 stays locked for good. It waits "
			"until every part of Calico reads v3. It cannot be ended any more" },
		{ "Complete",
			"Calico reads v3; v1 is a locked copy. --finish compares both, and "
			"deletes the CRDs of v1. Until then calicoctl needs "
			"CALICO_API_GROUP=" MODE_V3 },
		{ "Failed", "its controller has given up. --abort ends it" },
	};

	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (strcmp(meanings[i][0], phase) == 0)
			return meanings[i][1];
	return "this program does not know the phase";
}

static const char *ready_word(int ready)
{
	return ready < 0 ? "not set, or not read" : ready ? "true" : "false";
}

static void put_conflicts(struct out *out, const struct api_move *m)
{
	const json_t *condition;
	size_t i;

	json_array_foreach(json_object_get(status_of(m), "conditions"), i, condition) {
		const char *type = json_str(condition, "type");
		const char *message = json_str(condition, "message");

		if (type && message)
			out_line(out, STYLE_RED, "%-9s %s",
				strcmp(type, "Conflict") == 0 ? "conflict" : "failed", message);
	}
}

void api_move_status_text(struct out *out, const struct api_move *m)
{
	const char *phase = api_move_phase(m);
	const char *message = json_str(status_of(m), "message");
	buf_auto progress = { 0 };

	if (!phase) {
		out_line(out, STYLE_BOLD, "%s",
			m->migration_known ? "no DatastoreMigration is there"
					   : "whether there is a DatastoreMigration is not known");
	} else {
		api_move_progress_text(&progress, m);
		out_line(out, STYLE_BOLD, "%s", buf_str(&progress));
		if (message)
			report_wrapped(out, STYLE_PLAIN, "message   ", message);
		put_conflicts(out, m);
		report_wrapped(out, STYLE_PLAIN, "meaning   ", meaning_of(phase));
	}
	out_line(out, STYLE_PLAIN, "locks     datastoreReady of v1: %s, of v3: %s",
		ready_word(api_move_ready(m, 0)), ready_word(api_move_ready(m, 1)));
	if (m->migration_known && !phase && api_move_ready(m, 0) == 0)
		report_wrapped(out, STYLE_RED, "locks     ",
			"v1 is locked, and no DatastoreMigration is there: \"migrate-api --abort\" "
			"opens it");
}

void api_move_findings_text(struct out *out, const struct api_move *m)
{
	static const enum out_style styles[] = { STYLE_PLAIN, STYLE_YELLOW, STYLE_RED, STYLE_RED };

	for (size_t i = 0; i < m->n; i++) {
		const struct api_move_finding *f = &m->findings[i];
		char_auto *first = xasprintf("%-9s ", state_names[f->state]);
		char_auto *text = xasprintf("%s%s%s", f->object ? f->object : "",
			f->object ? ": " : "", f->text);

		report_wrapped(out, styles[f->state], first, text);
	}
	if (m->cut > 0)
		out_line(out, STYLE_YELLOW, "and %zu more", m->cut);
}

void api_move_kinds_text(struct out *out, const struct api_move *m)
{
	out_line(out, STYLE_BOLD, "%-32s %8s %8s %8s %8s", "KIND", "V1", "V3", "MISSING",
		"DIFFER");
	for (size_t i = 0; i < m->n_kinds; i++) {
		const struct api_move_kind *k = &m->kinds[i];
		size_t v1 = json_object_size(k->v1.digests), v3 = json_object_size(k->v3.digests);

		if (v1 + v3 > 0)
			out_line(out, k->missing + k->differ ? STYLE_RED : STYLE_PLAIN,
				"%-32s %8zu %8zu %8zu %8zu", k->kind.kind, v1, v3, k->missing,
				k->differ);
	}
}

void api_move_next_text(struct out *out, const struct api_move *m)
{
	bool first = true;

	for (size_t i = 0; i < API_MOVE_PARTS; i++) {
		const struct api_move_part *p = &m->parts[i];
		const char *name = p->what ? strchr(p->what, ' ') + 1 : "";

		if (!p->ns || api_move_part_is_v3(p))
			continue;
		if (first)
			out_line(out, STYLE_BOLD, "%s",
				m->tigera.running
					? "the tigera operator sets CALICO_API_GROUP on these:"
					: "next, as soon as you are ready to change to v3:");
		first = false;
		out_line(out, STYLE_PLAIN,
			"  kubectl -n %s set env %s/%s CALICO_API_GROUP=" MODE_V3, p->ns,
			has_prefix(p->what, "DaemonSet") ? "daemonset" : "deployment", name);
	}
}

/* JSON */

static json_t *findings_of(const struct api_move *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->n; i++) {
		const struct api_move_finding *f = &m->findings[i];

		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s?, s:s}", "check", f->check, "state",
				state_names[f->state], "object", f->object, "text", f->text));
	}
	return list;
}

static json_t *kinds_of(const struct api_move_report *r)
{
	const struct api_move *m = r->move;
	json_t *list = json_array();

	for (size_t i = 0; i < m->n_kinds; i++) {
		const struct api_move_kind *k = &m->kinds[i];
		json_t *json = json_pack("{s:s, s:I, s:I}", "kind", k->kind.kind, "v1",
			(json_int_t)json_object_size(k->v1.digests), "v3",
			(json_int_t)json_object_size(k->v3.digests));

		if (r->compared) {
			json_object_set_new(
				json, "missing", json_integer((json_int_t)k->missing));
			json_object_set_new(json, "differ", json_integer((json_int_t)k->differ));
		}
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *parts_of(const struct api_move *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < API_MOVE_PARTS; i++) {
		const struct api_move_part *p = &m->parts[i];

		json_array_append_new(list,
			json_pack("{s:s?, s:s?, s:s?, s:s?, s:o}", "part", p->what, "namespace",
				p->ns, "release", p->release, "CALICO_API_GROUP", p->group,
				"readsV3",
				p->known && p->ns ? json_boolean(api_move_part_is_v3(p))
						  : json_null()));
	}
	return list;
}

static json_t *ready_of(const struct api_move *m, int group)
{
	int ready = api_move_ready(m, group);

	return ready < 0 ? json_null() : json_boolean(ready);
}

json_t *api_move_json(const struct api_move_report *r)
{
	const struct api_move *m = r->move;
	const json_t *status = status_of(m);

	return json_pack("{s:s?, s:b, s:s?, s:O?, s:O?, s:{s:o, s:o}, s:o, s:o, s:o, s:s?}",
		"phase", api_move_phase(m), "known", m->migration_known, "message",
		json_str(status, "message"), "progress", json_object_get(status, "progress"),
		"conditions", json_object_get(status, "conditions"), "datastoreReady", "v1",
		ready_of(m, 0), "v3", ready_of(m, 1), "checks", findings_of(m), "kinds",
		kinds_of(r), "parts", parts_of(m), "backup", r->backup);
}
