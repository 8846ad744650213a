/* SPDX-License-Identifier: Apache-2.0 */
/* Equality, order, membership and arithmetic. */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "engine/judge/cel/parts.h"

/* Order */

static int sign(int64_t n)
{
	return (n > 0) - (n < 0);
}

static int order_double(double a, double b)
{
	return (a > b) - (a < b);
}

static int order_bytes(const struct cel_text *a, const struct cel_text *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int order = n > 0 ? memcmp(a->s, b->s, n) : 0;

	return order != 0 ? sign(order) : (a->n > b->n) - (a->n < b->n);
}

static int order_double_int(double d, int64_t i)
{
	return d < -0x1p63 ? -1 : d > 0x1p63 ? 1 : order_double(d, (double)i);
}

static int order_double_uint(double d, uint64_t u)
{
	return d < 0 ? -1 : d > 0x1p64 ? 1 : order_double(d, (double)u);
}

static int order_int_uint(int64_t i, uint64_t u)
{
	return i < 0 || u > INT64_MAX ? -1 : (i > (int64_t)u) - (i < (int64_t)u);
}

static bool is_number(const struct cel_value *v)
{
	return v->type == CEL_V_INT || v->type == CEL_V_UINT || v->type == CEL_V_DOUBLE;
}

/* Both are numbers, of different types. */
static int order_mixed(const struct cel_value *a, const struct cel_value *b)
{
	if (a->type == CEL_V_DOUBLE)
		return b->type == CEL_V_INT ? order_double_int(a->d, b->i)
					    : order_double_uint(a->d, b->u);
	if (b->type == CEL_V_DOUBLE)
		return -order_mixed(b, a);
	return a->type == CEL_V_INT ? order_int_uint(a->i, b->u) : -order_int_uint(b->i, a->u);
}

static int order_time(const struct go_time *a, const struct go_time *b)
{
	if (a->seconds != b->seconds)
		return a->seconds < b->seconds ? -1 : 1;
	return sign((int64_t)a->nanoseconds - b->nanoseconds);
}

bool cel_order(const struct cel_value *a, const struct cel_value *b, int *order)
{
	if ((a->type == CEL_V_DOUBLE && isnan(a->d)) || (b->type == CEL_V_DOUBLE && isnan(b->d)))
		return false;
	if (is_number(a) && is_number(b) && a->type != b->type) {
		*order = order_mixed(a, b);
		return true;
	}
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case CEL_V_BOOL:
		*order = a->b - b->b;
		return true;
	case CEL_V_INT:
	case CEL_V_DURATION:
		*order = (a->i > b->i) - (a->i < b->i);
		return true;
	case CEL_V_UINT:
		*order = (a->u > b->u) - (a->u < b->u);
		return true;
	case CEL_V_DOUBLE:
		*order = order_double(a->d, b->d);
		return true;
	case CEL_V_STRING:
	case CEL_V_BYTES:
		*order = order_bytes(&a->text, &b->text);
		return true;
	case CEL_V_TIMESTAMP:
		*order = order_time(&a->time, &b->time);
		return true;
	default:
		return false;
	}
}

/* Lists */

static bool is_native(const struct cel_value *v)
{
	return v->native.json != NULL;
}

static const struct schema_node *map_list(const struct cel_value *v)
{
	if (!is_native(v))
		return v->native.items->schema;
	return v->native.schema->list_type == SCHEMA_LIST_MAP ? v->native.schema : NULL;
}

static bool is_set(const struct cel_value *v)
{
	return is_native(v) && v->native.schema->list_type == SCHEMA_LIST_SET;
}

/* Compares scalars of JSON, as the server does for its sets. */
static struct cel_value is_among(
	struct cel_run *run, const struct cel_value *list, const struct cel_value *x)
{
	size_t n = cel_size(list);

	if (!cel_spend(run, n))
		return cel_exhausted();
	for (size_t i = 0; i < n; i++) {
		struct cel_value item = cel_item(run, list, i), equal;

		if (item.type != x->type)
			continue;
		equal = cel_equal(run, &item, x);
		if (equal.type == CEL_V_BOOL && equal.b)
			return cel_bool(true);
	}
	return cel_bool(false);
}

static struct cel_value equal_sets(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	for (size_t i = 0; i < cel_size(b); i++) {
		struct cel_value item = cel_item(run, b, i), found = is_among(run, a, &item);

		if (found.type != CEL_V_BOOL || !found.b)
			return found;
	}
	return cel_bool(true);
}

