/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of options share: the table in option_rows.c, the parser in options.c. */
#ifndef RUN_OPTIONS_PARTS_H
#define RUN_OPTIONS_PARTS_H

#include "run/run.h"

enum option_type { FLAG, STRING, LIST, COUNT, DURATION, REQUEST, OUTPUT, COLOR, SET, LEVEL };

enum { TYPES = 15 /* bits of a row's type that are an option_type */ };

struct option_row {
	const char *name;
	char letter; /* 0: none */
	const char *value; /* what help calls it; NULL: it takes none */
	unsigned type; /* an option_type, and the OPTION_ bits of run.h */
	size_t at; /* in struct options */
	const char *help;
};

/* The one table of options, and where their values go; a command names those that it takes. */
extern const struct option_row option_rows[];
extern const size_t option_rows_n;

#endif
