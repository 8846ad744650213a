/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the formats that the API server checks, as its Go libraries do (k8s.io/kube-openapi,
 * strfmt).
 */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/go_time.h"
#include "engine/judge/schema/schema.h"

/* Format names have no dashes here: "date-time" is "datetime". */
static void normalize(char out[24], const char *format)
{
	size_t n = 0;

	for (; *format && n < 23; format++)
		if (*format != '-')
			out[n++] = *format;
	out[n] = '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* An address of this family for Go's older parser, which accepts leading zeros in numbers. */
static bool is_address(int family, const char *text, size_t n)
{
	buf_auto plain = { 0 };
	unsigned char binary[16];

	if (n > 64 || memchr(text, '\0', n))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool first = i == 0 || text[i - 1] == ':' || text[i - 1] == '.';

		while (first && text[i] == '0' && i + 1 < n && text[i + 1] != ':' &&
			text[i + 1] != '.')
			i++;
		buf_putc(&plain, text[i]);
	}
	return inet_pton(family, buf_str(&plain), binary) == 1;
}

static enum schema_match verdict(bool matches)
{
	return matches ? SCHEMA_MATCH : SCHEMA_NO_MATCH;
}

static enum schema_match match_ipv4(struct schema_patterns *p, const char *text, size_t n)
{
	(void)p;
	/* Go also accepts ::ffff:1.2.3.4 as IPv4. */
	return verdict(memchr(text, '.', n) &&
		       (is_address(AF_INET, text, n) || is_address(AF_INET6, text, n)));
}

static enum schema_match match_ipv6(struct schema_patterns *p, const char *text, size_t n)
{
	unsigned char binary[16];

	(void)p;
	return verdict(strlen(text) == n && inet_pton(AF_INET6, text, binary) == 1);
}

static enum schema_match match_cidr(struct schema_patterns *p, const char *text, size_t n)
{
	const char *slash = memchr(text, '/', n), *end = text + n;
	int bits = 0;

	(void)p;
	if (!slash || slash + 1 == end)
		return SCHEMA_NO_MATCH;
	for (const char *c = slash + 1; c < end; c++) {
		if (!is_digit(*c) || bits > 128)
			return SCHEMA_NO_MATCH;
		bits = bits * 10 + (*c - '0');
	}
	n = (size_t)(slash - text);
	return verdict((bits <= 32 && is_address(AF_INET, text, n)) ||
		       (bits <= 128 && is_address(AF_INET6, text, n)));
}

