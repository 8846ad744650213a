/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what etcd's gateway answers, and what Calico stores in etcd: a page of keys, an error, the
 * name in a key, a value as a projectcalico.org/v3 object. The server is not trusted. No I/O.
 */
#ifndef CALICO_STORE_ETCD_ANSWER_H
#define CALICO_STORE_ETCD_ANSWER_H

#include "calico/model/kinds.h"

#define ETCD_ROOT "/calico/resources/v3/projectcalico.org/"

struct etcd_kv {
	struct buf key, value;
	int64_t mod_revision;
};

struct etcd_page {
	struct etcd_kv *kvs;
	size_t n;
	int64_t revision; /* revision of the whole store at the time of the answer */
	bool more; /* more keys follow the last one */
};

/* Parses a RangeResponse. ERR_FORMAT: the text is none. */
CHECKED int etcd_page_parse(struct etcd_page *page, const char *text, size_t len, struct err *e);
void etcd_page_release(struct etcd_page *page);

/*
 * The message of an error answer, in one line; without a message, the start of the answer. The
 * caller frees it.
 */
char *etcd_error_text(const char *text, size_t len);

/*
 * The start of a list's keys: ETCD_ROOT "PLURAL/" or "PLURAL/NS/". ns NULL: all namespaces. For a
 * kind of IPAM, the start of its first keys. The caller frees it.
 */
char *etcd_prefix(const struct calico_kind *kind, const char *ns);
/* The end of a list: the first key that follows all its keys. */
void etcd_prefix_end(const struct calico_kind *kind, const char *prefix, struct buf *end);
/*
 * The name in a key, behind a prefix that etcd_prefix made: "NAME", or "NS/NAME" for all
 * namespaces. For a kind of IPAM, the part behind IPAM_ROOT. NULL: the key does not belong to this
 * kind.
 */
const char *etcd_key_name(
	const struct calico_kind *kind, const char *ns, const char *prefix, const struct buf *key);
/*
 * The same for any key, borrowed from key. A key that does not belong to the kind is returned
 * whole.
 */
const char *etcd_key_object(const struct calico_kind *kind, const struct buf *key);
/* The object of a key: a new reference. NULL without an error: the object is of another kind. */
CHECKED json_t *etcd_object(const struct calico_kind *kind, const struct etcd_kv *kv,
	const struct calico_rules *rules, struct err *e);

#endif
