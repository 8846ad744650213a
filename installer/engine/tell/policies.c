/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the admission policies of a run, after its CRDs. */
#include <string.h>

#include "base/json.h"
#include "engine/tell/report.h"
#include "manifest/crd.h"
#include "manifest/policy.h"

static size_t to_do(const struct plan *p, enum plan_verdict verdict)
{
	return p ? plan_count(p, verdict) : 0;
}

size_t report_policies_pending(const struct report *r)
{
	return to_do(r->policy_plan, PLAN_CREATE) + to_do(r->policy_plan, PLAN_UPDATE);
}

size_t report_policies_blocked(const struct report *r)
{
	return to_do(r->policy_plan, PLAN_BLOCKED);
}

void report_policies_apply_text(struct out *out, const struct report *r)
{
	const struct plan *p = r->policy_plan;

	for (size_t i = 0; p && i < p->n; i++) {
		const struct plan_item *item = &p->items[i];
		bool bad = item->outcome == OUTCOME_FAILED || item->verdict == PLAN_BLOCKED;
		char_auto *kind = xstrdup(item->policy->kind);

		for (char *c = kind; *c; c++)
			*c |= 0x20; /* lower case; a kind has only letters */
		out_line(out, bad ? STYLE_RED : STYLE_PLAIN, "%s." POLICY_GROUP "/%s %s", kind,
			item->name, report_outcome(item));
	}
}

static void put_verdict(struct out *out, const struct plan *p, enum plan_verdict verdict)
{
	buf_auto names = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].verdict == verdict)
			buf_printf(&names, "%s%s%s", n++ ? ", " : "", p->items[i].name,
				p->items[i].policy->binding ? " (binding)" : "");
	char_auto *first = xasprintf(
		"admission policies: %s (%zu): ", plan_verdict_name(verdict), n);

	if (n > 0 && verdict == PLAN_UNCHANGED)
		out_line(out, STYLE_PLAIN, "admission policies: unchanged (%zu)", n);
	else if (n > 0)
		report_wrapped(out, verdict == PLAN_BLOCKED ? STYLE_RED : STYLE_BOLD, first,
			buf_str(&names));
}

static bool is_repeated(const struct plan *p, size_t item, const json_t *reason)
{
	for (size_t i = 0; i < item; i++) {
		const json_t *other;
		size_t k;

		json_array_foreach(p->items[i].reasons, k, other)
			if (json_equal(other, reason))
				return true;
	}
	return false;
}

static void put_reasons(struct out *out, const struct plan *p)
{
	const json_t *reason;
	size_t k;

	for (size_t i = 0; i < p->n; i++)
		json_array_foreach(p->items[i].reasons, k, reason)
			if (!is_repeated(p, i, reason))
				report_wrapped(out, STYLE_PLAIN, "    ", json_string_value(reason));
}

void report_policies_text(struct out *out, const struct report *r)
{
	static const enum plan_verdict order[] = { PLAN_CREATE, PLAN_UPDATE, PLAN_BLOCKED,
		PLAN_UNCHANGED };

	if (!r->policy_plan)
		return;
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		put_verdict(out, r->policy_plan, order[i]);
	put_reasons(out, r->policy_plan);
}

json_t *report_policies_json(const struct report *r)
{
	const struct plan *p = r->policy_plan;
	json_t *items = json_array();

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_item *item = &p->items[i];
		json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:O, s:o}", "kind",
			item->policy->kind, "name", item->name, "version", item->at.version,
			"action", plan_verdict_name(item->verdict), "judgedByServer", item->judged,
			"reasons", item->reasons, "changes", crd_diff_lines(item->changes));

		report_put_outcome(json, item);
		json_array_append_new(items, json);
	}
	return items;
}
