/* SPDX-License-Identifier: Apache-2.0 */
/* Functions on lists, and on lists as sets. */
#include <string.h>

#include "engine/judge/cel/parts.h"

enum { NESTING_MAX = 50 };

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
	/* The sum of an empty list has a type that only the compiler knows. */
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

/* Sets: lists in which order and duplicates do not count. */

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

/* New lists */

/* Adds items of a list, from one index up to another. False: no memory is left. */
static bool push_all(struct cel_run *run, struct cel_list *out, const struct cel_value *list,
	size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (!cel_spend(run, 1) || !cel_push(run, out, cel_item(run, list, i)))
			return false;
	return true;
}

static struct cel_value finish(struct cel_run *run, const struct cel_list *list, bool good)
{
	for (size_t i = 0; i < list->n && good; i++)
		if (cel_failed(&list->values[i]))
			return list->values[i];
	return good ? cel_list_value(run, list) : cel_exhausted();
}

static struct cel_value slice(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_list list = { 0 };

	(void)n;
	if (args[0].type != CEL_V_LIST || args[1].type != CEL_V_INT || args[2].type != CEL_V_INT)
		return cel_no_overload();
	if (args[1].i < 0 || args[1].i > args[2].i || (uint64_t)args[2].i > cel_size(&args[0]))
		return cel_error(run, "slice() of items that the list does not have");
	bool good = push_all(run, &list, &args[0], (size_t)args[1].i, (size_t)args[2].i);

	return finish(run, &list, good);
}

static bool flatten_into(struct cel_run *run, struct cel_list *out, const struct cel_value *list,
	int64_t levels)
{
	for (size_t i = 0; i < cel_size(list); i++) {
		struct cel_value item = cel_item(run, list, i);

		if (!cel_spend(run, 1))
			return false;
		if (item.type == CEL_V_LIST && levels > 0
				? !flatten_into(run, out, &item, levels - 1)
				: !cel_push(run, out, item))
			return false;
	}
	return true;
}

static struct cel_value flatten(struct cel_run *run, const struct cel_value *args, size_t n)
{
	int64_t levels = n > 1 ? args[1].i : 1;
	struct cel_list list = { 0 };

	if (args[0].type != CEL_V_LIST || (n > 1 && args[1].type != CEL_V_INT))
		return cel_no_overload();
	if (levels < 0)
		return cel_error(run, "flatten() of less than no levels");
	bool good = flatten_into(
		run, &list, &args[0], levels < NESTING_MAX ? levels : NESTING_MAX);

	return finish(run, &list, good);
}

static struct cel_value range(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_list list = { 0 };
	bool good = true;

	(void)n;
	if (args[0].type != CEL_V_INT)
		return cel_no_overload();
	for (int64_t i = 0; i < args[0].i && good; i++)
		good = cel_spend(run, 1) && cel_push(run, &list, cel_int(i));
	return finish(run, &list, good);
}

static struct cel_value reverse(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_list list = { 0 };
	bool good = true;

	(void)n;
	if (args[0].type != CEL_V_LIST)
		return cel_no_overload();
	for (size_t i = cel_size(&args[0]); i-- > 0 && good;)
		good = push_all(run, &list, &args[0], i, i + 1);
	return finish(run, &list, good);
}

static struct cel_value distinct(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_list list = { 0 };
	bool good = true;

	(void)n;
	if (args[0].type != CEL_V_LIST)
		return cel_no_overload();
	for (size_t i = 0; i < cel_size(&args[0]) && good; i++) {
		struct cel_value item = cel_item(run, &args[0], i), equal = cel_bool(false);

		for (size_t k = 0; k < list.n && !(equal.type == CEL_V_BOOL && equal.b); k++) {
			equal = cel_equal(run, &item, &list.values[k]);
			if (equal.type == CEL_V_UNKNOWN)
				return equal;
		}
		if (equal.type != CEL_V_BOOL || !equal.b)
			good = cel_spend(run, 1) && cel_push(run, &list, item);
	}
	return finish(run, &list, good);
}

/* Sorting */

static bool is_ordered(const struct cel_value *v)
{
	return v->type == CEL_V_BOOL || v->type == CEL_V_INT || v->type == CEL_V_UINT ||
	       v->type == CEL_V_DOUBLE || v->type == CEL_V_STRING || v->type == CEL_V_BYTES ||
	       v->type == CEL_V_DURATION || v->type == CEL_V_TIMESTAMP;
}

static int compare_keys(const void *a, const void *b)
{
	int order = 0;

	cel_order(a, b, &order);
	return order;
}

/*
 * Go keeps the order of equal keys in lists shorter than this. In longer lists, Go chooses the
 * order.
 */
enum { STABLE_MAX = 12 };

/* One pair, in the layout of a list of pairs. */
struct entry {
	struct cel_value key, value;
};

static void sort_stably(struct entry *entries, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && compare_keys(&entries[k - 1], &entries[k]) > 0; k--) {
			struct entry moved = entries[k];

			entries[k] = entries[k - 1];
			entries[k - 1] = moved;
		}
}

/* True: Go chooses the order of two neighbours, and a rule could see the difference. */
static bool is_open(struct cel_run *run, const struct entry *a, const struct entry *b)
{
	struct cel_value equal = cel_bool(true);
	int order;

	if (cel_order(&a->key, &b->key, &order) && order == 0)
		equal = cel_equal(run, &a->value, &b->value);
	return equal.type != CEL_V_BOOL || !equal.b;
}

struct cel_value cel_sort(struct cel_run *run, struct cel_list *pairs)
{
	size_t n = pairs->n / 2;
	struct cel_list list = { 0 };
	struct entry *entries = (struct entry *)pairs->values;
	bool good = cel_spend(run, n * 16);

	for (size_t i = 0; i < n; i++)
		if (!is_ordered(&entries[i].key) || entries[i].key.type != entries[0].key.type)
			return cel_failed(&entries[i].key)
				       ? entries[i].key
				       : cel_error(run, "keys of a list that have no order");
	if (n < STABLE_MAX)
		sort_stably(entries, n);
	else
		qsort(entries, n, sizeof(*entries), compare_keys);
	for (size_t i = 0; i < n && good; i++) {
		if (n >= STABLE_MAX && i > 0 && is_open(run, &entries[i - 1], &entries[i]))
			return cel_unknown(run, "sortBy() with equal keys");
		good = cel_push(run, &list, entries[i].value);
	}
	return finish(run, &list, good);
}

static struct cel_value sort(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_list pairs = { 0 };

	(void)n;
	if (args[0].type != CEL_V_LIST)
		return cel_no_overload();
	for (size_t i = 0; i < cel_size(&args[0]); i++)
		if (!push_all(run, &pairs, &args[0], i, i + 1) ||
			!push_all(run, &pairs, &args[0], i, i + 1))
			return cel_exhausted();
	return cel_sort(run, &pairs);
}

const struct cel_function cel_list_functions[] = {
	{ "isSorted", true, 1, 1, is_sorted },
	{ "sum", true, 1, 1, sum },
	{ "max", true, 1, 1, list_max },
	{ "min", true, 1, 1, list_min },
	{ "slice", true, 3, 3, slice },
	{ "flatten", true, 1, 2, flatten },
	{ "lists.range", false, 1, 1, range },
	{ "reverse", true, 1, 1, reverse },
	{ "distinct", true, 1, 1, distinct },
	{ "sort", true, 1, 1, sort },
	{ "sets.contains", false, 2, 2, sets_contains },
	{ "sets.equivalent", false, 2, 2, sets_equivalent },
	{ "sets.intersects", false, 2, 2, sets_intersects },
	{ 0 },
};
