/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/target.h"

#include <string.h>

bool target_since(const struct write_target *t, const char *release)
{
	return strverscmp(t->release, release) >= 0;
}
