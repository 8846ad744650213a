/* SPDX-License-Identifier: Apache-2.0 */
/* Functions on texts. Positions in a text count characters, not bytes. */
#include <string.h>

#include "engine/judge/cel/parts.h"

static bool is_text(const struct cel_value *v)
{
	return v->type == CEL_V_STRING;
}

static bool all_text(const struct cel_value *args, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_text(&args[i]))
			return false;
	return true;
}

static size_t count_runes(const struct cel_text *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += ((unsigned char)t->s[i] & 0xc0) != 0x80;
	return n;
}

/* Number of bytes of the first "runes" characters; a shorter text: all its bytes. */
static size_t bytes_before(const struct cel_text *t, size_t runes)
{
	size_t i = 0;

	for (; i < t->n; i++)
		if (((unsigned char)t->s[i] & 0xc0) != 0x80 && runes-- == 0)
			break;
	return i;
}

static struct cel_value slice(const struct cel_text *t, size_t from, size_t to)
{
	return cel_borrow(CEL_V_STRING, t->s + from, to - from);
}

static struct cel_value out_of_range(struct cel_run *run, int64_t i)
{
	return cel_error(run, "index out of range: %lld", (long long)i);
}

static const char *find(const struct cel_text *t, size_t from, const struct cel_text *what)
{
	return from > t->n ? NULL : memmem(t->s + from, t->n - from, what->s, what->n);
}

static struct cel_value size(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	switch (args[0].type) {
	case CEL_V_STRING:
		if (!cel_spend(run, args[0].text.n / 16))
			return cel_exhausted();
		return cel_int((int64_t)count_runes(&args[0].text));
	case CEL_V_BYTES:
		return cel_int((int64_t)args[0].text.n);
	case CEL_V_LIST:
	case CEL_V_MAP:
		return cel_int((int64_t)cel_size(&args[0]));
	default:
		return cel_no_overload();
	}
}

/* Questions */

static struct cel_value contains(struct cel_run *run, const struct cel_value *args, size_t n)
{
	if (!all_text(args, n))
		return cel_no_overload();
	if (!cel_spend(run, args[0].text.n / 16))
		return cel_exhausted();
	return cel_bool(find(&args[0].text, 0, &args[1].text));
}

static struct cel_value starts_with(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_text *t = &args[0].text, *what = &args[1].text;

	(void)run;
	if (!all_text(args, n))
		return cel_no_overload();
	return cel_bool(what->n <= t->n && memcmp(t->s, what->s, what->n) == 0);
}

static struct cel_value ends_with(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_text *t = &args[0].text, *what = &args[1].text;

	(void)run;
	if (!all_text(args, n))
		return cel_no_overload();
	return cel_bool(
		what->n <= t->n && memcmp(t->s + t->n - what->n, what->s, what->n) == 0);
}

/* Regular expressions */

static struct cel_value no_pattern(struct cel_run *run)
{
	return cel_unknown(run, "this pattern");
}

static struct cel_value matches(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_text *t = &args[0].text;
	enum schema_match match;

	if (!all_text(args, n))
		return cel_no_overload();
	if (memchr(args[1].text.s, '\0', args[1].text.n) || !cel_spend(run, 1000 + t->n))
		return no_pattern(run);
	char_auto *pattern = xstrndup(args[1].text.s, args[1].text.n);

	match = schema_pattern_match(run->input->patterns, pattern, t->s, t->n);
	return match == SCHEMA_MATCH_UNKNOWN ? no_pattern(run) : cel_bool(match == SCHEMA_MATCH);
}

/* At most limit matches (-1: all), as a list; first: the first match alone. */
static struct cel_value find_matches(
	struct cel_run *run, const struct cel_value *args, int64_t limit, bool first)
{
	const struct cel_text *t = &args[0].text;
	struct cel_list list = { 0 };
	size_t at = 0, from, to;

	if (!all_text(args, 2))
		return cel_no_overload();
	if (memchr(args[1].text.s, 0, args[1].text.n))
		return no_pattern(run);
	char_auto *pattern = xstrndup(args[1].text.s, args[1].text.n);

