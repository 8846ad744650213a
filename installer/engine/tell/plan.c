/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a plan for people. The first screen is enough for a decision: what the plan does, whether
 * it is safe, which objects need work, one line for each CRD, and what to run next. Schema changes
 * are details.
 */
#include <string.h>

#include "base/json.h"
#include "engine/judge/defects.h"
#include "engine/look/objects.h"
#include "engine/tell/report.h"
#include "manifest/crd.h"
#include "manifest/source.h"

/* When more than MANY names need no decision, only FEW are shown; --details shows all. */
enum { COLUMNS = 80, FEW = 4, MANY = 6 };

static size_t columns_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void report_wrapped(struct out *out, enum out_style style, const char *first, const char *text)
{
	size_t indent = columns_of(first), used = indent;
	buf_auto line = { 0 };

	buf_puts(&line, first);
	for (bool begins = true; *text; begins = false) {
		size_t n = strcspn(text, " ");
		char_auto *word = xstrndup(text, n);
		size_t width = columns_of(word);

		if (!begins && used + 1 + width > COLUMNS) {
			out_line(out, style, "%s", buf_str(&line));
			buf_clear(&line);
			buf_printf(&line, "%*s%s", (int)indent, "", word);
			used = indent + width;
		} else {
			buf_printf(&line, "%s%s", begins ? "" : " ", word);
			used += width + !begins;
		}
		text += n;
		text += *text == ' ';
	}
	out_line(out, style, "%s", buf_str(&line));
}

/* Only the plural, when no other CRD of the plan has the same plural. */
const char *report_crd_name(const struct report *r, const struct plan_item *item)
{
	const char *plural = crd_plural(item->desired);

	for (size_t i = 0; i < r->plan->n; i++)
		if (&r->plan->items[i] != item &&
			strcmp(crd_plural(r->plan->items[i].desired), plural) == 0)
			return item->name;
	return plural;
}

static size_t to_write(const struct report *r)
{
	return plan_count(r->plan, PLAN_CREATE) + plan_count(r->plan, PLAN_UPDATE) +
	       report_policies_pending(r);
}

enum report_safety report_safety(const struct report *r)
{
	const struct preflight *p = r->preflight;

	if (p && preflight_severe(p) > 0)
		return REPORT_LOSES;
	if (p && preflight_unread(p) > 0)
		return REPORT_UNREAD;
	if (plan_count(r->plan, PLAN_BLOCKED) + report_policies_blocked(r) > 0)
		return REPORT_BLOCKED;
	if (to_write(r) == 0)
		return REPORT_NOTHING;
	return !p || r->failed ? REPORT_UNKNOWN : REPORT_SAFE;
}

static void put_losses(struct buf *text, const struct report *r)
{
	size_t n = preflight_severe(r->preflight);

	buf_printf(text, "%s: %zu object%s need%s you: %s would lose data, or could not be written "
			 "any more",
		r->preflight->accept ? "loss accepted" : "blocked", n, n == 1 ? "" : "s",
		n == 1 ? "s" : "", n == 1 ? "it" : "they");
}

static void put_safe(struct buf *text, const struct report *r)
{
	size_t limited = preflight_limited(r->preflight);

	if (r->preflight->n_kinds == 0) {
		buf_puts(text, "safe: no change can affect a stored object");
		return;
	}
	buf_puts(text, "safe: no object loses data, and every object can be written");
	if (limited > 0)
		buf_printf(text, "; %zu keep%s a value that cannot be set anew", limited,
			limited == 1 ? "s" : "");
}

void report_safety_text(struct buf *text, const struct report *r)
{
	size_t blocked = plan_count(r->plan, PLAN_BLOCKED);

	switch (report_safety(r)) {
	case REPORT_LOSES:
		put_losses(text, r);
		break;
	case REPORT_UNREAD:
		buf_printf(text, "%s: the objects of %zu kinds were not read, so nobody knows what "
				 "becomes of them",
			r->preflight->accept ? "loss accepted" : "blocked",
			preflight_unread(r->preflight));
		break;
	case REPORT_BLOCKED:
		if (blocked == 0)
			buf_printf(text, "blocked: %zu admission policies must not be written; the "
					 "reason is below", report_policies_blocked(r));
		else
			buf_printf(text,
				"blocked: %zu CRD%s must not be written; the reasons are below",
				blocked, blocked == 1 ? "" : "s");
		break;
	case REPORT_UNKNOWN:
		buf_puts(text, r->offline
				       ? "unknown: no objects were given; --objects BACKUP "
					 "judges those of a backup"
				       : "unknown: the run ended before the objects were "
					 "looked at");
		break;
	case REPORT_NOTHING:
		buf_puts(text, "nothing to do");
		break;
	case REPORT_SAFE:
		put_safe(text, r);
	}
}

