/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all functions, and the functions of optionals. */
#include <string.h>

#include "engine/judge/cel/parts.h"

const struct cel_function *cel_function(const char *name, bool member, size_t n)
{
	static const struct cel_function *const tables[] = { cel_convert_functions,
		cel_text_functions, cel_net_functions, cel_time_functions, cel_list_functions,
		cel_optional_functions, cel_url_functions, cel_quantity_functions,
		cel_semver_functions, cel_format_functions, cel_named_functions };

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct cel_function *f = tables[i]; f->name; f++)
			if ((f->member != 0) == member && n >= f->least && n <= f->most &&
				strcmp(f->name, name) == 0)
				return f;
	return NULL;
}

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

static struct cel_value item_at(struct cel_run *run, const struct cel_value *args, bool last)
{
	struct cel_value item;
	size_t n;

	if (args[0].type != CEL_V_LIST)
		return cel_no_overload();
	n = cel_size(&args[0]);
	if (n == 0)
		return cel_optional(run, NULL);
	item = cel_item(run, &args[0], last ? n - 1 : 0);
	return cel_failed(&item) ? item : cel_optional(run, &item);
}

static struct cel_value first(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return item_at(run, args, false);
}

static struct cel_value last(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return item_at(run, args, true);
}

static struct cel_value unwrap(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_list list = { 0 };

	(void)n;
	if (args[0].type != CEL_V_LIST)
		return cel_no_overload();
	for (size_t i = 0; i < cel_size(&args[0]); i++) {
		struct cel_value item = cel_item(run, &args[0], i);

		if (item.type != CEL_V_OPTIONAL)
			return cel_failed(&item) ? item : cel_no_overload();
		if (item.some && !cel_push(run, &list, *item.some))
			return cel_exhausted();
	}
	return cel_list_value(run, &list);
}

const struct cel_function cel_optional_functions[] = {
	{ "optional.of", false, 1, 1, optional_of },
	{ "optional.none", false, 0, 0, optional_none },
	{ "optional.ofNonZeroValue", false, 1, 1, optional_of_non_zero },
	{ "optional.unwrap", false, 1, 1, unwrap },
	{ "unwrapOpt", true, 1, 1, unwrap },
	{ "first", true, 1, 1, first },
	{ "last", true, 1, 1, last },
	{ "hasValue", true, 1, 1, has_value },
	{ "value", true, 1, 1, value_of },
	{ "orValue", CEL_LAZY, 2, 2, or_value },
	{ "or", CEL_LAZY, 2, 2, or_optional },
	{ 0 },
};
