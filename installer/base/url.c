/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/buf.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";

static bool is_one_of(unsigned char c, const char *more)
{
	return c && (strchr(letters, c) || strchr(digits, c) || strchr(more, c));
}

/* Percent-encoding */

int url_escaped_byte(const char *s)
{
	int high = *s == '%' ? hex_digit(s[1]) : -1;
	int low = high < 0 ? -1 : hex_digit(s[2]);

	return low < 0 ? -1 : high * 16 + low;
}

static char *decode(const char *s, size_t len)
{
	char *out = xcalloc(len + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int byte = url_escaped_byte(s + i);

		out[n++] = byte < 0 ? s[i] : (char)byte;
		i += byte < 0 ? 0 : 2;
	}
	return out;
}

/*
 * Escapes what may not stand in a path or a query, as Go does. Text that is escaped stays as it is.
 */
static char *escape(const char *s, size_t len)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c))
			buf_printf(&out, "%%%02X", c);
		else
			buf_putc(&out, (char)c);
	}
	return buf_steal(&out);
}

/* Reading */

struct part {
	const char *at;
	size_t len;
};

static int check_characters(const char *text, struct err *e)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return err_set(e, ERR_FORMAT, 0,
				"the URL has a control character at position %zu; remove it",
				(size_t)(c - text) + 1);
	return 0;
}

static int check_escapes(const char *text, struct part p, struct err *e)
{
	for (size_t i = 0; i < p.len; i++)
		if (p.at[i] == '%' && (p.len - i < 3 || url_escaped_byte(p.at + i) < 0))
			return err_set(e, ERR_FORMAT, 0,
				"the URL has a %% at position %zu without two hexadecimal digits "
				"behind it; write %%25 for the character itself",
				(size_t)(p.at + i - text) + 1);
	return 0;
}

static int take_user(struct url *u, const char *text, struct part p, struct err *e)
{
	const char *colon = memchr(p.at, ':', p.len);
	size_t user = colon ? (size_t)(colon - p.at) : p.len;

	for (size_t i = 0; i < p.len; i++)
		if (!is_one_of((unsigned char)p.at[i], "-._~:!$&'()*+,;=%@"))
			return err_set(e, ERR_FORMAT, 0,
				"the URL's user name or password has a character that must be "
				"percent-encoded, as in %%23 for #");
	if (check_escapes(text, p, e) < 0)
		return -1;
	u->user = decode(p.at, user);
	u->password = colon ? decode(colon + 1, p.len - user - 1) : NULL;
	for (size_t i = 0; i + 2 < p.len; i++)
		if (url_escaped_byte(p.at + i) == 0)
			return err_set(e, ERR_FORMAT, 0,
				"the URL's user name or password has a NUL character (%%00)");
	return 0;
}

static int take_port(struct url *u, const char *s, size_t len, struct err *e)
{
	long value = 0;

	if (len == 0) /* "HOST:" has the host HOST and no port */
		return 0;
	for (size_t i = 0; i < len && value <= UINT16_MAX; i++)
		value = strchr(digits, s[i]) && s[i] ? value * 10 + (s[i] - '0') : UINT16_MAX + 1L;
	if (value < 1 || value > UINT16_MAX)
		return err_set(e, ERR_FORMAT, 0, "the port must be a number from 1 to 65535");
	u->port = xasprintf("%ld", value);
	return 0;
}

/* Names of hosts, in UTF-8 or percent-encoded UTF-8, and addresses, IPv6 with a zone (RFC 6874). */
static int take_host(struct url *u, const char *text, struct part p, struct err *e)
{
	const char *zone = memchr(p.at, ':', p.len) ? memmem(p.at, p.len, "%25", 3) : NULL;

	if (check_escapes(text, p, e) < 0)
		return -1;
	for (size_t i = 0; i < p.len; i++) {
		unsigned char c = (unsigned char)p.at[i];
		int byte = url_escaped_byte(p.at + i);

		if (p.at + i != zone && byte < 0x80 && c < 0x80 && !is_one_of(c, "-._~:"))
			return err_set(e, ERR_FORMAT, 0,
				"the URL has a character at position %zu that no host name has",
				(size_t)(p.at + i - text) + 1);
		i += byte < 0 ? 0 : 2;
	}
	u->host = decode(p.at, p.len);
	return 0;
}

/* Calico's install-cni writes brackets round every host, also round a name. */
static int take_bracketed(struct url *u, const char *text, struct part p, struct err *e)
{
	const char *close = memrchr(p.at, ']', p.len);
	struct part inside = { p.at + 1, close ? (size_t)(close - p.at) - 1 : 0 };

	if (inside.len == 0)
		return err_set(e, ERR_FORMAT, 0, "the IPv6 address must be enclosed in [ and ]");
	size_t rest = p.len - inside.len - 2;

	if (rest > 0 && close[1] != ':')
		return err_set(e, ERR_FORMAT, 0,
			"only a :PORT can follow the ] of an IPv6 address");
	if (take_host(u, text, inside, e) < 0)
		return -1;
	return rest > 0 ? take_port(u, close + 2, rest - 1, e) : 0;
}

