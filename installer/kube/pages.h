/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list while it is read page by page ("Retrieving large results sets in chunks" in
 * https://kubernetes.io/docs/reference/using-api/api-concepts/).
 * An API server forgets a list after some minutes and answers 410; then the list begins anew, a few
 * times. A list that never ends fails. Zero is a list that has not begun; the token of the next
 * request is pages->token.
 */
#ifndef KUBE_PAGES_H
#define KUBE_PAGES_H

#include "kube/api.h"

struct kube_pages {
	char *token; /* of the next page; NULL: the first one */
	char *revision; /* resourceVersion of the first page; NULL: none so far */
	size_t n, bytes; /* pages and their text, of this list alone */
	unsigned restarts;
	bool ended; /* nothing is left to ask for */
};

enum kube_page {
	KUBE_PAGE_ITEMS, /* the call has the items of a page */
	KUBE_PAGE_AGAIN, /* the list begins anew: what was taken so far does not count */
	KUBE_PAGE_FAILED /* e says why; the list has ended */
};

enum kube_page kube_pages_take(struct kube_pages *p, struct kube_call *call, struct err *e);
/* An object without metadata.managedFields, which take half of the text. */
extern const struct json_wanted kube_without_managers;

/*
 * Of a page whose items are apart the next one, the caller's; w NULL: all of it. NULL without an
 * error: there is none. An error ends the list.
 */
CHECKED json_t *kube_pages_next(struct kube_pages *p, struct kube_call *call,
	const struct json_wanted *w, struct err *e);
/* To the first page, since the list belongs to others that begin anew; revision is forgotten. */
void kube_pages_rewind(struct kube_pages *p);
void kube_pages_release(struct kube_pages *p);

/* How many objects there are, by the first page of a list; -1: it is no list. */
long kube_list_count(const json_t *list);

#endif
