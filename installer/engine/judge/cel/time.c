/* SPDX-License-Identifier: Apache-2.0 */
/* Timestamps (RFC 3339) and durations, in the forms of Go's time package. */
#include <stdio.h>
#include <string.h>

#include "engine/judge/cel/parts.h"

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

/* One number and unit of "1h30m"; NULL: it is none, or too large. */
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

bool cel_parse_duration(const struct cel_text *text, int64_t *nanoseconds)
{
	const char *p = text->s, *end = p + text->n;
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

/* The calendar (Gregorian, before its time as well) */

static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct date {
	int64_t year;
	int month, day; /* from 1 */
	int64_t days; /* since 1970 */
};

static struct date date_of(int64_t days)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t year =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t m = (5 * of_year + 2) / 153;
	struct date d = { .days = days };

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
	*days = days_of(year, month, day);
	return true;
}

bool cel_parse_date(const struct cel_text *text, struct cel_time *t)
{
	int64_t days;

	if (text->n != 10 || !read_date(text->s, &days))
		return false;
	*t = (struct cel_time){ .seconds = days * 86400 };
	return true;
}

/* "Z" or "+hh:mm" up to the end. */
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

bool cel_parse_time(const struct cel_text *text, struct cel_time *t)
{
	const char *p = text->s, *end = p + text->n;
	int hour, minute, second, digits = 0;
	int64_t days;

	if (text->n < 20 || !read_date(p, &days) || p[10] != 'T' || p[13] != ':' || p[16] != ':')
		return false;
	hour = number(p + 11, 2);
	minute = number(p + 14, 2);
	second = number(p + 17, 2);
	*t = (struct cel_time){ 0 };
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

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void cel_put_time(struct buf *out, const struct cel_time *t)
{
	int64_t local = t->seconds + t->offset, days = floor_div(local, 86400);
	int second = (int)(local - days * 86400);
	struct date d = date_of(days);

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

/* Parts of them */

/* "+01:00", "-3:30"; names of zones but UTC need a database. False: it is no zone. */
static bool zone_of(const struct cel_text *text, int32_t *offset, bool *known)
{
	char_auto *zone = xstrndup(text->s, text->n);
	char *colon = strchr(zone, ':'), *end;
	long hours, minutes;

	*known = colon || strcmp(zone, "UTC") == 0 || !*zone;
	*offset = 0;
	if (!colon)
		return true;
	*colon = '\0';
	hours = strtol(zone, &end, 10);
	if (end != colon || !*zone || strchr(" \t\n", *zone) || labs(hours) > 10000)
		return false;
	minutes = strtol(colon + 1, &end, 10);
	if (*end || end == colon + 1 || strchr(" \t\n", colon[1]) || labs(minutes) > 10000)
		return false;
	*offset = (int32_t)(*zone == '-' ? hours * 60 - minutes : hours * 60 + minutes) * 60;
	return true;
}

enum part { YEAR, MONTH, YEAR_DAY, DATE, DAY, WEEK_DAY, HOURS, MINUTES, SECONDS, MILLISECONDS };

static int64_t part_of_time(const struct cel_time *t, int32_t offset, enum part part)
{
	int64_t local = t->seconds + offset, days = floor_div(local, 86400);
	int64_t second = local - days * 86400;
	struct date d = date_of(days);

	switch (part) {
	case YEAR:
		return d.year;
	case MONTH:
		return d.month - 1;
	case YEAR_DAY:
		return days - days_of(d.year, 1, 1);
	case DATE:
		return d.day;
	case DAY:
		return d.day - 1;
	case WEEK_DAY:
		return ((days + 4) % 7 + 7) % 7;
	case HOURS:
		return second / 3600;
	case MINUTES:
		return second / 60 % 60;
	case SECONDS:
		return second % 60;
	default:
		return t->nanoseconds / 1000000;
	}
}

static struct cel_value part_of_duration(int64_t ns, enum part part)
{
	static const int64_t units[] = { [HOURS] = 3600000000000, [MINUTES] = 60000000000,
		[SECONDS] = 1000000000, [MILLISECONDS] = 1000000 };

	return part >= HOURS ? cel_int(ns / units[part]) : cel_no_overload();
}

static struct cel_value get(
	struct cel_run *run, const struct cel_value *args, size_t n, enum part part)
{
	int32_t offset = 0;
	bool known = true;

	if (args[0].type == CEL_V_DURATION && n == 1)
		return part_of_duration(args[0].i, part);
	if (args[0].type != CEL_V_TIMESTAMP || (n > 1 && args[1].type != CEL_V_STRING))
		return cel_no_overload();
	if (n > 1 && !zone_of(&args[1].text, &offset, &known))
		return cel_error(run, "this is no time zone");
	if (!known)
		return cel_unknown(run, "a time zone's name");
	return cel_int(part_of_time(&args[0].time, offset, part));
}

#define GET(name, part) \
	static struct cel_value name(struct cel_run *run, const struct cel_value *args, size_t n) \
	{ \
		return get(run, args, n, part); \
	}

GET(get_year, YEAR)
GET(get_month, MONTH)
GET(get_year_day, YEAR_DAY)
GET(get_date, DATE)
GET(get_day, DAY)
GET(get_week_day, WEEK_DAY)
GET(get_hours, HOURS)
GET(get_minutes, MINUTES)
GET(get_seconds, SECONDS)
GET(get_milliseconds, MILLISECONDS)

const struct cel_function cel_time_functions[] = {
	{ "getFullYear", true, 1, 2, get_year },
	{ "getMonth", true, 1, 2, get_month },
	{ "getDayOfYear", true, 1, 2, get_year_day },
	{ "getDate", true, 1, 2, get_date },
	{ "getDayOfMonth", true, 1, 2, get_day },
	{ "getDayOfWeek", true, 1, 2, get_week_day },
	{ "getHours", true, 1, 2, get_hours },
	{ "getMinutes", true, 1, 2, get_minutes },
	{ "getSeconds", true, 1, 2, get_seconds },
	{ "getMilliseconds", true, 1, 2, get_milliseconds },
	{ 0 },
};
