/* SPDX-License-Identifier: Apache-2.0 */
/* How objects are shown, and the text of one object. */
#ifndef CALICO_SHOW_VIEW_H
#define CALICO_SHOW_VIEW_H

#include "calico/model/kinds.h"

enum calico_format {
	CALICO_TABLE,
	CALICO_WIDE,
	CALICO_JSON,
	CALICO_YAML,
	CALICO_NAME, /* one line for each: "ippool.projectcalico.org/NAME" */
};

enum { CALICO_MAX_COLUMNS = 100 };

/* How a result is to be shown. */
struct calico_view {
	enum calico_format format;
	const struct calico_column **columns; /* columns of tables; the last one is NULL */
	bool namespaces; /* the first column is the namespace */
	bool brief; /* only the kind's own columns are shown */
};

/*
 * Sets the columns of a table. custom NULL: the kind's own columns. custom is a comma-separated
 * list; each entry is a heading of the kind, or HEADING:PATH with a path such as ".spec.cidr". The
 * caller frees view->columns, one block with all that belongs to it. ERR_USAGE names the columns
 * that exist.
 */
CHECKED int calico_view_columns(struct calico_view *view, const struct calico_kind *kind,
	const char *custom, struct err *e);
/*
 * Appends the text of one object of a list. In tables, this is its cells, each with its NUL. In
 * other formats, this is an item of the list.
 */
void calico_view_row(struct buf *out, const struct calico_view *view,
	const struct calico_kind *kind, const json_t *object, const json_t *context);

#endif
