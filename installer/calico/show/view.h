/* SPDX-License-Identifier: Apache-2.0 */
/* How objects are to be shown, and what one of them looks like then. */
#ifndef CALICO_SHOW_VIEW_H
#define CALICO_SHOW_VIEW_H

#include "calico/model/kinds.h"

enum calico_format {
	CALICO_TABLE,
	CALICO_WIDE,
	CALICO_JSON,
	CALICO_YAML,
	CALICO_NAME, /* "ippool.projectcalico.org/NAME", a line each */
};

enum { CALICO_MAX_COLUMNS = 100 };

/* How a result is to be shown. */
struct calico_view {
	enum calico_format format;
	const struct calico_column **columns; /* of tables, closed by NULL */
	bool namespaces; /* a column of them in front */
	bool brief; /* columns of the kind alone */
};

/*
 * The columns of a table: those of the kind, or those that custom names, comma-separated: headings
 * of the kind's, or HEADING:PATH with a path such as ".spec.cidr". The caller frees view->columns,
 * one block with all that it needs. ERR_USAGE names the columns that there are.
 */
CHECKED int calico_view_columns(struct calico_view *view, const struct calico_kind *kind,
	const char *custom, struct err *e);
/*
 * One object of a list as it is kept for printing: its cells, each with its NUL, or its text as an
 * item of the list.
 */
void calico_view_row(struct buf *out, const struct calico_view *view,
	const struct calico_kind *kind, const json_t *object, const json_t *context);

#endif
