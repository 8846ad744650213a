/* SPDX-License-Identifier: Apache-2.0 */
/* Timestamps and durations in CEL. */
#include <stdio.h>
#include <string.h>

#include "engine/judge/cel/parts.h"

bool cel_parse_duration(const struct cel_text *text, int64_t *nanoseconds)
{
	return go_duration_parse(text->s, text->n, nanoseconds);
}

bool cel_parse_time(const struct cel_text *text, struct go_time *t)
{
	return go_time_parse(text->s, text->n, t);
}

bool cel_parse_date(const struct cel_text *text, struct go_time *t)
{
	return go_date_parse(text->s, text->n, t);
}

/* Parts of them */

/* "+01:00" or "-3:30". Names of zones other than UTC need a database. False: no zone. */
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

static int64_t part_of_time(const struct go_time *t, int32_t offset, enum part part)
{
	int64_t local = t->seconds + offset, days = go_floor_div(local, 86400);
	int64_t second = local - days * 86400;
	struct go_date d = go_date_of(days);

	switch (part) {
	case YEAR:
		return d.year;
	case MONTH:
		return d.month - 1;
	case YEAR_DAY:
		return days - go_days_of(d.year, 1, 1);
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
