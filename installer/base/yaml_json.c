/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_parts.h"

#include <string.h>

#include "base/json.h"
#include "base/yaml.h"

/* Makes numbers the same as YAML would. False: beyond the limits. */
static bool settle(json_t *v, unsigned depth, size_t *nodes)
{
	const char *key;
	json_t *child;
	size_t i;

	if (++*nodes > YAML_MAX_NODES ||
		(depth > YAML_MAX_DEPTH && (json_is_object(v) || json_is_array(v))))
		return false;
	json_object_foreach(v, key, child) {
		if (!settle(child, depth + 1, nodes))
			return false;
		if (json_is_real(child))
			json_object_set_new_nocheck(v, key, yaml_number(json_real_value(child)));
	}
	json_array_foreach(v, i, child) {
		if (!settle(child, depth + 1, nodes))
			return false;
		if (json_is_real(child))
			json_array_set_new(v, i, yaml_number(json_real_value(child)));
	}
	return true;
}

struct yaml_place yaml_place_of(const char *text, size_t offset)
{
	struct yaml_place at = { 0 };

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			at.line++;
			at.column = 0;
		} else if ((text[i] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return at;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct input {
	const char *name, *text;
	size_t len;
};

/* Returns where the next value begins, after blanks and "---" lines. */
static size_t next_value(const struct input *in, size_t i)
{
	for (;;) {
		while (i < in->len && is_blank(in->text[i]))
			i++;
		if (in->len - i < 3 || memcmp(in->text + i, "---", 3) != 0 ||
			(i > 0 && in->text[i - 1] != '\n') ||
			(in->len - i > 3 && !is_blank(in->text[i + 3])))
			return i;
		i += 3;
	}
}

static int PRINTF(4, 5)
	fail(const struct input *in, size_t offset, struct err *e, const char *fmt, ...)
{
	struct yaml_place at = yaml_place_of(in->text, offset);
	va_list ap;

	va_start(ap, fmt);
	char_auto *what = xvasprintf(fmt, ap);
	va_end(ap);
	return err_set(
		e, ERR_FORMAT, 0, "%s:%zu:%zu: %s", in->name, at.line + 1, at.column + 1, what);
}

/* The YAML reader explains these errors better: it names the key and the exact place. */
static bool yaml_knows_better(enum json_error_code code)
{
	return code == json_error_duplicate_key || code == json_error_invalid_utf8 ||
	       code == json_error_stack_overflow;
}

static bool meant_as_json(
	const struct input *in, size_t start, size_t values, const json_error_t *je)
{
	size_t inside = next_value(in, start + 1);

	if (values > 0)
		return true;
	return inside < in->len && in->text[inside] == '"' &&
	       !yaml_knows_better(json_error_code(je));
}

/* jansson's message quotes the text, which may be a secret, so that part is left out. */
static void describe(const struct input *in, size_t start, const json_error_t *je, struct err *e)
{
	size_t read = (size_t)je->position;
	const char *quotation = strstr(je->text, " near '");
	int len = quotation ? (int)(quotation - je->text) : (int)strlen(je->text);

	fail(in, start + (read > 0 ? read - 1 : 0), e, "no valid JSON: %.*s", len, je->text);
}

int yaml_read_json(json_t *documents, const char *name, const char *text, size_t len,
	struct err *meant, struct err *e)
{
	const struct input in = { name, text, len };
	size_t at = next_value(&in, 0), nodes = 0, values = 0;

	for (; at < len && (text[at] == '{' || text[at] == '['); values++) {
		json_error_t je = { 0 };
		err_auto refused = { 0 };
		json_auto_t *v = json_load_limited(text + at, len - at,
			JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, &je,
			&refused);

		if (refused.msg) {
			err_move(e, &refused);
			return err_wrap(e, "%s", name);
		}
		if (!v) {
			if (meant_as_json(&in, at, values, &je))
				describe(&in, at, &je, meant);
			return 0;
		}
		if (values == YAML_MAX_DOCUMENTS)
			return fail(&in, at, e, "more than %d documents; split the file",
				YAML_MAX_DOCUMENTS);
		if (!settle(v, 1, &nodes))
			return fail(&in, at, e,
				"nested deeper than %d levels, or more than %d values",
				YAML_MAX_DEPTH, YAML_MAX_NODES);
		json_array_append(documents, v);
		at = next_value(&in, at + (size_t)je.position);
	}
	return values > 0 && at == len;
}
