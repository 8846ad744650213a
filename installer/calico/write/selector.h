/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label selectors of Calico (libcalico-go lib/selector): "a == 'b' && has(c)". Only blanks and tabs
 * are white space. Strings have no escapes. An empty selector matches everything.
 */
#ifndef CALICO_WRITE_SELECTOR_H
#define CALICO_WRITE_SELECTOR_H

#include "base/err.h"

enum {
	SELECTOR_MAX_BYTES = 64 << 10,
	SELECTOR_MAX_DEPTH = 100, /* levels of parentheses */
	SELECTOR_MAX_LABEL = 512
};

struct selector {
	bool all; /* the selector is empty, or only all() */
	bool global; /* the selector contains global() */
	bool only_global; /* the selector is only global() */
};

/*
 * Parses n bytes of text. ERR_FORMAT says what was expected, and at which column (1: the first
 * byte).
 */
CHECKED int selector_parse(struct selector *s, const char *text, size_t n, struct err *e);

#endif
