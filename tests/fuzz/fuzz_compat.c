/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRDs from a hostile server: each is compared with the next one, in both directions. Each
 * difference has a class, and a CRD has no difference from itself.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/yaml.h"
#include "engine/judge/compat.h"
#include "engine/judge/owner.h"
#include "manifest/crd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const json_t *from, const json_t *to)
{
	json_auto_t *diff = crd_diff(from, to);
	compat_auto c = { 0 };
	owners_auto owners = { 0 };

	compat_compare(&c, from, to);
	if (json_array_size(diff) > 0 && c.n == 0)
		abort();
	owners_find(&owners, from);
	const struct owner *owner = owners_concerned(&owners, diff);

	if (owner) {
		char_auto *text = owner_text(owner);

		if (!owner->foreign || !*text)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	err_auto e = { 0 };
	json_auto_t *documents = yaml_load("fuzz", (const char *)data, size, &e);
	size_t n = json_array_size(documents);

	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(documents, i);
		const json_t *next = json_array_get(documents, (i + 1) % n);
		err_auto bad = { 0 };
		compat_auto same = { 0 };

		compare(one, next);
		compare(next, one);
		if (crd_check(one, &bad) < 0 || json_object_get(one, "status"))
			continue;
		compat_compare(&same, one, one);
		if (same.n > 0)
			abort();
	}
	return 0;
}
