/* SPDX-License-Identifier: Apache-2.0 */
/* What was read, as text: calicoctl's tables byte for byte, JSON, YAML, names. */
#ifndef CALICO_SHOW_PRINT_H
#define CALICO_SHOW_PRINT_H

#include "calico/show/read.h"

#define CALICO_MAX_OUTPUT ((size_t)1 << 30) /* bytes of one result */

/* Nothing at all when names were given and none was found. The rows of r are used up. */
void calico_print(struct buf *out, const struct calico_kind *kind, struct calico_read *r,
	const struct calico_view *view);
/* Rows of cells as text/tabwriter lays them out with minwidth 5 and padding 3. */
void calico_table(struct buf *out, const char *const *cells, size_t rows, size_t columns);
/*
 * At least as many bytes as the object takes in any format; what a deep nesting of small values
 * becomes by indentation is counted.
 */
size_t calico_print_bound(const json_t *object);

#endif
