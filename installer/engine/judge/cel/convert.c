/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions between types, and values as text in Go's form. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "engine/judge/cel/parts.h"

static bool put_special(struct buf *out, double d)
{
	if (isfinite(d))
		return false;
	buf_puts(out, isnan(d) ? "NaN" : d > 0 ? "+Inf" : "-Inf");
	return true;
}

void cel_put_double(struct buf *out, double d)
{
	if (put_special(out, d))
		return;
	struct decimal decimal = decimal_of(d, false);

	if (decimal.exponent >= -4 && decimal.exponent < 6)
		decimal_put_plain(out, &decimal);
	else
		decimal_put_exponent(out, &decimal, 2);
}

void cel_put_duration(struct buf *out, int64_t nanoseconds)
{
	double d = (double)(nanoseconds / 1000000000) +
		   (double)(nanoseconds % 1000000000) / 1e9;
	struct decimal decimal = decimal_of(d, false);

	decimal_put_plain(out, &decimal);
	buf_putc(out, 's');
}

/* Conversions */

static bool is_utf8(const struct cel_text *text)
{
	char_auto *copy = xstrndup(text->s, text->n);
	json_auto_t *json = json_stringn(copy, text->n);

	return json != NULL;
}

struct cel_value cel_to_string(struct cel_run *run, const struct cel_value *v)
{
	struct buf text = { 0 };

	switch (v->type) {
	case CEL_V_STRING:
		return *v;
	case CEL_V_TYPE:
		return cel_borrow(CEL_V_STRING, v->text.s, v->text.n);
	case CEL_V_BYTES:
		return is_utf8(&v->text) ? cel_borrow(CEL_V_STRING, v->text.s, v->text.n)
					 : cel_error(run, "invalid UTF-8 in bytes");
	case CEL_V_BOOL:
		buf_puts(&text, v->b ? "true" : "false");
		break;
	case CEL_V_INT:
		buf_printf(&text, "%lld", (long long)v->i);
		break;
	case CEL_V_UINT:
		buf_printf(&text, "%llu", (unsigned long long)v->u);
		break;
	case CEL_V_DOUBLE:
		cel_put_double(&text, v->d);
		break;
	case CEL_V_TIMESTAMP:
		go_time_put(&text, &v->time);
		break;
	case CEL_V_DURATION:
		cel_put_duration(&text, v->i);
		break;
	case CEL_V_IP:
	case CEL_V_CIDR:
		cel_put_address(&text, &v->address, v->type == CEL_V_CIDR);
		break;
	default:
		return cel_no_overload();
	}
	return cel_take(run, &text);
}

static struct cel_value to_string(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return cel_to_string(run, &args[0]);
}

static struct cel_value bad_conversion(struct cel_run *run, const char *to)
{
	return cel_error(run, "the value cannot be converted to %s", to);
}

/* Decimal digits, with a sign where sign is true; NULL: another form. */
static const char *digits_of(const struct cel_text *text, char copy[40], bool sign)
{
	size_t start = sign && text->n > 0 && strchr("+-", text->s[0]) && text->s[0] ? 1 : 0;

	if (text->n <= start || text->n >= 40)
		return NULL;
	for (size_t i = start; i < text->n; i++)
		if (text->s[i] < '0' || text->s[i] > '9')
			return NULL;
	memcpy(copy, text->s, text->n);
	copy[text->n] = '\0';
	return copy;
}

static struct cel_value to_int(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_value *v = &args[0];
	char copy[40];
	long long i;

	(void)n;
	switch (v->type) {
	case CEL_V_INT:
		return *v;
	case CEL_V_UINT:
		return v->u <= INT64_MAX ? cel_int((int64_t)v->u) : bad_conversion(run, "int");
	case CEL_V_DOUBLE:
		return v->d > -0x1p63 && v->d < 0x1p63 ? cel_int((int64_t)v->d)
						       : bad_conversion(run, "int");
	case CEL_V_STRING:
		errno = 0;
		i = digits_of(&v->text, copy, true) ? strtoll(copy, NULL, 10) : (errno = EINVAL);
		return errno == 0 ? cel_int(i) : bad_conversion(run, "int");
	case CEL_V_TIMESTAMP:
		return cel_int(v->time.seconds);
	case CEL_V_DURATION:
		return cel_int(v->i);
	default:
		return cel_no_overload();
	}
}

static struct cel_value to_uint(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_value *v = &args[0];
	char copy[40];
	unsigned long long u;

	(void)n;
	switch (v->type) {
	case CEL_V_UINT:
		return *v;
	case CEL_V_INT:
		return v->i >= 0 ? cel_uint((uint64_t)v->i) : bad_conversion(run, "uint");
	case CEL_V_DOUBLE:
		return v->d >= 0 && v->d < 0x1p64 ? cel_uint((uint64_t)v->d)
						  : bad_conversion(run, "uint");
	case CEL_V_STRING:
		errno = 0;
		u = digits_of(&v->text, copy, false) ? strtoull(copy, NULL, 10)
						     : (errno = EINVAL);
		return errno == 0 ? cel_uint(u) : bad_conversion(run, "uint");
	default:
		return cel_no_overload();
	}
}

/* Only reads forms that C and Go read alike. Hexadecimal floats have no verdict. */
static struct cel_value parse_double(struct cel_run *run, const struct cel_text *text)
{
	char_auto *copy = xstrndup(text->s, text->n);
	char *end;
	double d;

