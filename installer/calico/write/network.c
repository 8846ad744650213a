/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/network.h"

#include <arpa/inet.h>
#include <string.h>

enum { TEXT_MAX = 64 }; /* bytes of an address */

static bool parse_bits(const char *text, unsigned width, unsigned *bits)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 3 || text[len])
		return false;
	*bits = (unsigned)strtoul(text, NULL, 10);
	return *bits <= width;
}

bool network_parse(struct network *n, const char *text)
{
	size_t len = strcspn(text, "/");
	char address[TEXT_MAX];

	*n = (struct network){ 0 };
	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	n->v6 = strchr(address, ':') != NULL;
	if (inet_pton(n->v6 ? AF_INET6 : AF_INET, address, n->bytes) != 1)
		return false;
	n->bits = network_width(n);
	n->masked = text[len] == '/';
	return !n->masked || parse_bits(text + len + 1, n->bits, &n->bits);
}

unsigned network_width(const struct network *n)
{
	return n->v6 ? 128 : 32;
}

void network_mask(struct network *n)
{
	for (unsigned i = 0; i < network_width(n) / 8; i++) {
		unsigned kept = n->bits > 8 * i ? n->bits - 8 * i : 0;

		if (kept < 8)
			n->bytes[i] &= (unsigned char)(0xff00 >> kept);
	}
}

bool network_has_host_bits(const struct network *n)
{
	struct network masked = *n;

	network_mask(&masked);
	return memcmp(masked.bytes, n->bytes, sizeof(masked.bytes)) != 0;
}

bool network_contains(const struct network *outer, const struct network *inner)
{
	struct network a = *outer, b = *inner;

	if (a.v6 != b.v6 || a.bits > b.bits)
		return false;
	b.bits = a.bits;
	network_mask(&a);
	network_mask(&b);
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

bool network_overlaps(const struct network *a, const struct network *b)
{
	return network_contains(a, b) || network_contains(b, a);
}

char *network_text(const struct network *n)
{
	char text[TEXT_MAX];

	inet_ntop(n->v6 ? AF_INET6 : AF_INET, n->bytes, text, sizeof(text));
	return xasprintf("%s/%u", text, n->bits);
}
