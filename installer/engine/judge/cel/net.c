/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP addresses and networks, in the forms that Go's net/netip accepts (no zones, no mapped IPv4).
 */
#include <arpa/inet.h>
#include <string.h>

#include "engine/judge/cel/parts.h"

static bool parse(const char *text, struct cel_address *a)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	memset(a, 0, sizeof(*a));
	a->is_6 = strchr(text, ':') != NULL;
	a->bits = a->is_6 ? 128 : 32;
	return inet_pton(a->is_6 ? AF_INET6 : AF_INET, text, a->bytes) == 1 &&
	       (!a->is_6 || memcmp(a->bytes, mapped, sizeof(mapped)) != 0);
}

/*
 * Copies the text as a C string; false: it is no address, because it is too long or has a NUL byte.
 */
static bool copy_of(const struct cel_text *text, char copy[64])
{
	if (text->n >= 64 || memchr(text->s, '\0', text->n))
		return false;
	memcpy(copy, text->s, text->n);
	copy[text->n] = '\0';
	return true;
}

bool cel_parse_address(const struct cel_text *text, struct cel_address *a)
{
	char copy[64];

	return copy_of(text, copy) && parse(copy, a);
}

bool cel_parse_cidr(const struct cel_text *text, struct cel_address *a)
{
	char copy[64], *slash;
	unsigned bits = 0;

	slash = copy_of(text, copy) ? strrchr(copy, '/') : NULL;
	if (!slash)
		return false;
	*slash++ = '\0';
	size_t digits = strspn(slash, "0123456789");

	if (digits == 0 || digits > 3 || slash[digits] || (slash[0] == '0' && digits > 1))
		return false;
	bits = (unsigned)strtoul(slash, NULL, 10);
	if (!parse(copy, a) || bits > a->bits)
		return false;
	a->bits = (uint8_t)bits;
	return true;
}

/* RFC 5952, but like Go without a dotted IPv4 part at the end. */
static void put_6(struct buf *out, const unsigned char *bytes)
{
	unsigned groups[8];
	int start = -1, length = 1;

	for (int i = 0; i < 8; i++)
		groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
	for (int i = 0; i < 8; i++) {
		int n = 0;

		while (i + n < 8 && groups[i + n] == 0)
			n++;
		if (n > length) {
			start = i;
			length = n;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == start) {
			buf_puts(out, "::");
			i += length - 1;
			continue;
		}
		buf_printf(out, i > 0 && i != start + length ? ":%x" : "%x", groups[i]);
	}
}

void cel_put_address(struct buf *out, const struct cel_address *a, bool with_bits)
{
	if (a->is_6)
		put_6(out, a->bytes);
	else
		buf_printf(out, "%u.%u.%u.%u", a->bytes[0], a->bytes[1], a->bytes[2], a->bytes[3]);
	if (with_bits)
		buf_printf(out, "/%u", a->bits);
}

static bool same_network(const struct cel_address *net, const struct cel_address *a, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return net->is_6 == a->is_6 && memcmp(net->bytes, a->bytes, whole) == 0 &&
	       (rest == 0 || (net->bytes[whole] ^ a->bytes[whole]) >> (8 - rest) == 0);
}

/* Addresses */

static struct cel_value of_address(enum cel_type type, const struct cel_address *a)
{
	return (struct cel_value){ .type = type, .address = *a };
}

static struct cel_value to_ip(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_address a;

	(void)n;
	if (args[0].type != CEL_V_STRING)
		return cel_no_overload();
	return cel_parse_address(&args[0].text, &a) ? of_address(CEL_V_IP, &a)
						    : cel_error(run, "this is no IP address");
}

static struct cel_value is_ip(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_address a;

	(void)run;
	(void)n;
	return args[0].type == CEL_V_STRING ? cel_bool(cel_parse_address(&args[0].text, &a))
					    : cel_no_overload();
}

static struct cel_value is_canonical(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value ip = to_ip(run, args, n);
	buf_auto text = { 0 };

	if (ip.type != CEL_V_IP)
		return ip;
	cel_put_address(&text, &ip.address, false);
	return cel_bool(text.len == args[0].text.n &&
			memcmp(buf_str(&text), args[0].text.s, text.len) == 0);
}

static struct cel_value family(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)run;
	(void)n;
	return args[0].type == CEL_V_IP ? cel_int(args[0].address.is_6 ? 6 : 4)
					: cel_no_overload();
}

enum scope { UNSPECIFIED, LOOPBACK, LINK_LOCAL_MULTICAST, LINK_LOCAL_UNICAST, GLOBAL_UNICAST };

static bool all_zero(const unsigned char *bytes, size_t n)
{
	while (n > 0 && bytes[n - 1] == 0)
		n--;
	return n == 0;
}

