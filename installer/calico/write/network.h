/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and networks as Go's net package reads them: "10.0.0.1", "fe80::/10". Plain data, no
 * I/O.
 */
#ifndef CALICO_WRITE_NETWORK_H
#define CALICO_WRITE_NETWORK_H

#include "base/util.h"

struct network {
	bool v6;
	bool masked; /* the text has a prefix */
	unsigned char bytes[16]; /* IPv4 uses the first 4 bytes */
	unsigned bits; /* length of the prefix; 32 or 128 for a plain address */
};

/* False: the text is neither an address nor a network. */
bool network_parse(struct network *n, const char *text);
unsigned network_width(const struct network *n); /* width of an address: 32 or 128 bits */
bool network_has_host_bits(const struct network *n);
void network_mask(struct network *n); /* sets the host bits to 0 */
bool network_overlaps(const struct network *a, const struct network *b);
bool network_contains(const struct network *outer, const struct network *inner);
/* The canonical text, always with a prefix: "10.0.0.0/8". The caller frees it. */
char *network_text(const struct network *n);

#endif
