/* SPDX-License-Identifier: Apache-2.0 */
/* Writes what was read as text: calicoctl's tables byte for byte, JSON, YAML, names. */
#ifndef CALICO_SHOW_PRINT_H
#define CALICO_SHOW_PRINT_H

#include "calico/show/read.h"

#define CALICO_MAX_OUTPUT ((size_t)1 << 30) /* bytes of one output */

/*
 * Writes a result. When names were given and no object was found, it writes nothing. The rows of r
 * are moved to out.
 */
void calico_print(struct buf *out, const struct calico_kind *kind, struct calico_read *r,
	const struct calico_view *view);
/* Writes rows of cells as Go's text/tabwriter does, with minwidth 5 and padding 3. */
void calico_table(struct buf *out, const char *const *cells, size_t rows, size_t columns);
/*
 * The most bytes that an object takes in any format. The indentation of deeply nested values is
 * included.
 */
size_t calico_print_bound(const json_t *object);

#endif
