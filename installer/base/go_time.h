/* SPDX-License-Identifier: Apache-2.0 */
/* Timestamps (RFC 3339) and durations, in the forms of Go's time package. */
#ifndef BASE_GO_TIME_H
#define BASE_GO_TIME_H

#include "base/buf.h"

struct go_time {
	int64_t seconds; /* seconds since 1970, UTC */
	int32_t nanoseconds;
	int32_t offset; /* seconds: the offset of the zone in which the time was written */
};

struct go_date {
	int64_t year;
	int month, day; /* counted from 1 */
	int64_t days; /* days since 1970 */
};

/*
 * Reads "1h30m", "-1.5s" or "0". False: the text is no duration, or is too long for 63 bits of
 * nanoseconds.
 */
bool go_duration_parse(const char *text, size_t len, int64_t *nanoseconds);
void go_duration_put(struct buf *out, int64_t nanoseconds); /* "1h30m0s" */

bool go_time_parse(const char *text, size_t len, struct go_time *t); /* RFC 3339 */
bool go_date_parse(const char *text, size_t len, struct go_time *t); /* "2026-01-31" */
void go_time_put(struct buf *out, const struct go_time *t);

/* The Gregorian calendar, also for years before it was used. */
int64_t go_days_of(int64_t year, int month, int day);
struct go_date go_date_of(int64_t days);
int64_t go_floor_div(int64_t a, int64_t b);

#endif