static bool has_scope(const struct cel_address *a, enum scope scope)
{
	const unsigned char *b = a->bytes;
	static const unsigned char broadcast[4] = { 255, 255, 255, 255 };
	bool multicast = a->is_6 ? b[0] == 0xff : b[0] >> 4 == 0xe;

	switch (scope) {
	case UNSPECIFIED:
		return all_zero(b, 16);
	case LOOPBACK:
		return a->is_6 ? all_zero(b, 15) && b[15] == 1 : b[0] == 127;
	case LINK_LOCAL_MULTICAST:
		return a->is_6 ? b[0] == 0xff && (b[1] & 0x0f) == 2
			       : b[0] == 224 && b[1] == 0 && b[2] == 0;
	case LINK_LOCAL_UNICAST:
		return a->is_6 ? b[0] == 0xfe && (b[1] & 0xc0) == 0x80 : b[0] == 169 && b[1] == 254;
	default:
		return !all_zero(b, 16) && !has_scope(a, LOOPBACK) && !multicast &&
		       !has_scope(a, LINK_LOCAL_UNICAST) &&
		       (a->is_6 || memcmp(b, broadcast, 4) != 0);
	}
}

#define SCOPE(name, scope) \
	static struct cel_value name(struct cel_run *run, const struct cel_value *args, size_t n) \
	{ \
		(void)run; \
		(void)n; \
		return args[0].type == CEL_V_IP ? cel_bool(has_scope(&args[0].address, scope)) \
						: cel_no_overload(); \
	}

SCOPE(is_unspecified, UNSPECIFIED)
SCOPE(is_loopback, LOOPBACK)
SCOPE(is_link_local_multicast, LINK_LOCAL_MULTICAST)
SCOPE(is_link_local_unicast, LINK_LOCAL_UNICAST)
SCOPE(is_global_unicast, GLOBAL_UNICAST)

/* Networks */

static struct cel_value to_cidr(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_address a;

	(void)n;
	if (args[0].type != CEL_V_STRING)
		return cel_no_overload();
	return cel_parse_cidr(&args[0].text, &a) ? of_address(CEL_V_CIDR, &a)
						 : cel_error(run, "this is no CIDR");
}

static struct cel_value is_cidr(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_address a;

	(void)run;
	(void)n;
	return args[0].type == CEL_V_STRING ? cel_bool(cel_parse_cidr(&args[0].text, &a))
					    : cel_no_overload();
}

static struct cel_value contains_ip(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value ip = args[1].type == CEL_V_STRING ? to_ip(run, &args[1], 1) : args[1];

	(void)n;
	if (args[0].type != CEL_V_CIDR || ip.type != CEL_V_IP)
		return cel_failed(&ip) ? ip : cel_no_overload();
	return cel_bool(same_network(&args[0].address, &ip.address, args[0].address.bits));
}

static struct cel_value contains_cidr(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value net = args[1].type == CEL_V_STRING ? to_cidr(run, &args[1], 1) : args[1];

	(void)n;
	if (args[0].type != CEL_V_CIDR || net.type != CEL_V_CIDR)
		return cel_failed(&net) ? net : cel_no_overload();
	return cel_bool(args[0].address.bits <= net.address.bits &&
			same_network(&args[0].address, &net.address, args[0].address.bits));
}

static struct cel_value cidr_ip(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value v = args[0];

	(void)run;
	(void)n;
	if (v.type != CEL_V_CIDR)
		return cel_no_overload();
	v.type = CEL_V_IP;
	return v;
}

static struct cel_value prefix_length(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)run;
	(void)n;
	return args[0].type == CEL_V_CIDR ? cel_int(args[0].address.bits) : cel_no_overload();
}

static struct cel_value masked(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value v = args[0];

	(void)run;
	(void)n;
	if (v.type != CEL_V_CIDR)
		return cel_no_overload();
	for (unsigned i = v.address.bits; i < 128; i++)
		v.address.bytes[i / 8] &= (unsigned char)~(0x80 >> i % 8);
	return v;
}

const struct cel_function cel_net_functions[] = {
	{ "ip", false, 1, 1, to_ip },
	{ "isIP", false, 1, 1, is_ip },
	{ "ip.isCanonical", false, 1, 1, is_canonical },
	{ "family", true, 1, 1, family },
	{ "isUnspecified", true, 1, 1, is_unspecified },
	{ "isLoopback", true, 1, 1, is_loopback },
	{ "isLinkLocalMulticast", true, 1, 1, is_link_local_multicast },
	{ "isLinkLocalUnicast", true, 1, 1, is_link_local_unicast },
	{ "isGlobalUnicast", true, 1, 1, is_global_unicast },
	{ "cidr", false, 1, 1, to_cidr },
	{ "isCIDR", false, 1, 1, is_cidr },
	{ "containsIP", true, 2, 2, contains_ip },
	{ "containsCIDR", true, 2, 2, contains_cidr },
	{ "ip", true, 1, 1, cidr_ip },
	{ "prefixLength", true, 1, 1, prefix_length },
	{ "masked", true, 1, 1, masked },
	{ 0 },
};
