/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/cel/lex.h"

#include <errno.h>
#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void wrong(struct cel_lexer *l, const char *problem)
{
	l->token.kind = CEL_T_WRONG;
	if (!l->problem)
		l->problem = problem;
}

static void skip_space(struct cel_lexer *l)
{
	for (;;) {
		l->at += strspn(l->at, " \t\r\n\f");
		if (!has_prefix(l->at, "//"))
			return;
		l->at += strcspn(l->at, "\n");
	}
}

/* Numbers */

static size_t digits(const char *p, bool hex)
{
	size_t n = 0;

	while (hex ? hex_digit(p[n]) >= 0 : is_digit(p[n]))
		n++;
	return n;
}

/* Length of a number without base prefix, if it is a float; 0: it is none. */
static size_t float_length(const char *p)
{
	size_t n = digits(p, false);
	bool is_float = false;

	if (p[n] == '.' && is_digit(p[n + 1])) {
		is_float = true;
		n += 1 + digits(p + n + 1, false);
	}
	if ((p[n] == 'e' || p[n] == 'E')) {
		size_t sign = p[n + 1] == '+' || p[n + 1] == '-';

		if (is_digit(p[n + 1 + sign])) {
			is_float = true;
			n += 1 + sign + digits(p + n + 1 + sign, false);
		}
	}
	return is_float ? n : 0;
}

static bool set_integer(struct cel_lexer *l, const char *start, size_t n, bool hex, bool negative)
{
	char text[40];
	uint64_t u;

	if (n >= sizeof(text))
		return false;
	memcpy(text, start, n);
	text[n] = '\0';
	errno = 0;
	u = strtoull(text, NULL, hex ? 16 : 10);
	if (errno != 0 || u > (uint64_t)INT64_MAX + negative)
		return false;
	l->token.value = cel_int(negative ? (int64_t)(0 - u) : (int64_t)u);
	return true;
}

static bool set_unsigned(struct cel_lexer *l, const char *start, size_t n, bool hex)
{
	char_auto *text = xstrndup(start, n);

	errno = 0;
	l->token.value = cel_uint(strtoull(text, NULL, hex ? 16 : 10));
	return errno == 0;
}

static void take_number(struct cel_lexer *l, bool negative)
{
	const char *p = l->at;
	size_t n = float_length(p);
	bool hex = has_prefix(p, "0x") && hex_digit(p[2]) >= 0, good = true;

	l->token.kind = CEL_T_LITERAL;
	if (!hex && n > 0) {
		char_auto *text = xstrndup(p, n);
		double d = strtod(text, NULL);

		l->token.value = cel_double(negative ? -d : d);
		l->at += n;
		return;
	}
	n = digits(p + (hex ? 2 : 0), hex) + (hex ? 2 : 0);
	l->at += n;
	if (*l->at == 'u' || *l->at == 'U') {
		good = !negative && set_unsigned(l, p, n, hex);
		l->at++;
	} else {
		good = set_integer(l, p, n, hex, negative);
	}
	if (!good)
		wrong(l, "a number is out of range");
}

bool cel_take_negative(struct cel_lexer *l)
{
	skip_space(l);
	if (!is_digit(*l->at) && !(*l->at == '.' && is_digit(l->at[1])))
		return false;
	take_number(l, true);
	return true;
}

/* Strings */

static void put_rune(struct buf *out, unsigned c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
	} else if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_putc(out, (char)(0xe0 | c >> 12));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(out, (char)(0xf0 | c >> 18));
		buf_putc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* Reads n digits after the backslash and its letter; -1: the digits are missing. */
static long code_of(const char *p, int n, int base)
{
	long value = 0;

	for (int i = 0; i < n; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0 || digit >= base)
			return -1;
		value = value * base + digit;
	}
	return value;
}

static bool take_code(struct cel_lexer *l, struct buf *out, int skip, int n, int base, bool bytes)
{
	long code = code_of(l->at + skip, n, base);

	if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return false;
	if (bytes && code > 0xff)
		return false;
	if (bytes)
		buf_putc(out, (char)code);
	else
		put_rune(out, (unsigned)code);
	l->at += skip + n;
	return true;
}

