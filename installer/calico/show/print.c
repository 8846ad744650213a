/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/show/print.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/signals.h"
#include "base/yaml.h"
#include "calico/model/convert.h"

enum {
	MIN_WIDTH = 5,
	PADDING = 3,
	/* bytes; a larger table is not aligned, because one giant cell would widen every row */
	ALIGNED_MAX = 64 << 20,
};

static size_t code_points(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void calico_table(struct buf *out, const char *const *cells, size_t rows, size_t columns)
{
	size_t *widths = xcalloc(columns, sizeof(*widths)), line = 0;

	for (size_t i = 0; i < rows * columns; i++) {
		size_t *width = &widths[i % columns], wanted = code_points(cells[i]) + PADDING;

		if (*width < MIN_WIDTH)
			*width = MIN_WIDTH;
		if (*width < wanted)
			*width = wanted;
	}
	for (size_t i = 0; i < columns; i++)
		line += widths[i];
	for (size_t i = 0; i < rows * columns; i++) {
		size_t len = code_points(cells[i]);
		size_t width = line < ALIGNED_MAX / rows ? widths[i % columns] : len + PADDING;

		buf_puts(out, cells[i]);
		for (; len < width; len++)
			buf_putc(out, ' ');
		if (i % columns == columns - 1)
			buf_putc(out, '\n');
	}
	free(widths);
}

/* The most bytes that a string takes: escaped, or in YAML with one word a line. */
static size_t string_bound(const char *s, size_t len, size_t depth)
{
	enum { ESCAPE = 6 }; /* "\u001f" */
	size_t bound = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == ' ' || c == '\n')
			bound += 2 * depth + ESCAPE;
		else
			bound += isalnum(c) ? 1 : ESCAPE;
	}
	return bound;
}

static size_t value_bound(const json_t *value, size_t depth)
{
	enum { MARKS = 32 }; /* room for quotes, colon, comma and new lines, or for a number */
	json_t *v = (json_t *)(uintptr_t)value, *item;
	size_t bound = 4 * depth + MARKS, i;
	const char *key;

	if (json_is_string(v))
		bound += string_bound(json_string_value(v), json_string_length(v), depth);
	json_object_foreach(v, key, item)
		bound += string_bound(key, strlen(key), depth) + value_bound(item, depth + 1);
	json_array_foreach(v, i, item)
		bound += value_bound(item, depth + 1);
	return bound;
}

size_t calico_print_bound(const json_t *object)
{
	return value_bound(object, 2); /* the depth of an item in a list */
}

/* Tables */

/* Whether to leave a column out: none of the n rows has a value in it. */
static bool is_unused(const struct calico_view *view, const char *const *cells, size_t columns,
	size_t column, size_t n)
{
	if (view->format != CALICO_WIDE || view->columns[column]->width != COLUMN_LATER)
		return false;
	for (size_t row = 1; row <= n; row++)
		if (*cells[row * columns + column])
			return false;
	return true;
}

/* Writes the heading, a row for each of n objects, and an empty line. */
static void put_table(
	struct buf *out, const struct calico_view *view, const struct buf *rows, size_t n)
{
	bool unused[CALICO_MAX_COLUMNS + 1];
	const char *p = buf_str(rows);
	size_t columns = 0, shown = 0, used = 0;

	while (view->columns[columns])
		columns++;
	const char **cells = xcalloc((n + 1) * columns, sizeof(*cells));

	for (size_t i = 0; i < columns; i++)
		cells[used++] = view->columns[i]->heading;
	for (; used < (n + 1) * columns; p += strlen(p) + 1)
		cells[used++] = p;
	for (size_t i = 0; i < columns; i++) {
		unused[i] = is_unused(view, cells, columns, i, n);
		shown += !unused[i];
	}
	used = 0;
	for (size_t i = 0; i < (n + 1) * columns; i++)
		if (!unused[i % columns])
			cells[used++] = cells[i];
	calico_table(out, cells, n + 1, shown);
	buf_putc(out, '\n');
	free(cells);
}

/* A List; or, when names were given, one object or an array of objects. */
static json_t *as_document(const struct calico_kind *kind, const struct calico_read *r)
{
	char_auto *list = xasprintf("%sList", kind->kind);

	if (r->metadata)
		return json_pack("{s:s, s:s, s:O, s:O}", "kind", list, "apiVersion", CALICO_V3,
			"metadata", r->metadata, "items", r->objects);
	if (json_array_size(r->objects) == 1)
		return json_incref(json_array_get(r->objects, 0));
	return json_incref(r->objects);
}

