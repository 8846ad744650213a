/* SPDX-License-Identifier: Apache-2.0 */
/* Single values, in the types that calicoctl decodes. */
#ifndef CALICO_MODEL_SCALAR_H
#define CALICO_MODEL_SCALAR_H

#include <jansson.h>
#include <stdint.h>

#include "calico/model/fields.h"

/*
 * The canonical form of a value that is not null: a new reference, to value itself when it needs no
 * change. NULL: calicoctl refuses the value, and *why follows the field's name in a sentence ("is
 * beyond 0 to 255"). from_file: numbers and booleans become text where the type is a string, and
 * 1.0 is an integer.
 */
json_t *scalar_decode(enum field_type type, const json_t *value, bool from_file, const char **why);

/* Reads "64512" or "1.10"; false: the text is no AS number. */
bool scalar_as_number(const char *text, uint32_t *number);

#endif