	if (strlen(copy) != text->n || text->n == 0)
		return bad_conversion(run, "double");
	end = copy + strspn(copy, "+-");
	if (end[0] == '0' && (end[1] == 'x' || end[1] == 'X'))
		return cel_unknown(run, "double() of this text");
	if (strpbrk(copy, " \t\r\n\f\v(") || (end > copy && strchr("nN", *end)) ||
		(d = strtod(copy, &end), *end || end == copy) || (isinf(d) && !strpbrk(copy, "iI")))
		return bad_conversion(run, "double");
	return cel_double(d);
}

static struct cel_value to_double(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_value *v = &args[0];

	(void)n;
	switch (v->type) {
	case CEL_V_DOUBLE:
		return *v;
	case CEL_V_INT:
		return cel_double((double)v->i);
	case CEL_V_UINT:
		return cel_double((double)v->u);
	case CEL_V_STRING:
		return parse_double(run, &v->text);
	default:
		return cel_no_overload();
	}
}

static struct cel_value to_bool(struct cel_run *run, const struct cel_value *args, size_t n)
{
	static const char *const words[2][6] = { { "0", "f", "F", "false", "False", "FALSE" },
		{ "1", "t", "T", "true", "True", "TRUE" } };
	const struct cel_text *text = &args[0].text;

	(void)n;
	if (args[0].type == CEL_V_BOOL)
		return args[0];
	if (args[0].type != CEL_V_STRING)
		return cel_no_overload();
	for (size_t i = 0; i < 12; i++)
		if (strlen(words[i / 6][i % 6]) == text->n &&
			memcmp(words[i / 6][i % 6], text->s, text->n) == 0)
			return cel_bool(i / 6 == 1);
	return bad_conversion(run, "bool");
}

static struct cel_value to_bytes(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)run;
	(void)n;
	if (args[0].type != CEL_V_STRING && args[0].type != CEL_V_BYTES)
		return cel_no_overload();
	return cel_borrow(CEL_V_BYTES, args[0].text.s, args[0].text.n);
}

static struct cel_value to_duration(struct cel_run *run, const struct cel_value *args, size_t n)
{
	int64_t ns;

	(void)n;
	if (args[0].type == CEL_V_DURATION)
		return args[0];
	if (args[0].type == CEL_V_INT)
		return cel_duration(args[0].i);
	if (args[0].type != CEL_V_STRING)
		return cel_no_overload();
	return cel_parse_duration(&args[0].text, &ns) ? cel_duration(ns)
						      : bad_conversion(run, "duration");
}

static struct cel_value to_timestamp(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value v = { .type = CEL_V_TIMESTAMP };

	(void)n;
	if (args[0].type == CEL_V_TIMESTAMP)
		return args[0];
	if (args[0].type == CEL_V_INT) {
		v.time.seconds = args[0].i;
		return args[0].i >= -62135596800 && args[0].i <= 253402300799
			       ? v
			       : bad_conversion(run, "timestamp");
	}
	if (args[0].type != CEL_V_STRING)
		return cel_no_overload();
	return cel_parse_time(&args[0].text, &v.time) ? v : bad_conversion(run, "timestamp");
}

static struct cel_value to_dyn(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)run;
	(void)n;
	return args[0];
}

static struct cel_value type_of(struct cel_run *run, const struct cel_value *args, size_t n)
{
	static const char *const names[] = {
		[CEL_V_NULL] = "null_type",
		[CEL_V_BOOL] = "bool",
		[CEL_V_INT] = "int",
		[CEL_V_UINT] = "uint",
		[CEL_V_DOUBLE] = "double",
		[CEL_V_STRING] = "string",
		[CEL_V_BYTES] = "bytes",
		[CEL_V_TIMESTAMP] = "google.protobuf.Timestamp",
		[CEL_V_DURATION] = "google.protobuf.Duration",
		[CEL_V_LIST] = "list",
		[CEL_V_MAP] = "map",
		[CEL_V_TYPE] = "type",
		[CEL_V_OPTIONAL] = "optional_type",
		[CEL_V_QUANTITY] = "kubernetes.Quantity",
		[CEL_V_URL] = "kubernetes.URL",
		[CEL_V_SEMVER] = "kubernetes.Semver",
		[CEL_V_FORMAT] = "kubernetes.NamedFormat",
		[CEL_V_IP] = "net.IP",
		[CEL_V_CIDR] = "net.CIDR",
	};
	const char *name = args[0].type < ARRAY_LEN(names) ? names[args[0].type] : NULL;

	(void)n;
	return name ? cel_borrow(CEL_V_TYPE, name, strlen(name)) : cel_unknown(run, "type()");
}

const struct cel_function cel_convert_functions[] = {
	{ "string", false, 1, 1, to_string },
	{ "int", false, 1, 1, to_int },
	{ "uint", false, 1, 1, to_uint },
	{ "double", false, 1, 1, to_double },
	{ "bool", false, 1, 1, to_bool },
	{ "bytes", false, 1, 1, to_bytes },
	{ "duration", false, 1, 1, to_duration },
	{ "timestamp", false, 1, 1, to_timestamp },
	{ "dyn", false, 1, 1, to_dyn },
	{ "type", false, 1, 1, type_of },
	{ 0 },
};
