/* SPDX-License-Identifier: Apache-2.0 */
#include "base/go_time.h"

#include <stdio.h>
#include <string.h>

/* Durations */

static bool unit_of(const char *p, size_t n, uint64_t *unit)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 },
		{ "ms", 1000000 }, { "s", 1000000000 }, { "m", 60000000000 },
		{ "h", 3600000000000 } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strlen(units[i].name) == n && memcmp(units[i].name, p, n) == 0) {
			*unit = units[i].ns;
			return true;
		}
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads one number and its unit from "1h30m". NULL: there is none, or the number is too large. */
static const char *take_part(const char *p, const char *end, uint64_t *total)
{
	uint64_t whole = 0, fraction = 0, unit, part;
	double scale = 1;
	bool any = false, full = false;
	const char *start;

	for (; p < end && is_digit(*p); p++, any = true)
		if (__builtin_mul_overflow(whole, (uint64_t)10, &whole) ||
			__builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole) ||
			whole > (uint64_t)1 << 63)
			return NULL;
	if (p < end && *p == '.')
		for (p++; p < end && is_digit(*p); p++, any = true) {
			full = full || fraction > (((uint64_t)1 << 63) - 1) / 10 - 1;
			if (!full) {
				fraction = fraction * 10 + (uint64_t)(*p - '0');
				scale *= 10;
			}
		}
	start = p;
	while (p < end && *p != '.' && !is_digit(*p))
		p++;
	if (!any || !unit_of(start, (size_t)(p - start), &unit) ||
		__builtin_mul_overflow(whole, unit, &part))
		return NULL;
	part += (uint64_t)((double)fraction * ((double)unit / scale));
	if (__builtin_add_overflow(*total, part, total) || *total > (uint64_t)1 << 63)
		return NULL;
	return p;
}

bool go_duration_parse(const char *text, size_t len, int64_t *nanoseconds)
{
	const char *p = text, *end = p + len;
	bool negative = p < end && *p == '-';
	uint64_t total = 0;

	p += negative || (p < end && *p == '+');
	if (end - p == 1 && *p == '0') {
		*nanoseconds = 0;
		return true;
	}
	if (p == end)
		return false;
	while (p && p < end)
		p = take_part(p, end, &total);
	if (!p || total > (uint64_t)INT64_MAX + negative)
		return false;
	*nanoseconds = (int64_t)(negative ? 0 - total : total);
	return true;
}

/* Writes a fraction without zeros at its end: "1.5" for 1500000000 in seconds. */
static void put_fraction(struct buf *out, uint64_t value, uint64_t unit, const char *name)
{
	char digits[24];
	size_t n = (size_t)snprintf(digits, sizeof(digits), "%llu",
		(unsigned long long)(unit + value % unit));

	while (n > 1 && digits[n - 1] == '0')
		n--;
	buf_printf(out, "%llu", (unsigned long long)(value / unit));
	if (n > 1) {
		buf_putc(out, '.');
		buf_putn(out, digits + 1, n - 1);
	}
	buf_puts(out, name);
}

void go_duration_put(struct buf *out, int64_t nanoseconds)
{
	uint64_t ns = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;
	uint64_t minutes = ns / 60000000000;

	if (nanoseconds < 0)
		buf_putc(out, '-');
	if (ns > 0 && ns < 1000) {
		buf_printf(out, "%lluns", (unsigned long long)ns);
	} else if (ns > 0 && ns < 1000000) {
		put_fraction(out, ns, 1000, "\xc2\xb5s");
	} else if (ns > 0 && ns < 1000000000) {
		put_fraction(out, ns, 1000000, "ms");
	} else {
		if (minutes >= 60)
			buf_printf(out, "%lluh", (unsigned long long)minutes / 60);
		if (minutes > 0)
			buf_printf(out, "%llum", (unsigned long long)minutes % 60);
		put_fraction(out, ns % 60000000000, 1000000000, "s");
	}
}

/* The Gregorian calendar, also for years before it was used */

int64_t go_days_of(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct go_date go_date_of(int64_t days)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t year =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t m = (5 * of_year + 2) / 153;
	struct go_date d = { .days = days };

	d.day = (int)(of_year - (153 * m + 2) / 5 + 1);
	d.month = (int)(m < 10 ? m + 3 : m - 9);
	d.year = year + era * 400 + (d.month <= 2);
	return d;
}

static int last_day(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* Reading */

static int number(const char *p, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (!is_digit(p[i]))
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

static bool read_date(const char *p, int64_t *days)
{
	int year = number(p, 4), month = number(p + 5, 2), day = number(p + 8, 2);

	if (year < 0 || p[4] != '-' || p[7] != '-' || month < 1 || month > 12 || day < 1 ||
		day > last_day(year, month))
		return false;
	*days = go_days_of(year, month, day);
	return true;
}

bool go_date_parse(const char *text, size_t len, struct go_time *t)
{
	int64_t days;

	if (len != 10 || !read_date(text, &days))
		return false;
	*t = (struct go_time){ .seconds = days * 86400 };
	return true;
}

/* Reads "Z" or "+hh:mm". Nothing may follow. */
static bool read_zone(const char *p, const char *end, int32_t *offset)
{
	if (end - p == 1 && *p == 'Z') {
		*offset = 0;
		return true;
	}
	if (end - p != 6 || (*p != '+' && *p != '-') || p[3] != ':')
		return false;
	int hours = number(p + 1, 2), minutes = number(p + 4, 2);

	if (hours < 0 || hours > 24 || minutes < 0 || minutes > 60)
		return false;
	*offset = (hours * 3600 + minutes * 60) * (*p == '-' ? -1 : 1);
	return true;
}

bool go_time_parse(const char *text, size_t len, struct go_time *t)
{
	const char *p = text, *end = p + len;
	int hour, minute, second, digits = 0;
	int64_t days;

	if (len < 20 || !read_date(p, &days) || p[10] != 'T' || p[13] != ':' || p[16] != ':')
		return false;
	hour = number(p + 11, 2);
	minute = number(p + 14, 2);
	second = number(p + 17, 2);
	*t = (struct go_time){ 0 };
	p += 19;
	if (*p == '.' || *p == ',') {
		for (p++; p < end && is_digit(*p); p++, digits++)
			if (digits < 9)
				t->nanoseconds = t->nanoseconds * 10 + (*p - '0');
		for (int i = digits; i < 9; i++)
			t->nanoseconds *= 10;
		if (digits == 0)
			return false;
	}
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
		!read_zone(p, end, &t->offset))
		return false;
	t->seconds = days * 86400 + hour * 3600 + minute * 60 + second - t->offset;
	return t->seconds >= -62135596800 && t->seconds <= 253402300799;
}

/* Writing */

int64_t go_floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void go_time_put(struct buf *out, const struct go_time *t)
{
	int64_t local = t->seconds + t->offset, days = go_floor_div(local, 86400);
	int second = (int)(local - days * 86400);
	struct go_date d = go_date_of(days);

	buf_printf(out, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)d.year, d.month, d.day,
		second / 3600, second / 60 % 60, second % 60);
	if (t->nanoseconds > 0) {
		char text[16];
		size_t n = 10;

		snprintf(text, sizeof(text), ".%09d", t->nanoseconds);
		while (text[n - 1] == '0')
			n--;
		buf_putn(out, text, n);
	}
	if (t->offset == 0)
		buf_putc(out, 'Z');
	else
		buf_printf(out, "%c%02d:%02d", t->offset < 0 ? '-' : '+', abs(t->offset) / 3600,
			abs(t->offset) / 60 % 60);
}
