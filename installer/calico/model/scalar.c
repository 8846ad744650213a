/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/model/scalar.h"

#include <math.h>
#include <string.h>

#include "base/go_time.h"
#include "base/json.h"

enum { MAX_PORT = 65535, MAX_PORT_NAME = 128 };

static json_t *same(const json_t *value)
{
	return json_incref((json_t *)(uintptr_t)value);
}

static json_t *refused(const char **why, const char *text)
{
	*why = text;
	return NULL;
}

/* Integers */

static const struct bounds {
	json_int_t min, max;
	const char *not_integer, *beyond;
} bounds[] = {
	[FIELD_INT] = { INT64_MIN, INT64_MAX, "should be an integer", "is beyond 64 bits" },
	[FIELD_INT32] = { INT32_MIN, INT32_MAX, "should be an integer",
		"is beyond -2147483648 to 2147483647" },
	[FIELD_INT64] = { INT64_MIN, INT64_MAX, "should be an integer", "is beyond 64 bits" },
	[FIELD_UINT8] = { 0, UINT8_MAX, "should be an integer", "is beyond 0 to 255" },
	[FIELD_UINT16] = { 0, UINT16_MAX, "should be an integer", "is beyond 0 to 65535" },
	[FIELD_UINT32] = { 0, UINT32_MAX, "should be an integer", "is beyond 0 to 4294967295" },
	[FIELD_UINT64] = { 0, INT64_MAX, "should be an integer", "is below 0 or beyond 63 bits" },
};

/* In a file, YAML's 1.0 and 1e3 are integers. */
static bool to_integer(const json_t *value, bool from_file, json_int_t *number)
{
	if (json_is_integer(value)) {
		*number = json_integer_value(value);
		return true;
	}
	double d = json_is_real(value) ? json_real_value(value) : NAN;

	if (!from_file || !(d >= -9.2e18 && d <= 9.2e18) || d != trunc(d))
		return false;
	*number = (json_int_t)d;
	return true;
}

static json_t *integer(enum field_type type, const json_t *value, bool from_file, const char **why)
{
	const struct bounds *b = &bounds[type];
	json_int_t number;

	if (json_is_real(value) && fabs(json_real_value(value)) > 9.2e18)
		return refused(why, b->beyond);
	if (!to_integer(value, from_file, &number))
		return refused(why, b->not_integer);
	if (number < b->min || number > b->max)
		return refused(why, b->beyond);
	return json_is_integer(value) ? same(value) : json_integer(number);
}

/* Reads decimal digits only; the number is at most max. */
static bool unsigned_text(const char *text, size_t len, unsigned long max, unsigned long *number)
{
	*number = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = *number * 10 + (unsigned long)(text[i] - '0');
		if (*number > max)
			return false;
	}
	return len > 0;
}

static bool all_digits(const char *text, size_t len)
{
	return len > 0 && strspn(text, "0123456789") >= len;
}

/* Ports and protocols */

static json_t *port_range(const char *text, const char *colon, const char **why)
{
	unsigned long min, max;

	if (!unsigned_text(text, (size_t)(colon - text), MAX_PORT, &min) ||
		!unsigned_text(colon + 1, strlen(colon + 1), MAX_PORT, &max))
		return refused(why, "is a range with a port beyond 0 to 65535");
	if (min > max)
		return refused(why, "is a range whose first port is above its last");
	if (min == max)
		return json_integer((json_int_t)min);
	return json_sprintf("%lu:%lu", min, max);
}

static json_t *port_of_text(const json_t *value, const char **why)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	const char *text = json_string_value(value), *colon = strchr(text, ':');
	size_t len = json_string_length(value);
	unsigned long number;

	if (len == strlen(text) && colon && all_digits(text, (size_t)(colon - text)) &&
		all_digits(colon + 1, strlen(colon + 1)))
		return port_range(text, colon, why);
	if (all_digits(text, len))
		return unsigned_text(text, len, MAX_PORT, &number)
			       ? json_integer((json_int_t)number)
			       : refused(why, "is a port beyond 0 to 65535");
	if (len == 0 || len > MAX_PORT_NAME || strspn(text, letters) != len)
		return refused(why, "is no port: a number, a range such as 80:90, or a name");
	return same(value);
}

static json_t *port(const json_t *value, bool from_file, const char **why)
{
	if (json_is_string(value))
		return port_of_text(value, why);
	if (!json_is_number(value))
		return refused(why, "is no port: a number, a range such as 80:90, or a name");
	return integer(FIELD_UINT16, value, from_file, why);
}

