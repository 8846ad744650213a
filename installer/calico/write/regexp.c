/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether Go compiles a regular expression (https://github.com/google/re2/wiki/Syntax). This code
 * only checks the syntax; it matches nothing.
 */
#include <string.h>

#include "calico/write/words.h"

enum { REPEAT_MAX = 1000, DEPTH_MAX = 1000 };

struct pattern {
	const char *p;
	const char *why;
	unsigned depth;
	bool repeatable; /* the last element may be repeated */
	bool repeated; /* the last element is repeated already */
};

static bool bad(struct pattern *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return false;
}

static bool is_hex(char c)
{
	return c && strchr("0123456789abcdefABCDEF", c);
}

/* Reads what follows "\x": two digits, or digits in braces. */
static bool read_hex(struct pattern *r)
{
	size_t n = 0;

	if (*r->p != '{') {
		if (!is_hex(r->p[0]) || !is_hex(r->p[1]))
			return bad(r, "\\x needs two hexadecimal digits");
		r->p += 2;
		return true;
	}
	r->p++;
	while (is_hex(r->p[n]) && n < 8)
		n++;
	if (n == 0 || r->p[n] != '}')
		return bad(r, "\\x{ needs hexadecimal digits and }");
	r->p += n + 1;
	return true;
}

/* Reads what follows "\p": one letter, or a name in braces. */
static bool read_unicode_class(struct pattern *r)
{
	const char *close;

	if (*r->p == '{') {
		close = strchr(r->p, '}');
		if (!close || close == r->p + 1)
			return bad(r, "\\p{ needs a name and }");
		r->p = close + 1;
		return true;
	}
	if (!*r->p)
		return bad(r, "\\p needs a class");
	r->p++;
	return true;
}

/* Reads an escape; p is at the byte after the backslash. */
static bool read_escape(struct pattern *r, bool in_class)
{
	char c = *r->p;

	if (!c)
		return bad(r, "it ends in a backslash");
	r->p++;
	if (c == 'x')
		return read_hex(r);
	if (c == 'p' || c == 'P')
		return read_unicode_class(r);
	if (c == 'Q' && !in_class) {
		const char *end = strstr(r->p, "\\E");

		r->p = end ? end + 2 : r->p + strlen(r->p);
		return true;
	}
	if (c >= '1' && c <= '7' && (in_class || (*r->p >= '0' && *r->p <= '7')))
		return true; /* an octal number; a single digit would be a back reference */
	if (c == '0' || strchr("afnrtvdDsSwW", c) || (!in_class && strchr("AbBCzE", c)))
		return true;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '1' && c <= '9'))
		return bad(r, "it has an escape that there is not, such as a back reference");
	return true;
}

static bool read_class(struct pattern *r)
{
	r->p += *r->p == '^';
	for (bool first = true; first || *r->p != ']'; first = false) {
		if (!*r->p)
			return bad(r, "a [ has no ]");
		if (has_prefix(r->p, "[:") && strstr(r->p, ":]")) {
			r->p = strstr(r->p, ":]") + 2;
			continue;
		}
		if (*r->p == '\\') {
			r->p++;
			if (!read_escape(r, true))
				return false;
			continue;
		}
		if (r->p[1] == '-' && r->p[2] && r->p[2] != ']' && r->p[2] != '\\' &&
			(unsigned char)r->p[2] < (unsigned char)r->p[0])
			return bad(r, "a range in [] ends before it begins");
		r->p++;
	}
	r->p++;
	return true;
}

/* Reads the start of a group; p is at the byte after "(". */
static bool read_open(struct pattern *r)
{
	if (++r->depth > DEPTH_MAX)
		return bad(r, "too many parentheses are inside each other");
	r->repeatable = false;
	if (*r->p != '?')
		return true;
	r->p++;
	if (has_prefix(r->p, "P<") || (*r->p == '<' && r->p[1] != '=' && r->p[1] != '!')) {
		const char *close = strchr(r->p, '>');

		if (!close)
			return bad(r, "the name of a group has no >");
		r->p = close + 1;
		return true;
	}
	r->p += strspn(r->p, "imsU-");
	if (*r->p == ':') {
		r->p++;
		return true;
	}
	if (*r->p == ')')
		return true;
	return bad(r, "it looks ahead or behind, or has a flag that there is not");
}

/* The length of "{2}", "{2,}" or "{2,5}" at p; 0: the text at p is no repetition. */
static size_t bounds_at(const char *p, unsigned long *low, unsigned long *high)
{
	size_t n = 1 + strspn(p + 1, "0123456789");

	if (n == 1)
		return 0;
	*low = *high = strtoul(p + 1, NULL, 10);
	if (p[n] == ',') {
		size_t digits = strspn(p + n + 1, "0123456789");

		*high = digits > 0 ? strtoul(p + n + 1, NULL, 10) : *low;
		n += 1 + digits;
	}
	return p[n] == '}' ? n + 1 : 0;
}

static bool read_repeat(struct pattern *r, size_t n)
{
	if (!r->repeatable)
		return bad(r, r->repeated ? "it repeats what is repeated already"
					  : "there is nothing to repeat before *, +, ? or {");
	r->p += n;
	r->p += *r->p == '?';
	r->repeatable = false;
	r->repeated = true;
	return true;
}

static bool read_bounds(struct pattern *r)
{
	unsigned long low = 0, high = 0;
	size_t n = bounds_at(r->p, &low, &high);

	if (n == 0) {
		r->p++;
		r->repeatable = true;
		r->repeated = false;
		return true;
	}
	if (low > REPEAT_MAX || high > REPEAT_MAX || high < low)
		return bad(r, "a repeat count is above 1000, or ends before it begins");
	return read_repeat(r, n);
}

static bool read_one(struct pattern *r)
{
	char c = *r->p;

	if (c == '*' || c == '+' || c == '?')
		return read_repeat(r, 1);
	if (c == '{')
		return read_bounds(r);
	r->p++;
	r->repeated = false;
	r->repeatable = c != '|';
	switch (c) {
	case '(':
		return read_open(r);
	case ')':
		return r->depth-- > 0 ? true : bad(r, "a ) has no (");
	case '[':
		return read_class(r);
	case '\\':
		return read_escape(r, false);
	default:
		return true;
	}
}

bool word_is_regexp(const char *text, const char **why)
{
	struct pattern r = { .p = text };

	while (*r.p)
		if (!read_one(&r)) {
			*why = r.why;
			return false;
		}
	if (r.depth == 0)
		return true;
	*why = "a ( has no )";
	return false;
}
