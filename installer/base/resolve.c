/* SPDX-License-Identifier: Apache-2.0 */
#include "base/resolve.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"

static void add_address(
	json_t *urls, const char *scheme, const struct addrinfo *ai, const char *rest)
{
	char text[64]; /* NI_NUMERICHOST: an IPv6 address with its scope */
	bool v6 = ai->ai_family == AF_INET6;
	const json_t *known;
	size_t i;

	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST))
		return;
	char_auto *url = xasprintf("%s%s%s%s%s", scheme, v6 ? "[" : "", text, v6 ? "]" : "", rest);

	json_array_foreach(urls, i, known)
		if (strcmp(json_string_value(known), url) == 0)
			return;
	json_array_append_new(urls, json_string(url));
}

json_t *resolve_url(const char *url, char **host, struct err *e)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *begin = strstr(url, "://");
	struct addrinfo *all;

	begin = begin ? begin + 3 : url;
	char_auto *scheme = xstrndup(url, (size_t)(begin - url));
	bool bracket = *begin == '[';
	size_t len = strcspn(begin + bracket, bracket ? "]" : ":/");
	char_auto *name = xstrndup(begin + bracket, len);
	const char *rest = begin + bracket + len;
	int rc = getaddrinfo(name, NULL, &hints, &all);

	if (rc != 0) {
		err_set(e, ERR_NET, rc, "%s: the name %s does not resolve: %s", url, name,
			gai_strerror(rc));
		return NULL;
	}
	json_t *urls = json_array();

	for (const struct addrinfo *ai = all; ai; ai = ai->ai_next)
		add_address(urls, scheme, ai, rest + (bracket && *rest == ']'));
	freeaddrinfo(all);
	*host = steal(&name);
	return urls;
}
