/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proxy.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/url.h"

/* Reads an address as 16 bytes; IPv4 is mapped into IPv6. */
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

/*
 * Reads "10.0.0.0/8". Returns 1 when the entry is a network, and in *hit whether the network has
 * the address.
 */
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

/* Cuts the port, which may be "", off "host", "host:port", "[ip]:port" or "ip". */
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
	/* "a.b" matches the name and all names below it, ".a.b" only names below it. */
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
	return is_exempt(exempt, host, port) ? NULL : xstrdup(value);
}

/* URLs */

static const struct {
	const char *name, *curl;
} schemes[] = {
	{ "http", "http" },
	{ "https", "https" },
	/* The proxy resolves names, as with Go. */
	{ "socks5", "socks5h" },
	{ "socks5h", "socks5h" },
};

static const char *curl_scheme(const char *scheme)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strcmp(schemes[i].name, scheme) == 0)
			return schemes[i].curl;
	return NULL;
}

int proxy_parse(struct proxy *p, const char *text, struct err *e)
{
	const char *rest = strstr(text, "://");
	url_auto u = { 0 };

	*p = (struct proxy){ 0 };
	if (!rest)
		return err_set(e, ERR_FORMAT, 0,
			"is no http, https or socks5 URL of a proxy; write it as http://HOST:PORT");
	/* Go would take the text before it as the host, and print a part of the password. */
	if (strchr(rest + 3 + strcspn(rest + 3, "/?#"), '@'))
		return err_set(e, ERR_FORMAT, 0,
			"has an @ behind a /, ? or #; in a user name or password these are "
			"written as %%2F, %%3F and %%23");
	if (url_parse(&u, text, e) < 0)
		return -1;
	if (!curl_scheme(u.scheme))
		return err_set(e, ERR_FORMAT, 0,
			"is no http, https or socks5 URL of a proxy; write it as http://HOST:PORT");
	char_auto *host = url_host_text(u.host);

	p->url = xasprintf("%s://%s:%s", curl_scheme(u.scheme), host, url_port(&u));
	p->user = steal(&u.user);
	p->password = steal(&u.password);
	return 0;
}

void proxy_release(struct proxy *p)
{
	free(p->url);
	secret_free(p->user);
	secret_free(p->password);
	*p = (struct proxy){ 0 };
}
