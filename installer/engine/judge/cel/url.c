/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs in CEL, by the rules of Go's net/url: absolute URLs and absolute paths. A host that releases
 * of Go read differently has no verdict.
 */
#include <ctype.h>
#include <string.h>

#include "base/url.h"
#include "engine/judge/cel/parts.h"

struct cel_url {
	/* path and fragment are escaped */
	struct cel_text scheme, opaque, host, path, query, fragment;
	struct cel_text user; /* the unchanged text before "@" */
	bool has_user, has_query;
};

enum verdict { GOOD, BAD, DEPENDS };

/*
 * The characters of each part that are not escaped, besides letters and digits (RFC 3986, as Go
 * reads it).
 */
static const char in_path[] = "-_.~$&+,/:;=@", in_user[] = "-_.~$&+,;=",
		  in_fragment[] = "-_.~!$&()*+,/:;=?@", in_host[] = "-_.~!$&'()*+,;=:[]<>\"";
/* Go accepts these in a path or fragment, but does not write them. */
static const char kept[] = "!$&'()*+,;=:@[]%";

static bool is_plain(unsigned char c, const char *more)
{
	return c && (isalnum(c) || strchr(more, c)) && c < 0x80;
}

static struct cel_text cut(struct cel_text *rest, size_t n, size_t skip)
{
	struct cel_text first = { rest->s, n };

	rest->s += n + skip;
	rest->n -= n + skip;
	return first;
}

/* Index of the first c; t->n: none. */
static size_t place(const struct cel_text *t, char c)
{
	const char *at = t->n > 0 ? memchr(t->s, c, t->n) : NULL;

	return at ? (size_t)(at - t->s) : t->n;
}

static bool starts(const struct cel_text *t, const char *with)
{
	size_t n = strlen(with);

	return t->n >= n && memcmp(t->s, with, n) == 0;
}

static bool same(const struct cel_text *a, const struct cel_text *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->s, b->s, a->n) == 0);
}

static struct cel_text keep(struct cel_run *run, const struct buf *text)
{
	const char *copy = cel_copy(&run->arena, buf_str(text), text->len);

	return (struct cel_text){ copy ? copy : "", copy ? text->len : 0 };
}

/* plus: "+" becomes a space. False: a "%" without two hexadecimal digits. */
static bool unescape(struct buf *out, const struct cel_text *t, bool plus)
{
	for (size_t i = 0; i < t->n; i++) {
		int byte = t->s[i] == '%' && t->n - i > 2 ? url_escaped_byte(t->s + i) : -1;

		if (t->s[i] == '%' && byte < 0)
			return false;
		buf_putc(out, byte >= 0 ? (char)byte : plus && t->s[i] == '+' ? ' ' : t->s[i]);
		i += byte >= 0 ? 2 : 0;
	}
	return true;
}

static void escape(struct buf *out, const char *s, size_t n, const char *plain)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (is_plain(c, plain))
			buf_putc(out, s[i]);
		else
			buf_printf(out, "%%%02X", c);
	}
}

/* Takes the text unchanged when its escapes are valid; else escapes it again. */
static bool take_escaped(
	struct cel_run *run, const struct cel_text *raw, const char *plain, struct cel_text *taken)
{
	buf_auto bare = { 0 }, again = { 0 };
	bool valid = true;

	if (!unescape(&bare, raw, false))
		return false;
	for (size_t i = 0; i < raw->n; i++)
		valid = valid && raw->s[i] && (is_plain((unsigned char)raw->s[i], plain) ||
						      strchr(kept, raw->s[i]));
	*taken = *raw;
	if (!valid && !(bare.len == 1 && *bare.data == '*')) {
		escape(&again, buf_str(&bare), bare.len, plain);
		*taken = keep(run, &again);
	}
	return true;
}

