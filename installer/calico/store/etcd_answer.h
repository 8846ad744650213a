/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What etcd's gateway says, and what Calico keeps in it: a page of keys, an error, a key's name, a
 * value as a projectcalico.org/v3 object. No I/O: all of it comes from a server that is not
 * trusted.
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
	int64_t revision; /* of the whole store, when it answered */
	bool more; /* there are keys behind the last one */
};

/* A RangeResponse. ERR_FORMAT when it is none. */
CHECKED int etcd_page_parse(struct etcd_page *page, const char *text, size_t len, struct err *e);
void etcd_page_release(struct etcd_page *page);

/* The message of an error answer, or the start of what came instead: one line, the caller's. */
char *etcd_error_text(const char *text, size_t len);

/*
 * ETCD_ROOT "PLURAL/" or "PLURAL/NS/": what the keys of a list begin with, ns NULL: all. Of a kind
 * of IPAM, what the first ones begin with.
 */
char *etcd_prefix(const struct calico_kind *kind, const char *ns);
/* The first key behind all keys of a list. */
void etcd_prefix_end(const struct calico_kind *kind, const char *prefix, struct buf *end);
/*
 * The name behind a prefix that etcd_prefix made: "NAME", or "NS/NAME" of all namespaces; of a kind
 * of IPAM, what follows IPAM_ROOT. NULL when the key is no key of this kind.
 */
const char *etcd_key_name(
	const struct calico_kind *kind, const char *ns, const char *prefix, const struct buf *key);
/* The same of any key, which may be none of this kind: what names its object, in key. */
const char *etcd_key_object(const struct calico_kind *kind, const struct buf *key);
/* The object of a key: a new reference. NULL without an error: it is that of another kind. */
CHECKED json_t *etcd_object(const struct calico_kind *kind, const struct etcd_kv *kv,
	const struct calico_rules *rules, struct err *e);

#endif