	while (limit < 0 || (int64_t)list.n < limit) {
		enum schema_match match = SCHEMA_MATCH_UNKNOWN;

		if (cel_spend(run, 1000 + t->n))
			match = schema_pattern_find(run->input->patterns, pattern, t->s, t->n, at,
				&from, &to);
		/* Go counts empty matches in another way, so they have no verdict. */
		if (match == SCHEMA_MATCH_UNKNOWN ||
			(match == SCHEMA_MATCH && from == to && !first))
			return no_pattern(run);
		if (match == SCHEMA_NO_MATCH)
			break;
		if (first)
			return slice(t, from, to);
		if (!cel_push(run, &list, slice(t, from, to)))
			return cel_exhausted();
		at = to;
	}
	return first ? slice(t, 0, 0) : cel_list_value(run, &list);
}

static struct cel_value find_first(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return find_matches(run, args, -1, true);
}

static struct cel_value find_all(struct cel_run *run, const struct cel_value *args, size_t n)
{
	if (n > 2 && args[2].type != CEL_V_INT)
		return cel_no_overload();
	return find_matches(run, args, n > 2 ? args[2].i : -1, false);
}

/* Places */

static struct cel_value char_at(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_text *t = &args[0].text;
	struct cel_text rest;
	size_t from;

	(void)n;
	if (!is_text(&args[0]) || args[1].type != CEL_V_INT)
		return cel_no_overload();
	if (args[1].i < 0 || (uint64_t)args[1].i > count_runes(t))
		return out_of_range(run, args[1].i);
	from = bytes_before(t, (size_t)args[1].i);
	rest = (struct cel_text){ t->s + from, t->n - from };
	return slice(&rest, 0, bytes_before(&rest, 1));
}

static int64_t runes_before(const struct cel_text *t, const char *p)
{
	struct cel_text before = { t->s, (size_t)(p - t->s) };

	return (int64_t)count_runes(&before);
}

static struct cel_value index_of(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_text *t = &args[0].text, *what = &args[1].text;
	int64_t offset = n > 2 ? args[2].i : 0;
	const char *found;

	if (!all_text(args, 2) || (n > 2 && args[2].type != CEL_V_INT))
		return cel_no_overload();
	if (!cel_spend(run, t->n / 16))
		return cel_exhausted();
	if (what->n == 0)
		return cel_int(offset);
	if (offset < 0)
		return out_of_range(run, offset);
	found = find(t, bytes_before(t, (size_t)offset), what);
	return cel_int(found ? runes_before(t, found) : -1);
}

static struct cel_value last_index_of(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_text *t = &args[0].text, *what = &args[1].text;
	const char *found = NULL, *p;
	int64_t runes, offset;

	if (!all_text(args, 2) || (n > 2 && args[2].type != CEL_V_INT))
		return cel_no_overload();
	if (!cel_spend(run, t->n))
		return cel_exhausted();
	runes = (int64_t)count_runes(t);
	if (what->n == 0)
		return cel_int(n > 2 ? args[2].i : runes);
	if (n == 2 && t->n < what->n)
		return cel_int(-1);
	offset = n > 2 ? args[2].i : runes - 1;
	if (offset < 0)
		return out_of_range(run, offset);
	if (offset >= runes)
		return cel_int(-1);
	for (p = find(t, 0, what); p && runes_before(t, p) <= offset;
		p = find(t, (size_t)(p - t->s) + 1, what))
		found = p;
	return cel_int(found ? runes_before(t, found) : -1);
}

static struct cel_value substring(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_text *t = &args[0].text;
	int64_t runes, from, to;

	if (!is_text(&args[0]) || args[1].type != CEL_V_INT || (n > 2 && args[2].type != CEL_V_INT))
		return cel_no_overload();
	runes = (int64_t)count_runes(t);
	from = args[1].i;
	to = n > 2 ? args[2].i : runes;
	if (from > to)
		return cel_error(run, "the start of a substring is behind its end");
	if (from < 0 || from > runes || to < 0 || to > runes)
		return out_of_range(run, from < 0 || from > runes ? from : to);
	return slice(t, bytes_before(t, (size_t)from), bytes_before(t, (size_t)to));
}

