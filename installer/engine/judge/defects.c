/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/defects.h"

#include <string.h>

#include "base/util.h"

static const struct row {
	const char *releases; /* with a space before and after each release */
	struct defect defect;
} rows[] = {
	{ " v3.32.0 ",
		{ "bgpconfigurations",
			"server-side apply of an object with communities, prefixAdvertisements or "
			"addresses of services is refused",
			"v3.32.1" } },
	{ " v3.31.0 v3.31.1 v3.31.2 v3.31.3 ",
		{ "felixconfigurations",
			"logActionRateLimit and logActionRateLimitBurst of v3.30.6 are lost",
			"v3.31.4" } },
	{ " v3.29.0 ",
		{ "felixconfigurations", "wireguardThreadingEnabled of v3.28 is lost",
			"v3.29.1" } },
};

const struct defect *defects_of(const char *release, size_t n)
{
	char_auto *word = xasprintf(" %.*s ", (int)strcspn(release, " /"), release);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strstr(rows[i].releases, word) && n-- == 0)
			return &rows[i].defect;
	return NULL;
}