static bool take_user(struct cel_run *run, struct cel_text raw, struct cel_url *u)
{
	buf_auto name = { 0 }, password = { 0 }, out = { 0 };
	size_t colon = place(&raw, ':');
	bool has_password = colon < raw.n;

	for (size_t i = 0; i < raw.n; i++)
		if (!is_plain((unsigned char)raw.s[i], "-._:~!$&'()*+,;=%@"))
			return false;
	struct cel_text first = cut(&raw, colon, has_password);

	if (!unescape(&name, &first, false) || !unescape(&password, &raw, false))
		return false;
	escape(&out, buf_str(&name), name.len, in_user);
	if (has_password)
		buf_putc(&out, ':');
	escape(&out, buf_str(&password), password.len, in_user);
	u->user = keep(run, &out);
	u->has_user = true;
	return true;
}

static bool is_port(const struct cel_text *t)
{
	for (size_t i = 1; i < t->n; i++)
		if (t->s[i] < '0' || t->s[i] > '9')
			return false;
	return t->n == 0 || t->s[0] == ':';
}

/* False: the host has a character that it may not have, or an escaped ASCII character. */
static bool unescape_host(struct buf *out, const struct cel_text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		unsigned char c = (unsigned char)t->s[i];
		int byte = c == '%' && t->n - i > 2 ? url_escaped_byte(t->s + i) : -1;

		if (c == '%' ? byte < 0 || (byte < 0x80 && byte != '%')
			     : c < 0x80 && !is_plain(c, in_host))
			return false;
		i += c == '%' ? 2 : 0;
	}
	return unescape(out, t, false);
}

static enum verdict take_host(struct cel_run *run, struct cel_text raw, struct cel_url *u)
{
	const char *last = raw.n > 0 ? memrchr(raw.s, ':', raw.n) : NULL;
	const char *close = raw.n > 0 ? memrchr(raw.s, ']', raw.n) : NULL;
	bool brackets = starts(&raw, "["), web = false;
	struct cel_address unused;
	buf_auto out = { 0 };
	struct cel_text port = { raw.s + raw.n, 0 }, inside;

	if (brackets && !close)
		return BAD;
	if (brackets)
		last = close + 1;
	if (last)
		port = (struct cel_text){ last, raw.n - (size_t)(last - raw.s) };
	if (!is_port(&port) || (!brackets && !unescape_host(&out, &raw)))
		return BAD;
	web = (u->scheme.n == 4 || u->scheme.n == 5) && starts(&u->scheme, "http");
	if (!brackets && (place(&raw, '[') < raw.n ||
				 (web && last && raw.s + place(&raw, ':') < last)))
		return DEPENDS;
	if (brackets) {
		inside = (struct cel_text){ raw.s + 1, (size_t)(close - raw.s) - 1 };
		/* Releases of Go differ in zones, and in brackets without an IPv6 address. */
		if (!cel_parse_address(&inside, &unused) || !unused.is_6)
			return DEPENDS;
		buf_putn(&out, raw.s, raw.n);
	}
	u->host = keep(run, &out);
	return GOOD;
}

static enum verdict take_authority(struct cel_run *run, struct cel_text raw, struct cel_url *u)
{
	const char *at = raw.n > 0 ? memrchr(raw.s, '@', raw.n) : NULL;
	struct cel_text user = { raw.s, at ? (size_t)(at - raw.s) : 0 };
	enum verdict host;

	if (at)
		cut(&raw, user.n, 1);
	host = take_host(run, raw, u);
	return host != BAD && at && !take_user(run, user, u) ? BAD : host;
}

/* False: the text begins with a colon. */
static bool take_scheme(struct cel_run *run, struct cel_text *rest, struct cel_url *u)
{
	size_t n = 0;
	char *copy;

	while (n < rest->n && is_plain((unsigned char)rest->s[n], "+-.") &&
		(n > 0 || isalpha((unsigned char)rest->s[n])))
		n++;
	if (n == rest->n || rest->s[n] != ':')
		return true;
	u->scheme = cut(rest, n, 1);
	copy = cel_copy(&run->arena, u->scheme.s, n);
	for (size_t i = 0; copy && i < n; i++)
		copy[i] = (char)tolower((unsigned char)copy[i]);
	u->scheme.s = copy ? copy : "";
	return n > 0 && copy;
}

static void take_query(struct cel_text *rest, struct cel_url *u)
{
	size_t mark = place(rest, '?');

	u->has_query = mark < rest->n;
	if (!u->has_query)
		return;
	u->query = *rest;
	*rest = cut(&u->query, mark, 1);
}