/* True: two items of a list of type map have the same keys. */
static bool same_keys(struct cel_run *run, const struct schema_node *schema,
	const struct cel_value *a, const struct cel_value *b)
{
	const json_t *key;
	size_t i;

	json_array_foreach(schema->map_keys, i, key) {
		const char *name = json_string_value(key);
		struct cel_value one = cel_null(), other = cel_null(), equal;

		if (a->type != CEL_V_MAP || b->type != CEL_V_MAP)
			return false;
		cel_find_field(run, a, name, name, &one);
		cel_find_field(run, b, name, name, &other);
		equal = cel_equal(run, &one, &other);
		if (equal.type != CEL_V_BOOL || !equal.b)
			return false;
	}
	return true;
}

/* n: no item has the keys. */
static size_t place_of(struct cel_run *run, const struct schema_node *schema,
	const struct cel_value *items, size_t n, const struct cel_value *x)
{
	size_t i = 0;

	while (i < n && !same_keys(run, schema, &items[i], x))
		i++;
	return i;
}

static struct cel_value equal_map_lists(struct cel_run *run, const struct schema_node *schema,
	const struct cel_value *a, const struct cel_value *b)
{
	size_t n = cel_size(a);
	struct cel_list own = { 0 };

	if (!cel_spend(run, n * n))
		return cel_exhausted();
	for (size_t i = 0; i < n; i++)
		if (!cel_push(run, &own, cel_item(run, a, i)))
			return cel_exhausted();
	for (size_t i = 0; i < n; i++) {
		struct cel_value x = cel_item(run, b, i), equal;
		size_t place = place_of(run, schema, own.values, n, &x);

		if (place == n)
			return cel_bool(false);
		equal = cel_equal(run, &own.values[place], &x);
		if (equal.type != CEL_V_BOOL || !equal.b)
			return equal;
	}
	return cel_bool(true);
}

static struct cel_value equal_lists(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	size_t n = cel_size(a);

	if (b->type != CEL_V_LIST)
		return is_native(a) ? cel_no_overload() : cel_bool(false);
	if (n != cel_size(b))
		return cel_bool(false);
	if (is_set(a))
		return equal_sets(run, a, b);
	if (map_list(a))
		return equal_map_lists(run, map_list(a), a, b);
	for (size_t i = 0; i < n; i++) {
		struct cel_value one = cel_item(run, a, i), other = cel_item(run, b, i), equal;

		equal = cel_equal(run, &one, &other);
		if (equal.type == CEL_V_BOOL ? !equal.b : is_native(a))
			return equal;
		if (equal.type == CEL_V_UNKNOWN)
			return equal;
	}
	return cel_bool(true);
}

/* Maps */

/* Fields that the schema does not know are compared as JSON. */
static bool same_unknown(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	const json_t *member, *other;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)a->native.json, key, member) {
		struct cel_value name = cel_borrow(CEL_V_STRING, key, strlen(key)), found;

		other = json_object_get(b->native.json, key);
		if (other && !json_is_null(member) && !cel_find(run, a, &name, &found) &&
			!json_same(member, other))
			return false;
	}
	return true;
}

static struct cel_value equal_maps(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	struct cel_cursor c = { .of = a };
	struct cel_value key, one, other, equal;

	if (b->type != CEL_V_MAP)
		return is_native(a) ? cel_no_overload() : cel_bool(false);
	if (cel_size(a) != cel_size(b))
		return cel_bool(false);
	while (cel_next(run, &c, &key, &one)) {
		if (one.type == CEL_V_NULL && is_native(a))
			continue;
		if (!cel_find(run, b, &key, &other))
			return cel_bool(false);
		equal = cel_equal(run, &one, &other);
		if (equal.type == CEL_V_BOOL ? !equal.b : is_native(a))
			return equal;
		if (equal.type == CEL_V_UNKNOWN)
			return equal;
	}
	return cel_bool(!is_native(a) || !is_native(b) || same_unknown(run, a, b));
}

/* Equality */

static struct cel_value equal_optionals(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	if (b->type != CEL_V_OPTIONAL || !a->some || !b->some)
		return cel_bool(b->type == CEL_V_OPTIONAL && a->some == b->some);
	return cel_equal(run, a->some, b->some);
}

static bool equal_addresses(const struct cel_value *a, const struct cel_value *b)
{
	const struct cel_address *x = &a->address, *y = &b->address;

	return x->is_6 == y->is_6 && memcmp(x->bytes, y->bytes, sizeof(x->bytes)) == 0 &&
	       (a->type == CEL_V_IP || x->bits == y->bits);
}

static struct cel_value equal_same_type(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	switch (a->type) {
	case CEL_V_TYPE:
		return cel_bool(order_bytes(&a->text, &b->text) == 0);
	case CEL_V_IP:
	case CEL_V_CIDR:
		return cel_bool(equal_addresses(a, b));
	case CEL_V_QUANTITY:
		return cel_equal_quantities(run, a->quantity, b->quantity);
	case CEL_V_SEMVER:
		return cel_bool(cel_order_semvers(a->semver, b->semver) == 0);
	case CEL_V_URL:
		return cel_bool(cel_same_url(a->url, b->url));
	case CEL_V_FORMAT:
		return cel_bool(a->format == b->format);
	case CEL_V_OPAQUE:
		return cel_bool(json_same(a->native.json, b->native.json));
	default:
		return cel_unknown(run, "this equality");
	}
}

