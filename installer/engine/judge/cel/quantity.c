/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities of Kubernetes ("1.5Gi") in CEL. As in resource.Quantity of k8s.io/apimachinery, a
 * number has a short form (63 bits and a power of ten) or a long form. Only the short form is an
 * integer.
 */
#include <stdio.h>
#include <string.h>

#include "engine/judge/cel/parts.h"

/* sign * digits * 10^scale. digits: most significant first, no leading zeros; "" is zero. */
struct cel_quantity {
	int sign; /* -1, 0, 1 */
	char *digits;
	size_t n;
	int32_t scale;
	bool is_short;
	bool is_sum;
};

enum { DIGITS_MAX = 4000, EXPONENT_MAX = 1000000, SHORT_DIGITS = 18, NANO = -9 };

/* Digits */

static const char int64_max[] = "9223372036854775807";

static int order_digits(const char *a, size_t n, const char *b, size_t m)
{
	return n != m ? (n > m ? 1 : -1) : memcmp(a, b, n);
}

static bool fits(const char *digits, size_t n)
{
	return order_digits(digits, n, int64_max, sizeof(int64_max) - 1) <= 0;
}

static void strip(struct cel_quantity *q)
{
	size_t zeros = 0;

	while (zeros < q->n && q->digits[zeros] == '0')
		zeros++;
	q->digits += zeros;
	q->n -= zeros;
	if (q->n == 0)
		q->sign = 0;
}

/* Allocates n digits; false: too many. */
static bool make(struct cel_run *run, struct cel_quantity *q, size_t n)
{
	q->digits = n <= DIGITS_MAX && cel_spend(run, 1 + n / 8) ? cel_alloc(&run->arena, n + 1)
								 : NULL;
	q->n = n;
	return q->digits != NULL;
}

/* Writes the same number with a smaller scale: adds zeros to the digits. */
static bool scale_down(struct cel_run *run, struct cel_quantity *q, int32_t scale)
{
	struct cel_quantity wide = *q;
	int64_t more = q->n == 0 ? 0 : (int64_t)q->scale - scale;

	if (more > DIGITS_MAX || !make(run, &wide, q->n + (size_t)more))
		return false;
	memcpy(wide.digits, q->digits, q->n);
	memset(wide.digits + q->n, '0', (size_t)more);
	wide.scale = scale;
	*q = wide;
	return true;
}

static bool align(struct cel_run *run, struct cel_quantity *a, struct cel_quantity *b)
{
	int32_t least = a->scale < b->scale ? a->scale : b->scale;

	return scale_down(run, a, least) && scale_down(run, b, least);
}