/* request: parses as url.ParseRequestURI does, without a fragment. */
static enum verdict parse(
	struct cel_run *run, struct cel_text rest, bool request, struct cel_url *u)
{
	enum verdict verdict = GOOD;

	*u = (struct cel_url){ 0 };
	for (size_t i = 0; i < rest.n; i++)
		if ((unsigned char)rest.s[i] < ' ' || rest.s[i] == 0x7f)
			return BAD;
	if (rest.n == 0 && request)
		return BAD;
	if (rest.n == 1 && *rest.s == '*') {
		u->path = rest;
		return GOOD;
	}
	if (!take_scheme(run, &rest, u))
		return BAD;
	take_query(&rest, u);
	if (!starts(&rest, "/")) {
		u->opaque = rest;
		return u->scheme.n > 0 ? GOOD : BAD;
	}
	if (starts(&rest, "//") && (u->scheme.n > 0 || (!request && !starts(&rest, "///")))) {
		cut(&rest, 0, 2);
		verdict = take_authority(run, cut(&rest, place(&rest, '/'), 0), u);
	}
	return take_escaped(run, &rest, in_path, &u->path) ? verdict : BAD;
}

bool cel_is_url(struct cel_run *run, const struct cel_text *text, bool *known)
{
	struct cel_url u;
	enum verdict verdict = parse(run, *text, true, &u);

	*known = verdict != DEPENDS;
	return verdict == GOOD;
}

static struct cel_value depends(struct cel_run *run)
{
	return cel_unknown(run, "a URL of this host");
}

static struct cel_value to_url(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_url *u = cel_alloc(&run->arena, sizeof(*u));
	struct cel_text rest = args[0].text, before;
	enum verdict verdict;
	bool known;

	(void)n;
	if (args[0].type != CEL_V_STRING)
		return cel_no_overload();
	if (!u || !cel_spend(run, rest.n))
		return cel_exhausted();
	if (!cel_is_url(run, &rest, &known))
		return known ? cel_error(run, "this is no URL") : depends(run);
	size_t mark = place(&rest, '#');

	before = cut(&rest, mark, mark < rest.n);
	verdict = parse(run, before, false, u);
	if (verdict == GOOD && !take_escaped(run, &rest, in_fragment, &u->fragment))
		verdict = BAD;
	if (verdict != GOOD)
		return verdict == DEPENDS ? depends(run) : cel_error(run, "this is no URL");
	return (struct cel_value){ .type = CEL_V_URL, .url = u };
}

static struct cel_value is_url(struct cel_run *run, const struct cel_value *args, size_t n)
{
	bool known, good;

	(void)n;
	if (args[0].type != CEL_V_STRING)
		return cel_no_overload();
	if (!cel_spend(run, args[0].text.n))
		return cel_exhausted();
	good = cel_is_url(run, &args[0].text, &known);
	return known ? cel_bool(good) : depends(run);
}

static void put_text(struct buf *out, const char *before, const struct cel_text *t, bool there)
{
	if (!there)
		return;
	buf_puts(out, before);
	buf_putn(out, t->s, t->n);
}

/* Writes a URL as URL.String() does, for a comparison. */
static void put_url(struct buf *out, const struct cel_url *u)
{
	put_text(out, "", &u->scheme, u->scheme.n > 0);
	buf_puts(out, u->scheme.n > 0 ? ":" : "");
	put_text(out, "", &u->opaque, u->opaque.n > 0);
	buf_puts(out, u->host.n > 0 || u->has_user || u->path.n > 0 ? "//" : "");
	put_text(out, "", &u->user, u->has_user);
	put_text(out, u->has_user ? "@" : "", &u->host, true);
	put_text(out, "", &u->path, true);
	put_text(out, "?", &u->query, u->has_query);
	put_text(out, "#", &u->fragment, u->fragment.n > 0);
}

bool cel_same_url(const struct cel_url *a, const struct cel_url *b)
{
	buf_auto one = { 0 }, other = { 0 };

	put_url(&one, a);
	put_url(&other, b);
	return strcmp(buf_str(&one), buf_str(&other)) == 0;
}

/* Parts */

