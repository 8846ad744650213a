/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decimal.h"
#include "base/yaml_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/yaml.h"

static const struct word {
	const char *text;
	struct yaml_scalar value;
} words[] = {
#define WORD(a, b, c, ...) \
	{ a, { __VA_ARGS__ } }, { b, { __VA_ARGS__ } }, \
	{ \
		c, \
		{ \
			__VA_ARGS__ \
		} \
	}
	WORD("true", "True", "TRUE", .type = YAML_IS_BOOL, .b = true),
	WORD("yes", "Yes", "YES", .type = YAML_IS_BOOL, .b = true),
	WORD("on", "On", "ON", .type = YAML_IS_BOOL, .b = true),
	WORD("false", "False", "FALSE", .type = YAML_IS_BOOL, .b = false),
	WORD("no", "No", "NO", .type = YAML_IS_BOOL, .b = false),
	WORD("off", "Off", "OFF", .type = YAML_IS_BOOL, .b = false),
	WORD("null", "Null", "NULL", .type = YAML_IS_NULL),
	WORD(".nan", ".NaN", ".NAN", .type = YAML_IS_FLOAT, .d = NAN),
	WORD(".inf", ".Inf", ".INF", .type = YAML_IS_FLOAT, .d = INFINITY),
	WORD("+.inf", "+.Inf", "+.INF", .type = YAML_IS_FLOAT, .d = INFINITY),
	WORD("-.inf", "-.Inf", "-.INF", .type = YAML_IS_FLOAT, .d = -INFINITY),
#undef WORD
	{ "y", { .type = YAML_IS_BOOL, .b = true } },
	{ "Y", { .type = YAML_IS_BOOL, .b = true } },
	{ "n", { .type = YAML_IS_BOOL, .b = false } },
	{ "N", { .type = YAML_IS_BOOL, .b = false } },
	{ "~", { .type = YAML_IS_NULL } },
};

enum { WORD_MAX = 5 };

/* [sign] (.digits | digits [.digits]) [e [sign] digits] */
static bool is_decimal(const char *s)
{
	const char *digits = *s == '-' || *s == '+' ? s + 1 : s;
	const char *p = skip_digits(digits);

	if (*p == '.') {
		const char *fraction = p + 1;

		p = skip_digits(fraction);
		if (fraction - 1 == digits && p == fraction)
			return false;
	} else if (p == digits) {
		return false;
	}
	if (*p == 'e' || *p == 'E') {
		p += p[1] == '-' || p[1] == '+' ? 2 : 1;
		if (!is_digit(*p))
			return false;
		p = skip_digits(p);
	}
	return !*p;
}

static unsigned digit_value(char c)
{
	if (is_digit(c))
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Returns the base of the prefix, and moves *s behind it. A single leading zero means octal. */
static unsigned skip_prefix(const char **s)
{
	const char *p = *s;

	if (p[0] != '0' || !p[1])
		return 10;
	if (p[2] && strchr("xXoObB", p[1])) {
		*s += 2;
		return (p[1] | 0x20) == 'x' ? 16 : (p[1] | 0x20) == 'o' ? 8 : 2;
	}
	*s += 1;
	return 8;
}

/*
 * False for text that is no integer, and for an integer beyond 64 bits, which may still be a
 * decimal.
 */
static bool to_integer(const char *s, struct yaml_scalar *out)
{
	bool negative = *s == '-', sign = negative || *s == '+';
	const char *p = s + sign;
	unsigned base = skip_prefix(&p);
	uint64_t n = 0;

	if (base == 2 && !sign && p[-1] == 'b' && (*p == '-' || *p == '+') && p[1]) {
		negative = *p++ == '-'; /* "0b-1" is unusual, but is read as -1 */
		sign = true;
	}
	if (!*p)
		return false;
	for (; *p; p++) {
		unsigned digit = digit_value(*p);

		if (digit >= base || __builtin_mul_overflow(n, base, &n) ||
			__builtin_add_overflow(n, digit, &n))
			return false;
	}
	if (n <= (uint64_t)INT64_MAX + negative)
		*out = (struct yaml_scalar){ .type = YAML_IS_INT,
			.i = (json_int_t)(negative ? 0 - n : n) };
	else if (!sign)
		*out = (struct yaml_scalar){ .type = YAML_IS_BIG, .d = (double)n };
	else
		return false;
	return true;
}

/*
 * After a leading point Kubernetes takes an underscore only between digits. Elsewhere it takes any.
 */
static bool misplaced(const char *s, size_t i, size_t len)
{
	return s[0] == '.' && (i + 1 == len || !is_digit(s[i - 1]) || !is_digit(s[i + 1]));
}

static struct yaml_scalar to_number(const char *s, size_t len)
{
	char_auto *plain = xcalloc(len + 1, 1);
	struct yaml_scalar value = { .type = YAML_IS_STRING };
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\0' || (s[i] == '_' && misplaced(s, i, len)))
			return value;
		if (s[i] != '_')
			plain[n++] = s[i];
	}
	if (*s != '.' && to_integer(plain, &value))
		return value;
	if (is_decimal(plain)) {
		double d = strtod(plain, NULL);

		if (isfinite(d))
			value = (struct yaml_scalar){ .type = YAML_IS_FLOAT, .d = d };
	}
	return value;
}

