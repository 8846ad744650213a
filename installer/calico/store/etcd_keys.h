/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads keys of etcd unchanged, byte by byte, at one revision: this makes a copy of a datastore.
 * The store must be one of etcd_open.
 */
#ifndef CALICO_STORE_ETCD_KEYS_H
#define CALICO_STORE_ETCD_KEYS_H

#include "calico/store/etcd_answer.h"
#include "calico/store/store.h"

/* The keys from first up to, but not including, end. A zeroed struct has no key. */
struct etcd_keys {
	const char *what; /* for messages: "ippools" */
	struct buf first, end;
	/*
	 * State while the range is read: first key of the next page, keys per page, pages so far.
	 */
	struct buf next;
	int limit;
	size_t pages;
	bool ended;
};

/* The current revision of the datastore. */
CHECKED int etcd_revision(const struct calico_store *store, int64_t *revision, struct err *e);
/*
 * Reads all ranges at once, page by page, at this revision. take gets each page that has a key; the
 * pages of one range come in order. When take returns -1, the reading ends. Returns -1 also when a
 * page cannot be read.
 */
CHECKED int etcd_read_keys(const struct calico_store *store, struct etcd_keys *ranges, size_t n,
	int64_t revision,
	int (*take)(void *arg, const struct etcd_keys *range, const struct etcd_page *page,
		struct err *e),
	void *arg, struct err *e);
void etcd_keys_release(struct etcd_keys *range);

#endif