/* Moves rows without a copy when out is empty: a list can take most of the memory. */
static void move_rows(struct buf *out, struct buf *rows)
{
	if (out->len > 0 || rows->len == 0) {
		buf_putn(out, buf_str(rows), rows->len);
		return;
	}
	buf_release(out);
	*out = *rows;
	out->max = CALICO_MAX_OUTPUT;
	out->may_end = false;
	*rows = (struct buf){ 0 };
}

/* Completes a list whose items are rows already. */
static void put_yaml_list(const struct calico_kind *kind, struct calico_read *r)
{
	json_auto_t *metadata = json_pack("{s:O}", "metadata", r->metadata);

	buf_put_first(&r->rows, r->n_rows ? "apiVersion: " CALICO_V3 "\nitems:\n"
					  : "apiVersion: " CALICO_V3 "\nitems: []\n");
	buf_printf(&r->rows, "kind: %sList\n", kind->kind);
	yaml_write(&r->rows, metadata);
}

static void put_json_list(const struct calico_kind *kind, struct calico_read *r)
{
	const char *version = json_str(r->metadata, "resourceVersion");
	json_auto_t *text = json_string(version ? version : "");
	buf_auto head = { 0 };

	buf_printf(&head, "{\n  \"kind\": \"%sList\",\n  \"apiVersion\": \"" CALICO_V3 "\",\n",
		kind->kind);
	buf_puts(&head, "  \"metadata\": {");
	if (version) {
		buf_puts(&head, "\n    \"resourceVersion\": ");
		json_write(&head, text, JSON_STYLE_HTML);
		buf_puts(&head, "\n  ");
	}
	buf_puts(&head, "},\n  \"items\": [");
	/* Each row ends in ",\n", but the last row must not. */
	if (r->n_rows) {
		buf_putc(&head, '\n');
		buf_cut(&r->rows, r->rows.len - 2);
		buf_puts(&r->rows, "\n  ");
	}
	buf_put_first(&r->rows, buf_str(&head));
	buf_puts(&r->rows, "]\n}\n");
}

/* Makes rows of the objects that were kept whole. */
static void put_objects(struct buf *out, const struct calico_kind *kind,
	const struct calico_read *r, const struct calico_view *view)
{
	size_t n = json_array_size(r->objects);
	bool table = view->format == CALICO_TABLE || view->format == CALICO_WIDE;
	buf_auto rows = { .max = out->max };

	for (size_t i = 0; i < n && !stop_wanted(); i++) {
		calico_view_row(&rows, view, kind, json_array_get(r->objects, i), r->context);
		if (table && !r->metadata) { /* names were given: one table for each object */
			put_table(out, view, &rows, 1);
			buf_clear(&rows);
		}
	}
	if (table && r->metadata)
		put_table(out, view, &rows, n);
	else if (!table)
		buf_putn(out, buf_str(&rows), rows.len);
}

static void print_rows(struct buf *out, const struct calico_kind *kind, struct calico_read *r,
	const struct calico_view *view)
{
	switch (view->format) {
	case CALICO_TABLE:
	case CALICO_WIDE:
		put_table(out, view, &r->rows, r->n_rows);
		return;
	case CALICO_JSON:
		put_json_list(kind, r);
		break;
	case CALICO_YAML:
		put_yaml_list(kind, r);
		break;
	case CALICO_NAME:
		break;
	}
	move_rows(out, &r->rows);
}

void calico_print(struct buf *out, const struct calico_kind *kind, struct calico_read *r,
	const struct calico_view *view)
{
	bool text = view->format == CALICO_JSON || view->format == CALICO_YAML;

	if (!r->metadata && json_array_size(r->objects) == 0)
		return;
	out->max = CALICO_MAX_OUTPUT;
	if (r->streamed) {
		print_rows(out, kind, r, view);
	} else if (!text) {
		put_objects(out, kind, r, view);
	} else {
		json_auto_t *document = as_document(kind, r);

		if (view->format == CALICO_YAML) {
			yaml_write(out, document);
			return;
		}
		json_write(out, document, JSON_STYLE_INDENT | JSON_STYLE_HTML);
		buf_putc(out, '\n');
	}
}