struct cel_value cel_equal(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	int order;

	if (!cel_spend(run, 1))
		return cel_exhausted();
	if (cel_failed(a))
		return *a;
	if (cel_failed(b))
		return *b;
	if (a->type == CEL_V_NULL || b->type == CEL_V_NULL)
		return cel_bool(a->type == b->type);
	if (a->type == CEL_V_LIST)
		return equal_lists(run, a, b);
	if (a->type == CEL_V_MAP)
		return equal_maps(run, a, b);
	if (a->type == CEL_V_OPTIONAL)
		return equal_optionals(run, a, b);
	if (cel_order(a, b, &order))
		return cel_bool(order == 0);
	if (a->type != b->type || a->type == CEL_V_DOUBLE)
		return cel_bool(false);
	return equal_same_type(run, a, b);
}

struct cel_value cel_in(struct cel_run *run, const struct cel_value *x, const struct cel_value *of)
{
	struct cel_value found, failed = { .type = CEL_V_NULL };

	if (of->type == CEL_V_MAP) {
		if (cel_find(run, of, x, &found))
			return cel_failed(&found) ? found : cel_bool(true);
		return cel_bool(false);
	}
	if (of->type != CEL_V_LIST)
		return cel_no_overload();
	for (size_t i = 0; i < cel_size(of); i++) {
		struct cel_value item = cel_item(run, of, i);

		found = is_native(of) ? cel_equal(run, &item, x) : cel_equal(run, x, &item);
		if (found.type == CEL_V_BOOL && found.b)
			return found;
		if (found.type == CEL_V_UNKNOWN || (cel_failed(&found) && is_native(of) &&
							   failed.type == CEL_V_NULL))
			failed = found;
	}
	return failed.type == CEL_V_NULL ? cel_bool(false) : failed;
}

/* Arithmetic */

static struct cel_value overflow(struct cel_run *run)
{
	return cel_error(run, "a number is out of range");
}

static struct cel_value compute_int(
	struct cel_run *run, enum cel_op op, int64_t a, int64_t b, enum cel_type type)
{
	struct cel_value v = { .type = type };
	bool wrong = false;

	if ((op == CEL_DIVIDE || op == CEL_MODULO) && b == 0)
		return cel_error(run, op == CEL_DIVIDE ? "division by zero" : "modulus by zero");
	if (op == CEL_ADD)
		wrong = __builtin_add_overflow(a, b, &v.i);
	else if (op == CEL_SUBTRACT)
		wrong = __builtin_sub_overflow(a, b, &v.i);
	else if (op == CEL_MULTIPLY)
		wrong = __builtin_mul_overflow(a, b, &v.i);
	else if (a == INT64_MIN && b == -1)
		wrong = true;
	else
		v.i = op == CEL_DIVIDE ? a / b : a % b;
	return wrong ? overflow(run) : v;
}

static struct cel_value compute_uint(struct cel_run *run, enum cel_op op, uint64_t a, uint64_t b)
{
	uint64_t u = 0;
	bool wrong = false;

	if ((op == CEL_DIVIDE || op == CEL_MODULO) && b == 0)
		return cel_error(run, op == CEL_DIVIDE ? "division by zero" : "modulus by zero");
	if (op == CEL_ADD)
		wrong = __builtin_add_overflow(a, b, &u);
	else if (op == CEL_SUBTRACT)
		wrong = __builtin_sub_overflow(a, b, &u);
	else if (op == CEL_MULTIPLY)
		wrong = __builtin_mul_overflow(a, b, &u);
	else
		u = op == CEL_DIVIDE ? a / b : a % b;
	return wrong ? overflow(run) : cel_uint(u);
}

static struct cel_value compute_double(enum cel_op op, double a, double b)
{
	switch (op) {
	case CEL_ADD:
		return cel_double(a + b);
	case CEL_SUBTRACT:
		return cel_double(a - b);
	case CEL_MULTIPLY:
		return cel_double(a * b);
	case CEL_DIVIDE:
		return cel_double(a / b);
	default:
		return cel_no_overload();
	}
}

/* True: the time is in the years 1 to 9999. */
static bool in_time(const struct go_time *t)
{
	return t->seconds >= -62135596800 && t->seconds <= 253402300799;
}

static struct cel_value add_time(struct cel_run *run, const struct go_time *t, int64_t duration)
{
	struct cel_value v = { .type = CEL_V_TIMESTAMP, .time = *t };
	int64_t ns = t->nanoseconds + duration % 1000000000;

