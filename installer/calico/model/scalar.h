/* SPDX-License-Identifier: Apache-2.0 */
/* Single values of the types that calicoctl decodes. */
#ifndef CALICO_MODEL_SCALAR_H
#define CALICO_MODEL_SCALAR_H

#include <jansson.h>
#include <stdint.h>

#include "calico/model/fields.h"

/*
 * A value that is not null, in its canonical form; a new reference, to the value itself where it
 * needs no change. NULL: calicoctl refuses it; *why continues the name of the field ("is beyond
 * 0 to 255"). from_file: numbers and booleans become text where the
 * type is a string, and 1.0 is an integer.
 */
json_t *scalar_decode(enum field_type type, const json_t *value, bool from_file, const char **why);

/* "64512" or "1.10"; false: it is none. */
bool scalar_as_number(const char *text, uint32_t *number);

#endif