/* A number of 8 bits, also when it is text. Any other text stays unchanged. */
static json_t *byte_or_text(const json_t *value, bool from_file, const char **why)
{
	unsigned long number;

	if (!json_is_string(value) && !json_is_number(value))
		return refused(why, "should be a number or a string");
	if (json_is_number(value))
		return integer(FIELD_UINT8, value, from_file, why);
	if (!unsigned_text(json_string_value(value), json_string_length(value), UINT8_MAX, &number))
		return same(value);
	return json_integer((json_int_t)number);
}

bool scalar_as_number(const char *text, uint32_t *number)
{
	const char *dot = strchr(text, '.');
	unsigned long high, low = 0;

	if (!dot) {
		if (!unsigned_text(text, strlen(text), UINT32_MAX, &high))
			return false;
		*number = (uint32_t)high;
		return true;
	}
	if (!unsigned_text(text, (size_t)(dot - text), UINT16_MAX, &high) ||
		!unsigned_text(dot + 1, strlen(dot + 1), UINT16_MAX, &low))
		return false;
	*number = (uint32_t)(high << 16 | low);
	return true;
}

static json_t *as_number(const json_t *value, bool from_file, const char **why)
{
	uint32_t number;

	if (json_is_number(value))
		return integer(FIELD_UINT32, value, from_file, why);
	if (json_is_string(value) &&
		strlen(json_string_value(value)) == json_string_length(value) &&
		scalar_as_number(json_string_value(value), &number))
		return json_integer((json_int_t)number);
	return refused(why, "is no AS number: 0 to 4294967295, or two numbers such as 1.10");
}

/* Times */

static json_t *changed(const json_t *value, struct buf *text)
{
	json_t *result = strcmp(buf_str(text), json_string_value(value)) == 0
				 ? same(value)
				 : json_string(buf_str(text));

	buf_release(text);
	return result;
}

static json_t *duration(const json_t *value, const char **why)
{
	struct buf text = { 0 };
	int64_t ns;

	if (!json_is_string(value) ||
		!go_duration_parse(json_string_value(value), json_string_length(value), &ns))
		return refused(why, "is no duration, such as 90s or 1m30s");
	go_duration_put(&text, ns);
	return changed(value, &text);
}

/* The time in UTC, in whole seconds. "" and Go's zero time count as no time. */
static json_t *timestamp(const json_t *value, const char **why)
{
	struct buf text = { 0 };
	struct go_time t;

	if (!json_is_string(value) ||
		!go_time_parse(json_string_value(value), json_string_length(value), &t))
		return refused(why, "is no time, such as 2026-01-31T12:00:00Z");
	t.nanoseconds = 0;
	t.offset = 0;
	go_time_put(&text, &t);
	return changed(value, &text);
}

/* Strings */

static json_t *text_of(const json_t *value)
{
	buf_auto text = { 0 };

	json_write(&text, value, JSON_STYLE_COMPACT);
	return json_string(buf_str(&text));
}

static json_t *string(const json_t *value, bool from_file, const char **why)
{
	if (json_is_string(value))
		return same(value);
	if (from_file && (json_is_number(value) || json_is_boolean(value)))
		return text_of(value);
	return refused(why, "should be a string");
}

json_t *scalar_decode(enum field_type type, const json_t *value, bool from_file, const char **why)
{
	switch (type) {
	case FIELD_STRING:
		return string(value, from_file, why);
	case FIELD_BOOL:
		return json_is_boolean(value) ? same(value)
					      : refused(why, "should be true or false");
	case FIELD_FLOAT:
		return json_is_number(value) ? same(value) : refused(why, "should be a number");
	case FIELD_TIME:
		return timestamp(value, why);
	case FIELD_DURATION:
		return duration(value, why);
	case FIELD_PORT:
		return port(value, from_file, why);
	case FIELD_PROTOCOL:
	case FIELD_DSCP:
		return byte_or_text(value, from_file, why);
	case FIELD_AS_NUMBER:
		return as_number(value, from_file, why);
	case FIELD_INT_OR_STRING:
		return json_is_string(value) ? same(value)
					     : integer(FIELD_INT32, value, from_file, why);
	case FIELD_STRUCT:
	case FIELD_ANY:
		return same(value);
	default:
		return integer(type, value, from_file, why);
	}
}
