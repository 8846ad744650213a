/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "engine/act/prune.h"
#include "engine/judge/defects.h"
#include "engine/look/objects.h"
#include "engine/tell/report.h"
#include "manifest/crd.h"
#include "manifest/source.h"

static size_t count_outcome(const struct plan *p, enum plan_outcome outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->items[i].outcome == outcome;
	return n;
}

static const char *prune_word(const struct report *r, const struct prune_item *item)
{
	if (item->deleted)
		return "deleted";
	/* A CRD that was read and that nothing keeps: a run deletes it. */
	return item->live && !item->kept && !r->failed ? "delete" : "left";
}

static bool has_written(const struct plan *p)
{
	return count_outcome(p, OUTCOME_CREATED) + count_outcome(p, OUTCOME_CONFIGURED) > 0;
}

bool report_changed(const struct report *r)
{
	if (!r->plan)
		return false;
	for (size_t i = 0; r->prune && i < r->prune->n; i++)
		if (r->prune->items[i].deleted ||
			(!r->writes && strcmp(prune_word(r, &r->prune->items[i]), "delete") == 0))
			return true;
	if (r->writes)
		return has_written(r->plan) || (r->policy_plan && has_written(r->policy_plan));
	/* With one blocked item, nothing of the plan is written. */
	return plan_count(r->plan, PLAN_BLOCKED) == 0 &&
	       report_policies_blocked(r) == 0 &&
	       plan_count(r->plan, PLAN_CREATE) + plan_count(r->plan, PLAN_UPDATE) +
			       report_policies_pending(r) >
		       0;
}

/* An item that the run did not reach is pending. */
const char *report_outcome(const struct plan_item *item)
{
	if (item->outcome == OUTCOME_NONE && item->verdict == PLAN_UNCHANGED)
		return "unchanged";
	if (item->outcome == OUTCOME_NONE)
		return item->verdict == PLAN_BLOCKED || item->verdict == PLAN_KEPT
			       ? plan_verdict_name(item->verdict)
			       : "pending";
	return plan_outcome_name(item->outcome);
}

/* "crd/ippools created" for people; scripts get the name that kubectl uses. */
static void crd_line(struct out *out, enum out_style style, const char *name, const char *word)
{
	if (out->terminal)
		out_line(out, style, "crd/%.*s %s", (int)strcspn(name, "."), name, word);
	else
		out_line(out, style, CRD_RESOURCE "/%s %s", name, word);
}

void report_apply_text(struct out *out, const struct report *r)
{
	for (size_t i = 0; i < r->plan->n; i++) {
		const struct plan_item *item = &r->plan->items[i];
		bool bad = item->outcome == OUTCOME_FAILED || item->verdict == PLAN_BLOCKED;

		crd_line(out, bad ? STYLE_RED : STYLE_PLAIN, item->name, report_outcome(item));
	}
	report_policies_apply_text(out, r);
}

static char *leftover_text(const struct report *r, const struct prune_item *item)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s ", r->source->name);
	if (item->last)
		buf_printf(&text, "has dropped it, and %s is the last release that has it",
			item->last);
	else
		buf_printf(&text, "does not have it yet: it came with %s", item->first);
	if (item->kept)
		buf_printf(&text, "; %s", item->kept);
	else if (!item->live && item->last)
		buf_puts(&text, "; --prune deletes it if it has no objects");
	return buf_steal(&text);
}

void report_prune_text(struct out *out, const struct report *r)
{
	for (size_t i = 0; r->prune && i < r->prune->n; i++) {
		const struct prune_item *item = &r->prune->items[i];
		char_auto *text = leftover_text(r, item);

		if (r->writes)
			crd_line(out, STYLE_PLAIN, item->name, prune_word(r, item));
		else
			out_line(out, STYLE_PLAIN, "%s %s", item->name, prune_word(r, item));
		/*
		 * A plan is wrapped for people. Lines of a run stay whole, since scripts also read
		 * them.
		 */
		if (r->writes)
			out_line(out, STYLE_PLAIN, "    %s", text);
		else
			report_wrapped(out, STYLE_PLAIN, "    ", text);
	}
}

static json_t *prune_json(const struct report *r)
{
	json_t *items = json_array();

	for (size_t i = 0; i < r->prune->n; i++) {
		const struct prune_item *item = &r->prune->items[i];
		json_t *json = json_pack("{s:s, s:s, s:b, s:s?}", "name", item->name, "outcome",
			prune_word(r, item), "dropped", item->last != NULL, "reason", item->kept);

		if (item->objects >= 0)
			json_object_set_new(json, "objects", json_integer(item->objects));
		json_array_append_new(items, json);
	}
	return items;
}

static size_t widest_resource(const struct check *c)
{
	size_t widest = 0;

	for (size_t i = 0; i < c->n; i++)
		if (strlen(c->reads[i].resource) > widest)
			widest = strlen(c->reads[i].resource);
	return widest;
}

