/* SPDX-License-Identifier: Apache-2.0 */
/* Versions (semver.org 2.0.0) in CEL; "normalize" also accepts "v1.02". */
#include <errno.h>
#include <string.h>

#include "engine/judge/cel/parts.h"

enum { PARTS_MAX = 64 };

struct cel_semver {
	uint64_t numbers[3];
	struct cel_text before[PARTS_MAX]; /* identifiers of a pre-release */
	size_t n;
};

static bool is_number(const struct cel_text *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->s[i] < '0' || t->s[i] > '9')
			return false;
	return t->n > 0;
}

static bool parse_number(const struct cel_text *t, uint64_t *number)
{
	char copy[24];

	if (!is_number(t) || t->n >= sizeof(copy) || (t->n > 1 && *t->s == '0'))
		return false;
	memcpy(copy, t->s, t->n);
	copy[t->n] = '\0';
	errno = 0;
	*number = strtoull(copy, NULL, 10);
	return errno == 0;
}

static bool is_word(const struct cel_text *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!memchr("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
			    t->s[i], 63))
			return false;
	return t->n > 0;
}

/* Takes the text before c, and drops c; without c, takes the whole text. */
static struct cel_text take_until(struct cel_text *rest, char c)
{
	const char *at = rest->n > 0 ? memchr(rest->s, c, rest->n) : NULL;
	struct cel_text first = { rest->s, at ? (size_t)(at - rest->s) : rest->n };
	size_t skip = first.n + (at != NULL);

	rest->s = at ? rest->s + skip : NULL;
	rest->n -= skip;
	return first;
}

/* Reads identifiers with dots between them; v NULL: only checks them. */
static bool take_words(struct cel_text rest, struct cel_semver *v, bool *many)
{
	while (rest.s) {
		struct cel_text word = take_until(&rest, '.');
		uint64_t unused;

		if (!is_word(&word) || (v && is_number(&word) && !parse_number(&word, &unused)))
			return false;
		*many = *many || (v && v->n == PARTS_MAX);
		if (v && v->n < PARTS_MAX)
			v->before[v->n++] = word;
	}
	return true;
}

static bool parse(struct cel_text rest, struct cel_semver *v, bool *many)
{
	for (int i = 0; i < 2; i++) {
		struct cel_text number = take_until(&rest, '.');

		if (!rest.s || !parse_number(&number, &v->numbers[i]))
			return false;
	}
	struct cel_text build = rest, before = take_until(&build, '+');
	struct cel_text patch = take_until(&before, '-');

	return parse_number(&patch, &v->numbers[2]) && take_words(before, v, many) &&
	       take_words(build, NULL, many);
}

/*
 * Drops "v" and leading zeros, and adds missing numbers. False: too few numbers before "-" or "+".
 */
static bool normalize(struct cel_text rest, struct buf *out)
{
	int parts = 0;

	if (rest.n > 0 && *rest.s == 'v')
		rest = (struct cel_text){ rest.s + 1, rest.n - 1 };
	for (; rest.s && parts < 3; parts++) {
		struct cel_text part = parts < 2 ? take_until(&rest, '.') : rest;
		size_t n = part.n, zeros = 0;

		while (n > 1 && zeros < n && part.s[zeros] == '0')
			zeros++;
		if (zeros > 0 && (zeros == n || part.s[zeros] < '0' || part.s[zeros] > '9'))
			zeros--;
		buf_puts(out, parts > 0 ? "." : "");
		if (n > 1 && zeros == 0 && (*part.s < '0' || *part.s > '9'))
			buf_putc(out, '0');
		buf_putn(out, part.s + zeros, n - zeros);
		if (!rest.s && parts < 2 && n > 0 &&
			(memchr(part.s, '+', n) || memchr(part.s, '-', n)))
			return false;
	}
	for (; parts < 3; parts++)
		buf_puts(out, ".0");
	return true;
}

/* Returns a version, an error or no verdict. */
static struct cel_value read_version(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_semver *v = cel_alloc(&run->arena, sizeof(*v));
	struct cel_value text = args[0];
	buf_auto normal = { 0 };
	bool many = false, good = true;

	if (text.type != CEL_V_STRING || (n > 1 && args[1].type != CEL_V_BOOL))
		return cel_no_overload();
	if (!v || !cel_spend(run, text.text.n))
		return cel_exhausted();
	if (n > 1 && args[1].b) {
		good = normalize(text.text, &normal);
		text = cel_take(run, &normal);
		if (cel_failed(&text))
			return text;
	}
	if (!good || !parse(text.text, v, &many))
		return cel_error(run, "this is no version");
	return many ? cel_unknown(run, "a version of so many parts")
		    : (struct cel_value){ .type = CEL_V_SEMVER, .semver = v };
}

static struct cel_value is_version(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value v = read_version(run, args, n);

	if (args[0].type != CEL_V_STRING || v.type == CEL_V_UNKNOWN)
		return v;
	return cel_bool(v.type == CEL_V_SEMVER);
}

static int order_texts(const struct cel_text *a, const struct cel_text *b)
{
	int order = memcmp(a->s, b->s, a->n < b->n ? a->n : b->n);

	return order ? order : (a->n > b->n) - (a->n < b->n);
}

static int order_words(const struct cel_text *a, const struct cel_text *b)
{
	uint64_t x = 0, y = 0;
	bool first = parse_number(a, &x), second = parse_number(b, &y);

	if (first && second)
		return (x > y) - (x < y);
	return first != second ? (first ? -1 : 1) : order_texts(a, b);
}

int cel_order_semvers(const struct cel_semver *a, const struct cel_semver *b)
{
	for (int i = 0; i < 3; i++)
		if (a->numbers[i] != b->numbers[i])
			return a->numbers[i] > b->numbers[i] ? 1 : -1;
	if ((a->n == 0) != (b->n == 0))
		return a->n == 0 ? 1 : -1;
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		int order = order_words(&a->before[i], &b->before[i]);

		if (order)
			return order < 0 ? -1 : 1;
	}
	return (a->n > b->n) - (a->n < b->n);
}

#define NUMBER(name, i) \
	static struct cel_value name(struct cel_run *run, const struct cel_value *args, size_t n) \
	{ \
		(void)run; \
		(void)n; \
		return args[0].type == CEL_V_SEMVER ? cel_int((int64_t)args[0].semver->numbers[i]) \
						    : cel_no_overload(); \
	}

NUMBER(major_number, 0)
NUMBER(minor_number, 1)
NUMBER(patch_number, 2)

const struct cel_function cel_semver_functions[] = {
	{ "semver", false, 1, 2, read_version },
	{ "isSemver", false, 1, 2, is_version },
	{ "major", true, 1, 1, major_number },
	{ "minor", true, 1, 1, minor_number },
	{ "patch", true, 1, 1, patch_number },
	{ 0 },
};