static bool take_escape(struct cel_lexer *l, struct buf *out, bool bytes)
{
	static const char letters[] = "abfnrtv\"'\\?`", codes[] = "\a\b\f\n\r\t\v\"'\\?`";
	char c = l->at[1];
	const char *found = c ? strchr(letters, c) : NULL;

	if (found) {
		buf_putc(out, codes[found - letters]);
		l->at += 2;
		return true;
	}
	switch (c) {
	case 'x':
	case 'X':
		return take_code(l, out, 2, 2, 16, bytes);
	case 'u':
		return !bytes && take_code(l, out, 2, 4, 16, false);
	case 'U':
		return !bytes && take_code(l, out, 2, 8, 16, false);
	case '0':
	case '1':
	case '2':
	case '3':
		return take_code(l, out, 1, 3, 8, bytes);
	default:
		return false;
	}
}

/* l->at is at the quote. */
static void take_string(struct cel_lexer *l, bool raw, bool bytes)
{
	char quote[4] = { *l->at, *l->at, *l->at, '\0' };
	size_t quotes = has_prefix(l->at, quote) ? 3 : 1;
	buf_auto out = { 0 };

	quote[quotes] = '\0';
	l->at += quotes;
	while (!has_prefix(l->at, quote)) {
		if (!*l->at || (quotes == 1 && (*l->at == '\n' || *l->at == '\r'))) {
			wrong(l, "a string does not end");
			return;
		}
		if (*l->at != '\\' || raw) {
			buf_putc(&out, *l->at++);
		} else if (!take_escape(l, &out, bytes)) {
			wrong(l, "a string has an escape that is not known");
			return;
		}
	}
	l->at += quotes;
	l->token.kind = CEL_T_LITERAL;
	l->token.value = cel_borrow(bytes ? CEL_V_BYTES : CEL_V_STRING,
		cel_copy(l->arena, buf_str(&out), out.len), out.len);
}

/* Takes a string with letters before its quote: "r", "b" or both. False: no such string. */
static bool take_prefixed(struct cel_lexer *l)
{
	bool raw = false, bytes = false;
	const char *p = l->at;

	for (; !raw && (*p == 'r' || *p == 'R'); p++)
		raw = true;
	for (; !bytes && !raw && (*p == 'b' || *p == 'B'); p++)
		bytes = true;
	for (; bytes && !raw && (*p == 'r' || *p == 'R'); p++)
		raw = true;
	if (*p != '"' && *p != '\'')
		return false;
	l->at = p;
	take_string(l, raw, bytes);
	return true;
}

/* Names and signs */

static void take_name(struct cel_lexer *l)
{
	static const struct {
		const char *word;
		struct cel_value value;
	} words[] = {
		{ "true", { .type = CEL_V_BOOL, .b = true } },
		{ "false", { .type = CEL_V_BOOL, .b = false } },
		{ "null", { .type = CEL_V_NULL } },
	};

	while (is_letter(*l->at) || is_digit(*l->at))
		l->at++;
	l->token.n = (size_t)(l->at - l->token.start);
	l->token.kind = CEL_T_NAME;
	if (l->token.n == 2 && has_prefix(l->token.start, "in"))
		l->token.kind = CEL_T_SIGN;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i].word) == l->token.n &&
			has_prefix(l->token.start, words[i].word)) {
			l->token.kind = CEL_T_LITERAL;
			l->token.value = words[i].value;
		}
}

static void take_sign(struct cel_lexer *l)
{
	static const char *const signs[] = { "==", "!=", "<=", ">=", "&&", "||" };

	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (has_prefix(l->at, signs[i])) {
			l->token.kind = CEL_T_SIGN;
			l->token.n = 2;
			l->at += 2;
			return;
		}
	if (!strchr("<>[]{}().,-!?:+*/%", *l->at)) {
		wrong(l, "a character has no meaning");
		return;
	}
	l->token.kind = CEL_T_SIGN;
	l->token.n = 1;
	l->at++;
}

void cel_advance(struct cel_lexer *l)
{
	skip_space(l);
	l->token = (struct cel_token){ .start = l->at };
	if (l->problem)
		l->token.kind = CEL_T_WRONG;
	else if (!*l->at)
		l->token.kind = CEL_T_END;
	else if (is_digit(*l->at) || (*l->at == '.' && is_digit(l->at[1])))
		take_number(l, false);
	else if (*l->at == '"' || *l->at == '\'')
		take_string(l, false, false);
	else if (is_letter(*l->at) && !take_prefixed(l))
		take_name(l);
	else if (l->token.kind == CEL_T_END)
		take_sign(l);
}
