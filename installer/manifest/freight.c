/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/freight.h"

#include <string.h>

#include "base/json.h"
#include "base/yaml.h"

bool freight_is(const char *name)
{
	return has_prefix(name, FREIGHT "/");
}

static bool holds_containers(const char *key)
{
	static const char *const keys[] = { "containers", "initContainers", "ephemeralContainers" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static void take_images(json_t *images, const json_t *containers)
{
	const json_t *container;
	size_t i;

	json_array_foreach(containers, i, container) {
		const char *image = json_str(container, "image");

		if (image)
			json_object_set_new(images, image, json_true());
	}
}

static void collect(json_t *images, const json_t *value)
{
	const json_t *member;
	const char *key;
	size_t i;

	json_array_foreach(value, i, member)
		collect(images, member);
	json_object_foreach((json_t *)(uintptr_t)value, key, member) {
		if (holds_containers(key))
			take_images(images, member);
		collect(images, member);
	}
}

int freight_images(json_t *images, const char *name, const struct buf *text, struct err *e)
{
	json_auto_t *documents = yaml_load(name, buf_str(text), text->len, e);

	if (!documents)
		return -1;
	collect(images, documents);
	return 0;
}
