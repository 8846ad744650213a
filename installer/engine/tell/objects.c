/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan would do to stored objects: one paragraph a CRD, a line for each rule and field. */
#include <string.h>

#include "engine/look/objects.h"
#include "engine/tell/report.h"

static enum out_style style_of(enum schema_class class)
{
	return schema_class_is_severe(class) ? STYLE_RED : STYLE_YELLOW;
}

/* The text of a rule stands above its examples, once. */
static void put_example(
	struct out *out, const struct preflight_row *row, const struct preflight_example *x)
{
	const char *value = row->text ? NULL : x->value;

	out_line(out, STYLE_PLAIN, "        %s  %s%s%s", x->object, *x->path ? x->path : "(all)",
		value ? " = " : "", value ? value : "");
}

static void put_row(struct out *out, const struct preflight_row *row)
{
	out_line(out, style_of(row->class), "    %-23s  %s %s: %zu object%s",
		schema_class_name(row->class), *row->field ? row->field : "(all)", row->rule,
		row->objects, row->objects == 1 ? "" : "s");
	if (row->text)
		out_line(out, STYLE_PLAIN, "      rule: %s", row->text);
	if (row->message)
		out_line(out, STYLE_PLAIN, "      %s: %s",
			row->class == SCHEMA_NOT_EVALUATED ? "not known here"
							   : "the API server says",
			row->message);
	for (size_t i = 0; i < row->n_examples; i++)
		put_example(out, row, &row->examples[i]);
	if (row->findings > row->n_examples)
		out_line(out, STYLE_PLAIN, "        ... %zu more", row->findings - row->n_examples);
}

static void put_kind(struct out *out, const struct preflight *p, const struct preflight_kind *k)
{
	if (k->problem)
		out_line(out, STYLE_RED, "objects of %s: not all read: %s", k->item->name,
			k->problem);
	else if (k->absent)
		out_line(out, STYLE_YELLOW, "objects of %s: the server does not serve them",
			k->item->name);
	else
		out_line(out, STYLE_BOLD,
			"objects of %s: %zu, of which %zu would lose data or could not be "
			"written any more",
			k->item->name, k->objects, k->severe);
	for (size_t i = 0; i < p->n_rows; i++)
		if (p->rows[i].item == k->item)
			put_row(out, &p->rows[i]);
}

static bool has_rows(const struct preflight *p, const struct preflight_kind *k)
{
	for (size_t i = 0; i < p->n_rows; i++)
		if (p->rows[i].item == k->item)
			return true;
	return false;
}

static void put_meanings(struct out *out, const struct preflight *p)
{
	for (enum schema_class class = 0; class < SCHEMA_N_CLASSES; class ++)
		for (size_t i = 0; i < p->n_rows; i++)
			if (p->rows[i].class == class) {
				out_line(out, style_of(class), "%s: %s", schema_class_name(class),
					schema_class_meaning(class));
				break;
			}
}

void report_objects_text(struct out *out, const struct report *r)
{
	const struct preflight *p = r->preflight;

	if (!p || p->n_kinds == 0)
		return;
	for (size_t i = 0; i < p->n_kinds; i++)
		if (p->kinds[i].problem || p->kinds[i].absent || has_rows(p, &p->kinds[i]))
			put_kind(out, p, &p->kinds[i]);
	put_meanings(out, p);
	if (p->more > 0)
		out_line(out, STYLE_YELLOW, "%zu more findings are not listed", p->more);
	out_line(out, STYLE_PLAIN, "objects: %zu read of %zu kinds whose schema changes%s",
		preflight_objects(p), p->n_kinds,
		p->ratchets ? ""
			    : "; this server does not let an update leave what is wrong as it is");
}

static json_t *row_json(const struct preflight_row *row)
{
	json_t *examples = json_array();

	for (size_t i = 0; i < row->n_examples; i++) {
		const struct preflight_example *x = &row->examples[i];

		json_array_append_new(
			examples, json_pack("{s:s, s:s, s:s, s:s?}", "object", x->object, "path",
					  x->path, "part", x->part, "value", x->value));
	}
	return json_pack("{s:s, s:s, s:b, s:s, s:s, s:s?, s:s?, s:I, s:I, s:o}",
		"customResourceDefinition",
		row->item->name, "class", schema_class_name(row->class), "severe",
		schema_class_is_severe(row->class), "field", row->field, "rule", row->rule,
		"expression", row->text, "message", row->message,
		"objects", (json_int_t)row->objects, "findings", (json_int_t)row->findings,
		"examples", examples);
}

static json_t *kind_json(const struct preflight_kind *k)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:b, s:s?}", "customResourceDefinition",
		k->item->name, "version", k->version, "objects", (json_int_t)k->objects, "severe",
		(json_int_t)k->severe, "served", !k->absent, "problem", k->problem);
}

void report_objects_json(json_t *json, const struct report *r)
{
	const struct preflight *p = r->preflight;
	json_t *rows = json_array(), *kinds = json_array();

	for (size_t i = 0; i < p->n_rows; i++)
		json_array_append_new(rows, row_json(&p->rows[i]));
	for (size_t i = 0; i < p->n_kinds; i++)
		json_array_append_new(kinds, kind_json(&p->kinds[i]));
	json_object_set_new(json, "objects", rows);
	json_object_set_new(json, "objectsRead", kinds);
}

static void put_markdown_row(struct buf *out, const struct preflight_row *row)
{
	const struct preflight_example *x = row->n_examples > 0 ? &row->examples[0] : NULL;
	const char *bold = schema_class_is_severe(row->class) ? "**" : "";

	buf_printf(out, "| %s%s%s | ", bold, schema_class_name(row->class), bold);
	report_cell(out, *row->field ? row->field : "(all)");
	buf_puts(out, " | ");
	report_cell(out, row->rule);
	buf_printf(out, " | %zu | ", row->objects);
	report_cell(out, x ? x->object : "");
	buf_puts(out, " | ");
	report_cell(out, x && x->value ? x->value : "");
	buf_puts(out, " |\n");
}

void report_objects_markdown(struct buf *out, const struct report *r)
{
	const struct preflight *p = r->preflight;

	if (!p || p->n_kinds == 0)
		return;
	buf_printf(
		out, "\n### Objects: %zu read of %zu kinds\n\n", preflight_objects(p), p->n_kinds);
	for (size_t i = 0; i < p->n_kinds; i++) {
		const struct preflight_kind *k = &p->kinds[i];

		if (!k->problem && !k->absent)
			continue;
		buf_printf(out, "- %s: ", k->item->name);
		report_cell(out, k->problem ? k->problem : "the server does not serve them");
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < p->n_rows; i++) {
		if (i == 0 || p->rows[i].item != p->rows[i - 1].item)
			buf_printf(out,
				"\n%s\n\n| class | field | rule | objects | such as | value |\n"
				"|---|---|---|---|---|---|\n",
				p->rows[i].item->name);
		put_markdown_row(out, &p->rows[i]);
	}
	if (p->more > 0)
		buf_printf(out, "\n%zu more findings are not listed.\n", p->more);
}
