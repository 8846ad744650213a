/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the two files of options: the table in option_rows.c, the parser in options.c. */
#ifndef RUN_OPTIONS_PARTS_H
#define RUN_OPTIONS_PARTS_H

#include "run/run.h"

enum option_type { FLAG, STRING, LIST, COUNT, DURATION, REQUEST, OUTPUT, COLOR, SET, LEVEL };

enum { TYPES = 15 /* the bits of option_row.type that hold an option_type */ };

struct option_row {
	const char *name;
	char letter; /* 0: no letter */
	const char *value; /* name of the value in --help; NULL: no value */
	unsigned type; /* an option_type, and the OPTION_ bits of run.h */
	size_t at; /* offset of the value in struct options */
	const char *help;
};

/*
 * The one table of options, and the places of their values. Each command names the options it has.
 */
extern const struct option_row option_rows[];
extern const size_t option_rows_n;

#endif
