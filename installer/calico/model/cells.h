/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of tables as calicoctl prints them: functions for struct calico_column. */
#ifndef CALICO_MODEL_CELLS_H
#define CALICO_MODEL_CELLS_H

#include <jansson.h>

#include "base/buf.h"

#define CALICO_CELL(name) \
	void put_##name( \
		struct buf *out, const json_t *value, const json_t *object, const json_t *context)

CALICO_CELL(text);
CALICO_CELL(value); /* any type; absent: "<none>" */
CALICO_CELL(bool);
CALICO_CELL(bool_or_dash); /* absent: "-" */
CALICO_CELL(bool_or_nil); /* absent: "<nil>" */
CALICO_CELL(number); /* absent: "0" */
CALICO_CELL(number_or_dash);
CALICO_CELL(order); /* as Go's %v prints a number: "100", "1e+06", "<nil>" */
CALICO_CELL(count); /* the number of a list's items or of a map's members */
CALICO_CELL(joined); /* "a,b" */
CALICO_CELL(truncated); /* "a,b", cut at 80 bytes */
CALICO_CELL(labels); /* "a=1,b=2", sorted by name */
CALICO_CELL(json);
CALICO_CELL(peer_node); /* spec.node, else nodeSelector, else "(global)" */
CALICO_CELL(workload); /* spec.workload, else spec.pod */
CALICO_CELL(nats); /* "INTERNAL->EXTERNAL", comma-separated; calicoctl itself crashes here */
CALICO_CELL(asn); /* context: the BGPConfiguration "default"; its number is in parentheses */
CALICO_CELL(allocated); /* assigned and all addresses of a block: "3/64" */

/*
 * As Go's %v prints a float64: the shortest digits. Exponents below -4 and from 6 on are written.
 */
void cell_float(struct buf *out, double d);

#endif
