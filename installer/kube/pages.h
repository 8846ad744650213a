/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a list page by page ("Retrieving large results sets in chunks" in
 * https://kubernetes.io/docs/reference/using-api/api-concepts/). An API server forgets a list after
 * some minutes and answers 410. Then the list begins anew, a few times. A list that never ends
 * fails. Zero is a list that has not begun. pages->token is the token of the next request.
 */
#ifndef KUBE_PAGES_H
#define KUBE_PAGES_H

#include "kube/api.h"

struct kube_pages {
	char *token; /* token of the next page; NULL: the first page */
	char *revision; /* resourceVersion of the first page; NULL: none so far */
	size_t n, bytes; /* number of pages, and bytes of their text, of this list alone */
	unsigned restarts;
	bool ended; /* no page is left to ask for */
};

enum kube_page {
	KUBE_PAGE_ITEMS, /* the call has the items of a page */
	KUBE_PAGE_AGAIN, /* the list begins anew: discard the items taken so far */
	KUBE_PAGE_FAILED /* e gives the reason; the list has ended */
};

enum kube_page kube_pages_take(struct kube_pages *p, struct kube_call *call, struct err *e);
/* An object without metadata.managedFields, which is half of the text. */
extern const struct json_wanted kube_without_managers;

/*
 * Returns the next item of a page whose items are apart; the caller owns it. w NULL: the whole
 * item. NULL without an error: no item is left. An error ends the list.
 */
CHECKED json_t *kube_pages_next(struct kube_pages *p, struct kube_call *call,
	const struct json_wanted *w, struct err *e);
/*
 * Goes back to the first page, because other lists that belong together begin anew. Forgets the
 * revision.
 */
void kube_pages_rewind(struct kube_pages *p);
void kube_pages_release(struct kube_pages *p);

/* Number of objects in all pages, by the first page of a list; -1: the value is not a list. */
long kube_list_count(const json_t *list);

#endif
