/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guarded writes of keys in etcd. Each write is one transaction, which compares the key's revision
 * with the one that was read (https://etcd.io/docs/v3.5/learning/api/#transaction).
 */
#ifndef ENGINE_ACT_ETCD_WRITE_H
#define ENGINE_ACT_ETCD_WRITE_H

#include "calico/store/store.h"

struct etcd_write {
	struct buf key, value;
	bool deletes; /* deletes the key; value is ignored */
	/* revision that the key must have; NULL: the key must not exist. Borrowed. */
	const char *revision;
	const char *what; /* what messages call the key; borrowed */
	/* What is known after the write. */
	enum {
		ETCD_WRITTEN,
		ETCD_REFUSED, /* err says why */
		ETCD_STALE, /* the key changed since it was read */
		ETCD_UNKNOWN /* the answer was lost: the key may be written */
	} result;
	struct err err;
};

/* Sends all writes in parallel. -1 when the run is over; else each write has a result. */
CHECKED int etcd_write_all(
	const struct calico_store *store, struct etcd_write *writes, size_t n, struct err *e);
void etcd_write_release(struct etcd_write *w);

#endif
