/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"
#include "base/base64.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* Scalars */

enum scalar_type {
	SCALAR_STRING,
	SCALAR_NULL,
	SCALAR_BOOL,
	SCALAR_INT,
	SCALAR_BIG, /* beyond int64 but not uint64: an integer to YAML, a real to Kubernetes */
	SCALAR_FLOAT,
};

struct scalar {
	enum scalar_type type;
	bool b;
	json_int_t i;
	double d;
};

static const struct word {
	const char *text;
	struct scalar value;
} words[] = {
#define WORD(a, b, c, ...) { a, { __VA_ARGS__ } }, { b, { __VA_ARGS__ } }, { c, { __VA_ARGS__ } }
	WORD("true", "True", "TRUE", .type = SCALAR_BOOL, .b = true),
	WORD("yes", "Yes", "YES", .type = SCALAR_BOOL, .b = true),
	WORD("on", "On", "ON", .type = SCALAR_BOOL, .b = true),
	WORD("false", "False", "FALSE", .type = SCALAR_BOOL, .b = false),
	WORD("no", "No", "NO", .type = SCALAR_BOOL, .b = false),
	WORD("off", "Off", "OFF", .type = SCALAR_BOOL, .b = false),
	WORD("null", "Null", "NULL", .type = SCALAR_NULL),
	WORD(".nan", ".NaN", ".NAN", .type = SCALAR_FLOAT, .d = NAN),
	WORD(".inf", ".Inf", ".INF", .type = SCALAR_FLOAT, .d = INFINITY),
	WORD("+.inf", "+.Inf", "+.INF", .type = SCALAR_FLOAT, .d = INFINITY),
	WORD("-.inf", "-.Inf", "-.INF", .type = SCALAR_FLOAT, .d = -INFINITY),
#undef WORD
	{ "y", { .type = SCALAR_BOOL, .b = true } },
	{ "Y", { .type = SCALAR_BOOL, .b = true } },
	{ "n", { .type = SCALAR_BOOL, .b = false } },
	{ "N", { .type = SCALAR_BOOL, .b = false } },
	{ "~", { .type = SCALAR_NULL } },
};

enum { WORD_MAX = 5 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *s)
{
	while (is_digit(*s))
		s++;
	return s;
}

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

/* The base that a prefix tells; *s is moved behind it. A leading zero alone means octal. */
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

