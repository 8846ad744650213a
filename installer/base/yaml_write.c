/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"
#include "base/yaml_parts.h"

#include <limits.h>
#include <string.h>
#include <yaml.h>

/* Reads one or two digits; their value is from min to max. */
static bool date_field(const char **s, int min, int max, int *value)
{
	if (!is_digit(**s))
		return false;
	*value = *(*s)++ - '0';
	if (is_digit(**s))
		*value = *value * 10 + *(*s)++ - '0';
	return *value >= min && *value <= max;
}

static bool is_zone(const char *s)
{
	int hours, minutes;

	if (*s == 'Z')
		return !s[1];
	return (*s == '+' || *s == '-') && strlen(s) == 6 && s[3] == ':' && s++ &&
	       date_field(&s, 0, 24, &hours) && *s++ == ':' && date_field(&s, 0, 60, &minutes);
}

/* Kubernetes reads these as strings, but many a YAML reader takes them for dates. s ends in NUL. */
static bool is_timestamp(const char *s)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day, ignored;

	if (skip_digits(s) != s + 4 || s[4] != '-')
		return false;
	year = (s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 + s[3] - '0';
	s += 5;
	if (!date_field(&s, 1, 12, &month) || *s++ != '-' || !date_field(&s, 1, 31, &day))
		return false;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (day > days[month - 1] + (leap && month == 2))
		return false;
	char separator = *s;
	if (!separator)
		return true;
	s++;
	if (!strchr("tT ", separator) || !date_field(&s, 0, 23, &ignored) || *s++ != ':' ||
		!date_field(&s, 0, 59, &ignored) || *s++ != ':' || !date_field(&s, 0, 59, &ignored))
		return false;
	if ((*s == '.' || *s == ',') && is_digit(s[1]))
		s = skip_digits(s + 1);
	return separator == ' ' ? !*s : is_zone(s);
}

/* 190:20:30 is a number in base 60 in YAML 1.1 */
static bool is_sexagesimal(const char *s)
{
	s += *s == '-' || *s == '+';
	if (!is_digit(*s))
		return false;
	s += strspn(s, "0123456789_");
	if (*s != ':')
		return false;
	while (*s == ':') {
		size_t n = (size_t)(skip_digits(s + 1) - (s + 1));

		if (n < 1 || n > 2 || (n == 2 && s[1] > '5'))
			return false;
		s += n + 1;
	}
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789_");
	return !*s;
}

static int append(void *out, unsigned char *bytes, size_t n)
{
	buf_putn(out, (const char *)bytes, n);
	return 1;
}

/* The text is well-formed and the buffer takes all of it, so only memory can be missing. */
static void emit(yaml_emitter_t *emitter, int initialized, yaml_event_t *ev)
{
	if (!initialized)
		out_of_memory();
	if (yaml_emitter_emit(emitter, ev))
		return;
	if (emitter->error == YAML_MEMORY_ERROR)
		out_of_memory();
	abort();
}

/* libyaml itself chooses quotes where a plain scalar would not be read back as this text. */
static yaml_scalar_style_t style_of(const char *s, size_t len, bool key)
{
	/* U+2028 and U+2029 end a line in YAML 1.1, but not in other readers. */
	if (strstr(s, "\xe2\x80\xa8") || strstr(s, "\xe2\x80\xa9"))
		return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	if (memchr(s, '\n', len))
		return YAML_LITERAL_SCALAR_STYLE;
	if (key && len == 2 && memcmp(s, "<<", 2) == 0)
		return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	if (!yaml_plain_is_string(s, len))
		return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	if (memchr(s, '\0', len) || !memchr("0123456789+-", *s, 12))
		return YAML_PLAIN_SCALAR_STYLE;
	return is_timestamp(s) || is_sexagesimal(s) ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
						    : YAML_PLAIN_SCALAR_STYLE;
}

static void write_scalar(
	yaml_emitter_t *emitter, const char *s, size_t len, yaml_scalar_style_t style)
{
	yaml_event_t ev;
	int made = len <= INT_MAX && yaml_scalar_event_initialize(&ev, NULL, NULL,
					     (const yaml_char_t *)s, (int)len, 1, 1, style);

	emit(emitter, made, &ev);
}

static void write_number(yaml_emitter_t *emitter, const json_t *value)
{
	json_auto_t *n = json_is_real(value) ? yaml_number(json_real_value(value))
					     : json_integer(json_integer_value(value));
	char_auto *text = json_is_real(n)
				  ? yaml_real_text(json_real_value(n), false)
				  : xasprintf("%" JSON_INTEGER_FORMAT, json_integer_value(n));

	write_scalar(emitter, text, strlen(text), YAML_PLAIN_SCALAR_STYLE);
}