static int number(const char *text, int digits)
{
	int value = 0;

	for (int i = 0; i < digits; i++) {
		if (!is_digit(text[i]))
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* YYYY-MM-DD of an existing day. */
static bool is_date(const char *text, size_t n)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day, last;

	if (n != 10 || text[4] != '-' || text[7] != '-')
		return false;
	year = number(text, 4);
	month = number(text + 5, 2);
	day = number(text + 8, 2);
	if (year < 0 || month < 1 || month > 12 || day < 1)
		return false;
	last = days[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		last++;
	return day <= last;
}

static enum schema_match match_date(struct schema_patterns *p, const char *text, size_t n)
{
	(void)p;
	return verdict(is_date(text, n));
}

/* Go checks the time between the first "t" and the second, and ignores what follows. */
static enum schema_match match_date_time(struct schema_patterns *p, const char *text, size_t n)
{
	static const char rest[] = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](.[0-9]+)?"
				   "(z|([+-][0-9]{2}:[0-9]{2}))$";
	char_auto *lower = xstrndup(text, n);
	char *time, *end;

	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	time = strchr(lower, 't');
	if (strlen(lower) != n || !time || !is_date(lower, (size_t)(time - lower)))
		return SCHEMA_NO_MATCH;
	time++;
	end = strchr(time, 't');
	return schema_pattern_match(p, rest, time, end ? (size_t)(end - time) : strlen(time));
}

static enum schema_match match_any(struct schema_patterns *p, const char *text, size_t n)
{
	(void)p;
	(void)text;
	(void)n;
	return SCHEMA_MATCH;
}

/* The server checks the format by rules that are not repeated here, so only the server knows. */
static enum schema_match match_unknown(struct schema_patterns *p, const char *text, size_t n)
{
	match_any(p, text, n);
	return SCHEMA_MATCH_UNKNOWN;
}

static bool is_unit(const char *word, size_t n)
{
	/* begins: longer words that begin with it also count. */
	static const struct {
		const char *word;
		bool begins;
	} units[] = { { "ns", false }, { "nano", true }, { "us", false }, { "\u00b5s", false },
		{ "micro", true }, { "ms", false }, { "milli", true }, { "s", false },
		{ "sec", true }, { "m", false }, { "min", true }, { "h", false }, { "hr", false },
		{ "hour", true }, { "d", false }, { "day", true }, { "w", false }, { "wk", false },
		{ "week", true } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		size_t len = strlen(units[i].word);

		if (n >= len && (units[i].begins || n == len) &&
			strncasecmp(word, units[i].word, len) == 0)
			return true;
	}
	return false;
}

/* Letters of a unit: ASCII and the micro sign. */
static size_t unit_length(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n)
		if ((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z'))
			i++;
		else if (n - i >= 2 && memcmp(p + i, "\u00b5", 2) == 0)
			i += 2;
		else
			break;
	return i;
}

/*
 * Accepts what Go's time.ParseDuration accepts. Also accepts text in which a unit follows a number,
 * even a long unit ("2 weeks"), as the library of the API server reads it.
 */
static enum schema_match match_duration(
	struct schema_patterns *patterns, const char *text, size_t n)
{
	int64_t unused;
	bool found = go_duration_parse(text, n, &unused);

	(void)patterns;
	for (size_t i = 0; i < n && !found;) {
		size_t digits = 0, blanks = 0, unit;

		while (i + digits < n && text[i + digits] >= '0' && text[i + digits] <= '9')
			digits++;
		while (digits && i + digits + blanks < n && text[i + digits + blanks] &&
			strchr(" \t\n\f\r", text[i + digits + blanks]))
			blanks++;
		unit = digits ? unit_length(text + i + digits + blanks, n - i - digits - blanks)
			      : 0;
		if (unit > 0 && digits > 18)
			/* from some size on, Go does not parse the number */
			return SCHEMA_MATCH_UNKNOWN;
		found = unit > 0 && is_unit(text + i + digits + blanks, unit);
		i += digits + blanks + unit + !digits;
	}
	return found ? SCHEMA_MATCH : SCHEMA_NO_MATCH;
}

#define HEX(n) "[0-9a-f]{" #n "}"

static const struct {
	const char *name;
	enum schema_match (*match)(struct schema_patterns *p, const char *text, size_t n);
	const char *pattern; /* used when match is NULL */
} formats[] = {
	{ "bsonobjectid", NULL, "^[0-9a-fA-F]{24}$" },
	{ "uri", match_unknown, NULL },
	{ "email", match_unknown, NULL },
	{ "hostname", match_unknown, NULL },
	{ "ipv4", match_ipv4, NULL },
	{ "ipv6", match_ipv6, NULL },
	{ "cidr", match_cidr, NULL },
	{ "mac", NULL,
		"^(?:[0-9a-fA-F]{2}(?:(?::[0-9a-fA-F]{2}){5}|(?::[0-9a-fA-F]{2}){7}|"
		"(?::[0-9a-fA-F]{2}){19}|(?:-[0-9a-fA-F]{2}){5}|(?:-[0-9a-fA-F]{2}){7}|"
		"(?:-[0-9a-fA-F]{2}){19})|[0-9a-fA-F]{4}(?:(?:\\.[0-9a-fA-F]{4}){2}|"
		"(?:\\.[0-9a-fA-F]{4}){3}|(?:\\.[0-9a-fA-F]{4}){9}))$" },
	{ "uuid", NULL, "(?i)^" HEX(8) "-?" HEX(4) "-?" HEX(4) "-?" HEX(4) "-?" HEX(12) "$" },
	{ "uuid3", NULL, "(?i)^" HEX(8) "-?" HEX(4) "-?3" HEX(3) "-?" HEX(4) "-?" HEX(12) "$" },
	{ "uuid4", NULL,
		"(?i)^" HEX(8) "-?" HEX(4) "-?4" HEX(3) "-?[89ab]" HEX(3) "-?" HEX(12) "$" },
	{ "uuid5", NULL,
		"(?i)^" HEX(8) "-?" HEX(4) "-?5" HEX(3) "-?[89ab]" HEX(3) "-?" HEX(12) "$" },
	{ "isbn", match_unknown, NULL },
	{ "isbn10", match_unknown, NULL },
	{ "isbn13", match_unknown, NULL },
	{ "creditcard", match_unknown, NULL },
	{ "ssn", NULL, "^\\d{3}[- ]?\\d{2}[- ]?\\d{4}$" },
	{ "hexcolor", NULL, "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$" },
	{ "rgbcolor", match_unknown, NULL },
	{ "byte", NULL,
		"^(?:[A-Za-z0-9+/]{4})*"
		"(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$" },
	{ "password", match_any, NULL },
	{ "date", match_date, NULL },
	{ "datetime", match_date_time, NULL },
	{ "duration", match_duration, NULL },
	{ "k8sshortname", match_unknown, NULL }, /* from 1.34 on */
	{ "k8slongname", match_unknown, NULL },
};

bool schema_format_is_checked(const char *format)
{
	char name[24];

	normalize(name, format);
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return true;
	return false;
}

enum schema_match schema_format_match(
	struct schema_patterns *patterns, const char *format, const char *text, size_t n)
{
	char name[24];

	normalize(name, format);
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].match ? formats[i].match(patterns, text, n)
						: schema_pattern_match(
							  patterns, formats[i].pattern, text, n);
	return SCHEMA_MATCH;
}
