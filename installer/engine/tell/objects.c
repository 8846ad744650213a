/* SPDX-License-Identifier: Apache-2.0 */
/* Writes what a plan does to stored objects: one paragraph for each rule and field, worst first. */
#include <string.h>

#include "base/json.h"
#include "engine/look/objects.h"
#include "engine/tell/report.h"
#include "manifest/crd.h"

enum { FIRST_ROWS = 4, FIRST_EXAMPLES = 3, NAME_MAX_COLUMNS = 40, COLUMNS = 80 };

static enum out_style style_of(enum schema_class class)
{
	return schema_class_is_severe(class) ? STYLE_RED : STYLE_YELLOW;
}

static const char *field_of(const struct preflight_row *row)
{
	return *row->field ? row->field : "(the object)";
}

/* The meaning of a finding, for the heading; schema_class_meaning has the long text. */
static const char *effect_of(enum schema_class class, bool partly)
{
	static const char *const effects[] = {
		[SCHEMA_HIDDEN] = "is lost",
		[SCHEMA_ANY_CHANGE] = "bars every write of the object",
		[SCHEMA_APPLY] = "bars every server-side apply of the object",
		[SCHEMA_CHANGE] = "stays, but cannot be changed",
		[SCHEMA_CREATE] = "stays, but cannot be created anew",
		[SCHEMA_UNDECODABLE] = "makes calicoctl fail on the list",
		[SCHEMA_NOT_EVALUATED] = "nobody knows before the server is asked",
	};

	return class == SCHEMA_ANY_CHANGE && partly ? "bars every change of the spec"
						    : effects[class];
}

static const char *word_of(enum schema_class class)
{
	return schema_class_is_severe(class)   ? "blocking"
	       : class == SCHEMA_NOT_EVALUATED ? "not known"
	       : class == SCHEMA_UNDECODABLE   ? "not listed"
					       : "limited";
}

/* The kubectl command that opens the objects of a row, in the namespace of the first object. */
static char *edit_command(const struct preflight_row *row)
{
	const char *first = row->examples[0].object, *slash = strchr(first, '/');
	size_t len = slash ? (size_t)(slash - first) + 1 : 0;
	struct buf text = { 0 };

	buf_printf(&text, "kubectl edit %s", row->item->name);
	if (slash)
		buf_printf(&text, " -n %.*s", (int)len - 1, first);
	for (size_t i = 0; i < row->n_examples && i < PREFLIGHT_EXAMPLES; i++) {
		const char *name = row->examples[i].object;

		if (strncmp(name, first, len) == 0 && !strchr(name + len, '/') &&
			(i == 0 || strcmp(name, row->examples[i - 1].object) != 0))
			buf_printf(&text, " %s", name + len);
	}
	return buf_steal(&text);
}

/* As many whole characters of a value as fit into the line. */
static char *cut(const char *value, size_t max)
{
	size_t n = strlen(value);

	if (n <= max)
		return xstrdup(value);
	for (n = max - 3; n > 0 && ((unsigned char)value[n] & 0xc0) == 0x80;)
		n--;
	return xasprintf("%.*s...", (int)n, value);
}

/* The text of a rule is written once, above its examples. */
static void put_example(struct out *out, const struct preflight_row *row, size_t i, size_t width)
{
	const struct preflight_example *x = &row->examples[i];
	bool other = strcmp(x->path, row->field) != 0;
	buf_auto line = { 0 };

	buf_printf(&line, "    %-*s", (int)width, x->object);
	if (other && *x->path)
		buf_printf(&line, "  %s", x->path);
	if (!row->text && x->value) {
		size_t room = line.len + 20 < COLUMNS ? COLUMNS - line.len : 20;
		char_auto *value = cut(x->value, room - (other && *x->path ? 3 : 2));

		buf_printf(&line, "%s%s", other && *x->path ? " = " : "  ", value);
	}
	while (line.len > 0 && line.data[line.len - 1] == ' ')
		line.data[--line.len] = '\0';
	out_line(out, STYLE_PLAIN, "%s", buf_str(&line));
}

static void put_examples(struct out *out, const struct preflight_row *row, size_t max)
{
	size_t n = row->n_examples < max ? row->n_examples : max, width = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(row->examples[i].object);

		width = len > width && len <= NAME_MAX_COLUMNS ? len : width;
	}
	for (size_t i = 0; i < n; i++)
		put_example(out, row, i, width);
	if (row->findings > n)
		out_line(out, STYLE_PLAIN, "    and %zu more", row->findings - n);
}

static void put_mend(struct out *out, const struct report *r, const struct preflight_row *row)
{
	char_auto *edit = NULL;

	if (row->move && r->look) {
		out_line(out, STYLE_PLAIN, "  mend     calico-datastore %s --fix FILE", r->look);
		return;
	}
	if (row->n_examples == 0)
		return;
	edit = edit_command(row);
	out_line(out, STYLE_PLAIN, "  mend     %s", edit);
}

static void put_allowed(struct out *out, const struct preflight_row *row)
{
	if (row->text && row->message && row->class != SCHEMA_NOT_EVALUATED)
		report_wrapped(out, STYLE_PLAIN, "  rule     ", row->message);
	else if (row->text)
		report_wrapped(out, STYLE_PLAIN, "  rule     ", row->text);
	else if (row->class == SCHEMA_HIDDEN)
		report_wrapped(out, STYLE_PLAIN, "  allowed  ",
			row->move ? row->move : "the new schema has no such field");
	else if (row->allowed)
		report_wrapped(out, STYLE_PLAIN, "  allowed  ", row->allowed);
}

