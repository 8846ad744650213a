/* SPDX-License-Identifier: Apache-2.0 */
/* Which functions there are, and what goes over lists and optionals. */
#include <string.h>

#include "engine/judge/cel/parts.h"

const struct cel_function *cel_function(const char *name, bool member, size_t n)
{
	static const struct cel_function *const tables[] = { cel_convert_functions,
		cel_text_functions, cel_net_functions, cel_time_functions, cel_list_functions,
		cel_optional_functions };

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct cel_function *f = tables[i]; f->name; f++)
			if ((f->member != 0) == member && n >= f->least && n <= f->most &&
				strcmp(f->name, name) == 0)
				return f;
	return NULL;
}

/* Lists */

static struct cel_value is_sorted(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value last, item;
	int order;

	(void)n;
	if (args[0].type != CEL_V_LIST)
		return cel_no_overload();
	for (size_t i = 0; i < cel_size(&args[0]); i++, last = item) {
		item = cel_item(run, &args[0], i);
		if (cel_failed(&item))
			return item;
		if (i > 0 && !cel_order(&last, &item, &order))
			return cel_no_overload();
		if (i > 0 && order > 0)
			return cel_bool(false);
	}
	return cel_bool(true);
}

static struct cel_value sum(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value total = cel_int(0);

	(void)n;
	if (args[0].type != CEL_V_LIST)
		return cel_no_overload();
	/* What nothing sums up to depends on a type that only the compiler knows. */
	if (cel_size(&args[0]) == 0) {
		const struct schema_node *schema =
			args[0].native.json ? args[0].native.schema->items : NULL;

		return schema && schema->type == SCHEMA_TYPE_INTEGER ? total
		       : schema && schema->type == SCHEMA_TYPE_NUMBER
			       ? cel_double(0)
			       : cel_unknown(run, "sum() of an empty list");
	}
	for (size_t i = 0; i < cel_size(&args[0]) && !cel_failed(&total); i++) {
		struct cel_value item = cel_item(run, &args[0], i);

		total = cel_failed(&item) || i == 0
				? item
				: cel_arithmetic(run, CEL_ADD, &total, &item);
	}
	return total;
}

static struct cel_value extreme(struct cel_run *run, const struct cel_value *args, int wanted)
{
	struct cel_value best = cel_null();
	int order;

	if (args[0].type != CEL_V_LIST)
		return cel_no_overload();
	if (cel_size(&args[0]) == 0)
		return cel_error(run, "%s called on an empty list", wanted > 0 ? "max" : "min");
	for (size_t i = 0; i < cel_size(&args[0]); i++) {
		struct cel_value item = cel_item(run, &args[0], i);

		if (cel_failed(&item))
			return item;
		if (i > 0 && !cel_order(&item, &best, &order))
			return cel_no_overload();
		if (i == 0 || order == wanted)
			best = item;
	}
	return best;
}

static struct cel_value list_max(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return extreme(run, args, 1);
}

static struct cel_value list_min(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return extreme(run, args, -1);
}

/* Sets: lists whose order and doubles do not count. */

static struct cel_value contains_all(
	struct cel_run *run, const struct cel_value *list, const struct cel_value *items)
{
	if (list->type != CEL_V_LIST || items->type != CEL_V_LIST)
		return cel_no_overload();
	for (size_t i = 0; i < cel_size(items); i++) {
		struct cel_value item = cel_item(run, items, i), in = cel_in(run, &item, list);

		if (in.type != CEL_V_BOOL || !in.b)
			return in;
	}
	return cel_bool(true);
}

static struct cel_value sets_contains(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return contains_all(run, &args[0], &args[1]);
}

static struct cel_value sets_equivalent(
	struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value one = contains_all(run, &args[0], &args[1]);

	(void)n;
	return one.type == CEL_V_BOOL && one.b ? contains_all(run, &args[1], &args[0]) : one;
}

static struct cel_value sets_intersects(
	struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	if (args[0].type != CEL_V_LIST || args[1].type != CEL_V_LIST)
		return cel_no_overload();
	for (size_t i = 0; i < cel_size(&args[0]); i++) {
		struct cel_value item = cel_item(run, &args[0], i);
		struct cel_value in = cel_in(run, &item, &args[1]);

		if (in.type != CEL_V_BOOL || in.b)
			return in;
	}
	return cel_bool(false);
}

const struct cel_function cel_list_functions[] = {
	{ "isSorted", true, 1, 1, is_sorted },
	{ "sum", true, 1, 1, sum },
	{ "max", true, 1, 1, list_max },
	{ "min", true, 1, 1, list_min },
	{ "sets.contains", false, 2, 2, sets_contains },
	{ "sets.equivalent", false, 2, 2, sets_equivalent },
	{ "sets.intersects", false, 2, 2, sets_intersects },
	{ 0 },
};

/* Optionals */

static struct cel_value optional_of(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return cel_optional(run, &args[0]);
}

static struct cel_value optional_none(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)args;
	(void)n;
	return cel_optional(run, NULL);
}

static bool is_zero(const struct cel_value *v)
{
	switch (v->type) {
	case CEL_V_NULL:
		return true;
	case CEL_V_BOOL:
		return !v->b;
	case CEL_V_INT:
	case CEL_V_UINT:
	case CEL_V_DURATION:
		return v->i == 0;
	case CEL_V_DOUBLE:
		return v->d == 0;
	case CEL_V_STRING:
	case CEL_V_BYTES:
		return v->text.n == 0;
	default:
		return false;
	}
}

static struct cel_value optional_of_non_zero(
	struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	if (args[0].type == CEL_V_LIST || args[0].type == CEL_V_MAP)
		return args[0].native.json ? cel_unknown(run, "ofNonZeroValue() of the object")
					   : cel_optional(run, cel_size(&args[0]) > 0 ? &args[0]
										      : NULL);
	return cel_optional(run, is_zero(&args[0]) ? NULL : &args[0]);
}

static struct cel_value has_value(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)run;
	(void)n;
	return args[0].type == CEL_V_OPTIONAL ? cel_bool(args[0].some) : cel_no_overload();
}

static struct cel_value value_of(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	if (args[0].type != CEL_V_OPTIONAL)
		return cel_no_overload();
	return args[0].some ? *args[0].some : cel_error(run, "optional.none() dereference");
}

static struct cel_value or_value(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)run;
	(void)n;
	if (args[0].type != CEL_V_OPTIONAL)
		return cel_no_overload();
	return args[0].some ? *args[0].some : args[1];
}

static struct cel_value or_optional(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)run;
	(void)n;
	if (args[0].type != CEL_V_OPTIONAL)
		return cel_no_overload();
	if (args[0].some)
		return args[0];
	return args[1].type == CEL_V_OPTIONAL ? args[1] : cel_no_overload();
}

const struct cel_function cel_optional_functions[] = {
	{ "optional.of", false, 1, 1, optional_of },
	{ "optional.none", false, 0, 0, optional_none },
	{ "optional.ofNonZeroValue", false, 1, 1, optional_of_non_zero },
	{ "hasValue", true, 1, 1, has_value },
	{ "value", true, 1, 1, value_of },
	{ "orValue", CEL_LAZY, 2, 2, or_value },
	{ "or", CEL_LAZY, 2, 2, or_optional },
	{ 0 },
};
