/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses. What is taken is what Go 1.25's net/url makes of the same text, with three exceptions:
 * brackets may enclose any host, as before Go 1.26; a port is one that can be connected to; and a
 * host has no character that no name of a host has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/url.h"

static void same(const char *text, const char *what, const char *is, const char *wanted)
{
	if (is && wanted ? strcmp(is, wanted) != 0 : is != wanted)
		fail_msg("%s of \"%s\" is \"%s\", not \"%s\"", what, text, is ? is : "(none)",
			wanted ? wanted : "(none)");
}

static void addresses_are_read_as_go_reads_them(void **state)
{
	static const struct {
		const char *text, *scheme, *user, *password, *host, *port, *path, *query;
		const char *written;
	} cases[] = {
		{ "https://[127.0.0.1]:6443", "https", NULL, NULL, "127.0.0.1", "6443", "", NULL,
			"https://127.0.0.1:6443" },
		{ "https://[kube.example]:6443/", "https", NULL, NULL, "kube.example", "6443", "/",
			NULL, "https://kube.example:6443/" },
		{ "https://[::1]:6443", "https", NULL, NULL, "::1", "6443", "", NULL,
			"https://[::1]:6443" },
		{ "https://[::ffff:1.2.3.4]", "https", NULL, NULL, "::ffff:1.2.3.4", NULL, "", NULL,
			"https://[::ffff:1.2.3.4]" },
		{ "https://[fe80::1%25eth0]:6443", "https", NULL, NULL, "fe80::1%eth0", "6443", "",
			NULL, "https://[fe80::1%25eth0]:6443" },
		{ "HTTPS://A.Example:443/Path", "https", NULL, NULL, "A.Example", "443", "/Path",
			NULL, "https://A.Example:443/Path" },
		{ "https://a:", "https", NULL, NULL, "a", NULL, "", NULL, "https://a" },
		{ "https://a:0080", "https", NULL, NULL, "a", "80", "", NULL, "https://a:80" },
		{ "https://a_b.c-", "https", NULL, NULL, "a_b.c-", NULL, "", NULL,
			"https://a_b.c-" },
		{ "https://k\xc3\xb6ln.example", "https", NULL, NULL, "k\xc3\xb6ln.example", NULL,
			"", NULL, "https://k\xc3\xb6ln.example" },
		{ "https://k%C3%b6ln.example", "https", NULL, NULL, "k\xc3\xb6ln.example", NULL, "",
			NULL, "https://k\xc3\xb6ln.example" },
		{ "https://u:p@ss@h:80", "https", "u", "p@ss", "h", "80", "", NULL,
			"https://h:80" },
		{ "https://u:p%40s%3as@h", "https", "u", "p@s:s", "h", NULL, "", NULL,
			"https://h" },
		{ "https://u:!$&'()*+,;=:~._-@h", "https", "u", "!$&'()*+,;=:~._-", "h", NULL, "",
			NULL, "https://h" },
		{ "https://u@h", "https", "u", NULL, "h", NULL, "", NULL, "https://h" },
		{ "https://:@h", "https", "", "", "h", NULL, "", NULL, "https://h" },
		{ "https://@h", "https", "", NULL, "h", NULL, "", NULL, "https://h" },
		{ "http://a//b/../c", "http", NULL, NULL, "a", NULL, "//b/../c", NULL,
			"http://a//b/../c" },
		{ "http://a/%2f", "http", NULL, NULL, "a", NULL, "/%2f", NULL, "http://a/%2f" },
		{ "http://a/b c\xc3\xa4{}|^", "http", NULL, NULL, "a", NULL,
			"/b%20c%C3%A4%7B%7D%7C%5E", NULL, "http://a/b%20c%C3%A4%7B%7D%7C%5E" },
		{ "http://a?x=y z#f", "http", NULL, NULL, "a", NULL, "", "x=y%20z", "http://a" },
		{ "socks5+x-y.z://a", "socks5+x-y.z", NULL, NULL, "a", NULL, "", NULL,
			"socks5+x-y.z://a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = cases[i].text;
		err_auto e = { 0 };
		url_auto u = { 0 };

		if (url_parse(&u, text, &e) < 0)
			fail_msg("\"%s\": %s", text, e.msg);
		char_auto *written = url_text(&u);

		same(text, "scheme", u.scheme, cases[i].scheme);
		same(text, "user", u.user, cases[i].user);
		same(text, "password", u.password, cases[i].password);
		same(text, "host", u.host, cases[i].host);
		same(text, "port", u.port, cases[i].port);
		same(text, "path", u.path, cases[i].path);
		same(text, "query", u.query, cases[i].query);
		same(text, "text", written, cases[i].written);
		assert_int_equal(u.has_fragment, strchr(text, '#') != NULL);
	}
}

static void what_is_no_address_is_refused_and_not_quoted(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "must start with" },
		{ "SECRET", "must start with" },
		{ "SECRET:6443", "must start with" },
		{ "//SECRET", "must start with" },
		{ "://SECRET", "must start with" },
		{ " https://SECRET", "must start with" },
		{ "1s://SECRET", "must start with" },
		{ "https:/SECRET", "must start with" },
		{ "https://", "has no host" },
		{ "https:///SECRET", "has no host" },
		{ "https://:6443", "has no host" },
		{ "https://u:SECRET@", "has no host" },
		{ "https://[]:6443", "enclosed in [ and ]" },
		{ "https://[::1", "enclosed in [ and ]" },
		{ "https://[::1]6443", "only a :PORT" },
		{ "https://[::1]:80:90", "the port must be" },
		{ "https://::1:6443", "needs brackets" },
		{ "https://fd00::1", "needs brackets" },
		{ "https://[fe80::1%eth0]", "position 17 without two hex" },
		{ "https://a:0", "the port must be" },
		{ "https://a:65536", "the port must be" },
		{ "https://a:99999999999999999999", "the port must be" },
		{ "https://a:https", "the port must be" },
		{ "https://a:+80", "the port must be" },
		{ "https://u:SECRET@a:b", "the port must be" },
		{ "https://u:SECRET#x@h", "the port must be" },
		{ "https://u:SECRET %@h", "percent-encoded" },
		{ "https://u:SECRET[@h", "percent-encoded" },
		{ "https://u:SECRET\\@h", "percent-encoded" },
		{ "https://u:SECRET\xc3\xa4@h", "percent-encoded" },
		{ "https://u:SECRET%zz@h", "without two hex" },
		{ "https://u:SECRET%00@h", "NUL" },
		{ "https://SECRET b", "position 15 that no host name" },
		{ "https://SECRET%20b", "position 15 that no host name" },
		{ "https://SECRET%41", "position 15 that no host name" },
		{ "https://SECRET%00", "position 15 that no host name" },
		{ "https://SECRET{b", "position 15 that no host name" },
		{ "https://SECRET(b", "position 15 that no host name" },
		{ "https://SECRET[b]", "position 15 that no host name" },
		{ "https://a/SECRET%z", "without two hex" },
		{ "https://a/SECRET%4", "without two hex" },
		{ "https://a/SECRET\r\nX: y", "control character at position 17" },
		{ "https://a\x7f", "control character at position 10" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err_auto e = { 0 };
		url_auto u = { 0 };

		if (url_parse(&u, cases[i].text, &e) == 0)
			fail_msg("\"%s\" is taken", cases[i].text);
		if (!strstr(e.msg, cases[i].why))
			fail_msg("\"%s\": \"%s\"", cases[i].text, e.msg);
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_null(strstr(e.msg, "SECRET"));
		assert_null(u.host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_as_go_reads_them),
		cmocka_unit_test(what_is_no_address_is_refused_and_not_quoted),
	};

	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
