/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of fields share. */
#ifndef CALICO_MODEL_FIELDS_PARTS_H
#define CALICO_MODEL_FIELDS_PARTS_H

#include "calico/model/fields.h"

/* A row leaves out what it does not need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* One struct of Go, from its name and its rows. */
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

/* What every object begins with. */
#define OBJECT_FIELDS \
	{ "kind", FIELD_STRING }, { "apiVersion", FIELD_STRING }, \
	{ \
		"metadata", FIELD_STRUCT | FIELD_ALWAYS, .of = &calico_metadata \
	}

#endif
