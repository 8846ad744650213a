/* SPDX-License-Identifier: Apache-2.0 */
/* Selectors and regular expressions from anybody get a verdict, with a place inside the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "calico/write/selector.h"
#include "calico/write/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char_auto *text = xstrndup((const char *)data, size);
	size_t len = strlen(text);
	const char *why = NULL;
	struct selector s;
	err_auto e = { 0 };

	if (selector_parse(&s, text, len, &e) < 0) {
		unsigned long column = 1;

		if (!e.msg || (has_prefix(e.msg, "column ") &&
				      (column = strtoul(e.msg + 7, NULL, 10)) > len + 1) ||
			column == 0)
			abort();
	} else if (s.only_global && !s.global) {
		abort();
	}
	if (word_is_regexp(text, &why) == (why != NULL))
		abort();
	return 0;
}