void report_missing_text(struct buf *out, const struct report *r)
{
	if (r->readiness)
		readiness_text(out, r->readiness, r->asked, widest_resource(r->check));
}

void report_check_text(struct out *out, const struct report *r)
{
	const struct check *c = r->check;
	size_t widest = widest_resource(c);

	for (size_t i = 0; i < c->n; i++) {
		const struct check_read *read = &c->reads[i];

		if (read->problem)
			out_line(out, STYLE_RED, "%-*s  FAILED  %s", (int)widest, read->resource,
				read->problem);
		else
			out_line(out, STYLE_PLAIN, "%-*s  ok  %6ld objects  %6.1f ms", (int)widest,
				read->resource, read->count, read->ms);
	}
}

static void put_policies(struct buf *out, const struct report *r)
{
	const struct plan *p = r->policy_plan;
	size_t blocked = plan_count(p, PLAN_BLOCKED);
	size_t written = count_outcome(p, OUTCOME_CREATED) + count_outcome(p, OUTCOME_CONFIGURED);

	if (blocked > 0)
		buf_printf(out, "; %zu of %zu admission policies blocked", blocked, p->n);
	else if (r->writes)
		buf_printf(out, "; %zu of %zu admission policies written", written, p->n);
	else if (report_policies_pending(r) > 0)
		buf_printf(out, "; %zu of %zu admission policies to write",
			report_policies_pending(r), p->n);
}

static void put_plan_verdict(struct buf *out, const struct report *r)
{
	const struct plan *p = r->plan;
	size_t created = count_outcome(p, OUTCOME_CREATED);
	size_t configured = count_outcome(p, OUTCOME_CONFIGURED);
	size_t kept = plan_count(p, PLAN_KEPT);

	if (!r->writes || plan_count(p, PLAN_BLOCKED) + report_policies_blocked(r) > 0)
		buf_printf(out, "%zu to create, %zu to update, %zu unchanged, %zu blocked",
			plan_count(p, PLAN_CREATE), plan_count(p, PLAN_UPDATE),
			plan_count(p, PLAN_UNCHANGED), plan_count(p, PLAN_BLOCKED));
	else
		buf_printf(out, "%zu created, %zu configured, %zu unchanged", created, configured,
			p->n - created - configured - kept);
	if (kept > 0)
		buf_printf(out, ", %zu kept", kept);
	if (r->policy_plan && r->policy_plan->n > 0)
		put_policies(out, r);
}

void report_verdict(struct buf *out, const struct report *r)
{
	const struct check *c = r->check;

	const char *name = r->source ? r->source->name : r->datastore;

	if (!name || (!r->plan && !c))
		return;
	buf_printf(out, "%s: ", name);
	if (r->plan)
		put_plan_verdict(out, r);
	if (c && c->n > 0)
		buf_printf(out, "%s%zu of %zu reads succeeded", r->plan ? "; " : "",
			c->n - check_failed(c), c->n);
	if (c && c->n > 0 && r->readiness) {
		buf_puts(out, "; ");
		readiness_words(out, r->readiness);
	}
}

static json_t *source_json(const struct source *s)
{
	return json_pack("{s:s, s:s?, s:s, s:s, s:s?}", "name", s->name, "set", s->set, "origin",
		s->origin, "sha256", s->sha256, "verifiedBy", s->verified_by);
}

static json_t *compat_json(const struct report *r, const struct plan_item *item)
{
	const struct compat *c = &item->compat;
	json_t *changes = json_array();

	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(
			changes, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?}", "class",
					 compat_class_name(c->items[i].class), "consequence",
					 report_consequence(r, item, &c->items[i]), "rule",
					 c->items[i].rule, "path", c->items[i].path, "text",
					 c->items[i].text, "advice", c->items[i].advice));
	return changes;
}

void report_put_outcome(json_t *json, const struct plan_item *item)
{
	if (item->outcome != OUTCOME_NONE)
		json_object_set_new(json, "outcome", json_string(plan_outcome_name(item->outcome)));
	if (item->err.msg)
		json_object_set_new(json, "error", json_string(item->err.msg));
}

static json_t *plan_json(const struct report *r)
{
	const struct plan *p = r->plan;
	json_t *items = json_array();

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_item *item = &p->items[i];
		json_t *json = json_pack("{s:s, s:s, s:b, s:b, s:O, s:o, s:o}", "name", item->name,
			"action", plan_verdict_name(item->verdict), "judgedByServer", item->judged,
			"hidden", item->hidden,
			"reasons", item->reasons, "changes",
			crd_diff_lines(item->changes), "compatibility",
			compat_json(r, item));

		report_put_outcome(json, item);
		json_array_append_new(items, json);
	}
	return items;
}

