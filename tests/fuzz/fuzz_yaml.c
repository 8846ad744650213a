/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value that is read and written is the same when it is read again. A second writing gives the
 * same text.
 */
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *load(const char *text, size_t len)
{
	err_auto e = { 0 };
	json_t *documents = yaml_load("f", text, len, &e);

	if (documents ? e.msg != NULL : !e.msg || !has_prefix(e.msg, "f:"))
		abort();
	return documents;
}

static void check(const json_t *value)
{
	buf_auto once = { 0 }, twice = { 0 };

	yaml_write(&once, value);
	json_auto_t *again = load(buf_str(&once), once.len);
	const json_t *same = json_array_size(again) ? json_array_get(again, 0) : json_null();

	if (!again || json_array_size(again) > 1 || !json_same(same, value))
		abort();
	yaml_write(&twice, same);
	if (strcmp(buf_str(&once), buf_str(&twice)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_auto_t *documents = load((const char *)data, size);

	for (size_t i = 0; i < json_array_size(documents); i++)
		check(json_array_get(documents, i));
	return 0;
}
