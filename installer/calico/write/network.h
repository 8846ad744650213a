/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and networks as Go's net package reads them: "10.0.0.1", "fe80::/10". Plain data. */
#ifndef CALICO_WRITE_NETWORK_H
#define CALICO_WRITE_NETWORK_H

#include "base/util.h"

struct network {
	bool v6;
	bool masked; /* a prefix was written */
	unsigned char bytes[16]; /* IPv4: the first 4 */
	unsigned bits; /* of the prefix; of a plain address 32 or 128 */
};

/* False: the text is neither an address nor a network. */
bool network_parse(struct network *n, const char *text);
unsigned network_width(const struct network *n); /* 32 or 128 */
bool network_has_host_bits(const struct network *n);
void network_mask(struct network *n); /* sets the host bits to 0 */
bool network_overlaps(const struct network *a, const struct network *b);
bool network_contains(const struct network *outer, const struct network *inner);
/* "10.0.0.0/8", canonical, always with a prefix; the caller's. */
char *network_text(const struct network *n);

#endif