static void put_head(struct out *out, const struct report *r)
{
	static const enum out_style styles[] = { STYLE_RED, STYLE_RED, STYLE_RED, STYLE_YELLOW,
		STYLE_GREEN, STYLE_GREEN };
	buf_auto verdict = { 0 }, safety = { 0 };

	report_verdict(&verdict, r);
	report_safety_text(&safety, r);
	out_line(out, STYLE_BOLD, "%s", buf_str(&verdict));
	report_wrapped(out, styles[report_safety(r)], "", buf_str(&safety));
	if (r->not_judged)
		report_wrapped(out, STYLE_YELLOW, "not judged by the server: ", r->not_judged);
}

static void put_defects(struct out *out, const struct report *r)
{
	const struct defect *d;

	for (size_t i = 0; r->source && (d = defects_of(r->source->name, i)); i++) {
		char_auto *text = xasprintf("%s: %s; %s mends it", d->crd, d->text, d->mended);

		report_wrapped(out, STYLE_YELLOW, "known defect: ", text);
	}
}

/* One line for each CRD */

const struct preflight_kind *report_kind(const struct report *r, const struct plan_item *item)
{
	const struct preflight *p = r->preflight;

	for (size_t i = 0; p && i < p->n_kinds; i++)
		if (p->kinds[i].item == item)
			return &p->kinds[i];
	return NULL;
}

static void put_changes(struct buf *line, size_t n)
{
	if (n > 0)
		buf_printf(line, "  (%zu change%s)", n, n == 1 ? "" : "s");
}

void report_kind_text(struct buf *line, const struct preflight_kind *k)
{
	if (k->absent)
		buf_puts(line, "not served now, so no object was read");
	else
		buf_printf(line, "%zu object%s", k->objects, k->objects == 1 ? "" : "s");
	if (k->severe > 0)
		buf_printf(line, ", %zu need%s you", k->severe, k->severe == 1 ? "s" : "");
	if (k->limited > 0)
		buf_printf(line, ", %zu limited", k->limited);
	if (k->problem)
		buf_printf(line, ", not all read: %s", k->problem);
}

static bool has_line(const struct preflight_kind *k)
{
	return k && (k->objects > 0 || k->problem);
}

static void put_kinds(struct out *out, const struct report *r)
{
	size_t width = 0;

	for (size_t i = 0; i < r->plan->n; i++) {
		size_t n = strlen(report_crd_name(r, &r->plan->items[i]));

		if (has_line(report_kind(r, &r->plan->items[i])) && n > width)
			width = n;
	}
	for (size_t i = 0; i < r->plan->n; i++) {
		const struct plan_item *item = &r->plan->items[i];
		const struct preflight_kind *k = report_kind(r, item);
		buf_auto line = { 0 }, first = { 0 };

		if (!has_line(k))
			continue;
		buf_printf(&first, "%-*s  %-7s  ", (int)width, report_crd_name(r, item),
			plan_verdict_name(item->verdict));
		report_kind_text(&line, k);
		put_changes(&line, item->compat.n);
		report_wrapped(out,
			k->severe || k->problem ? STYLE_RED
			: k->limited		? STYLE_YELLOW
						: STYLE_PLAIN,
			buf_str(&first), buf_str(&line));
	}
}

/* Groups of CRDs that share one line. */
enum group {
	GROUP_CREATE, GROUP_UPDATE, GROUP_NO_OBJECTS, GROUP_SAFE, GROUP_BLOCKED, GROUP_KEPT,
	GROUP_UNCHANGED, N_GROUPS
};

static enum group group_of(const struct report *r, const struct plan_item *item)
{
	switch (item->verdict) {
	case PLAN_CREATE:
		return GROUP_CREATE;
	case PLAN_BLOCKED:
		return GROUP_BLOCKED;
	case PLAN_KEPT:
		return GROUP_KEPT;
	case PLAN_UPDATE:
		if (compat_worst(&item->compat) == COMPAT_SAFE)
			return GROUP_SAFE;
		return report_kind(r, item) ? GROUP_NO_OBJECTS : GROUP_UPDATE;
	default:
		return GROUP_UNCHANGED;
	}
}

static bool in_group(const struct report *r, const struct plan_item *item, enum group group)
{
	return group_of(r, item) == group && !has_line(report_kind(r, item));
}

/* How many names a group shows. Updates that touch no object need no decision. */
static size_t shown_of(const struct report *r, enum group group, size_t n)
{
	bool harmless = group == GROUP_NO_OBJECTS || group == GROUP_SAFE;

	return harmless && n > MANY && !r->details ? FEW : n;
}

static void put_names(struct buf *names, const struct report *r, enum group group, size_t total)
{
	size_t n = 0, changes = 0, shown = shown_of(r, group, total);

	for (size_t i = 0; i < r->plan->n; i++) {
		const struct plan_item *item = &r->plan->items[i];

		if (!in_group(r, item, group))
			continue;
		if (n < shown)
			buf_printf(names, "%s%s", n ? ", " : "", report_crd_name(r, item));
		n++;
		changes += item->verdict == PLAN_UPDATE ? item->compat.n : 0;
	}
	if (shown < n)
		buf_printf(names, " and %zu more", n - shown);
	put_changes(names, changes);
}

