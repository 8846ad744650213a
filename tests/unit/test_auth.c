/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials while a run goes on, children, proxies' URLs, and the texts of warnings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/process.h"
#include "base/proxy.h"
#include "kube/auth.h"
#include "kube/config/config.h"
#include "kube/warning.h"

/* Token files */

static char path[] = "/tmp/token-XXXXXX";

static void write_token(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int make_file(void **state)
{
	(void)state;
	int fd = mkstemp(path);

	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static const char *token_after(struct kube_auth *a, int64_t ms)
{
	const struct kube_notes notes = { 0 };
	err_auto e = { 0 };

	a->token_read_at -= ms;
	assert_int_equal(kube_auth_prepare(a, now_ms() + 1000, &notes, &e), 0);
	return a->now.token;
}

static void a_token_file_is_read_again_each_minute(void **state)
{
	struct kube_config c = { .bearer_token = xstrdup("first"), .token_file = path };
	const struct kube_notes notes = { 0 };
	struct kube_auth a;
	err_auto e = { 0 };
	bool changed;

	(void)state;
	kube_auth_init(&a, &c);
	write_token("second\n");
	assert_string_equal(token_after(&a, 0), "first");
	assert_string_equal(token_after(&a, AUTH_TOKEN_MS / 2), "first");
	assert_string_equal(token_after(&a, AUTH_TOKEN_MS / 2), "second");
	write_token("\n"); /* being written: the last good one stays */
	assert_string_equal(token_after(&a, AUTH_TOKEN_MS), "second");
	write_token("third");
	assert_string_equal(token_after(&a, AUTH_TOKEN_MS / 2), "second");
	assert_int_equal(kube_auth_renew(&a, now_ms() + 1000, &notes, &changed, &e), 0);
	assert_true(changed);
	assert_string_equal(a.now.token, "third");
	assert_int_equal(kube_auth_renew(&a, now_ms() + 1000, &notes, &changed, &e), 0);
	assert_false(changed);
	kube_auth_release(&a);
	free(c.bearer_token);
}

/* Children */

static int run(struct process *p, const char *script, struct buf *out, struct err *e)
{
	static char shell[] = "/bin/sh", flag[] = "-c", *env[] = { NULL };
	char_auto *text = xstrdup(script);
	char *argv[] = { shell, flag, text, NULL };
	int status = 0;

	p->program = "/bin/sh";
	p->argv = argv;
	p->envp = env;
	p->deadline = p->deadline ? p->deadline : now_ms() + 10000;
	out->max = out->max ? out->max : 1000;
	return process_run(p, out, &status, e) < 0 ? -1 : status;
}

static void a_child_answers_on_its_standard_output(void **state)
{
	struct process p = { 0 };
	buf_auto out = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(run(&p, "echo a; echo b >&2; exit 3", &out, &e), 3 << 8);
	assert_string_equal(buf_str(&out), "a\n");
	assert_string_equal(buf_str(&p.last), "b");
	buf_release(&p.last);
}

static void the_output_of_a_child_has_a_ceiling(void **state)
{
	struct process p = { 0 };
	buf_auto out = { .max = 10 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(run(&p, "echo 12345678901", &out, &e), -1);
	assert_int_equal(e.kind, ERR_FORMAT);
	buf_release(&p.last);
}

static void a_child_ends_with_its_deadline(void **state)
{
	struct process p = { .deadline = now_ms() + 200 };
	buf_auto out = { 0 };
	err_auto e = { 0 };
	int64_t start = now_ms();

	(void)state;
	assert_int_equal(run(&p, "exec >&- 2>&-; sleep 100", &out, &e), -1);
	assert_int_equal(e.kind, ERR_TIMEOUT);
	assert_in_range(now_ms() - start, 200, 30000); /* not the 60 s of the child */
	buf_release(&p.last);
}

static void the_last_words_of_a_child_are_its_last(void **state)
{
	struct process p = { 0 };
	buf_auto out = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(
		run(&p, "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done >&2", &out,
			&e),
		0);
	assert_non_null(strstr(buf_str(&p.last), "line 1999"));
	assert_null(strstr(buf_str(&p.last), "line 0\n"));
	assert_true(p.last.len < 8000);
	buf_release(&p.last);
}

/* Proxies */

static void a_proxy_is_http_https_or_socks5(void **state)
{
	static const struct {
		const char *url, *is, *user, *password;
	} good[] = {
		{ "http://a", "http://a:80", NULL, NULL },
		{ "HTTPS://a/", "https://a:443", NULL, NULL },
		{ "socks5://[::1]", "socks5h://[::1]:1080", NULL, NULL },
		{ "socks5h://a:1", "socks5h://a:1", NULL, NULL },
		{ "http://me:p%40ss@a:3128/x", "http://a:3128", "me", "p@ss" },
		{ "http://me:p@s:s@a:3128", "http://a:3128", "me", "p@s:s" },
		{ "http://me:%25%2F%3f%23@[10.0.0.1]", "http://10.0.0.1:80", "me", "%/?#" },
		{ "http://me@a:1", "http://a:1", "me", NULL },
		{ "http://:pw@a:1", "http://a:1", "", "pw" },
		{ "http://[::1]:8080", "http://[::1]:8080", NULL, NULL },
		{ "http://[proxy]:8080", "http://proxy:8080", NULL, NULL },
	};
	static const char *const bad[] = { "", "a", "a:80", "ftp://a", "http://", "http:///x",
		"http://me:pw@", "socks4://a", "http://a b", "http://a\n", "://a", "httpx://a",
		"http://me:pw@a:99999", "http://me:pw#x@a", "http://me:12/pw@a", "http://me?pw@a",
		"http://me:pw%zz@a", "http://me:pw[x]@a", "http://me:pw x@a", "http://me:pw@[a",
		"http://me:pw%00@a" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct proxy p;
		err_auto e = { 0 };

		if (proxy_parse(&p, good[i].url, &e) < 0)
			fail_msg("%s: %s", good[i].url, e.msg);
		assert_string_equal(p.url, good[i].is);
		assert_true(good[i].user ? strcmp(p.user, good[i].user) == 0 : !p.user);
		assert_true(good[i].password ? strcmp(p.password, good[i].password) == 0
					     : !p.password);
		proxy_release(&p);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct proxy p;
		err_auto e = { 0 };

		if (proxy_parse(&p, bad[i], &e) == 0)
			fail_msg("%s is taken", bad[i]);
		assert_null(strstr(e.msg, "pw"));
	}
}

/* Warnings */

static void collect(void *arg, const char *text)
{
	buf_printf(arg, "%s\n", text);
}

static void warnings_are_told_once_and_cut(void **state)
{
	json_auto_t *seen = json_object();
	buf_auto told = { 0 }, endless = { 0 };
	const struct kube_notes notes = { .note = collect, .arg = &told };

	(void)state;
	kube_warn(
		seen, "299 - \"a \\\"b\\\" \\\\\"\n299 - \"c\", 299 kube \"d\" \"date\"\n", &notes);
	kube_warn(seen, "299 - \"c\"\n", &notes);
	assert_string_equal(buf_str(&told), "warning: a \"b\" \\\nwarning: c\nwarning: d\n");
	buf_clear(&told);
	kube_warn(seen, "199 - \"x\"\n2990 - \"x\"\n299\n299 - x\n299 - \"\"\n\n, ,\n", &notes);
	kube_warn(seen, "299 - \"unended\n299 - \"not seen\"", &notes);
	assert_string_equal(buf_str(&told), "");
	buf_puts(&endless, "299 - \"");
	for (int i = 0; i < 5000; i++)
		buf_putc(&endless, 'x');
	buf_puts(&endless, "\"");
	kube_warn(seen, buf_str(&endless), &notes);
	assert_int_equal(told.len, strlen("warning: \n") + WARNING_BYTES);
	for (int i = 0; i < 1000; i++) {
		char_auto *one = xasprintf("299 - \"w%d\"\n", i);

		kube_warn(seen, one, &notes);
	}
	assert_int_equal(json_object_size(seen), WARNINGS_MAX);
}

/* Answers of plugins */

static void a_plugins_times_are_read_with_their_zones(void **state)
{
	static const struct {
		const char *text;
		time_t is;
	} times[] = {
		{ "1970-01-01T00:00:10Z", 10 },
		{ "1970-01-01T02:00:10.123+02:00", 10 },
		{ "1969-12-31T19:00:10-05:00", 10 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct exec_credential c;
		err_auto e = { 0 };
		char_auto *answer = xasprintf(
			"{\"kind\":\"ExecCredential\",\"apiVersion\":\"v\",\"status\":{\"token\":"
			"\"t\",\"expirationTimestamp\":\"%s\"}}",
			times[i].text);

		assert_int_equal(exec_credential_parse(&c, "v", answer, strlen(answer), &e), 0);
		assert_int_equal(c.expires, times[i].is);
		assert_string_equal(c.token, "t");
		exec_credential_release(&c);
	}
}

static void base64_is_what_decoding_gives_back(void **state)
{
	static const struct {
		const char *text, *is;
	} pairs[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "\xff\xfe\xfd", "//79" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		buf_auto out = { 0 };

		base64_encode(&out, pairs[i].text, strlen(pairs[i].text));
		assert_string_equal(buf_str(&out), pairs[i].is);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_token_file_is_read_again_each_minute, make_file, remove_file),
		cmocka_unit_test(a_child_answers_on_its_standard_output),
		cmocka_unit_test(the_output_of_a_child_has_a_ceiling),
		cmocka_unit_test(a_child_ends_with_its_deadline),
		cmocka_unit_test(the_last_words_of_a_child_are_its_last),
		cmocka_unit_test(a_proxy_is_http_https_or_socks5),
		cmocka_unit_test(warnings_are_told_once_and_cut),
		cmocka_unit_test(a_plugins_times_are_read_with_their_zones),
		cmocka_unit_test(base64_is_what_decoding_gives_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
