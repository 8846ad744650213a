/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proxy.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* An address as 16 bytes, IPv4 mapped into IPv6. */
static bool parse_ip(const char *text, unsigned char ip[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_pton(AF_INET6, text, ip) == 1)
		return true;
	memcpy(ip, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, ip + 12) == 1;
}

static bool is_ipv4(const unsigned char ip[16])
{
	return memcmp(ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;
}

static bool is_loopback(const unsigned char ip[16])
{
	return is_ipv4(ip) ? ip[12] == 127
			   : memcmp(ip, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16) == 0;
}

/* "10.0.0.0/8"; 1 if the entry is a network, and *hit whether the address is in it. */
static bool in_network(const char *entry, const unsigned char *ip, bool *hit)
{
	const char *slash = strchr(entry, '/');
	unsigned char net[16];
	char *end;

	if (!slash || !slash[1])
		return false;
	char_auto *base = xstrndup(entry, (size_t)(slash - entry));
	long bits = strtol(slash + 1, &end, 10);

	if (*end || slash[1] < '0' || slash[1] > '9' || !parse_ip(base, net) || bits < 0 ||
		bits > (strchr(base, ':') ? 128 : 32))
		return false;
	if (!strchr(base, ':'))
		bits += 96;
	*hit = ip && is_ipv4(ip) == is_ipv4(net);
	for (long i = 0; i < bits && *hit; i++)
		*hit = ((ip[i / 8] ^ net[i / 8]) & (0x80 >> i % 8)) == 0;
	return true;
}

/* "host", "host:port", "[ip]:port", "ip": cuts the port off, which may be "". */
static const char *cut_port(char *entry)
{
	char *colon = strrchr(entry, ':'), *close = strchr(entry, ']');

	if (!colon || (close && colon < close) || (!close && strchr(entry, ':') != colon))
		return "";
	*colon = '\0';
	return colon + 1;
}

static bool entry_matches(char *entry, const char *host, const char *port, const unsigned char *ip)
{
	unsigned char other[16];
	bool hit = false;

	if (in_network(entry, ip, &hit))
		return hit;
	const char *only = cut_port(entry);
	if (*entry == '[' && has_suffix(entry, "]")) {
		entry[strlen(entry) - 1] = '\0';
		entry++;
	}
	if (!*entry || (*only && strcmp(only, port) != 0))
		return false;
	if (parse_ip(entry, other))
		return ip && memcmp(ip, other, sizeof(other)) == 0;
	if (has_prefix(entry, "*."))
		entry++;
	/* "a.b" is the name and all below it, ".a.b" only what is below. */
	const char *domain = *entry == '.' ? entry + 1 : entry;
	size_t len = strlen(domain), host_len = strlen(host);

	if (domain == entry && strcasecmp(domain, host) == 0)
		return true;
	return host_len > len && host[host_len - len - 1] == '.' &&
	       strcasecmp(host + host_len - len, domain) == 0;
}

static bool is_exempt(const char *list, const char *host, const char *port)
{
	unsigned char bytes[16], *ip = parse_ip(host, bytes) ? bytes : NULL;

	if (strcmp(host, "localhost") == 0 || (ip && is_loopback(ip)))
		return true;
	for (const char *end, *at = list; at; at = *end ? end + 1 : NULL) {
		end = strchrnul(at, ',');
		at += strspn(at, " \t");
		size_t len = at < end ? (size_t)(end - at) : 0;

		while (len > 0 && strchr(" \t", at[len - 1]))
			len--;
		char_auto *entry = xstrndup(at, len);

		if (strcmp(entry, "*") == 0 || (*entry && entry_matches(entry, host, port, ip)))
			return true;
	}
	return false;
}

static const char *variable_of(const char *upper, const char *lower, const char **value)
{
	*value = getenv(upper);
	if (*value && **value)
		return upper;
	*value = getenv(lower);
	return *value && **value ? lower : NULL;
}

char *proxy_of_environment(const char *host, const char *port, bool over_tls, const char **variable)
{
	const char *value, *exempt;

	*variable = over_tls ? variable_of("HTTPS_PROXY", "https_proxy", &value)
			     : variable_of("HTTP_PROXY", "http_proxy", &value);
	if (!*variable)
		return NULL;
	variable_of("NO_PROXY", "no_proxy", &exempt);
	char_auto *bare = xstrndup(host + (*host == '['), strlen(host) - 2 * (*host == '['));

	return is_exempt(exempt, bare, port) ? NULL : xstrdup(value);
}

/* URLs */

static const struct {
	const char *name, *curl, *port;
} schemes[] = {
	{ "http", "http", "80" },
	{ "https", "https", "443" },
	/* As with Go, the proxy looks names up. */
	{ "socks5", "socks5h", "1080" },
	{ "socks5h", "socks5h", "1080" },
};

/* Where the authority's host begins: behind "user:password@". */
static const char *host_of(const char *authority, size_t len)
{
	const char *at = memrchr(authority, '@', len);

	return at ? at + 1 : authority;
}

char *proxy_url(const char *url, struct err *e)
{
	const char *colon = strstr(url, "://");
	const char *authority = colon ? colon + 3 : url;
	size_t scheme = colon ? (size_t)(colon - url) : 0, len = strcspn(authority, "/?#");

	for (const char *c = url; *c; c++)
		if (*c <= ' ' || *c >= 0x7f) {
			err_set(e, ERR_FORMAT, 0,
				"has white space or control characters; write http://HOST:PORT");
			return NULL;
		}
	const char *host = host_of(authority, len);
	size_t host_len = len - (size_t)(host - authority);
	const char *close = *host == '[' ? memchr(host, ']', host_len) : NULL;
	size_t name = close ? (size_t)(close - host) : 0;
	bool has_port = memchr(host + name, ':', host_len - name);

	for (size_t i = 0; i < ARRAY_LEN(schemes) && host_len > 0; i++)
		if (colon && strlen(schemes[i].name) == scheme &&
			strncasecmp(url, schemes[i].name, scheme) == 0)
			return xasprintf("%s://%.*s%s%s", schemes[i].curl, (int)len, authority,
				has_port ? "" : ":", has_port ? "" : schemes[i].port);
	err_set(e, ERR_FORMAT, 0,
		"is no http, https or socks5 URL of a proxy; write it as http://HOST:PORT");
	return NULL;
}

char *proxy_shown(const char *url)
{
	const char *colon = strstr(url, "://");
	const char *authority = colon ? colon + 3 : url;
	size_t len = strcspn(authority, "/?#");
	const char *host = host_of(authority, len);

	return xasprintf("%.*s%.*s", (int)(authority - url), url,
		(int)(len - (size_t)(host - authority)), host);
}