/* |a| + |b|, or |a| - |b| where |a| is not less. */
static bool combine(struct cel_run *run, const struct cel_quantity *a, const struct cel_quantity *b,
	bool subtract, struct cel_quantity *sum)
{
	size_t n = (a->n > b->n ? a->n : b->n) + 1;
	int carry = 0;

	if (!make(run, sum, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		int x = i < a->n ? a->digits[a->n - 1 - i] - '0' : 0;
		int y = i < b->n ? b->digits[b->n - 1 - i] - '0' : 0;
		int digit = subtract ? x - y - carry : x + y + carry;

		carry = subtract ? digit < 0 : digit > 9;
		sum->digits[n - 1 - i] = (char)('0' + (digit + 10) % 10);
	}
	return true;
}

/* Multiplies by 1024, as often as times says. */
static bool multiply(struct cel_run *run, struct cel_quantity *q, int times)
{
	size_t n = q->n + (size_t)times * 4;
	struct cel_quantity wide = *q;

	if (!make(run, &wide, n))
		return false;
	memset(wide.digits, '0', n);
	memcpy(wide.digits + n - q->n, q->digits, q->n);
	for (; times > 0; times--) {
		int carry = 0;

		for (size_t i = n; i-- > 0;) {
			int product = (wide.digits[i] - '0') * 1024 + carry;

			wide.digits[i] = (char)('0' + product % 10);
			carry = product / 10;
		}
	}
	*q = wide;
	strip(q);
	return true;
}

/* The smallest step is a billionth. Further digits are rounded away from zero. */
static bool round_up(struct cel_run *run, struct cel_quantity *q)
{
	struct cel_quantity one = { .digits = (char[]){ '1', '\0' }, .n = 1 }, sum = *q;
	size_t cut = q->scale < NANO ? (size_t)(NANO - q->scale) : 0;
	bool exact = true;

	if (cut == 0 || q->n == 0)
		return true;
	for (size_t i = 0; i < cut && i < q->n; i++)
		exact = exact && q->digits[q->n - 1 - i] == '0';
	q->n = cut < q->n ? q->n - cut : 0;
	q->scale = NANO;
	if (!exact && !combine(run, q, &one, false, &sum))
		return false;
	if (!exact) {
		q->digits = sum.digits;
		q->n = sum.n;
	}
	strip(q);
	return true;
}

/* Reading */

struct suffix {
	bool binary;
	int64_t exponent; /* exponent of ten, or of 1024 */
};

static bool read_suffix(const char *text, size_t n, struct suffix *s)
{
	static const char decimal[] = "num kMGTPE", binary[] = "KMGTPE";
	const char *at = n > 0 && *text ? strchr(decimal, *text) : NULL;
	char copy[24], *end;

	*s = (struct suffix){ 0 };
	if (n == 0)
		return true;
	if (n == 1 && at && *text != ' ') {
		s->exponent = (at - decimal - 3) * 3;
		return true;
	}
	at = strchr(binary, *text);
	if (n == 2 && at && text[1] == 'i') {
		*s = (struct suffix){ true, at - binary + 1 };
		return true;
	}
	if ((*text != 'e' && *text != 'E') || n < 2 || n >= sizeof(copy))
		return false;
	memcpy(copy, text + 1, n - 1);
	copy[n - 1] = '\0';
	s->exponent = strtol(copy, &end, 10);
	return !*end && end > copy && !strchr(" \t\n\v\f\r", *copy);
}

enum reading { READ, WRONG, TOO_LONG };

static bool order_quantities(struct cel_run *run, const struct cel_quantity *one,
	const struct cel_quantity *other, int *order)
{
	struct cel_quantity a = *one, b = *other;

	*order = a.sign - b.sign;
	if (*order == 0 && a.sign != 0) {
		if (!align(run, &a, &b))
			return false;
		*order = a.sign * order_digits(a.digits, a.n, b.digits, b.n);
	}
	*order = (*order > 0) - (*order < 0);
	return true;
}

/* Limits a binary quantity to 63 bits. False: no memory is left. */
static bool cap(struct cel_run *run, struct cel_quantity *q)
{
	struct cel_quantity most = { .sign = q->sign, .n = sizeof(int64_max) - 1 };
	int order = 0;

	most.digits = cel_copy(&run->arena, int64_max, most.n);
	if (!most.digits || !order_quantities(run, q, &most, &order))
		return false;
	if (order * q->sign > 0)
		*q = most;
	return true;
}

/* Reads a number as ParseQuantity does: in the short form when that is exact. */
static enum reading read_number(struct cel_run *run, struct cel_quantity *q,
	const struct cel_text *whole, const struct cel_text *fraction, const struct suffix *s)
{
	/* whole has no leading zeros; a number has at least one digit. */
	int digits = (int)(whole->n > 0 ? whole->n : 1);
	int room = s->binary ? 15 - digits - (int)(s->exponent * 3) - 1
			     : SHORT_DIGITS - digits - (int)fraction->n;
	int64_t scale = (s->binary ? 0 : s->exponent) - (int64_t)fraction->n;

	if (scale > EXPONENT_MAX || scale < -EXPONENT_MAX ||
		!make(run, q, whole->n + fraction->n))
		return TOO_LONG;
	memcpy(q->digits, whole->s, whole->n);
	memcpy(q->digits + whole->n, fraction->s, fraction->n);
	q->scale = (int32_t)scale;
	q->is_short = room >= 0 && scale >= NANO && !(s->binary && fraction->n > 0);
	strip(q);
	if (s->binary && !multiply(run, q, (int)s->exponent))
		return TOO_LONG;
	if (q->is_short && fits(q->digits, q->n))
		return READ;
	q->is_short = false;
	if (!round_up(run, q))
		return TOO_LONG;
	return !s->binary || cap(run, q) ? READ : TOO_LONG;
}

static size_t span(const struct cel_text *t, size_t at, const char *set)
{
	size_t n = 0;

	while (at + n < t->n && t->s[at + n] && strchr(set, t->s[at + n]))
		n++;
	return n;
}

static enum reading read(struct cel_run *run, struct cel_quantity *q, const struct cel_text *t)
{
	static const char digits[] = "0123456789";
	size_t at = t->n > 0 && (*t->s == '-' || *t->s == '+') ? 1 : 0;
	struct cel_text whole, fraction = { t->s, 0 };
	struct suffix suffix;

	*q = (struct cel_quantity){ .sign = at && *t->s == '-' ? -1 : 1 };
	if (t->n == 0)
		return WRONG;
	if (t->n > DIGITS_MAX)
		return TOO_LONG;
	at += span(t, at, "0");
	whole = (struct cel_text){ t->s + at, span(t, at, digits) };
	at += whole.n;
	if (at < t->n && t->s[at] == '.') {
		fraction = (struct cel_text){ t->s + at + 1, span(t, at + 1, digits) };
		at += 1 + fraction.n;
	}
	if (!read_suffix(t->s + at, t->n - at, &suffix))
		return WRONG;
	return read_number(run, q, &whole, &fraction, &suffix);
}

static struct cel_value too_long(struct cel_run *run)
{
	return cel_unknown(run, "a quantity of so many digits");
}

static struct cel_value to_quantity(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_quantity *q = cel_alloc(&run->arena, sizeof(*q));
	enum reading reading;

	(void)n;
	if (args[0].type != CEL_V_STRING)
		return cel_no_overload();
	if (!q)
		return cel_exhausted();
	reading = read(run, q, &args[0].text);
	if (reading != READ)
		return reading == WRONG ? cel_error(run, "this is no quantity") : too_long(run);
	return (struct cel_value){ .type = CEL_V_QUANTITY, .quantity = q };
}

static struct cel_value is_quantity(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_quantity q;
	enum reading reading;

	(void)n;
	if (args[0].type != CEL_V_STRING)
		return cel_no_overload();
	reading = read(run, &q, &args[0].text);
	return reading == TOO_LONG ? too_long(run) : cel_bool(reading == READ);
}

/* Comparison and arithmetic */

/* The server's equality accepts no sum on its right side. */
struct cel_value cel_equal_quantities(
	struct cel_run *run, const struct cel_quantity *one, const struct cel_quantity *other)
{
	int order;

	if (other->is_sum)
		return cel_no_overload();
	if (!order_quantities(run, one, other, &order))
		return too_long(run);
	return cel_bool(order == 0);
}

/* Versions have functions with the same names. */
static struct cel_value order(struct cel_run *run, const struct cel_value *args, int *result)
{
	if (args[0].type != args[1].type ||
		(args[0].type != CEL_V_QUANTITY && args[0].type != CEL_V_SEMVER))
		return cel_no_overload();
	if (args[0].type == CEL_V_SEMVER)
		*result = cel_order_semvers(args[0].semver, args[1].semver);
	else if (!order_quantities(run, args[0].quantity, args[1].quantity, result))
		return too_long(run);
	return cel_null();
}

static struct cel_value is_greater(struct cel_run *run, const struct cel_value *args, size_t n)
{
	int result = 0;
	struct cel_value v = order(run, args, &result);

	(void)n;
	return cel_failed(&v) ? v : cel_bool(result > 0);
}

static struct cel_value is_less(struct cel_run *run, const struct cel_value *args, size_t n)
{
	int result = 0;
	struct cel_value v = order(run, args, &result);

	(void)n;
	return cel_failed(&v) ? v : cel_bool(result < 0);
}

static struct cel_value compare_to(struct cel_run *run, const struct cel_value *args, size_t n)
{
	int result = 0;
	struct cel_value v = order(run, args, &result);

	(void)n;
	return cel_failed(&v) ? v : cel_int(result);
}

/* The sum of two short forms is short when every step fits 63 bits. */
static bool add(struct cel_run *run, struct cel_quantity a, struct cel_quantity b,
	struct cel_quantity *sum)
{
	bool is_short = a.is_short && b.is_short;

	if (b.sign == 0 || a.sign == 0) {
		*sum = b.sign == 0 ? a : b;
		sum->is_short = is_short;
		return true;
	}
	if (!align(run, &a, &b))
		return false;
	is_short = is_short && fits(a.digits, a.n) && fits(b.digits, b.n);
	if (a.sign != b.sign && order_digits(a.digits, a.n, b.digits, b.n) < 0) {
		struct cel_quantity swapped = a;

		a = b;
		b = swapped;
	}
	*sum = a;
	if (!combine(run, &a, &b, a.sign != b.sign, sum))
		return false;
	strip(sum);
	sum->is_short = is_short && fits(sum->digits, sum->n);
	return true;
}

static struct cel_value sum_of(struct cel_run *run, const struct cel_value *args, int sign)
{
	struct cel_quantity *sum = cel_alloc(&run->arena, sizeof(*sum)), other;
	struct cel_value text;

	if (args[0].type != CEL_V_QUANTITY ||
		(args[1].type != CEL_V_QUANTITY && args[1].type != CEL_V_INT))
		return cel_no_overload();
	if (!sum)
		return cel_exhausted();
	if (args[1].type == CEL_V_QUANTITY) {
		other = *args[1].quantity;
	} else {
		buf_auto digits = { 0 };

		buf_printf(&digits, "%lld", (long long)args[1].i);
		text = cel_take(run, &digits);
		if (cel_failed(&text) || read(run, &other, &text.text) != READ)
			return cel_exhausted();
		other.is_short = true;
	}
	other.sign *= sign;
	if (!add(run, *args[0].quantity, other, sum))
		return too_long(run);
	sum->is_sum = true;
	return (struct cel_value){ .type = CEL_V_QUANTITY, .quantity = sum };
}

static struct cel_value plus(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return sum_of(run, args, 1);
}

static struct cel_value minus(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return sum_of(run, args, -1);
}

/* Numbers */

static struct cel_value sign_of(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)run;
	(void)n;
	return args[0].type == CEL_V_QUANTITY ? cel_int(args[0].quantity->sign) : cel_no_overload();
}