/* False for what is no integer, and for what no 64 bits hold: that may still be a decimal. */
static bool to_integer(const char *s, struct scalar *out)
{
	bool negative = *s == '-', sign = negative || *s == '+';
	const char *p = s + sign;
	unsigned base = skip_prefix(&p);
	uint64_t n = 0;

	if (base == 2 && !sign && p[-1] == 'b' && (*p == '-' || *p == '+') && p[1]) {
		negative = *p++ == '-'; /* "0b-1": nobody writes it, but it is read as -1 */
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
		*out = (struct scalar){ SCALAR_INT, .i = (json_int_t)(negative ? 0 - n : n) };
	else if (!sign)
		*out = (struct scalar){ SCALAR_BIG, .d = (double)n };
	else
		return false;
	return true;
}

static struct scalar to_number(const char *s, size_t len)
{
	char_auto *plain = xcalloc(len + 1, 1);
	struct scalar value = { SCALAR_STRING };
	size_t n = 0;

	if (memchr(s, '\0', len))
		return value;
	for (size_t i = 0; i < len; i++)
		if (s[i] != '_' || s[0] == '.')
			plain[n++] = s[i];
	if (*s != '.' && to_integer(plain, &value))
		return value;
	if (is_decimal(plain)) {
		double d = strtod(plain, NULL);

		if (isfinite(d))
			value = (struct scalar){ SCALAR_FLOAT, .d = d };
	}
	return value;
}

/* What a plain scalar stands for. */
static struct scalar resolve(const char *s, size_t len)
{
	if (len == 0)
		return (struct scalar){ SCALAR_NULL };
	if (!strchr("+-.0123456789yYnNtTfFoO~", *s))
		return (struct scalar){ SCALAR_STRING };
	for (size_t i = 0; len <= WORD_MAX && i < ARRAY_LEN(words); i++)
		if (*words[i].text == *s && strlen(words[i].text) == len &&
			memcmp(words[i].text, s, len) == 0)
			return words[i].value;
	if (is_digit(*s) || *s == '+' || *s == '-' || *s == '.')
		return to_number(s, len);
	return (struct scalar){ SCALAR_STRING };
}

/* One or two digits of at least min and at most max. */
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

/* Strings to Kubernetes, but dates to many a YAML reader; s ends in NUL. */
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

/* 190:20:30, a number in base 60 to YAML 1.1 */
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

bool yaml_plain_is_string(const char *s, size_t len)
{
	if (resolve(s, len).type != SCALAR_STRING)
		return false;
	if (!is_digit(*s) && *s != '+' && *s != '-')
		return true;
	char_auto *text = xstrndup(s, len);
	return !is_timestamp(text) && !is_sexagesimal(text);
}

/* Reals print as Go prints them, shortest first, and are read again: 2^60 is ...847000, not ...6976. */
static json_t *number(double d)
{
	char text[32];
	int digits = 0;

	if (floor(d) != d || fabs(d) >= 0x1p63)
		return json_real(d);
	if (fabs(d) < 0x1p53)
		return json_integer((json_int_t)d);
	do
		snprintf(text, sizeof(text), "%.*e", digits, d);
	while (strtod(text, NULL) != d && ++digits < 17);
	char *exponent = strchr(text, 'e');
	json_int_t n = text[0] == '-' ? text[1] - '0' : text[0] - '0';
	int zeros = (int)strtol(exponent + 1, NULL, 10) - digits;

	for (const char *p = strchr(text, '.'); p && ++p < exponent;)
		n = n * 10 + *p - '0';
	for (; zeros > 0; zeros--)
		if (__builtin_mul_overflow(n, 10, &n))
			return json_real(d);
	return json_integer(text[0] == '-' ? -n : n);
}

/* Documents */

struct frame {
	json_t *value;
	char *key;      /* of the value that comes next */
	char *anchor;   /* NULL without */
	json_t *merged; /* the maps that "<<" names, NULL without */
	bool merging;   /* the value that comes next is that of "<<" */
	size_t nodes;   /* how many there were before it */
	unsigned height;
};

/* What an anchor stands for; depth and size are known before an alias is followed. */
struct anchored {
	json_t *value;
	size_t nodes;
	unsigned height;
};

struct loader {
	const char *name, *text;
	size_t len;
	yaml_parser_t parser;
	struct frame frames[YAML_MAX_DEPTH];
	unsigned depth;
	json_t *documents;
	json_t *names; /* anchor -> place in anchors */
	struct anchored *anchors;
	size_t n_anchors, cap_anchors;
	size_t n_documents, nodes;
	bool aliased; /* values are shared and must be copied apart at the end */
	struct err *e;
};

/* Texts never quote a value: it may be a secret. */
static int PRINTF(3, 4) fail(struct loader *l, yaml_mark_t at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char_auto *what = xvasprintf(fmt, ap);
	va_end(ap);
	return err_set(l->e, ERR_FORMAT, 0, "%s:%zu:%zu: %s", l->name, at.line + 1, at.column + 1,
		what);
}

/* Line and column, from 0, of a byte. */
static yaml_mark_t mark_of(const char *text, size_t offset)
{
	yaml_mark_t at = { 0 };

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			at.line++;
			at.column = 0;
		} else if ((text[i] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return at;
}

static int reader_failed(struct loader *l)
{
	const yaml_parser_t *p = &l->parser;
	size_t offset = p->problem_offset < l->len ? p->problem_offset : l->len;
	yaml_mark_t at = mark_of(l->text, offset);

	if (strstr(p->problem, "control char"))
		return fail(l, at, "control character U+%04X: this is binary data, or damaged text",
			(unsigned)p->problem_value);
	return fail(l, at, "bad UTF-8: save the file as UTF-8");
}

static bool stands_on_tab(const struct loader *l, yaml_mark_t at)
{
	size_t i = 0;

	for (size_t index = 0; i < l->len; i++)
		if ((l->text[i] & 0xc0) != 0x80 && index++ == at.index)
			break;
	return i < l->len && l->text[i] == '\t';
}

static int parser_failed(struct loader *l)
{
	const yaml_parser_t *p = &l->parser;

	if (p->error == YAML_READER_ERROR)
		return reader_failed(l);
	if (!p->problem)
		return fail(l, p->problem_mark, "cannot be parsed as YAML");
	if (stands_on_tab(l, p->problem_mark))
		return fail(l, p->problem_mark, "a tab where YAML wants spaces: %s", p->problem);
	if (p->context)
		return fail(l, p->problem_mark, "%s, %s that begins at line %zu", p->problem,
			p->context, p->context_mark.line + 1);
	return fail(l, p->problem_mark, "%s", p->problem);
}

static int count(struct loader *l, size_t n, yaml_mark_t at)
{
	if (n > YAML_MAX_NODES - l->nodes)
		return fail(l, at, "more than %d values, with aliases expanded; split the file",
			YAML_MAX_NODES);
	l->nodes += n;
	return 0;
}

static void remember(struct loader *l, const char *name, struct anchored a)
{
	if (l->n_anchors == l->cap_anchors) {
		l->cap_anchors = l->cap_anchors ? l->cap_anchors * 2 : 16;
		l->anchors = xrealloc(l->anchors, l->cap_anchors, sizeof(*l->anchors));
	}
	json_incref(a.value);
	json_object_set_new(l->names, name, json_integer((json_int_t)l->n_anchors));
	l->anchors[l->n_anchors++] = a;
}

static void forget_anchors(struct loader *l)
{
	while (l->n_anchors > 0)
		json_decref(l->anchors[--l->n_anchors].value);
	json_object_clear(l->names);
}

static int merge(struct loader *l, struct frame *f, const json_t *v, yaml_mark_t at)
{
	const json_t *item;
	size_t i;

	f->merged = json_array();
	f->merging = false;
	if (json_is_object(v)) {
		json_array_append(f->merged, (json_t *)(uintptr_t)v);
		return 0;
	}
	json_array_foreach(v, i, item) {
		if (!json_is_object(item))
			break;
		json_array_append(f->merged, (json_t *)(uintptr_t)item);
	}
	if (!json_is_array(v) || i < json_array_size(v))
		return fail(l, at, "\"<<\" takes a map or a list of maps");
	return 0;
}

static int add_value(struct loader *l, const struct anchored *a, yaml_mark_t at)
{
	struct frame *f = l->depth ? &l->frames[l->depth - 1] : NULL;

	if (!f) {
		if (!json_is_null(a->value))
			json_array_append(l->documents, a->value);
		return 0;
	}
	if (f->height <= a->height)
		f->height = a->height + 1;
	if (json_is_array(f->value)) {
		json_array_append(f->value, a->value);
		return 0;
	}
	if (f->merging)
		return merge(l, f, a->value, at);
	json_object_set_nocheck(f->value, f->key, a->value);
	free(steal(&f->key));
	return 0;
}

static bool wants_key(const struct loader *l)
{
	const struct frame *f = l->depth ? &l->frames[l->depth - 1] : NULL;

	return f && json_is_object(f->value) && !f->key && !f->merging;
}

/* A float as key is spelt in single precision, with the digits that YAML would have. */
static int float_key(struct loader *l, double d, yaml_mark_t at, char **key)
{
	buf_auto text = { 0 };
	char digits[32];
	int n = 0;

	if (!(fabs(d) <= FLT_MAX))
		return fail(l, at, "this number cannot be a key; quote it");
	do
		snprintf(digits, sizeof(digits), "%.*e", n, (double)(float)d);
	while (strtof(digits, NULL) != (float)d && ++n < 9);
	json_auto_t *real = json_real(strtod(digits, NULL));
	yaml_write(&text, real);
	*key = xstrndup(buf_str(&text), text.len - 1);
	return 0;
}

static int to_key(struct loader *l, const struct scalar *s, const char *text, size_t len,
	yaml_mark_t at, char **key)
{
	switch (s->type) {
	case SCALAR_STRING:
		if (memchr(text, '\0', len))
			return fail(l, at, "a NUL character in a key");
		*key = xstrndup(text, len);
		return 0;
	case SCALAR_BOOL:
		*key = xstrdup(s->b ? "true" : "false");
		return 0;
	case SCALAR_INT:
		*key = xasprintf("%" JSON_INTEGER_FORMAT, s->i);
		return 0;
	case SCALAR_FLOAT:
		return float_key(l, s->d, at, key);
	case SCALAR_NULL:
		return fail(l, at, "a key is missing or null; quote it if text is meant");
	case SCALAR_BIG:
		break;
	}
	return fail(l, at, "this number cannot be a key; quote it");
}

static int add_key(struct loader *l, char *key_take, yaml_mark_t at)
{
	struct frame *f = &l->frames[l->depth - 1];

	f->key = key_take;
	if (!json_object_get(f->value, f->key))
		return 0;
	int shown = (int)strlen(f->key) > 60 ? 60 : (int)strlen(f->key);

	while (shown > 0 && (f->key[shown] & 0xc0) == 0x80)
		shown--;
	return fail(l, at, "key \"%.*s\" stands twice in one map; remove one", shown, f->key);
}

static bool is_tag(const char *tag, const char *name)
{
	return has_prefix(tag, YAML_TAG_PREFIX) && strcmp(tag + strlen(YAML_TAG_PREFIX), name) == 0;
}
