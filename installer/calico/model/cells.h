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
CALICO_CELL(value); /* anything; absent: "<none>" */
CALICO_CELL(bool);
CALICO_CELL(bool_or_dash); /* absent: "-" */
CALICO_CELL(bool_or_nil); /* absent: "<nil>" */
CALICO_CELL(number); /* absent: "0" */
CALICO_CELL(number_or_dash);
CALICO_CELL(order); /* as Go's %v: "100", "1e+06", "<nil>" */
CALICO_CELL(count); /* of a list's items or a map's members */
CALICO_CELL(joined); /* "a,b" */
CALICO_CELL(truncated); /* the same in 80 bytes */
CALICO_CELL(labels); /* "a=1,b=2" by name */
CALICO_CELL(json);
CALICO_CELL(peer_node); /* spec.node, else nodeSelector, else "(global)" */
CALICO_CELL(workload); /* spec.workload, else spec.pod */
CALICO_CELL(nats); /* "INTERNAL->EXTERNAL", comma-separated: calicoctl itself crashes */
CALICO_CELL(asn); /* context: BGPConfiguration default, whose number is in parentheses */
CALICO_CELL(allocated); /* of a block's addresses: "3/64" */

/* As Go's %v prints a float64: shortest digits, with an exponent below -4 and from 6 on. */
void cell_float(struct buf *out, double d);

#endif