static struct cel_value text_value(const struct cel_text *t)
{
	return cel_borrow(CEL_V_STRING, t->s ? t->s : "", t->n);
}

#define PART(name, part) \
	static struct cel_value name(struct cel_run *run, const struct cel_value *args, size_t n) \
	{ \
		(void)run; \
		(void)n; \
		return args[0].type == CEL_V_URL ? text_value(&args[0].url->part) \
						 : cel_no_overload(); \
	}

PART(get_scheme, scheme)
PART(get_host, host)
PART(get_path, path)

/* Cuts off the port with its colon, if any. */
static struct cel_text split_port(struct cel_text *host)
{
	const char *colon = host->n > 0 ? memrchr(host->s, ':', host->n) : NULL;
	struct cel_text port = { 0 };

	if (colon) {
		port = (struct cel_text){ colon, host->n - (size_t)(colon - host->s) };
		if (is_port(&port))
			host->n -= port.n;
		else
			port.n = 0;
	}
	if (starts(host, "[") && host->s[host->n - 1] == ']')
		*host = (struct cel_text){ host->s + 1, host->n - 2 };
	if (port.n > 0)
		cut(&port, 0, 1);
	return port;
}

static struct cel_value host_part(const struct cel_value *v, bool wants_port)
{
	struct cel_text host, port;

	if (v->type != CEL_V_URL)
		return cel_no_overload();
	host = v->url->host;
	port = split_port(&host);
	return text_value(wants_port ? &port : &host);
}

static struct cel_value get_hostname(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)run;
	(void)n;
	return host_part(&args[0], false);
}

static struct cel_value get_port(struct cel_run *run, const struct cel_value *args, size_t n)
{
	(void)run;
	(void)n;
	return host_part(&args[0], true);
}

/* Adds a value to the list of its key; pairs: key, list, key, list. False: no memory is left. */
static bool add_parameter(struct cel_run *run, struct cel_list *pairs, const struct cel_text *key,
	const struct cel_text *value)
{
	struct cel_list one = { 0 };
	size_t i = 0;

	while (i < pairs->n && !same(&pairs->values[i].text, key))
		i += 2;
	if (i == pairs->n)
		return cel_push(run, pairs, text_value(key)) &&
		       cel_push(run, &one, text_value(value)) &&
		       cel_push(run, pairs, cel_list_value(run, &one));
	for (size_t k = 0; k < cel_size(&pairs->values[i + 1]); k++)
		if (!cel_push(run, &one, cel_item(run, &pairs->values[i + 1], k)))
			return false;
	if (!cel_push(run, &one, text_value(value)))
		return false;
	pairs->values[i + 1] = cel_list_value(run, &one);
	return true;
}

/* Leaves out wrong parts of a query, as Go does. */
static struct cel_value get_query(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_list pairs = { 0 };
	struct cel_text rest;

	(void)n;
	if (args[0].type != CEL_V_URL)
		return cel_no_overload();
	for (rest = args[0].url->query; rest.n > 0;) {
		size_t end = place(&rest, '&');
		struct cel_text value = cut(&rest, end, end < rest.n), key;
		buf_auto name = { 0 }, text = { 0 };

		if (value.n == 0 || place(&value, ';') < value.n)
			continue;
		end = place(&value, '=');
		key = cut(&value, end, end < value.n);
		if (!unescape(&name, &key, true) || !unescape(&text, &value, true))
			continue;
		key = keep(run, &name);
		value = keep(run, &text);
		if (!cel_spend(run, 1 + pairs.n) || !add_parameter(run, &pairs, &key, &value))
			return cel_exhausted();
	}
	return cel_items(run, CEL_V_MAP, pairs.values, pairs.n / 2);
}

const struct cel_function cel_url_functions[] = {
	{ "url", false, 1, 1, to_url },
	{ "isURL", false, 1, 1, is_url },
	{ "getScheme", true, 1, 1, get_scheme },
	{ "getHost", true, 1, 1, get_host },
	{ "getHostname", true, 1, 1, get_hostname },
	{ "getPort", true, 1, 1, get_port },
	{ "getEscapedPath", true, 1, 1, get_path },
	{ "getQuery", true, 1, 1, get_query },
	{ 0 },
};