static void put_group(struct out *out, const struct report *r, enum group group)
{
	static const struct {
		enum out_style style;
		const char *before;
	} words[] = {
		[GROUP_CREATE] = { STYLE_BOLD, "create" },
		[GROUP_UPDATE] = { STYLE_BOLD, "update" },
		[GROUP_NO_OBJECTS] = { STYLE_PLAIN, "update, no objects" },
		[GROUP_SAFE] = { STYLE_PLAIN, "update, safe for every object" },
		[GROUP_BLOCKED] = { STYLE_RED, "blocked" },
		[GROUP_KEPT] = { STYLE_YELLOW, "kept" },
		[GROUP_UNCHANGED] = { STYLE_PLAIN, "unchanged" },
	};
	buf_auto names = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < r->plan->n; i++)
		n += in_group(r, &r->plan->items[i], group);
	put_names(&names, r, group, n);
	char_auto *first = xasprintf("%s (%zu): ", words[group].before, n);

	if (n > 0 && group == GROUP_UNCHANGED && !r->details)
		out_line(out, STYLE_PLAIN, "unchanged (%zu)", n);
	else if (n > 0)
		report_wrapped(out, words[group].style, first, buf_str(&names));
}

/* Reasons: each text once, with all its CRDs. Reasons from objects are already shown above. */

static size_t reasons_of(const struct plan_item *item)
{
	size_t n = json_array_size(item->reasons);

	return n - (item->by_objects && n > 0);
}

static void put_reason(struct out *out, const struct report *r, const json_t *reason, size_t from)
{
	buf_auto names = { 0 };
	size_t k, n = 0;
	const json_t *other;

	for (size_t i = from; i < r->plan->n; i++)
		for (k = 0; k < reasons_of(&r->plan->items[i]); k++) {
			other = json_array_get(r->plan->items[i].reasons, k);
			if (json_equal(other, reason))
				buf_printf(&names, "%s%s", n++ ? ", " : "",
					report_crd_name(r, &r->plan->items[i]));
		}
	report_wrapped(out, STYLE_BOLD, "", buf_str(&names));
	report_wrapped(out, STYLE_PLAIN, "    ", json_string_value(reason));
}

static void put_reasons(struct out *out, const struct report *r)
{
	json_auto_t *seen = json_object();
	const json_t *reason;

	for (size_t i = 0; i < r->plan->n; i++)
		for (size_t k = 0; k < reasons_of(&r->plan->items[i]); k++) {
			reason = json_array_get(r->plan->items[i].reasons, k);
			if (json_object_get(seen, json_string_value(reason)))
				continue;
			json_object_set_new(seen, json_string_value(reason), json_true());
			put_reason(out, r, reason, i);
		}
}

/* What to run next */

static void put_command(struct out *out, const char *command, const char *what)
{
	out_line(out, STYLE_PLAIN, "  calico-datastore %s", command);
	if (what)
		report_wrapped(out, STYLE_PLAIN, "      ", what);
}

static void put_next(struct out *out, const struct report *r)
{
	enum report_safety safety = report_safety(r);
	char_auto *details = xasprintf("%s --details", r->look);
	char_auto *accept = xasprintf("%s --accept-loss", r->act ? r->act : r->look);
	char_auto *fix = xasprintf("%s --fix FILE", r->look);
	char_auto *without = xasprintf("%s --without-policies", r->act ? r->act : r->look);

	if (safety == REPORT_NOTHING || !r->look)
		return;
	out_line(out, STYLE_PLAIN, "%s", "");
	out_line(out, STYLE_BOLD, "next:");
	if (safety == REPORT_LOSES && preflight_fixable(r->preflight) &&
		!r->preflight->accept)
		put_command(out, fix, "writes the corrected objects to FILE, for review");
	if (to_write(r) + plan_count(r->plan, PLAN_BLOCKED) > 0 && !r->details)
		put_command(out, details, "shows every schema change and every finding");
	if ((safety == REPORT_LOSES || safety == REPORT_UNREAD) && !r->preflight->accept)
		put_command(out, accept,
			safety == REPORT_LOSES ? "goes on although the objects lose data"
					       : "goes on without having read them");
	else if (report_policies_blocked(r) > 0 && plan_count(r->plan, PLAN_BLOCKED) == 0 && r->act)
		put_command(out, without, "goes on with the CRDs alone");
	else if (r->act && !r->writes && to_write(r) > 0 &&
		 plan_count(r->plan, PLAN_BLOCKED) + report_policies_blocked(r) == 0)
		put_command(out, r->act, NULL);
}

void report_plan_text(struct out *out, const struct report *r)
{
	put_head(out, r);
	put_defects(out, r);
	report_objects_text(out, r);
	out_line(out, STYLE_PLAIN, "%s", "");
	for (enum group g = 0; g < N_GROUPS; g++) {
		if (g == GROUP_CREATE)
			put_kinds(out, r);
		put_group(out, r, g);
	}
	put_reasons(out, r);
	report_policies_text(out, r);
	report_prune_text(out, r);
	if (r->details)
		report_details_text(out, r);
	put_next(out, r);
}
