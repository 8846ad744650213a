/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/view.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "calico/cells.h"
#include "calico/print.h"

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

/* "ippool.projectcalico.org/NAME" */
static void put_name(struct buf *out, const struct calico_kind *kind, const json_t *object)
{
	const json_t *name = json_at(object, "metadata", "name", NULL);

	for (const char *p = kind->kind; *p; p++)
		buf_putc(out, (char)tolower((unsigned char)*p));
	buf_puts(out, ".projectcalico.org/");
	if (json_is_string(name))
		calico_plain(out, json_string_value(name), json_string_length(name));
	buf_putc(out, '\n');
}

/* As an item of a list: each line four spaces in, and a comma behind it. */
static void put_json_item(struct buf *out, const json_t *object)
{
	buf_auto text = { 0 };

	json_write(&text, object, JSON_STYLE_INDENT | JSON_STYLE_HTML);
	for (const char *p = buf_str(&text); *p;) {
		size_t n = strcspn(p, "\n");

		buf_puts(out, "    ");
		buf_putn(out, p, n);
		p += n;
		buf_puts(out, *p ? "\n" : ",\n");
		p += *p == '\n';
	}
}

void calico_view_row(struct buf *out, const struct calico_view *view,
	const struct calico_kind *kind, const json_t *object, const json_t *context)
{
	json_auto_t *list = NULL;

	switch (view->format) {
	case CALICO_NAME:
		put_name(out, kind, object);
		return;
	case CALICO_JSON:
		put_json_item(out, object);
		return;
	case CALICO_YAML:
		list = json_pack("[O]", object);
		yaml_write(out, list);
		return;
	case CALICO_TABLE:
	case CALICO_WIDE:
		break;
	}
	for (size_t i = 0; view->columns[i]; i++) {
		char_auto *cell = make_cell(view->columns[i], object, context);

		buf_putn(out, cell, strlen(cell) + 1);
	}
}
