/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/model/cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/json.h"

enum { DEFAULT_ASN = 64512, TRUNCATED = 80 };

CALICO_CELL(text)
{
	(void)object;
	(void)context;
	if (json_is_string(value))
		buf_putn(out, json_string_value(value), json_string_length(value));
	else if (value)
		json_write(out, value, JSON_STYLE_COMPACT);
}

/* A value of another type than boolean is shown unchanged, as JSON. */
CALICO_CELL(bool)
{
	(void)object;
	(void)context;
	if (value && !json_is_boolean(value))
		json_write(out, value, JSON_STYLE_COMPACT);
	else
		buf_puts(out, json_is_true(value) ? "true" : "false");
}

CALICO_CELL(bool_or_dash)
{
	if (value)
		put_bool(out, value, object, context);
	else
		buf_putc(out, '-');
}

CALICO_CELL(bool_or_nil)
{
	if (value)
		put_bool(out, value, object, context);
	else
		buf_puts(out, "<nil>");
}

CALICO_CELL(number)
{
	(void)object;
	(void)context;
	if (value && !json_is_integer(value))
		json_write(out, value, JSON_STYLE_COMPACT);
	else
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

CALICO_CELL(number_or_dash)
{
	if (value)
		put_number(out, value, object, context);
	else
		buf_putc(out, '-');
}

void cell_float(struct buf *out, double d)
{
	struct decimal decimal = decimal_of(d, false);

	if (decimal.exponent < -4 || decimal.exponent >= 6)
		decimal_put_exponent(out, &decimal, 2);
	else
		decimal_put_plain(out, &decimal);
}

CALICO_CELL(order)
{
	(void)object;
	(void)context;
	if (json_is_number(value))
		cell_float(out, json_number_value(value));
	else if (value)
		json_write(out, value, JSON_STYLE_COMPACT);
	else
		buf_puts(out, "<nil>");
}

CALICO_CELL(count)
{
	(void)object;
	(void)context;
	buf_printf(out, "%zu", json_array_size(value) + json_object_size(value));
}

static void join(struct buf *out, const json_t *list, size_t limit)
{
	size_t before = out->len, i;
	const json_t *item;

	json_array_foreach(list, i, item) {
		if (i > 0)
			buf_putc(out, ',');
		put_text(out, item, NULL, NULL);
		if (limit && out->len - before > limit) {
			out->len = before + limit - 3;
			out->data[out->len] = '\0';
			buf_puts(out, "...");
			return;
		}
	}
}

CALICO_CELL(joined)
{
	(void)object;
	(void)context;
	join(out, value, 0);
}

CALICO_CELL(truncated)
{
	(void)object;
	(void)context;
	join(out, value, TRUNCATED);
}

CALICO_CELL(labels)
{
	char **pairs = xcalloc(json_object_size(value), sizeof(*pairs));
	const char *key;
	json_t *label;
	size_t n = 0;

	(void)object;
	(void)context;
	json_object_foreach((json_t *)(uintptr_t)value, key, label) {
		const char *text = json_string_value(label);

		pairs[n++] = xasprintf("%s=%s", key, text ? text : "");
	}
	qsort(pairs, n, sizeof(*pairs), compare_texts);
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%s%s", i > 0 ? "," : "", pairs[i]);
		free(pairs[i]);
	}
	free(pairs);
}

CALICO_CELL(json)
{
	(void)object;
	(void)context;
	if (value)
		json_write(out, value, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
}

CALICO_CELL(value)
{
	if (!value)
		buf_puts(out, "<none>");
	else if (json_is_string(value))
		put_text(out, value, object, context);
	else
		put_json(out, value, object, context);
}

CALICO_CELL(peer_node)
{
	const json_t *selector = json_at(object, "spec", "nodeSelector", NULL);

	if (value || selector)
		put_text(out, value ? value : selector, object, context);
	else
		buf_puts(out, "(global)");
}

CALICO_CELL(workload)
{
	put_text(out, value ? value : json_at(object, "spec", "pod", NULL), object, context);
}

CALICO_CELL(nats)
{
	const json_t *nat;
	size_t i;

	json_array_foreach(value, i, nat) {
		buf_puts(out, i > 0 ? "," : "");
		put_text(out, json_object_get(nat, "internalIP"), object, context);
		buf_puts(out, "->");
		put_text(out, json_object_get(nat, "externalIP"), object, context);
	}
}

/* A node without its own AS number shows the number of the BGPConfiguration, in parentheses. */
CALICO_CELL(asn)
{
	const json_t *common = json_at(context, "spec", "asNumber", NULL);

	if (value)
		put_number(out, value, object, context);
	else if (!json_at(object, "spec", "bgp", NULL))
		return;
	else if (json_is_false(context))
		buf_puts(out, "(unknown)");
	else
		buf_printf(out, "(%" JSON_INTEGER_FORMAT ")",
			json_is_integer(common) ? json_integer_value(common) : DEFAULT_ASN);
}

CALICO_CELL(allocated)
{
	const json_t *item;
	size_t i, used = 0;

	(void)object;
	(void)context;
	json_array_foreach(value, i, item)
		used += !json_is_null(item);
	buf_printf(out, "%zu/%zu", used, json_array_size(value));
}