	v.time.seconds += duration / 1000000000 + (ns < 0 ? -1 : ns >= 1000000000 ? 1 : 0);
	v.time.nanoseconds = (int32_t)((ns + 1000000000) % 1000000000);
	return in_time(&v.time) ? v : overflow(run);
}

static struct cel_value subtract_times(
	struct cel_run *run, const struct go_time *a, const struct go_time *b)
{
	int64_t ns;

	if (__builtin_mul_overflow(a->seconds - b->seconds, (int64_t)1000000000, &ns) ||
		__builtin_add_overflow(ns, (int64_t)a->nanoseconds - b->nanoseconds, &ns))
		return overflow(run);
	return cel_duration(ns);
}

static struct cel_value concatenate(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	size_t n = a->text.n + b->text.n;
	struct cel_value v = *a;
	char *text = cel_spend(run, n / 16) ? cel_alloc(&run->arena, n + 1) : NULL;

	if (!text)
		return cel_exhausted();
	memcpy(text, a->text.s, a->text.n);
	memcpy(text + a->text.n, b->text.s, b->text.n);
	v.text = (struct cel_text){ text, n };
	return v;
}

/*
 * To a set, adds missing items. To a list of type map, adds missing items and replaces those with
 * the same keys.
 */
struct cel_value cel_add_lists(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	const struct schema_node *schema = map_list(a);
	size_t n = cel_size(a) + cel_size(b);
	struct cel_list list = { 0 };
	bool set = is_set(a), good = cel_spend(run, schema || set ? n * n : n);
	struct cel_value sum;

	for (size_t i = 0; i < cel_size(a) && good; i++)
		good = cel_push(run, &list, cel_item(run, a, i));
	for (size_t i = 0; i < cel_size(b) && good; i++) {
		struct cel_value x = cel_item(run, b, i), made = cel_list_value(run, &list);
		size_t place = schema ? place_of(run, schema, list.values, list.n, &x) : list.n;

		if (place < list.n) {
			list.values[place] = x;
		} else if (!set || !is_among(run, &made, &x).b) {
			good = cel_push(run, &list, x);
		}
	}
	sum = cel_list_value(run, &list);
	if (!good || sum.type != CEL_V_LIST)
		return cel_exhausted();
	if (schema)
		((struct cel_items *)(uintptr_t)sum.native.items)->schema = schema;
	return sum;
}

static struct cel_value compute_time(struct cel_run *run, enum cel_op op,
	const struct cel_value *a, const struct cel_value *b)
{
	if (a->type == CEL_V_TIMESTAMP && b->type == CEL_V_DURATION)
		return op == CEL_ADD        ? add_time(run, &a->time, b->i)
		       : b->i == INT64_MIN ? overflow(run)
					   : add_time(run, &a->time, -b->i);
	if (a->type == CEL_V_DURATION && b->type == CEL_V_TIMESTAMP && op == CEL_ADD)
		return add_time(run, &b->time, a->i);
	if (a->type == CEL_V_TIMESTAMP && b->type == CEL_V_TIMESTAMP && op == CEL_SUBTRACT)
		return subtract_times(run, &a->time, &b->time);
	return cel_no_overload();
}

struct cel_value cel_arithmetic(struct cel_run *run, enum cel_op op, const struct cel_value *a,
	const struct cel_value *b)
{
	bool sum = op == CEL_ADD || op == CEL_SUBTRACT;

	if (sum && (a->type == CEL_V_TIMESTAMP || b->type == CEL_V_TIMESTAMP))
		return compute_time(run, op, a, b);
	if (a->type != b->type)
		return cel_no_overload();
	switch (a->type) {
	case CEL_V_INT:
		return compute_int(run, op, a->i, b->i, CEL_V_INT);
	case CEL_V_UINT:
		return compute_uint(run, op, a->u, b->u);
	case CEL_V_DOUBLE:
		return compute_double(op, a->d, b->d);
	case CEL_V_DURATION:
		return sum ? compute_int(run, op, a->i, b->i, CEL_V_DURATION) : cel_no_overload();
	case CEL_V_STRING:
	case CEL_V_BYTES:
		return op == CEL_ADD ? concatenate(run, a, b) : cel_no_overload();
	case CEL_V_LIST:
		return op == CEL_ADD ? cel_add_lists(run, a, b) : cel_no_overload();
	default:
		return cel_no_overload();
	}
}

struct cel_value cel_negate(const struct cel_value *v)
{
	static const char range[] = "a number is out of range";

	if (v->type == CEL_V_DOUBLE)
		return cel_double(-v->d);
	if (v->type != CEL_V_INT && v->type != CEL_V_DURATION)
		return cel_no_overload();
	if (v->i == INT64_MIN)
		return cel_borrow(CEL_V_ERROR, range, sizeof(range) - 1);
	struct cel_value negative = *v;

	negative.i = -v->i;
	return negative;
}
