/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"

#include <stdint.h>
#include <string.h>

enum { MAX_DEPTH = 256, MAX_DIGITS = 18 };

#define EACH(byte) ((uint64_t)(byte) * 0x0101010101010101u)
#define HIGH EACH(0x80)

/* The high bit of each byte that is 0; a borrow may mark a byte above such a one, too. */
static uint64_t zeros(uint64_t word)
{
	return (word - EACH(1)) & ~word & HIGH;
}

size_t json_scan_plain(const char *p, const char *end)
{
	const char *start = p;
	uint64_t word;

	for (; (size_t)(end - p) >= sizeof(word); p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		if ((word & HIGH) | ((word - EACH(0x20)) & ~word & HIGH) | zeros(word ^ EACH('"')) |
			zeros(word ^ EACH('\\')))
			break;
	}
	for (; p < end; p++) {
		unsigned char byte = (unsigned char)*p;

		if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\')
			break;
	}
	return (size_t)(p - start);
}

const char *json_scan_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/* Behind one character of two bytes and more (RFC 3629, 4). */
static const char *wide_character(const char *p, const char *end)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] < 0xc2 || s[0] > 0xf4 || (size_t)(end - p) < n)
		return NULL;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return NULL;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return NULL;
	return p + n;
}

/* Behind a backslash. NUL and surrogates are jansson's. */
static const char *escape(const char *p, const char *end)
{
	if (p == end)
		return NULL;
	if (*p != 'u')
		return *p && strchr("\"\\/bfnrt", *p) ? p + 1 : NULL;
	p++;
	if (end - p < 4)
		return NULL;
	for (int i = 0; i < 4; i++)
		if (!p[i] || !strchr("0123456789abcdefABCDEF", p[i]))
			return NULL;
	if (memcmp(p, "0000", 4) == 0 || ((*p | 0x20) == 'd' && strchr("89abcdefABCDEF", p[1])))
		return NULL;
	return p + 4;
}

/* Behind the opening quote. */
static const char *string(const char *p, const char *end)
{
	while (p) {
		p += json_scan_plain(p, end);
		if (p == end || (unsigned char)*p < 0x20)
			return NULL;
		if (*p == '"')
			return p + 1;
		p = *p == '\\' ? escape(p + 1, end) : wide_character(p, end);
	}
	return NULL;
}

static const char *digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static const char *number(const char *p, const char *end)
{
	const char *first, *behind;

	first = p += *p == '-';
	behind = digits(p, end);
	if (behind == first || behind - first > MAX_DIGITS || (*first == '0' && behind - first > 1))
		return NULL;
	if (behind < end && *behind == '.') {
		first = behind + 1;
		behind = digits(first, end);
		if (behind == first || behind - first > MAX_DIGITS)
			return NULL;
	}
	return behind < end && (*behind == 'e' || *behind == 'E') ? NULL : behind;
}

static const char *word(const char *p, const char *end, const char *wanted)
{
	size_t n = strlen(wanted);

	return (size_t)(end - p) >= n && memcmp(p, wanted, n) == 0 ? p + n : NULL;
}

static const char *value(const char *p, const char *end, unsigned depth);

/* Behind the bracket that opens it. */
static const char *list(const char *p, const char *end, bool object, unsigned depth)
{
	const char close = object ? '}' : ']';

	p = json_scan_space(p, end);
	if (p < end && *p == close)
		return p + 1;
	for (;;) {
		p = json_scan_space(p, end);
		if (object) {
			p = p < end && *p == '"' ? string(p + 1, end) : NULL;
			p = p ? json_scan_space(p, end) : NULL;
			if (!p || p == end || *p++ != ':')
				return NULL;
		}
		p = value(p, end, depth);
		p = p ? json_scan_space(p, end) : NULL;
		if (!p || p == end)
			return NULL;
		if (*p == close)
			return p + 1;
		if (*p++ != ',')
			return NULL;
	}
}

static const char *value(const char *p, const char *end, unsigned depth)
{
	p = json_scan_space(p, end);
	if (p == end)
		return NULL;
	switch (*p) {
	case '{':
	case '[':
		return depth < MAX_DEPTH ? list(p + 1, end, *p == '{', depth + 1) : NULL;
	case '"':
		return string(p + 1, end);
	case 't':
		return word(p, end, "true");
	case 'f':
		return word(p, end, "false");
	case 'n':
		return word(p, end, "null");
	default:
		return number(p, end);
	}
}

const char *json_scan_value(const char *p, const char *end)
{
	return value(p, end, 0);
}
