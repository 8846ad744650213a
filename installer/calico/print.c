/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/print.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "calico/cells.h"
#include "calico/convert.h"

enum {
	MIN_WIDTH = 5,
	PADDING = 3,
	ALIGNED_MAX = 64 << 20, /* bytes of a table; one giant cell would widen every row */
};

void calico_plain(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		unsigned char next = i + 1 < len ? (unsigned char)s[i + 1] : 0;

		if (c == 0xc2 && next >= 0x80 && next < 0xa0) { /* U+0080..U+009F */
			buf_putc(out, '?');
			i++;
		} else {
			buf_putc(out, c < 0x20 || c == 0x7f ? '?' : (char)c);
		}
	}
}

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

/* Bytes of a string: escaped, or in YAML broken into one line a word. */
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
	enum { MARKS = 32 }; /* quotes, colon, comma, new lines, or a number */
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
	return value_bound(object, 2); /* as an item of a list */
}

/* Tables */

static const struct calico_column namespace_column = { "NAMESPACE", "metadata.namespace", put_text,
	COLUMN_CUSTOM };

/* "spec.bgp.asNumber"; NULL where any step is missing or null. */
static const json_t *value_at_path(const json_t *object, const char *path)
{
	while (object && *path) {
		size_t n = strcspn(path, ".");
		char_auto *key = xstrndup(path, n);

		object = json_object_get(object, key);
		path += n + (path[n] == '.');
	}
	return json_is_null(object) ? NULL : object;
}

static char *make_cell(
	const struct calico_column *column, const json_t *object, const json_t *context)
{
	buf_auto raw = { 0 };
	struct buf cell = { 0 };

	column->put(&raw, value_at_path(object, column->path), object, context);
	calico_plain(&cell, buf_str(&raw), raw.len);
	return buf_steal(&cell);
}

static const struct calico_column *find_column(
	const struct calico_kind *kind, const char *heading, struct err *e)
{
	buf_auto all = { 0 };

	for (const struct calico_column *c = kind->columns; c->heading; c++) {
		if (strcmp(c->heading, heading) == 0)
			return c;
		buf_printf(&all, "%s, ", c->heading);
	}
	if (kind->namespaced && strcmp(heading, namespace_column.heading) == 0)
		return &namespace_column;
	if (kind->namespaced)
		buf_puts(&all, "NAMESPACE, ");
	err_set(e, ERR_USAGE, 0, "there is no column %.100s of a %s; there are %.*s", heading,
		kind->kind, (int)all.len - 2, buf_str(&all));
	return NULL;
}

static int choose_columns(const struct calico_column **columns, const struct calico_kind *kind,
	const char *custom, struct err *e)
{
	size_t n = 0;

	for (const char *p = custom;; p++) {
		size_t len = strcspn(p, ",");
		char_auto *heading = xstrndup(p, len);

		if (n >= CALICO_MAX_COLUMNS)
			return err_set(e, ERR_USAGE, 0, "more than %d columns", CALICO_MAX_COLUMNS);
		columns[n] = find_column(kind, heading, e);
		if (!columns[n++])
			return -1;
		p += len;
		if (!*p)
			return 0;
	}
}

int calico_view_columns(
	struct calico_view *view, const struct calico_kind *kind, const char *custom, struct err *e)
{
	bool wide = view->format == CALICO_WIDE;
	size_t n = 0;

	view->columns = xcalloc(CALICO_MAX_COLUMNS + 2, sizeof(*view->columns));
	if (custom)
		return choose_columns(view->columns, kind, custom, e);
	if (view->namespaces && kind->namespaced)
		view->columns[n++] = &namespace_column;
	for (const struct calico_column *c = kind->columns; c->heading; c++)
		if (c->width == COLUMN_ALWAYS || (wide && c->width == COLUMN_WIDE))
			view->columns[n++] = c;
	return 0;
}

/* The heading and a row for each of n objects from first on, and an empty line behind them. */
static void put_table(struct buf *out, const struct calico_view *view, const struct calico_read *r,
	size_t first, size_t n)
{
	size_t columns = 0, used = 0;

	while (view->columns[columns])
		columns++;
	char **cells = xcalloc((n + 1) * columns, sizeof(*cells));

	for (size_t i = 0; i < columns; i++)
		cells[used++] = xstrdup(view->columns[i]->heading);
	for (size_t row = 0; row < n; row++)
		for (size_t i = 0; i < columns; i++)
			cells[used++] = make_cell(view->columns[i],
				json_array_get(r->objects, first + row), r->context);
	calico_table(out, (const char *const *)cells, n + 1, columns);
	buf_putc(out, '\n');
	for (size_t i = 0; i < used; i++)
		free(cells[i]);
	free(cells);
}

static void put_names(struct buf *out, const struct calico_kind *kind, const json_t *objects)
{
	const json_t *object;
	size_t i;

	json_array_foreach(objects, i, object) {
		const json_t *name = json_at(object, "metadata", "name", NULL);

		for (const char *p = kind->kind; *p; p++)
			buf_putc(out, (char)tolower((unsigned char)*p));
		buf_puts(out, ".projectcalico.org/");
		if (json_is_string(name))
			calico_plain(out, json_string_value(name), json_string_length(name));
		buf_putc(out, '\n');
	}
}

/* One List, or one object by name, or an array of objects by name. */
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

void calico_print(struct buf *out, const struct calico_kind *kind, const struct calico_read *r,
	const struct calico_view *view)
{
	size_t n = json_array_size(r->objects);

	if (!r->metadata && n == 0)
		return;
	if (view->format == CALICO_NAME) {
		put_names(out, kind, r->objects);
	} else if (view->format == CALICO_TABLE || view->format == CALICO_WIDE) {
		size_t step = r->metadata ? n : 1; /* by name: a table each */

		for (size_t i = 0; i == 0 || i < n; i += step ? step : 1)
			put_table(out, view, r, i, step);
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
