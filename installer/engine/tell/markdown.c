/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a plan as a page for a pull request, in the same order as the text. */
#include <string.h>

#include "base/json.h"
#include "engine/judge/defects.h"
#include "engine/look/objects.h"
#include "engine/tell/report.h"
#include "manifest/source.h"

void report_cell(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n' || *text == '\r')
			buf_putc(out, ' ');
		else if (*text == '<')
			buf_puts(out, "&lt;");
		else if (*text == '&')
			buf_puts(out, "&amp;");
		else if (strchr("|\\`*_[]~$", *text))
			buf_printf(out, "\\%c", *text);
		else
			buf_putc(out, *text);
	}
}

static void put_cell(struct buf *out, const char *text)
{
	buf_puts(out, " ");
	report_cell(out, text ? text : "");
	buf_puts(out, " |");
}

static void put_object_row(
	struct buf *out, const struct report *r, const struct preflight_row *row)
{
	const struct preflight_example *x = row->n_examples > 0 ? &row->examples[0] : NULL;
	const char *bold = schema_class_is_severe(row->class) ? "**" : "";

	buf_printf(out, "| %s%s%s |", bold, schema_class_name(row->class), bold);
	put_cell(out, report_crd_name(r, row->item));
	put_cell(out, *row->field ? row->field : "(the object)");
	put_cell(out, row->rule);
	buf_printf(out, " %zu |", row->objects);
	put_cell(out, x ? x->object : "");
	put_cell(out, x ? x->value : "");
	put_cell(out, row->text && row->message ? row->message : row->allowed);
	buf_putc(out, '\n');
}

static void put_objects(struct buf *out, const struct report *r)
{
	const struct preflight *p = r->preflight;

	if (!p || p->n_kinds == 0)
		return;
	buf_printf(out, "\n### Objects: %zu read of %zu kinds\n\n", preflight_objects(p),
		p->n_kinds);
	if (p->n_rows > 0)
		buf_puts(out,
			"| class | CRD | field | rule | objects | such as | value | allowed |\n"
			"|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < p->n_rows; i++)
		put_object_row(out, r, &p->rows[i]);
	if (p->more > 0)
		buf_printf(out, "\n%zu more findings are not listed.\n", p->more);
}

static void put_crds(struct buf *out, const struct report *r)
{
	buf_puts(out, "\n### CRDs\n\n| CRD | action | objects | schema changes | reasons |\n"
		      "|---|---|---|---|---|\n");
	for (size_t i = 0; i < r->plan->n; i++) {
		const struct plan_item *item = &r->plan->items[i];
		const struct preflight_kind *k = report_kind(r, item);
		buf_auto objects = { 0 }, reasons = { 0 };
		const json_t *line;
		size_t n;

		if (item->verdict == PLAN_UNCHANGED)
			continue;
		if (k)
			report_kind_text(&objects, k);
		json_array_foreach(item->reasons, n, line)
			buf_printf(&reasons, "%s%s", n ? "; " : "", json_string_value(line));
		buf_puts(out, "|");
		put_cell(out, item->name);
		put_cell(out, plan_verdict_name(item->verdict));
		put_cell(out, buf_str(&objects));
		buf_printf(out, " %zu |", item->compat.n);
		put_cell(out, buf_str(&reasons));
		buf_putc(out, '\n');
	}
}

static void put_change(struct buf *out, const struct report *r, const struct plan_item *item,
	const struct compat_change *c)
{
	const char *word = report_consequence(r, item, c);
	const char *bold = strcmp(word, "blocking") == 0 ? "**" : "";
	char_auto *path = report_readable(c->path);

	buf_printf(out, "| %s%s%s |", bold, word, bold);
	put_cell(out, path);
	put_cell(out, c->text);
	put_cell(out, c->advice);
	buf_putc(out, '\n');
}

static void put_changes(struct buf *out, const struct report *r, const struct plan_item *item)
{
	if (item->compat.n == 0 || item->verdict == PLAN_KEPT || !report_is_wanted(r, item))
		return;
	buf_printf(out,
		"\n### %s: %s\n\n| consequence | field | change | what to do |\n"
		"|---|---|---|---|\n",
		item->name, plan_verdict_name(item->verdict));
	for (size_t i = 0; i < item->compat.n; i++)
		put_change(out, r, item, &item->compat.items[i]);
}

void report_plan_markdown(struct buf *out, const struct report *r)
{
	buf_auto verdict = { 0 }, safety = { 0 };
	const struct defect *d;

	report_verdict(&verdict, r);
	report_safety_text(&safety, r);
	buf_puts(out, "## ");
	report_cell(out, buf_str(&verdict));
	buf_puts(out, "\n\n");
	report_cell(out, buf_str(&safety));
	buf_puts(out, "\n");
	if (r->not_judged) {
		buf_puts(out, "\nNot judged by the server: ");
		report_cell(out, r->not_judged);
		buf_puts(out, "\n");
	}
	for (size_t i = 0; r->source && (d = defects_of(r->source->name, i)); i++) {
		buf_puts(out, "\nKnown defect: ");
		report_cell(out, d->crd);
		buf_puts(out, ": ");
		report_cell(out, d->text);
		buf_printf(out, "; %s mends it.\n", d->mended);
	}
	put_objects(out, r);
	if (plan_count(r->plan, PLAN_UNCHANGED) < r->plan->n)
		put_crds(out, r);
	for (size_t i = 0; r->details && i < r->plan->n; i++)
		put_changes(out, r, &r->plan->items[i]);
}