static bool as_integer(struct cel_run *run, const struct cel_quantity *q, int64_t *i)
{
	struct cel_quantity plain = *q;

	if (!q->is_short || q->scale < 0 || !scale_down(run, &plain, 0) ||
		!fits(plain.digits, plain.n))
		return false;
	*i = q->sign * strtoll(plain.n > 0 ? plain.digits : "0", NULL, 10);
	return true;
}

static struct cel_value is_integer(struct cel_run *run, const struct cel_value *args, size_t n)
{
	int64_t i;

	(void)n;
	return args[0].type == CEL_V_QUANTITY ? cel_bool(as_integer(run, args[0].quantity, &i))
					      : cel_no_overload();
}

static struct cel_value to_integer(struct cel_run *run, const struct cel_value *args, size_t n)
{
	int64_t i;

	(void)n;
	if (args[0].type != CEL_V_QUANTITY)
		return cel_no_overload();
	return as_integer(run, args[0].quantity, &i) ? cel_int(i)
						     : cel_error(run, "this is no integer");
}

/* Go's math.Pow10 multiplies two entries of its tables. */
static double power_of_ten(int exponent)
{
	char one[16], other[16];
	int sign = exponent < 0 ? -1 : 1, n = exponent * sign;

	if (exponent > 308 || exponent < -323)
		return exponent > 0 ? strtod("inf", NULL) : 0;
	snprintf(one, sizeof(one), "1e%d", sign * (n / 32) * 32);
	snprintf(other, sizeof(other), "1e%d", n % 32);
	return sign > 0 ? strtod(one, NULL) * strtod(other, NULL)
			: strtod(one, NULL) / strtod(other, NULL);
}

static struct cel_value to_float(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_quantity *q = args[0].quantity;
	double base;

	(void)n;
	if (args[0].type != CEL_V_QUANTITY)
		return cel_no_overload();
	char_auto *digits = xstrndup(q->n > 0 ? q->digits : "0", q->n > 0 ? q->n : 1);

	(void)run;
	base = q->sign * strtod(digits, NULL);
	return cel_double(q->scale == 0 ? base : base * power_of_ten(q->scale));
}

const struct cel_function cel_quantity_functions[] = {
	{ "quantity", false, 1, 1, to_quantity },
	{ "isQuantity", false, 1, 1, is_quantity },
	{ "sign", false, 1, 1, sign_of },
	{ "isGreaterThan", true, 2, 2, is_greater },
	{ "isLessThan", true, 2, 2, is_less },
	{ "compareTo", true, 2, 2, compare_to },
	{ "add", true, 2, 2, plus },
	{ "sub", true, 2, 2, minus },
	{ "asInteger", true, 1, 1, to_integer },
	{ "isInteger", true, 1, 1, is_integer },
	{ "asApproximateFloat", true, 1, 1, to_float },
	{ 0 },
};
