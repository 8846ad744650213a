/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_shape.h"

#include <string.h>

#include "base/json.h"

static const char *type_name(const json_t *v)
{
	static const char *const names[] = { [JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "an integer",
		[JSON_REAL] = "a number",
		[JSON_TRUE] = "a boolean",
		[JSON_FALSE] = "a boolean",
		[JSON_NULL] = "null" };

	return names[json_typeof(v)];
}

static bool is_of(const json_t *v, const char *type)
{
	switch (type[0]) {
	case 's':
		return json_is_string(v);
	case 'a':
		return json_is_array(v);
	case 'o':
		return json_is_object(v);
	case 'b':
		return json_is_boolean(v);
	case 'i':
		return json_is_integer(v);
	default:
		return json_is_number(v);
	}
}

static int wrong(const struct json_shape *row, const char *rest, const json_t *v, const char *type,
	struct err *e)
{
	int at = (int)(rest - row->path);

	return err_set(e, ERR_FORMAT, 0, "%.*s is %s, not %s %.*s", at, row->path, type_name(v),
		strchr("aoi", type[0]) ? "an" : "a", (int)strcspn(type, "!"), type);
}

static int walk(const struct json_shape *row, const char *rest, const json_t *v, struct err *e);

static int walk_all(const struct json_shape *row, const char *rest, const json_t *v, struct err *e)
{
	bool items = *rest == '[';
	const json_t *child;
	const char *key;
	size_t i;

	if (!is_of(v, items ? "array" : "object"))
		return wrong(row, rest, v, items ? "array" : "object", e);
	json_array_foreach(v, i, child)
		if (walk(row, rest + 2, child, e) < 0)
			return -1;
	json_object_foreach((json_t *)(uintptr_t)v, key, child)
		if (walk(row, rest + 2, child, e) < 0)
			return -1;
	return 0;
}

/* v is the value at the part of the path that stands before rest. */
static int walk(const struct json_shape *row, const char *rest, const json_t *v, struct err *e)
{
	bool absent = !v || json_is_null(v);

	if (!*rest && absent && row->type[strlen(row->type) - 1] == '!')
		return err_set(e, ERR_FORMAT, 0, "%s is missing", row->path);
	if (absent)
		return 0;
	if (!*rest)
		return is_of(v, row->type) ? 0 : wrong(row, rest, v, row->type, e);
	if (*rest == '[' || *rest == '{')
		return walk_all(row, rest, v, e);
	if (!json_is_object(v))
		return wrong(row, rest, v, "object", e);
	rest += *rest == '.';
	size_t len = strcspn(rest, ".[{");
	char_auto *key = xstrndup(rest, len);

	return walk(row, rest + len, json_object_get(v, key), e);
}

int json_check(const json_t *value, const struct json_shape *rows, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (walk(&rows[i], rows[i].path, value, e) < 0)
			return -1;
	return 0;
}
