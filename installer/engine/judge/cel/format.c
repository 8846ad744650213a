/* SPDX-License-Identifier: Apache-2.0 */
/* format(): puts values into a text, as the library of cel-go does for the locale en_US. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/judge/cel/parts.h"

/* WRITTEN: steps for one number, which may have some hundred digits. */
enum { PRECISION = 6, PRECISION_MAX = 200, NESTING_MAX = 50, WRITTEN = 32 };

struct formatting {
	struct cel_run *run;
	struct buf *out;
	unsigned depth;
};

/* Every function here returns null, or an error or no verdict. */

static struct cel_value put_nested(struct formatting *f, const struct cel_value *v);

static struct cel_value no_clause(struct cel_run *run, const char *clause)
{
	return cel_error(run, "the clause %s does not take a value of this type", clause);
}

/* True: one character that strconv.Quote leaves unchanged. */
static bool is_printable(struct cel_run *run, const char *s, size_t n)
{
	static const char printable[] = "^[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}]$";

	return schema_pattern_match(run->input->patterns, printable, s, n) == SCHEMA_MATCH;
}

static uint32_t rune_of(const char *s, size_t n)
{
	static const unsigned char first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t rune = (unsigned char)s[0] & first[n];

	for (size_t i = 1; i < n; i++)
		rune = rune << 6 | ((unsigned char)s[i] & 0x3f);
	return rune;
}

static size_t rune_length(const struct cel_text *t, size_t at)
{
	size_t n = 1;

	while (at + n < t->n && n < 4 && ((unsigned char)t->s[at + n] & 0xc0) == 0x80)
		n++;
	return n;
}