/* Changes */

static struct cel_value change_case(
	struct cel_run *run, const struct cel_value *args, char first, int by)
{
	struct cel_value v;

	if (!is_text(&args[0]))
		return cel_no_overload();
	v = cel_string(run, args[0].text.s, args[0].text.n);
	for (size_t i = 0; v.type == CEL_V_STRING && i < v.text.n; i++) {
		char *c = (char *)(uintptr_t)&v.text.s[i];

		if (*c >= first && *c <= first + 25)
			*c = (char)(*c + by);
	}
	return v;
}

static struct cel_value lower_ascii(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return change_case(run, args, 'A', 'a' - 'A');
}

static struct cel_value upper_ascii(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)n;
	return change_case(run, args, 'a', 'A' - 'a');
}

/* Length in bytes of a Unicode space at the start, or end, of the text; 0: none. */
static size_t space_at(const struct cel_text *t, bool at_end)
{
	static const char *const spaces[] = { " ", "\t", "\n", "\v", "\f", "\r", "\xc2\x85",
		"\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
		"\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87",
		"\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
		"\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80" };

	for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
		size_t n = strlen(spaces[i]);

		if (n <= t->n && memcmp(at_end ? t->s + t->n - n : t->s, spaces[i], n) == 0)
			return n;
	}
	return 0;
}

static struct cel_value trim(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value v = args[0];
	size_t space;

	(void)run;
	(void)n;
	if (!is_text(&v))
		return cel_no_overload();
	while ((space = space_at(&v.text, false)) > 0) {
		v.text.s += space;
		v.text.n -= space;
	}
	while ((space = space_at(&v.text, true)) > 0)
		v.text.n -= space;
	return v;
}

static struct cel_value replace(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_text *t = &args[0].text, *old = &args[1].text, *new = &args[2].text;
	int64_t left = n > 3 ? args[3].i : -1;
	size_t at = 0, parts;
	buf_auto out = { 0 };

	if (!all_text(args, 3) || (n > 3 && args[3].type != CEL_V_INT))
		return cel_no_overload();
	parts = old->n > 0 ? t->n / old->n : t->n + 1;
	if (!cel_spend(run, t->n / 16 + parts * new->n / 16 + parts))
		return cel_exhausted();
	while (left != 0 && at <= t->n) {
		const char *found = find(t, at, old);
		size_t to = found ? (size_t)(found - t->s) : 0, keep;

		if (!found)
			break;
		buf_putn(&out, t->s + at, to - at);
		buf_putn(&out, new->s, new->n);
		/* An empty text is found before every character, and at the end. */
		struct cel_text rest = { t->s + to, t->n - to };

		keep = old->n == 0 ? bytes_before(&rest, 1) : 0;
		buf_putn(&out, t->s + to, keep);
		at = to + old->n + keep;
		left -= left > 0;
		if (old->n == 0 && keep == 0)
			at = t->n + 1;
	}
	if (at < t->n)
		buf_putn(&out, t->s + at, t->n - at);
	return cel_take(run, &out);
}

static struct cel_value split(struct cel_run *run, const struct cel_value *args, size_t n)
{
	const struct cel_text *t = &args[0].text, *by = &args[1].text;
	int64_t left = n > 2 ? args[2].i : -1;
	struct cel_list list = { 0 };
	size_t at = 0;

	if (!all_text(args, 2) || (n > 2 && args[2].type != CEL_V_INT))
		return cel_no_overload();
	if (!cel_spend(run, t->n))
		return cel_exhausted();
	while (left != 0 && (at < t->n || by->n > 0)) {
		struct cel_text rest = { t->s + at, t->n - at };
		const char *found = by->n > 0 ? find(t, at, by) : rest.s + bytes_before(&rest, 1);
		size_t to = found && left != 1 ? (size_t)(found - t->s) : t->n;

		if (!cel_push(run, &list, slice(t, at, to)))
			return cel_exhausted();
		if (!found || left == 1)
			break;
		at = to + by->n;
		left -= left > 0;
	}
	return cel_list_value(run, &list);
}