/* details: writes everything that is known about the row. */
static void put_row(
	struct out *out, const struct report *r, const struct preflight_row *row, bool details)
{
	out_line(out, style_of(row->class), "%s  %s  %s  %s", word_of(row->class),
		report_crd_name(r, row->item), field_of(row), effect_of(row->class, row->partly));
	put_allowed(out, row);
	if (details) {
		report_wrapped(out, STYLE_PLAIN, "  keyword  ", row->rule);
		if (row->text)
			report_wrapped(out, STYLE_PLAIN, "  text     ", row->text);
		if (row->message && row->class == SCHEMA_NOT_EVALUATED)
			report_wrapped(out, STYLE_PLAIN, "  unknown  ", row->message);
	}
	if (schema_class_is_severe(row->class))
		put_mend(out, r, row);
	put_examples(out, row, details ? PREFLIGHT_EXAMPLES : FIRST_EXAMPLES);
}

static void put_meanings(struct out *out, const struct preflight *p)
{
	for (enum schema_class class = 0; class < SCHEMA_N_CLASSES; class ++)
		for (size_t i = 0; i < p->n_rows; i++)
			if (p->rows[i].class == class) {
				char_auto *first = xasprintf("\"%s\": ",
					effect_of(class, p->rows[i].partly));

				report_wrapped(out, style_of(class), first,
					schema_class_meaning(class));
				break;
			}
}

static bool is_severe(const struct preflight_row *row)
{
	return schema_class_is_severe(row->class);
}

/*
 * The first screen shows only what blocks, and only a part of that; --details shows all findings.
 */
void report_objects_text(struct out *out, const struct report *r)
{
	const struct preflight *p = r->preflight;
	size_t shown = 0, severe = 0, others = 0;

	for (size_t i = 0; p && i < p->n_rows; i++) {
		const struct preflight_row *row = &p->rows[i];

		severe += is_severe(row);
		others += !is_severe(row);
		if (r->details ? !report_is_wanted(r, row->item)
			       : !is_severe(row) || shown == FIRST_ROWS)
			continue;
		shown++;
		put_row(out, r, row, r->details);
	}
	if (p && r->details)
		put_meanings(out, p);
	if (!p || r->details)
		return;
	if (severe > shown)
		out_line(out, STYLE_RED, "and %zu more findings that block", severe - shown);
	if (others > 0)
		out_line(out, STYLE_YELLOW, "%zu findings limit objects and do not block", others);
	if (p->more > 0)
		out_line(out, STYLE_YELLOW, "%zu more findings are not listed", p->more);
	if (p->n_kinds > 0 && !p->ratchets)
		report_wrapped(out, STYLE_YELLOW, "",
			"this server (older than 1.30) does not let an update leave what is wrong "
			"as it is");
}

static void put_loss(struct out *out, const struct report *r, const struct preflight_row *row)
{
	const char *name = report_crd_name(r, row->item);

	for (size_t i = 0; i < row->n_examples; i++) {
		const struct preflight_example *x = &row->examples[i];
		const char *why = row->text ? row->message : x->value;

		out_line(out, STYLE_PLAIN, "  %s/%s  %s: %s%s%s", name, x->object,
			row->class == SCHEMA_HIDDEN ? "lost" : "not writable",
			*x->path ? x->path : "(the object)",
			!why	    ? ""
			: row->text ? ": "
				    : " = ",
			why ? why : "");
	}
	if (row->findings > row->n_examples)
		out_line(out, STYLE_PLAIN, "  %s  and %zu more of %s", name,
			row->findings - row->n_examples, field_of(row));
}

/* Lists each object that lost data because the user accepted the loss. */
void report_losses_text(struct out *out, const struct report *r)
{
	const struct preflight *p = r->preflight;

	if (!p || !p->accept || preflight_severe(p) == 0 || !report_changed(r))
		return;
	out_line(out, STYLE_BOLD, "lost, or not writable until it is corrected, in %zu object%s:",
		preflight_severe(p), preflight_severe(p) == 1 ? "" : "s");
	for (size_t i = 0; i < p->n_rows; i++)
		if (is_severe(&p->rows[i]))
			put_loss(out, r, &p->rows[i]);
	if (r->backup)
		out_line(out, STYLE_BOLD, "as they were, all objects are kept in %s", r->backup);
	else
		out_line(out, STYLE_RED, "no backup was made: nothing keeps what was lost");
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
	return json_pack("{s:s, s:s, s:b, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:I, s:I, s:o}",
		"customResourceDefinition", row->item->name, "class", schema_class_name(row->class),
		"severe", schema_class_is_severe(row->class), "field", row->field, "rule",
		row->rule, "expression", row->text, "message", row->message, "allowed",
		row->allowed, "move", row->move, "objects", (json_int_t)row->objects, "findings",
		(json_int_t)row->findings, "examples", examples);
}

static json_t *kind_json(const struct preflight_kind *k)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:b, s:s?}", "customResourceDefinition",
		k->item->name, "version", k->version, "objects", (json_int_t)k->objects, "severe",
		(json_int_t)k->severe, "limited", (json_int_t)k->limited, "served", !k->absent,
		"problem", k->problem);
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
