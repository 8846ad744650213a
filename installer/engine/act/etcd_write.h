/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guarded writes of keys in etcd: a transaction each, which compares the key's revision with the
 * one that was read (https://etcd.io/docs/v3.5/learning/api/#transaction).
 */
#ifndef ENGINE_ACT_ETCD_WRITE_H
#define ENGINE_ACT_ETCD_WRITE_H

#include "calico/store/store.h"

struct etcd_write {
	struct buf key, value;
	bool deletes; /* the key goes; value does not count */
	const char *revision; /* that the key has; NULL: there must be no such key. Borrowed. */
	const char *what; /* for messages; borrowed */
	/* What is known of it afterwards. */
	enum {
		ETCD_WRITTEN,
		ETCD_REFUSED, /* err says why */
		ETCD_STALE, /* the key is not as it was read */
		ETCD_UNKNOWN /* the answer was lost: it may have been written */
	} result;
	struct err err;
};

/* All at once. -1 when the run is over; else each has a result. */
CHECKED int etcd_write_all(
	const struct calico_store *store, struct etcd_write *writes, size_t n, struct err *e);
void etcd_write_release(struct etcd_write *w);

#endif