static struct cel_value join(struct cel_run *run, const struct cel_value *args, size_t n)
{
	buf_auto out = { 0 };

	if (args[0].type != CEL_V_LIST || (n > 1 && !is_text(&args[1])))
		return cel_no_overload();
	for (size_t i = 0; i < cel_size(&args[0]); i++) {
		struct cel_value item = cel_item(run, &args[0], i);

		if (!is_text(&item))
			return cel_failed(&item) ? item : cel_error(run, "join: not a string");
		if (!cel_spend(run, 1 + (item.text.n + (n > 1 ? args[1].text.n : 0)) / 16))
			return cel_exhausted();
		if (i > 0 && n > 1)
			buf_putn(&out, args[1].text.s, args[1].text.n);
		buf_putn(&out, item.text.s, item.text.n);
	}
	return cel_take(run, &out);
}

static struct cel_value quote(struct cel_run *run, const struct cel_value *args, size_t n)
{
	static const char codes[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";
	const struct cel_text *t = &args[0].text;
	buf_auto out = { 0 };

	(void)n;
	if (!is_text(&args[0]))
		return cel_no_overload();
	buf_putc(&out, '"');
	for (size_t i = 0; i < t->n; i++) {
		const char *found = t->s[i] ? strchr(codes, t->s[i]) : NULL;

		if (found)
			buf_putc(&out, '\\');
		buf_putc(&out, found ? letters[found - codes] : t->s[i]);
	}
	buf_putc(&out, '"');
	return cel_take(run, &out);
}

/* Lists have functions with the same names, which find an item. */
static struct cel_value find_item(
	struct cel_run *run, const struct cel_value *args, size_t n, bool last)
{
	int64_t found = -1;

	if (n != 2)
		return cel_no_overload();
	for (size_t i = 0; i < cel_size(&args[0]); i++) {
		struct cel_value item = cel_item(run, &args[0], i);
		struct cel_value equal = cel_equal(run, &item, &args[1]);

		if (equal.type == CEL_V_UNKNOWN)
			return equal;
		if (equal.type != CEL_V_BOOL || !equal.b)
			continue;
		found = (int64_t)i;
		if (!last)
			break;
	}
	return cel_int(found);
}

static struct cel_value any_index_of(struct cel_run *run, const struct cel_value *args, size_t n)
{
	return args[0].type == CEL_V_LIST ? find_item(run, args, n, false)
					  : index_of(run, args, n);
}

static struct cel_value any_last_index_of(
	struct cel_run *run, const struct cel_value *args, size_t n)
{
	return args[0].type == CEL_V_LIST ? find_item(run, args, n, true)
					  : last_index_of(run, args, n);
}

const struct cel_function cel_text_functions[] = {
	{ "size", false, 1, 1, size },
	{ "size", true, 1, 1, size },
	{ "contains", true, 2, 2, contains },
	{ "startsWith", true, 2, 2, starts_with },
	{ "endsWith", true, 2, 2, ends_with },
	{ "matches", false, 2, 2, matches },
	{ "matches", true, 2, 2, matches },
	{ "find", true, 2, 2, find_first },
	{ "findAll", true, 2, 3, find_all },
	{ "charAt", true, 2, 2, char_at },
	{ "indexOf", true, 2, 3, any_index_of },
	{ "lastIndexOf", true, 2, 3, any_last_index_of },
	{ "substring", true, 2, 3, substring },
	{ "lowerAscii", true, 1, 1, lower_ascii },
	{ "upperAscii", true, 1, 1, upper_ascii },
	{ "trim", true, 1, 1, trim },
	{ "replace", true, 3, 4, replace },
	{ "split", true, 2, 3, split },
	{ "join", true, 1, 2, join },
	{ "strings.quote", false, 1, 1, quote },
	{ 0 },
};
