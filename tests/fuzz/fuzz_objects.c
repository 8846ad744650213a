/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of objects from anybody, for every release. An object that is written and read again is the
 * same. Defaults are set once. Each finding has a place and a reason.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "calico/write/defaults.h"
#include "calico/write/input.h"
#include "calico/write/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_findings(const struct write_findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (!f->items[i].rule || !f->items[i].path || !f->items[i].why || !*f->items[i].why)
			abort();
}

/* Written to a file and read again, the typed object is the same. */
static void check_again(const struct write_object *o, const struct input_options *options)
{
	input_auto in = { 0 };
	buf_auto text = { 0 };
	err_auto e = { 0 };

	json_write(&text, o->object, JSON_STYLE_COMPACT);
	if (input_text(&in, "g", buf_str(&text), text.len, options, &e) < 0 || in.n != 1 ||
		in.objects[0].findings.n > 0 || !json_same(in.objects[0].object, o->object))
		abort();
}

static void check_object(struct write_object *o, const struct input_options *options)
{
	check_findings(&o->findings);
	if (o->findings.n > 0 || o->stored)
		return;
	check_again(o, options);
	defaults_apply(o->kind, o->object, &options->target);
	json_auto_t *once = json_deep_copy(o->object);

	defaults_apply(o->kind, o->object, &options->target);
	if (!json_same(once, o->object))
		abort();
	validate_object(o->kind, o->object, &options->target, &o->findings);
	check_findings(&o->findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const releases[] = { "v3.29.1", "v3.31.4", "v3.32.1" };

	for (size_t i = 0; i < ARRAY_LEN(releases); i++) {
		struct input_options o = { .target = { .release = releases[i] },
			.skip_empty = true };
		input_auto in = { 0 };
		err_auto e = { 0 };

		if (input_text(&in, "f", (const char *)data, size, &o, &e) < 0) {
			if (!e.msg)
				abort();
			continue;
		}
		for (size_t k = 0; k < in.n; k++)
			check_object(&in.objects[k], &o);
	}
	return 0;
}
