/* SPDX-License-Identifier: Apache-2.0 */
/* What the files with tables of fields share. */
#ifndef CALICO_MODEL_FIELDS_PARTS_H
#define CALICO_MODEL_FIELDS_PARTS_H

#include "calico/model/fields.h"

/* Rows leave out members that they do not need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* One Go struct: its name and its rows. */
#define FIELDS(name, ...) \
	{ \
		name, (const struct calico_field[]) \
		{ \
			__VA_ARGS__, \
			{ \
				0 \
			} \
		} \
	}

/* The first fields of every object. */
#define OBJECT_FIELDS \
	{ "kind", FIELD_STRING }, { "apiVersion", FIELD_STRING }, \
	{ \
		"metadata", FIELD_STRUCT | FIELD_ALWAYS, .of = &calico_metadata \
	}

#endif