static void write_value(yaml_emitter_t *emitter, const json_t *value);

/* Compares numbers by value. 1 stands before 01. */
static int compare_numbers(const char *a, const char *b)
{
	const char *m = a + strspn(a, "0"), *n = b + strspn(b, "0");
	size_t left = (size_t)(skip_digits(m) - m), right = (size_t)(skip_digits(n) - n);

	if (left != right)
		return left < right ? -1 : 1;
	int order = memcmp(m, n, left);
	return order ? order : (m - a < n - b ? -1 : 1);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
}

/*
 * The order of Kubernetes tooling: a number inside a key counts as a number, other characters stand
 * before digits, digits before letters. The tooling's order is circular for 10, 1b and 2; this
 * order is not.
 */
static int by_key(const void *left, const void *right)
{
	const char *a = *(const char *const *)left, *b = *(const char *const *)right;
	size_t i = 0;

	while (a[i] && a[i] == b[i])
		i++;
	bool digit = is_digit(a[i]), other = is_digit(b[i]);
	size_t start = i;

	while (start > 0 && is_digit(a[start - 1]))
		start--;
	if ((digit && other) || (start < i && (digit || other)))
		return compare_numbers(a + start, b + start);
	if (a[i] && b[i] && is_letter(a[i]) != is_letter(b[i]))
		return is_letter(a[i]) ? 1 : -1;
	if (a[i] && b[i] && digit != other)
		return digit ? 1 : -1;
	return (unsigned char)a[i] - (unsigned char)b[i];
}

static void write_object(yaml_emitter_t *emitter, const json_t *value)
{
	json_t *object = (json_t *)(uintptr_t)value, *child;
	const char **keys = xcalloc(json_object_size(object), sizeof(*keys)), *key;
	size_t n = 0;
	yaml_event_t ev;

	json_object_foreach(object, key, child)
		keys[n++] = key;
	qsort(keys, n, sizeof(*keys), by_key);
	emit(emitter,
		yaml_mapping_start_event_initialize(&ev, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE),
		&ev);
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(keys[i]);

		write_scalar(emitter, keys[i], len, style_of(keys[i], len, true));
		write_value(emitter, json_object_get(object, keys[i]));
	}
	emit(emitter, yaml_mapping_end_event_initialize(&ev), &ev);
	free(keys);
}

static void write_array(yaml_emitter_t *emitter, const json_t *value)
{
	const json_t *item;
	yaml_event_t ev;
	size_t i;

	emit(emitter,
		yaml_sequence_start_event_initialize(&ev, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE),
		&ev);
	json_array_foreach(value, i, item)
		write_value(emitter, item);
	emit(emitter, yaml_sequence_end_event_initialize(&ev), &ev);
}

static void write_value(yaml_emitter_t *emitter, const json_t *value)
{
	const char *s = json_string_value(value);
	size_t len = json_string_length(value);

	if (json_is_object(value))
		write_object(emitter, value);
	else if (json_is_array(value))
		write_array(emitter, value);
	else if (s)
		write_scalar(emitter, s, len, style_of(s, len, false));
	else if (json_is_number(value))
		write_number(emitter, value);
	else if (json_is_boolean(value))
		write_scalar(emitter, json_is_true(value) ? "true" : "false",
			json_is_true(value) ? 4 : 5, YAML_PLAIN_SCALAR_STYLE);
	else
		write_scalar(emitter, "null", 4, YAML_PLAIN_SCALAR_STYLE);
}

void yaml_write(struct buf *out, const json_t *value)
{
	size_t start = out->len;
	yaml_emitter_t emitter;
	yaml_event_t ev;

	if (!yaml_emitter_initialize(&emitter))
		out_of_memory();
	yaml_emitter_set_output(&emitter, append, out);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, 80);
	emit(&emitter, yaml_stream_start_event_initialize(&ev, YAML_UTF8_ENCODING), &ev);
	emit(&emitter, yaml_document_start_event_initialize(&ev, NULL, NULL, NULL, 1), &ev);
	write_value(&emitter, value);
	emit(&emitter, yaml_document_end_event_initialize(&ev, 1), &ev);
	emit(&emitter, yaml_stream_end_event_initialize(&ev), &ev);
	yaml_emitter_delete(&emitter);
	/*
	 * The emitter writes an end mark after text that keeps its line ends. Text inside is always
	 * indented.
	 */
	if (out->len - start > 5 && memcmp(out->data + out->len - 5, "\n...\n", 5) == 0) {
		out->len -= 4;
		out->data[out->len] = '\0';
	}
}
