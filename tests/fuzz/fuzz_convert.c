/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object of any kind from a server is shown, or is an error with a message. It never causes a
 * crash.
 */
#include <string.h>

#include "base/json.h"
#include "calico/show/print.h"
#include "calico/show/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const struct calico_kind *kind, json_t *object)
{
	static const enum calico_format formats[] = { CALICO_WIDE, CALICO_JSON, CALICO_YAML,
		CALICO_NAME };
	json_auto_t *objects = json_pack("[O]", object);
	struct calico_read r = { .objects = objects };

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct calico_view view = { .format = formats[i] };
		buf_auto out = { 0 };
		err_auto e = { 0 };

		if (calico_view_columns(&view, kind, NULL, &e) < 0)
			abort();
		calico_print(&out, kind, &r, &view);
		free(view.columns);
		if (out.len == 0 || out.len > calico_print_bound(object) + 4096)
			abort();
	}
}

static void convert(
	const struct calico_kind *kind, const json_t *stored, const struct calico_rules *rules)
{
	for (size_t i = 0; i < ARRAY_LEN(kind->resources) && kind->resources[i].group; i++) {
		err_auto e = { 0 };
		json_auto_t *object = kind->resources[i].to_v3(kind, stored, rules, &e);

		if (object)
			show(kind, object);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct calico_rules rules[] = { { 0 }, { .plain_names = true },
		{ .v3 = true } };
	err_auto e = { 0 };
	json_auto_t *stored = json_parse((const char *)data, size, &e);
	const struct calico_kind *kinds;
	size_t n;

	if (!stored)
		return 0;
	kinds = calico_kinds(&n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_LEN(rules); k++)
			convert(&kinds[i], stored, &rules[k]);
	return 0;
}
