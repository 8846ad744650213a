/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label selectors of Calico (libcalico-go lib/selector): "a == 'b' && has(c)". Only blanks and tabs
 * are white space, strings have no escapes, and an empty selector matches everything.
 */
#ifndef CALICO_WRITE_SELECTOR_H
#define CALICO_WRITE_SELECTOR_H

#include "base/err.h"

enum {
	SELECTOR_MAX_BYTES = 64 << 10,
	SELECTOR_MAX_DEPTH = 100, /* parentheses inside parentheses */
	SELECTOR_MAX_LABEL = 512
};

struct selector {
	bool all; /* it is empty, or all() alone */
	bool global; /* global() is in it */
	bool only_global; /* it is global() alone */
};

/* n bytes of text. ERR_FORMAT says what was expected at which column (1 is the first byte). */
CHECKED int selector_parse(struct selector *s, const char *text, size_t n, struct err *e);

#endif