static int take_authority(struct url *u, const char *text, struct part p, struct err *e)
{
	const char *at = memrchr(p.at, '@', p.len), *colon;

	if (at) {
		size_t len = (size_t)(at - p.at);

		if (take_user(u, text, (struct part){ p.at, len }, e) < 0)
			return -1;
		p = (struct part){ at + 1, p.len - len - 1 };
	}
	if (p.len > 0 && *p.at == '[')
		return take_bracketed(u, text, p, e);
	colon = memchr(p.at, ':', p.len);
	struct part host = { p.at, colon ? (size_t)(colon - p.at) : p.len };

	if (host.len == 0 && !(colon && memchr(colon + 1, ':', p.len - 1)))
		return err_set(e, ERR_FORMAT, 0,
			"the URL has no host; it should look like https://HOST:PORT");
	if (colon && memchr(colon + 1, ':', p.len - host.len - 1))
		return err_set(e, ERR_FORMAT, 0,
			"an IPv6 address needs brackets, as in https://[fd00::1]:6443");
	if (colon && take_port(u, colon + 1, p.len - host.len - 1, e) < 0)
		return -1;
	return take_host(u, text, host, e);
}

static int parse(struct url *u, const char *text, struct err *e)
{
	const char *rest = strstr(text, "://");
	size_t scheme = rest ? (size_t)(rest - text) : 0;

	if (check_characters(text, e) < 0)
		return -1;
	if (scheme == 0 || !strchr(letters, *text) ||
		strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.") <
			scheme)
		return err_set(e, ERR_FORMAT, 0,
			"the URL must start with https:// (or http://), as in https://HOST:PORT");
	u->scheme = xstrndup(text, scheme);
	for (char *c = u->scheme; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	rest += strlen("://");
	struct part authority = { rest, strcspn(rest, "/?#") };
	struct part path = { rest + authority.len, strcspn(rest + authority.len, "?#") };
	const char *behind = path.at + path.len;

	if (take_authority(u, text, authority, e) < 0 || check_escapes(text, path, e) < 0)
		return -1;
	u->path = escape(path.at, path.len);
	if (*behind == '?')
		u->query = escape(behind + 1, strcspn(behind + 1, "#"));
	u->has_fragment = strchr(behind, '#') != NULL;
	return 0;
}

int url_parse(struct url *u, const char *text, struct err *e)
{
	*u = (struct url){ 0 };
	if (parse(u, text, e) == 0)
		return 0;
	url_release(u);
	return -1;
}

void url_release(struct url *u)
{
	free(u->scheme);
	secret_free(u->user);
	secret_free(u->password);
	free(u->host);
	free(u->port);
	free(u->path);
	free(u->query);
	*u = (struct url){ 0 };
}

/* Writing */

const char *url_port(const struct url *u)
{
	if (u->port)
		return u->port;
	return strcmp(u->scheme, "http") == 0	   ? "80"
	       : strcmp(u->scheme, "https") == 0   ? "443"
	       : has_prefix(u->scheme, "socks5") ? "1080"
						   : NULL;
}

char *url_host_text(const char *host)
{
	const char *zone = strchr(host, '%');

	if (!strchr(host, ':'))
		return xstrdup(host);
	if (!zone)
		return xasprintf("[%s]", host);
	return xasprintf("[%.*s%%25%s]", (int)(zone - host), host, zone + 1);
}

char *url_text(const struct url *u)
{
	char_auto *host = url_host_text(u->host);

	return xasprintf("%s://%s%s%s%s", u->scheme, host, u->port ? ":" : "",
		u->port ? u->port : "", u->path);
}

int url_parse_server(const char *url, const char *instead, char **text, struct err *e)
{
	url_auto u = { 0 };

	if (url_parse(&u, url, e) < 0)
		return -1;
	if (strcmp(u.scheme, "https") != 0 && strcmp(u.scheme, "http") != 0)
		return err_set(e, ERR_FORMAT, 0,
			"the URL must start with https:// (or http://), as in https://HOST:PORT");
	if (u.user)
		return err_set(e, ERR_FORMAT, 0,
			"a user name or password has no place in the URL; use %s", instead);
	if (u.query || u.has_fragment)
		return err_set(e, ERR_FORMAT, 0,
			"the URL must end with its path: remove the query (?) or fragment (#)");
	*text = url_text(&u);
	for (size_t len = strlen(*text); has_suffix(*text, "/"); len--)
		(*text)[len - 1] = '\0';
	return 0;
}