/* The meaning of a plain scalar. */
struct yaml_scalar yaml_resolve(const char *s, size_t len)
{
	if (len == 0)
		return (struct yaml_scalar){ .type = YAML_IS_NULL };
	if (!strchr("+-.0123456789yYnNtTfFoO~", *s))
		return (struct yaml_scalar){ .type = YAML_IS_STRING };
	for (size_t i = 0; len <= WORD_MAX && i < ARRAY_LEN(words); i++)
		if (*words[i].text == *s && strlen(words[i].text) == len &&
			memcmp(words[i].text, s, len) == 0)
			return words[i].value;
	if (is_digit(*s) || *s == '+' || *s == '-' || *s == '.')
		return to_number(s, len);
	return (struct yaml_scalar){ .type = YAML_IS_STRING };
}

bool yaml_plain_is_string(const char *s, size_t len)
{
	return yaml_resolve(s, len).type == YAML_IS_STRING;
}

json_t *yaml_number(double d)
{
	if (floor(d) == d && fabs(d) < 0x1p63)
		return json_integer((json_int_t)d);
	return json_real(d);
}

char *yaml_real_text(double d, bool single)
{
	struct decimal decimal = decimal_of(d, single);
	struct buf text = { 0 };

	/* the exponent from which Go's %g writes one */
	if (decimal.exponent < -4 || decimal.exponent > 5)
		decimal_put_exponent(&text, &decimal, 2);
	else
		decimal_put_plain(&text, &decimal);
	return buf_steal(&text);
}

bool yaml_fits_tag(const char *tag, enum yaml_scalar_type type)
{
	if (strcmp(tag, YAML_TAG "null") == 0)
		return type == YAML_IS_NULL;
	if (strcmp(tag, YAML_TAG "bool") == 0)
		return type == YAML_IS_BOOL;
	if (type == YAML_IS_INT || type == YAML_IS_BIG)
		return strcmp(tag, YAML_TAG "int") == 0 || strcmp(tag, YAML_TAG "float") == 0;
	return type == YAML_IS_FLOAT && strcmp(tag, YAML_TAG "float") == 0;
}

json_t *yaml_scalar_json(const struct yaml_scalar *s)
{
	switch (s->type) {
	case YAML_IS_NULL:
		return json_null();
	case YAML_IS_BOOL:
		return json_boolean(s->b);
	case YAML_IS_INT:
		return json_integer(s->i);
	case YAML_IS_BIG:
	case YAML_IS_FLOAT:
		return yaml_number(s->d);
	case YAML_IS_STRING:
		break;
	}
	return NULL;
}

struct yaml_scalar yaml_scalar_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return (struct yaml_scalar){ .type = YAML_IS_STRING };
	case JSON_INTEGER:
		return (struct yaml_scalar){ .type = YAML_IS_INT, .i = json_integer_value(value) };
	case JSON_REAL:
		return (struct yaml_scalar){ .type = YAML_IS_FLOAT, .d = json_real_value(value) };
	case JSON_TRUE:
	case JSON_FALSE:
		return (struct yaml_scalar){ .type = YAML_IS_BOOL, .b = json_is_true(value) };
	default:
		return (struct yaml_scalar){ .type = YAML_IS_NULL };
	}
}
