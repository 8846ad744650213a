/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/show/view.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/out.h"
#include "base/yaml.h"
#include "calico/model/cells.h"
#include "calico/show/print.h"

static const struct calico_column namespace_column = { "NAMESPACE", "metadata.namespace", put_text,
	COLUMN_CUSTOM };

/* The value at a path such as "spec.bgp.asNumber"; NULL: a part of the path is missing or null. */
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
	out_plain(&cell, buf_str(&raw), raw.len);
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

/* One block: the pointers to columns, the columns that the user made, and their text. */
struct columns {
	const struct calico_column *pointers[CALICO_MAX_COLUMNS + 2];
	struct calico_column own[CALICO_MAX_COLUMNS];
	char text[];
};

/* Makes a column of "HEADING:.spec.cidr". The column borrows text. */
static int own_column(struct calico_column *column, char *text, struct err *e)
{
	char *path = strchr(text, ':');

	*path++ = '\0';
	path += *path == '.';
	if (!*text || !*path || strpbrk(path, "[]{}\\:"))
		return err_set(e, ERR_USAGE, 0,
			"column %.100s: \"%.100s\" is no path such as .spec.cidr; for more than a "
			"path give -o json to jq",
			text, path);
	*column = (struct calico_column){ text, path, put_value, COLUMN_CUSTOM };
	return 0;
}

static int choose_columns(struct columns *c, const struct calico_kind *kind, struct err *e)
{
	char *rest = c->text, *text;

	for (size_t n = 0; (text = strsep(&rest, ",")); n++) {
		if (n >= CALICO_MAX_COLUMNS)
			return err_set(e, ERR_USAGE, 0, "more than %d columns", CALICO_MAX_COLUMNS);
		if (strchr(text, ':')) {
			if (own_column(&c->own[n], text, e) < 0)
				return -1;
			c->pointers[n] = &c->own[n];
		} else {
			c->pointers[n] = find_column(kind, text, e);
		}
		if (!c->pointers[n])
			return -1;
	}
	return 0;
}

int calico_view_columns(
	struct calico_view *view, const struct calico_kind *kind, const char *custom, struct err *e)
{
	size_t len = custom ? strlen(custom) : 0, n = 0;
	bool wide = view->format == CALICO_WIDE;
	struct columns *c = xcalloc(1, sizeof(*c) + len + 1);

	/* the first member of c: freeing view->columns frees the block */
	view->columns = c->pointers;
	view->brief = !custom && view->format != CALICO_JSON && view->format != CALICO_YAML;
	if (custom) {
		memcpy(c->text, custom, len);
		return choose_columns(c, kind, e);
	}
	if (view->namespaces && kind->namespaced)
		view->columns[n++] = &namespace_column;
	for (const struct calico_column *k = kind->columns; k->heading; k++)
		if (k->width == COLUMN_ALWAYS || (wide && k->width != COLUMN_CUSTOM))
			view->columns[n++] = k;
	return 0;
}

/* Writes a line "ippool.projectcalico.org/NAME". */
static void put_name(struct buf *out, const struct calico_kind *kind, const json_t *object)
{
	const json_t *name = json_at(object, "metadata", "name", NULL);

	for (const char *p = kind->kind; *p; p++)
		buf_putc(out, (char)tolower((unsigned char)*p));
	buf_puts(out, ".projectcalico.org/");
	if (json_is_string(name))
		out_plain(out, json_string_value(name), json_string_length(name));
	buf_putc(out, '\n');
}

/* Writes an object as an item of a list: indented by two steps, and with a comma behind it. */
static void put_json_item(struct buf *out, const json_t *object)
{
	buf_puts(out, "    ");
	json_write_at(out, object, JSON_STYLE_INDENT | JSON_STYLE_HTML, 2);
	buf_puts(out, ",\n");
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
