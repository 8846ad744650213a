/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_pace.h"

#include <stdlib.h>

#include "base/util.h"

enum { SPREAD_MS = 100, SPREAD_DOUBLINGS = 4 };

int64_t http_pace_refused(struct http_pace *p, size_t in_flight, int64_t wait_ms)
{
	const size_t half = in_flight > 1 ? in_flight / 2 : 1;
	const unsigned doublings = p->refused < SPREAD_DOUBLINGS ? p->refused : SPREAD_DOUBLINGS;
	int64_t at;

	if (!p->most || half < p->most)
		p->most = half;
	p->answered = 0;
	at = now_ms() + wait_ms + arc4random_uniform((uint32_t)SPREAD_MS << doublings);
	/* Of a batch that is refused as a whole, the first refusal counts. */
	if (p->not_before <= now_ms()) {
		p->refused++;
		p->not_before = at;
	}
	return at;
}

void http_pace_answered(struct http_pace *p)
{
	p->refused = 0;
	if (p->most && ++p->answered >= p->most) {
		p->most++;
		p->answered = 0;
	}
}

size_t http_pace_room(const struct http_pace *p, size_t in_flight, int64_t now)
{
	if (now < p->not_before)
		return 0;
	if (!p->most)
		return SIZE_MAX;
	return in_flight < p->most ? p->most - in_flight : 0;
}
