/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, texts and buffers: what the rest takes for granted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/http.h"
#include "base/http_pace.h"
#include "base/json.h"
#include "base/out.h"
#include "base/secret.h"

static void round_trip(const char *text, const char *wanted)
{
	err_auto e = { 0 };
	buf_auto out = { 0 };
	json_auto_t *value = json_parse(text, strlen(text), &e);

	if (!value)
		fail_msg("%s: %s", text, e.msg);
	json_write(&out, value, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
	assert_string_equal(buf_str(&out), wanted);
}

static void reals_are_printed_shortest_first(void **state)
{
	(void)state;
	round_trip("0.1", "0.1");
	round_trip("1.5", "1.5");
	round_trip("1.0", "1");
	round_trip("1e3", "1000");
	round_trip("1e-7", "1e-7");
	round_trip("0.30000000000000004", "0.30000000000000004");
	round_trip("-2.5e-3", "-0.0025");
}

static void integers_beyond_64_bits_do_not_blind_a_list(void **state)
{
	(void)state;
	round_trip("{\"a\":12345678901234567890123,\"b\":7,\"c\":[9007199254740991]}",
		"{\"a\":1.2345678901234568e+22,\"b\":7,\"c\":[9007199254740991]}");
	round_trip("9223372036854775807", "9223372036854775807");
}

static void a_nul_in_a_string_survives(void **state)
{
	(void)state;
	round_trip("\"a\\u0000b\"", "\"a\\u0000b\"");
	round_trip("\"\\u0085\\u00a0\"", "\"\\u0085\xc2\xa0\"");
	round_trip("\"\\u001b[31m\\u007f\"", "\"\\u001b[31m\\u007f\"");
}

static void html_is_escaped_as_go_does_it(void **state)
{
	buf_auto out = { 0 };
	json_auto_t *value = json_string("<&>\xe2\x80\xa8");

	(void)state;
	json_write(&out, value, JSON_STYLE_HTML);
	assert_string_equal(buf_str(&out), "\"\\u003c\\u0026\\u003e\\u2028\"");
}

static void values_are_compared_as_numbers(void **state)
{
	json_auto_t *a = json_pack("{s:i, s:[f]}", "n", 1, "l", 2.5);
	json_auto_t *b = json_pack("{s:[f], s:f}", "l", 2.5, "n", 1.0);
	json_auto_t *c = json_pack("{s:[f], s:s}", "l", 2.5, "n", "1");

	(void)state;
	assert_true(json_same(a, b));
	assert_false(json_same(a, c));
}

static void bad_json_is_an_error_with_its_place(void **state)
{
	err_auto e = { 0 };

	(void)state;
	assert_null(json_parse("{\n  \"a\": }", 10, &e));
	assert_int_equal(e.kind, ERR_FORMAT);
	assert_non_null(strstr(e.msg, "line 2"));
}

static void a_buffer_stops_at_its_ceiling(void **state)
{
	buf_auto b = { .max = 5 };

	(void)state;
	assert_int_equal(buf_add(&b, "abc", 3), 0);
	assert_int_equal(buf_add(&b, "def", 3), -1);
	assert_int_equal(buf_add(&b, "de", 2), 0);
	assert_string_equal(b.data, "abcde");
	assert_int_equal(buf_add(&b, "", 0), 0);
	assert_int_equal(buf_add(&b, "f", 1), -1);
}

static void remedy_stays_when_wrapped_and_goes_with_its_error(void **state)
{
	err_auto e = { 0 }, moved = { 0 };

	(void)state;
	err_set(&e, ERR_AUTH, 403, "no");
	e.remedy = xstrdup("apply this");
	err_wrap(&e, "file");
	assert_string_equal(e.remedy, "apply this");
	err_move(&moved, &e);
	assert_null(e.remedy);
	assert_string_equal(moved.remedy, "apply this");
	err_set(&moved, ERR_NET, 0, "another");
	assert_null(moved.remedy);
}

static void a_wrapped_error_keeps_its_kind_and_names_its_place(void **state)
{
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(err_set(&e, ERR_API, 422, "refused"), -1);
	assert_int_equal(err_wrap(&e, "file %s", "a"), -1);
	assert_string_equal(e.msg, "file a: refused");
	assert_int_equal(e.kind, ERR_API);
	assert_int_equal(e.code, 422);
	assert_int_equal(err_exit_code(&e), 8);
}

static void a_signal_is_part_of_the_exit_code(void **state)
{
	err_auto e = { 0 };

	(void)state;
	err_set(&e, ERR_SIGNAL, 15, "stopped");
	assert_int_equal(err_exit_code(&e), 143);
}

static void a_slip_of_the_finger_is_understood(void **state)
{
	static const char *const words[] = { "install", "plan", "check" };

	(void)state;
	assert_string_equal(nearest("instal", words, 3), "install");
	assert_string_equal(nearest("PLAN", words, 3), "plan");
	assert_string_equal(nearest("chekc", words, 3), "check");
	assert_null(nearest("frobnicate", words, 3));
	assert_null(nearest("", words, 3));
}

static void no_stream_gets_control_characters(void **state)
{
	char text[] = "a\x1b[2J\tb\nc\x7f\xc2\x9b\xc3\xa9\r";

	(void)state;
	out_sanitize(text);
	assert_string_equal(text, "a?[2J\tb\nc???\xc3\xa9?");
}

/* C1 in one byte, overlong, cut off, a surrogate, beyond Unicode; and what is good. */
static void what_is_no_utf8_is_replaced(void **state)
{
	char text[] = "\x9b"
		      "1m \xc1\x9b \xe2\x82 \xed\xa0\x80 \xf4\x90\x80\x80 "
		      "\xe2\x82\xac\xf0\x9f\x98\x80\xc2\xa0 \xc3";
	buf_auto plain = { 0 };

	(void)state;
	out_plain(&plain, text, strlen(text));
	out_sanitize(text);
	assert_string_equal(
		text, "?1m ?? ?? ??? ???? \xe2\x82\xac\xf0\x9f\x98\x80\xc2\xa0 ?");
	assert_string_equal(buf_str(&plain), text);
}

static void an_error_is_cleaned_where_it_is_made(void **state)
{
	err_auto e = { 0 };

	(void)state;
	err_set(&e, ERR_API, 403, "the server says \x1b]0;x\x07\xc2\x9b");
	err_wrap(&e, "a\rb");
	assert_string_equal(e.msg, "a?b: the server says ?]0;x???");
}

static void credentials_are_in_no_error(void **state)
{
	err_auto e = { 0 };

	(void)state;
	secret_add("eyJ.a-bearer-token");
	secret_add("eyJ.a-bearer-token.longer");
	secret_add("short");
	secret_add(NULL);
	secret_add("-----BEGIN KEY-----\nMIGHAgEAMBMG\n-----END KEY-----\n");
	secret_add_user("admin", "calico");
	secret_add_user("admin", "a\"quoted\\one");
	err_set(&e, ERR_API, 0,
		"eyJ.a-bearer-tokeneyJ.a-bearer-token.longer short MIGHAgEAMBMG BEGIN KEY-----");
	assert_string_equal(e.msg, "****** short *** BEGIN KEY-----");
	err_set(&e, ERR_API, 0,
		"projectcalico.org calico-datastore admin:calico@ YWRtaW46Y2FsaWNv");
	assert_string_equal(e.msg, "projectcalico.org calico-datastore admin:***@ ***");
	err_set(&e, ERR_API, 0, "a\"quoted\\one {\"p\":\"a\\\"quoted\\\\one\"}");
	assert_string_equal(e.msg, "*** {\"p\":\"***\"}");
	err_wrap(&e, "eyJ.a-bearer-token");
	assert_string_equal(e.msg, "***: *** {\"p\":\"***\"}");
	secret_forget();
	err_set(&e, ERR_API, 0, "eyJ.a-bearer-token");
	assert_string_equal(e.msg, "eyJ.a-bearer-token");
}

/* As it is written, and decoded; a setting by its name or its look, and no other. */
static void secrets_are_known_in_every_form(void **state)
{
	err_auto e = { 0 };

	(void)state;
	secret_add_url("http://me:pa%2Fss%40w@rd@proxy.test:3128/x");
	secret_add_url("http://proxy.test:3128");
	secret_add_url("me:first-word@proxy.test");
	secret_add_setting("OIDC_CLIENT_SECRET", "client-words");
	secret_add_setting("--oidc-token", "given-words");
	secret_add_setting("AWS_REGION", "eu-central-1");
	secret_add_setting("AWS_PROFILE", "a-production-profile-42");
	secret_add_setting("OTHER", "AbCdEf0123456789");
	secret_add_setting("OTHER", "0123456789abcdef0123456789");
	secret_add_setting("EMPTY_SECRET", NULL);
	err_set(&e, ERR_API, 0,
		"pa%%2Fss%%40w@rd first-word client-words given-words eu-central-1 "
		"a-production-profile-42 AbCdEf0123456789 0123456789abcdef0123456789 proxy.test");
	assert_string_equal(e.msg,
		"*** *** *** *** eu-central-1 a-production-profile-42 *** *** proxy.test");
	secret_forget();
}

/* Halved by a refusal, one more for each round of answers, and nothing before its time. */
static void a_server_without_room_gets_fewer_requests(void **state)
{
	struct http_pace pace = { 0 };
	int64_t now = now_ms(), again;

	(void)state;
	assert_true(http_pace_room(&pace, 1000, now) > 1000);
	again = http_pace_refused(&pace, 20, 1000);
	assert_in_range(again - now, 1000, 30000);
	assert_int_equal(http_pace_room(&pace, 0, now), 0);
	assert_int_equal(http_pace_room(&pace, 0, again), 10);
	assert_int_equal(http_pace_room(&pace, 7, again), 3);
	assert_int_equal(http_pace_room(&pace, 12, again), 0);
	for (int left = 19; left >= 0; left--) /* the rest of that batch is refused as well */
		http_pace_refused(&pace, (size_t)left, 1000);
	assert_int_equal(http_pace_room(&pace, 0, again), 1);
	http_pace_answered(&pace);
	assert_int_equal(http_pace_room(&pace, 0, again), 2);
	http_pace_answered(&pace);
	http_pace_answered(&pace);
	assert_int_equal(http_pace_room(&pace, 0, again), 3);
}

static void a_path_is_escaped(void **state)
{
	buf_auto out = { 0 };

	(void)state;
	http_escape(&out, "a b/../c?d#e%\xc3\xa9~");
	assert_string_equal(buf_str(&out), "a%20b%2F..%2Fc%3Fd%23e%25%C3%A9~");
}

/* Each write is a packet of its own on this kind of socket. */
static void a_note_with_its_prefix_is_one_write(void **state)
{
	struct out out = { .prefix = "east" };
	int fds[2], saved = dup(STDERR_FILENO);
	char packet[100] = { 0 };

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	assert_return_code(dup2(fds[1], STDERR_FILENO), 0);
	out_note(&out, "%s and %s", "one", "two");
	assert_return_code(dup2(saved, STDERR_FILENO), 0);
	assert_return_code(read(fds[0], packet, sizeof(packet) - 1), 0);
	assert_string_equal(packet, "east: one and two\n");
	close(fds[0]);
	close(fds[1]);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reals_are_printed_shortest_first),
		cmocka_unit_test(remedy_stays_when_wrapped_and_goes_with_its_error),
		cmocka_unit_test(integers_beyond_64_bits_do_not_blind_a_list),
		cmocka_unit_test(a_nul_in_a_string_survives),
		cmocka_unit_test(html_is_escaped_as_go_does_it),
		cmocka_unit_test(values_are_compared_as_numbers),
		cmocka_unit_test(bad_json_is_an_error_with_its_place),
		cmocka_unit_test(a_buffer_stops_at_its_ceiling),
		cmocka_unit_test(a_wrapped_error_keeps_its_kind_and_names_its_place),
		cmocka_unit_test(a_signal_is_part_of_the_exit_code),
		cmocka_unit_test(a_slip_of_the_finger_is_understood),
		cmocka_unit_test(no_stream_gets_control_characters),
		cmocka_unit_test(what_is_no_utf8_is_replaced),
		cmocka_unit_test(an_error_is_cleaned_where_it_is_made),
		cmocka_unit_test(credentials_are_in_no_error),
		cmocka_unit_test(secrets_are_known_in_every_form),
		cmocka_unit_test(a_server_without_room_gets_fewer_requests),
		cmocka_unit_test(a_path_is_escaped),
		cmocka_unit_test(a_note_with_its_prefix_is_one_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
