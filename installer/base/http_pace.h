/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many requests an endpoint gets at once. A server that refuses one for lack of room (429), or
 * leaves it without an answer, gets half as many, and nothing new before the time that it names;
 * each answer makes room for more again. So many clients of one small server queue, instead of
 * refusing each other's requests (AIMD, as RFC 5681 has it for TCP). Zero is a pace without limit.
 */
#ifndef BASE_HTTP_PACE_H
#define BASE_HTTP_PACE_H

#include <stddef.h>
#include <stdint.h>

struct http_pace {
	size_t most; /* requests in flight; 0: no limit */
	size_t answered; /* since the limit last changed */
	unsigned refused; /* times since the last answer */
	int64_t not_before; /* now_ms() */
};

/*
 * in_flight: how many still are, without the one that was refused. wait_ms: how long the server
 * wants to be left alone. Returns when that request may be sent again, as now_ms(): later each
 * time, and for each client at another moment.
 */
int64_t http_pace_refused(struct http_pace *p, size_t in_flight, int64_t wait_ms);
void http_pace_answered(struct http_pace *p);
/* How many more may be sent now. */
size_t http_pace_room(const struct http_pace *p, size_t in_flight, int64_t now);

#endif