static json_t *summary_json(const struct plan *p)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "toCreate",
		(json_int_t)plan_count(p, PLAN_CREATE), "toUpdate",
		(json_int_t)plan_count(p, PLAN_UPDATE), "unchanged",
		(json_int_t)plan_count(p, PLAN_UNCHANGED), "blocked",
		(json_int_t)plan_count(p, PLAN_BLOCKED), "kept",
		(json_int_t)plan_count(p, PLAN_KEPT), "created",
		(json_int_t)count_outcome(p, OUTCOME_CREATED), "configured",
		(json_int_t)count_outcome(p, OUTCOME_CONFIGURED), "failed",
		(json_int_t)count_outcome(p, OUTCOME_FAILED));
}

static json_t *refusal_json(const struct check_refusal *refusal)
{
	return refusal ? json_pack("{s:s, s:s, s:s, s:b}", "object", refusal->object, "why",
				 refusal->why, "mend", refusal->mend, "leftOut", refusal->left_out)
		       : json_null();
}

static json_t *reads_json(const struct check *c)
{
	json_t *reads = json_array();

	for (size_t i = 0; i < c->n; i++) {
		const struct check_read *read = &c->reads[i];

		json_array_append_new(reads,
			json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:o, s:s?}", "resource",
				read->resource, "kind", read->kind, "ok", read->done, "objects",
				(json_int_t)read->count, "refused", (json_int_t)read->refused,
				"microseconds", (json_int_t)(read->ms * 1000), "refusal",
				refusal_json(read->refusal), "problem", read->problem));
	}
	return reads;
}

static json_t *cluster_json(const struct identity *id)
{
	return json_pack("{s:s?, s:s?, s:s?, s:o}", "uid", id->uid, "calicoVersion",
		id->calico_version, "clusterGUID", id->guid, "datastoreReady", identity_ready(id));
}

static json_t *defects_json(const struct source *s)
{
	json_t *all = json_array();
	const struct defect *d;

	for (size_t i = 0; s && (d = defects_of(s->name, i)); i++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "customResourceDefinition",
						   d->crd, "text", d->text, "mendedBy", d->mended));
	return all;
}

/* safe is null when objects were not looked at. */
static void put_safety(json_t *json, const struct report *r)
{
	enum report_safety safety = report_safety(r);
	buf_auto text = { 0 };

	report_safety_text(&text, r);
	json_object_set_new(json, "safety", json_string(buf_str(&text)));
	json_object_set_new(json, "safe",
		safety == REPORT_UNKNOWN || safety == REPORT_UNREAD
			? json_null()
			: json_boolean(safety == REPORT_SAFE || safety == REPORT_NOTHING));
	json_object_set_new(json, "objectsNeedYou",
		r->preflight ? json_integer((json_int_t)preflight_severe(r->preflight))
			     : json_null());
}

json_t *report_json(const struct report *r)
{
	json_t *json =
		json_pack("{s:s}", "datastore", r->datastore ? r->datastore : "kubernetes");

	buf_auto verdict = { 0 };
	char now[32];

	report_verdict(&verdict, r);
	if (verdict.len > 0)
		json_object_set_new(json, "verdict", json_string(verdict.data));
	if (r->source)
		json_object_set_new(json, "release", source_json(r->source));
	if (r->plan) {
		json_object_set_new(json, "summary", summary_json(r->plan));
		put_safety(json, r);
		json_object_set_new(json, "defects", defects_json(r->source));
	}
	if (r->preflight)
		report_objects_json(json, r);
	if (r->plan)
		json_object_set_new(json, "customResourceDefinitions", plan_json(r));
	if (r->policy_plan)
		json_object_set_new(json, "policies", report_policies_json(r));
	if (r->prune)
		json_object_set_new(json, "leftovers", prune_json(r));
	if (r->policies)
		json_object_set_new(json, "admissionPolicies", json_string(r->policies));
	if (r->backup)
		json_object_set_new(json, "backup", json_string(r->backup));
	if (r->not_judged)
		json_object_set_new(json, "notJudged", json_string(r->not_judged));
	if (r->check)
		json_object_set_new(json, "reads", reads_json(r->check));
	if (r->readiness)
		readiness_verdicts_json(json, r->readiness);
	if (r->check && r->check->identify)
		json_object_set_new(json, "cluster", cluster_json(&r->check->identity));
	if (r->check && r->check->identify && !r->datastore)
		json_object_set_new(json, "api", mode_json(&r->check->mode, &r->check->tigera));
	json_object_set_new(json, "unread",
		r->unread && r->unread->msg ? json_pack("[s]", r->unread->msg) : json_array());
	if (r->mismatch)
		json_object_set_new(json, "mismatch", json_string(r->mismatch));
	now_rfc3339(now);
	json_object_set_new(json, "time", json_string(now));
	return json;
}
