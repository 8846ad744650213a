/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads as calicoctl does them, collected for printing. A custom resource whose CRD is not there is
 * an error here, never an empty list. Results are the caller's.
 */
#ifndef CALICO_SHOW_READ_H
#define CALICO_SHOW_READ_H

#include "calico/store/store.h"
#include "calico/show/view.h"

struct calico_read {
	json_t *objects; /* array of projectcalico.org/v3 objects, as the datastore orders them */
	struct buf rows; /* instead of them what a view makes of each one, for calico_print */
	size_t n_rows;
	bool streamed; /* rows it is */
	json_t *metadata; /* of the list; NULL when names were given */
	json_t *context; /* the kind's; NULL: none is there, false: it could not be read */
	struct err denied; /* the first read that was not permitted; zero: each was */
	json_t *problems; /* array of strings: names not found, objects that cannot be shown */
	size_t bound; /* bytes that printing these objects takes at most */
};

/*
 * names NULL or empty: the whole list, page by page; ns NULL: of all namespaces. wide: with what
 * wide columns need. view: keep only what it shows of each object of a list, so that memory
 * follows what is printed; NULL: keep objects. -1: nothing could be read; ERR_CHECK when the CRD
 * is not there.
 */
CHECKED int calico_read(const struct calico_store *store, const struct calico_kind *kind,
	const char *ns, const char *const *names, size_t n, bool wide,
	const struct calico_view *view, struct calico_read *r, struct err *e);
void calico_read_release(struct calico_read *r);

#define calico_read_auto __attribute__((cleanup(calico_read_release))) struct calico_read

#endif
