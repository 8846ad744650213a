/* SPDX-License-Identifier: Apache-2.0 */
#include "base/resolve.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "base/url.h"

static void add_address(json_t *urls, const struct url *u, const struct addrinfo *ai)
{
	char text[64]; /* NI_NUMERICHOST: the text of an IPv6 address has its scope */
	struct url numeric = *u;
	const json_t *known;
	size_t i;

	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST))
		return;
	numeric.host = text;
	char_auto *url = url_text(&numeric);

	json_array_foreach(urls, i, known)
		if (strcmp(json_string_value(known), url) == 0)
			return;
	json_array_append_new(urls, json_string(url));
}

json_t *resolve_url(const char *url, char **host, struct err *e)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all;
	url_auto u = { 0 };

	if (url_parse(&u, url, e) < 0)
		return NULL;
	int rc = getaddrinfo(u.host, NULL, &hints, &all);

	if (rc != 0) {
		err_set(e, ERR_NET, rc, "%s: the name %s does not resolve: %s", url, u.host,
			gai_strerror(rc));
		return NULL;
	}
	json_t *urls = json_array();

	for (const struct addrinfo *ai = all; ai; ai = ai->ai_next)
		add_address(urls, &u, ai);
	freeaddrinfo(all);
	*host = steal(&u.host);
	return urls;
}
