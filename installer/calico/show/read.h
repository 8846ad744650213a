/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads objects as calicoctl does, and collects them for printing. A custom resource whose CRD is
 * missing is an error, never an empty list. The caller releases results.
 */
#ifndef CALICO_SHOW_READ_H
#define CALICO_SHOW_READ_H

#include "calico/store/store.h"
#include "calico/show/view.h"

struct calico_read {
	json_t *objects; /* array of projectcalico.org/v3 objects, in the order of the datastore */
	/* instead of objects: the text of each object in a view, for calico_print */
	struct buf rows;
	size_t n_rows;
	bool streamed; /* set: rows has the result */
	json_t *metadata; /* metadata of the list; NULL: names were given */
	/* the extra object of wide columns; NULL: there is none, false: it could not be read */
	json_t *context;
	/* the first read that was not permitted; zero: all reads were permitted */
	struct err denied;
	/* array of strings: names that were not found, objects that cannot be shown */
	json_t *problems;
	size_t bound; /* the most bytes that printing objects takes */
};

/*
 * Reads objects by names. names NULL or empty: reads the whole list, page by page. ns NULL: all
 * namespaces. wide: also reads what wide columns need. view: keeps only what the view shows of each
 * object in a list, to save memory; NULL: keeps objects. -1: nothing could be read. ERR_CHECK: the
 * CRD is missing.
 */
CHECKED int calico_read(const struct calico_store *store, const struct calico_kind *kind,
	const char *ns, const char *const *names, size_t n, bool wide,
	const struct calico_view *view, struct calico_read *r, struct err *e);
void calico_read_release(struct calico_read *r);

#define calico_read_auto __attribute__((cleanup(calico_read_release))) struct calico_read

#endif