static void put_rune(struct cel_run *run, struct buf *out, const char *s, size_t n)
{
	static const char codes[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";
	const char *known = *s ? strchr(codes, *s) : NULL;
	uint32_t rune = rune_of(s, n);

	if (known)
		buf_printf(out, "\\%c", letters[known - codes]);
	else if (rune < ' ' || rune == 0x7f)
		buf_printf(out, "\\x%02x", rune);
	else if (rune < 0x7f || is_printable(run, s, n))
		buf_putn(out, s, n);
	else
		buf_printf(out, rune < 0x10000 ? "\\u%04x" : "\\U%08x", rune);
}

static struct cel_value put_quoted(struct formatting *f, const struct cel_text *t)
{
	if (!cel_spend(f->run, t->n))
		return cel_exhausted();
	buf_putc(f->out, '"');
	for (size_t i = 0, n; i < t->n; i += n) {
		n = rune_length(t, i);
		put_rune(f->run, f->out, t->s + i, n);
	}
	buf_putc(f->out, '"');
	return cel_null();
}

static struct cel_value put_converted(struct formatting *f, const struct cel_value *v)
{
	struct cel_value text = cel_to_string(f->run, v);

	if (text.type != CEL_V_STRING)
		return text;
	if (!cel_spend(f->run, text.text.n / 16))
		return cel_exhausted();
	buf_putn(f->out, text.text.s, text.text.n);
	return cel_null();
}

/* Lists and maps: values in the form of literals */

static struct cel_value put_list(struct formatting *f, const struct cel_value *list)
{
	struct cel_value put = cel_null();

	buf_putc(f->out, '[');
	for (size_t i = 0; i < cel_size(list) && !cel_failed(&put); i++) {
		struct cel_value item = cel_item(f->run, list, i);

		buf_puts(f->out, i > 0 ? ", " : "");
		put = put_nested(f, &item);
	}
	buf_putc(f->out, ']');
	return put;
}

/* Orders entries by the texts of their keys. */
static int compare_entries(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct cel_value put_entry(struct formatting *f, const struct cel_value *key,
	const struct cel_value *value, char **entry)
{
	buf_auto text = { 0 };
	struct formatting own = { f->run, &text, f->depth };
	struct cel_value put;

	if (key->type != CEL_V_STRING && key->type != CEL_V_BOOL && key->type != CEL_V_INT &&
		key->type != CEL_V_UINT)
		return no_clause(f->run, "%s");
	put = put_nested(&own, key);
	/* This byte is less than any byte of a key's text, so only the keys decide the order. */
	buf_putc(&text, '\1');
	if (!cel_failed(&put))
		put = put_nested(&own, value);
	*entry = cel_copy(&f->run->arena, buf_str(&text), text.len);
	return *entry || cel_failed(&put) ? put : cel_exhausted();
}

static struct cel_value put_map(struct formatting *f, const struct cel_value *map)
{
	struct cel_cursor c = { .of = map };
	struct cel_value key, value, put = cel_null();
	size_t n = 0, room = cel_size(map);
	char **entries = cel_alloc(&f->run->arena, (room + 1) * sizeof(*entries));

	if (!entries)
		return cel_exhausted();
	while (n < room && !cel_failed(&put) && cel_next(f->run, &c, &key, &value))
		put = put_entry(f, &key, &value, &entries[n++]);
	if (cel_failed(&put))
		return put;
	qsort(entries, n, sizeof(*entries), compare_entries);
	buf_putc(f->out, '{');
	for (size_t i = 0; i < n; i++) {
		const char *split = strchr(entries[i], '\1');

		buf_printf(f->out, "%s%.*s:%s", i > 0 ? ", " : "", (int)(split - entries[i]),
			entries[i], split + 1);
	}
	buf_putc(f->out, '}');
	return put;
}

static struct cel_value put_literal(struct formatting *f, const struct cel_value *v)
{
	struct cel_value put;

	if (!cel_spend(f->run, WRITTEN))
		return cel_exhausted();
	switch (v->type) {
	case CEL_V_STRING:
		return put_quoted(f, &v->text);
	case CEL_V_BYTES:
		put = cel_to_string(f->run, v);
		buf_putc(f->out, 'b');
		return put.type == CEL_V_STRING ? put_quoted(f, &put.text) : put;
	case CEL_V_DOUBLE:
		if (isfinite(v->d))
			buf_printf(f->out, "%.*f", PRECISION, v->d);
		else
			buf_printf(f->out, "\"%s\"",
				isnan(v->d) ? "NaN" : v->d > 0 ? "+Inf" : "-Inf");
		return cel_null();
	case CEL_V_TIMESTAMP:
	case CEL_V_DURATION:
		buf_puts(f->out, v->type == CEL_V_TIMESTAMP ? "timestamp(\"" : "duration(\"");
		put = put_converted(f, v);
		buf_puts(f->out, "\")");
		return put;
	default:
		return put_converted(f, v);
	}
}

static struct cel_value put_container(struct formatting *f, const struct cel_value *v)
{
	struct cel_value put;

	if (++f->depth > NESTING_MAX || !cel_spend(f->run, 1))
		return cel_exhausted();
	put = v->type == CEL_V_LIST ? put_list(f, v) : put_map(f, v);
	f->depth--;
	return put;
}

static bool is_written(const struct cel_value *v)
{
	return v->type == CEL_V_BOOL || v->type == CEL_V_INT || v->type == CEL_V_UINT ||
	       v->type == CEL_V_DOUBLE || v->type == CEL_V_STRING || v->type == CEL_V_BYTES ||
	       v->type == CEL_V_TIMESTAMP || v->type == CEL_V_DURATION || v->type == CEL_V_TYPE;
}

static struct cel_value put_nested(struct formatting *f, const struct cel_value *v)
{
	if (cel_failed(v))
		return *v;
	if (v->type == CEL_V_LIST || v->type == CEL_V_MAP)
		return put_container(f, v);
	if (v->type == CEL_V_OPAQUE)
		return cel_unknown(f->run, "format() of a value without a type");
	if (v->type == CEL_V_NULL)
		buf_puts(f->out, "null");
	else if (is_written(v))
		return put_literal(f, v);
	else
		return no_clause(f->run, "%s");
	return cel_null();
}

/* Clauses */

static struct cel_value put_s(struct formatting *f, const struct cel_value *v)
{
	return is_written(v) ? put_converted(f, v) : put_nested(f, v);
}

/* Writes digits in groups of three. */
static void put_grouped(struct buf *out, const char *number)
{
	const char *digits = number + (*number == '-');
	size_t whole = strspn(digits, "0123456789");

	buf_puts(out, *number == '-' ? "-" : "");
	for (size_t i = 0; i < whole; i++) {
		if (i > 0 && (whole - i) % 3 == 0)
			buf_putc(out, ',');
		buf_putc(out, digits[i]);
	}
	buf_puts(out, digits + whole);
}

static size_t runes(const struct buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += ((unsigned char)text->data[i] & 0xc0) != 0x80;
	return n;
}

/* Writes "1.5×10⁰³". */
static void put_scientific(struct buf *out, const char *number)
{
	static const char *const raised[] = { "\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
		"\u2075", "\u2076", "\u2077", "\u2078", "\u2079" };
	const char *e = strchr(number, 'e');

	buf_printf(out, "%.*s\u00d710%s", (int)(e - number), number, e[1] == '-' ? "\u207b" : "");
	for (e += 2; *e; e++)
		buf_puts(out, raised[*e - '0']);
}

static struct cel_value put_float(
	struct formatting *f, const struct cel_value *v, char clause, int precision)
{
	static const char *const names[] = { "NaN", "Infinity", "-Infinity" };
	double d = v->d;
	char text[PRECISION_MAX + 400];
	buf_auto number = { 0 };
	size_t i = 0, width;

	if (v->type == CEL_V_STRING) {
		while (i < 3 && (v->text.n != strlen(names[i]) ||
					memcmp(v->text.s, names[i], v->text.n) != 0))
			i++;
		d = i == 0 ? (double)NAN : i == 1 ? (double)INFINITY : -(double)INFINITY;
	}
	if (v->type != CEL_V_DOUBLE && (v->type != CEL_V_STRING || i == 3))
		return no_clause(f->run, clause == 'f' ? "%f" : "%e");
	if (!cel_spend(f->run, WRITTEN))
		return cel_exhausted();
	if (precision > PRECISION_MAX)
		return cel_unknown(f->run, "format() of so many digits");
	if (d == 0)
		d = 0; /* cel-go writes zero without a sign */
	snprintf(text, sizeof(text), clause == 'f' ? "%.*f" : "%.*e",
		clause == 'f' ? precision : PRECISION, d);
	if (!isfinite(d))
		buf_puts(&number, isnan(d) ? "NaN" : d > 0 ? "\u221e" : "-\u221e");
	else if (clause == 'f')
		put_grouped(&number, text);
	else
		put_scientific(&number, text);
	/* cel-go uses the precision of %e as a width. */
	width = clause == 'e' ? (size_t)precision : 0;
	buf_printf(f->out, "%*s%s", (int)(width > runes(&number) ? width - runes(&number) : 0), "",
		buf_str(&number));
	return cel_null();
}

/* Writes an integer in base 2, 8 or 16. */
static void put_digits(struct buf *out, const struct cel_value *v, unsigned bits, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	bool negative = v->type == CEL_V_INT && v->i < 0;
	uint64_t u = negative ? -(uint64_t)v->i : v->u;
	char text[66];
	size_t at = sizeof(text);

	text[--at] = '\0';
	do
		text[--at] = digits[u & ((1u << bits) - 1)];
	while ((u >>= bits) > 0);
	buf_printf(out, "%s%s", negative ? "-" : "", text + at);
}

static struct cel_value put_based(struct formatting *f, const struct cel_value *v, char clause)
{
	unsigned bits = clause == 'b' ? 1 : clause == 'o' ? 3 : 4;
	bool text = v->type == CEL_V_STRING || v->type == CEL_V_BYTES;

	if (v->type == CEL_V_INT || v->type == CEL_V_UINT) {
		put_digits(f->out, v, bits, clause == 'X');
	} else if (clause == 'b' && v->type == CEL_V_BOOL) {
		buf_putc(f->out, v->b ? '1' : '0');
	} else if (bits == 4 && text) {
		if (!cel_spend(f->run, v->text.n / 8))
			return cel_exhausted();
		for (size_t i = 0; i < v->text.n; i++)
			buf_printf(f->out, clause == 'X' ? "%02X" : "%02x",
				(unsigned char)v->text.s[i]);
	} else {
		return no_clause(f->run, bits == 4 ? "%x" : bits == 3 ? "%o" : "%b");
	}
	return cel_null();
}

static struct cel_value put_clause(
	struct formatting *f, char clause, int precision, const struct cel_value *v)
{
	if (clause == 's')
		return put_s(f, v);
	if (clause == 'd')
		return v->type == CEL_V_INT || v->type == CEL_V_UINT ? put_converted(f, v)
								     : no_clause(f->run, "%d");
	if (clause == 'f' || clause == 'e')
		return put_float(f, v, clause, precision);
	if (clause && strchr("bxXo", clause))
		return put_based(f, v, clause);
	return cel_error(f->run, "format() knows no such clause");
}

/* Reads ".3" between "%" and the letter. Returns its bytes; 0: absent or wrong. */
static bool take_precision(const struct cel_text *t, size_t *at, int *precision)
{
	size_t start = *at;

	*precision = PRECISION;
	if (start == t->n || t->s[start] != '.')
		return start < t->n;
	*precision = 0;
	while (++*at < t->n && t->s[*at] >= '0' && t->s[*at] <= '9')
		if (*precision <= PRECISION_MAX)
			*precision = *precision * 10 + (t->s[*at] - '0');
	return *at < t->n && *at > start + 1;
}

static struct cel_value format(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_text *t = &args[0].text;
	buf_auto out = { 0 };
	struct formatting f = { run, &out, 0 };
	size_t next = 0;

	(void)n;
	if (args[0].type != CEL_V_STRING || args[1].type != CEL_V_LIST)
		return cel_no_overload();
	for (size_t i = 0; i < t->n; i++) {
		struct cel_value item, put;
		int precision;

		if (!cel_spend(run, 1))
			return cel_exhausted();
		if (t->s[i] != '%' || (i + 1 < t->n && t->s[i + 1] == '%')) {
			i += t->s[i] == '%';
			buf_putc(&out, t->s[i]);
			continue;
		}
		if (next == cel_size(&args[1]))
			return cel_error(run, "format() has no value for a clause");
		item = cel_item(run, &args[1], next++);
		i++;
		if (!take_precision(t, &i, &precision))
			return cel_error(run, "format() has a clause without an end");
		put = cel_failed(&item) ? item : put_clause(&f, t->s[i], precision, &item);
		if (cel_failed(&put))
			return put;
	}
	return cel_take(run, &out);
}

const struct cel_function cel_format_functions[] = {
	{ "format", true, 2, 2, format },
	{ 0 },
};
