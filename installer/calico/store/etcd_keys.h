/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of etcd as they are, bytes and all, at one revision: what a copy of a datastore needs. The
 * store is one that etcd_open made.
 */
#ifndef CALICO_STORE_ETCD_KEYS_H
#define CALICO_STORE_ETCD_KEYS_H

#include "calico/store/etcd_answer.h"
#include "calico/store/store.h"

/* Keys from first up to, and without, end. Zero has no key. */
struct etcd_keys {
	const char *what; /* for messages: "ippools" */
	struct buf first, end;
	/* While it is read: the next page's first key, how many keys a page has, the end. */
	struct buf next;
	int limit;
	size_t pages;
	bool ended;
};

/* The revision of the datastore now. */
CHECKED int etcd_revision(const struct calico_store *store, int64_t *revision, struct err *e);
/*
 * All ranges at once, page by page, at this revision; take gets each page that has a key, those of
 * one range in order. Its -1 ends the reading. -1 as well when any page cannot be read.
 */
CHECKED int etcd_read_keys(const struct calico_store *store, struct etcd_keys *ranges, size_t n,
	int64_t revision,
	int (*take)(void *arg, const struct etcd_keys *range, const struct etcd_page *page,
		struct err *e),
	void *arg, struct err *e);
void etcd_keys_release(struct etcd_keys *range);

#endif
