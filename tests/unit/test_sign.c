/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and signatures: what holds, and that nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "manifest/sign.h"

static const char content[] = "what is signed\n";

struct pair {
	struct sign_public_key public;
	struct sign_secret_key secret;
};

static void make_pair(struct pair *p)
{
	buf_auto secret = { 0 }, public = { 0 };
	err_auto e = { 0 };

	assert_int_equal(sign_generate(&secret, &public, NULL, &e), 0);
	assert_int_equal(sign_public_key_parse(&p->public, buf_str(&public), &e), 0);
	assert_int_equal(sign_secret_key_parse(&p->secret, buf_str(&secret), NULL, &e), 0);
}

static void sign(struct buf *signature, const struct pair *p, const char *comment)
{
	err_auto e = { 0 };

	assert_int_equal(
		sign_make(signature, content, strlen(content), comment, &p->secret, &e), 0);
}

static void expect_refused(const char *data, const char *text, const struct sign_public_key *keys,
	size_t n, const char *fragment)
{
	struct signature s;
	err_auto e = { 0 };

	assert_int_equal(sign_verify(&s, data, strlen(data), text, keys, n, &e), -1);
	assert_int_equal(e.kind, ERR_VERIFY);
	assert_non_null(strstr(e.msg, fragment));
}

static void time_and_sequence_are_read_from_the_comment(void **state)
{
	static const struct {
		const char *comment;
		int64_t time, sequence;
	} cases[] = {
		{ "timestamp:1700000000\tfile:x\tsequence:7", 1700000000, 7 },
		{ "timestamp:1700000000\tfile:x\thashed", 1700000000, -1 },
		{ "sequence:0", -1, 0 },
		{ "", -1, -1 },
		{ "timestamp:\tsequence:x", -1, -1 },
		{ "timestamp:-5 sequence:-5", -1, -1 },
		{ "file:timestamp:9", -1, -1 },
		{ "timestamp:9999999999999999999", -1, -1 },
	};
	struct pair p;

	(void)state;
	make_pair(&p);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_auto text = { 0 };
		struct signature s;
		err_auto e = { 0 };

		sign(&text, &p, cases[i].comment);
		assert_int_equal(
			sign_verify(&s, content, strlen(content), buf_str(&text), &p.public, 1, &e),
			0);
		assert_string_equal(s.comment, cases[i].comment);
		assert_int_equal(s.time, cases[i].time);
		assert_int_equal(s.sequence, cases[i].sequence);
	}
}

static void each_reason_is_told_apart(void **state)
{
	struct pair ours, theirs;
	struct sign_public_key mixed;
	buf_auto text = { 0 };

	(void)state;
	make_pair(&ours);
	make_pair(&theirs);
	mixed = theirs.public;
	memcpy(mixed.id, ours.public.id, sizeof(mixed.id));
	sign(&text, &ours, "sequence:7");
	expect_refused(content, buf_str(&text), NULL, 0, "not among those given");
	expect_refused(content, buf_str(&text), &theirs.public, 1, "not among those given");
	expect_refused(content, buf_str(&text), &mixed, 1, "that key did not make it");
	expect_refused("other", buf_str(&text), &ours.public, 1, "signed another content");
	expect_refused(content, "", &ours.public, 1, "cut off");
	*strstr(text.data, "sequence:7") = 'S';
	expect_refused(content, buf_str(&text), &ours.public, 1, "comment of the signature was");
}

static void a_key_is_found_among_those_of_the_same_id(void **state)
{
	struct pair ours, theirs;
	struct sign_public_key keys[2];
	struct signature s;
	buf_auto text = { 0 };

	(void)state;
	make_pair(&ours);
	make_pair(&theirs);
	sign(&text, &ours, "x");
	for (size_t at = 0; at < 2; at++) {
		err_auto e = { 0 };

		keys[at] = ours.public;
		keys[1 - at] = theirs.public;
		memcpy(keys[1 - at].id, ours.public.id, sizeof(ours.public.id));
		assert_int_equal(
			sign_verify(&s, content, strlen(content), buf_str(&text), keys, 2, &e), 0);
	}
}

/* The first line is anybody's, and base64 and line ends leave no second way to write the rest. */
static void no_changed_character_verifies(void **state)
{
	struct pair p;
	buf_auto text = { 0 };
	size_t from;

	(void)state;
	make_pair(&p);
	sign(&text, &p, "timestamp:1700000000\tsequence:7");
	from = strcspn(text.data, "\n") + 1;
	for (size_t i = from; i < text.len; i++)
		for (int bit = 0; bit < 7; bit++) {
			struct signature s;
			err_auto e = { 0 };
			char was = text.data[i];

			text.data[i] = (char)(was ^ 1 << bit);
			if (sign_verify(
				    &s, content, strlen(content), text.data, &p.public, 1, &e) == 0)
				fail_msg("bit %d of byte %zu of \"%s\"", bit, i, text.data);
			text.data[i] = was;
		}
}

static void a_cut_signature_never_verifies(void **state)
{
	struct pair p;
	buf_auto text = { 0 };

	(void)state;
	make_pair(&p);
	sign(&text, &p, "sequence:7");
	for (size_t len = 0; len < text.len - 1; len++) {
		char_auto *cut = xstrndup(text.data, len);
		struct signature s;
		err_auto e = { 0 };

		assert_int_equal(
			sign_verify(&s, content, strlen(content), cut, &p.public, 1, &e), -1);
		assert_int_equal(e.kind, ERR_VERIFY);
	}
}

static void a_comment_is_one_short_line(void **state)
{
	char too_long[SIGN_COMMENT_SIZE + 1];
	const char *const bad[] = { "a\nb", "a\rb", too_long };
	struct pair p;

	(void)state;
	memset(too_long, 'x', SIGN_COMMENT_SIZE);
	too_long[SIGN_COMMENT_SIZE] = '\0';
	make_pair(&p);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		buf_auto text = { 0 };
		err_auto e = { 0 };

		assert_int_equal(sign_make(&text, "", 0, bad[i], &p.secret, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_int_equal(text.len, 0);
	}
}

static void a_secret_key_with_any_bit_changed_is_refused(void **state)
{
	buf_auto secret = { 0 }, public = { 0 };
	err_auto e = { 0 };
	size_t from;

	(void)state;
	assert_int_equal(sign_generate(&secret, &public, NULL, &e), 0);
	assert_false(sign_secret_key_is_encrypted(buf_str(&secret)));
	/* The last 104 of 158 bytes are id, key and checksum; base64 begins a group there. */
	from = strcspn(secret.data, "\n") + 1 + 54 / 3 * 4;
	for (size_t i = from; secret.data[i] != '\n'; i++) {
		struct sign_secret_key k;
		err_auto bad = { 0 };
		char was = secret.data[i];

		secret.data[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(sign_secret_key_parse(&k, secret.data, NULL, &bad), -1);
		assert_int_equal(bad.kind, ERR_FORMAT);
		secret.data[i] = was;
	}
}

/* The key part of a file that "minisign -G -W" 0.11 wrote: no KDF, and a checksum of zeros. */
static void a_key_without_a_checksum_is_taken_when_its_halves_fit(void **state)
{
	static const char made[] =
		"untrusted comment: minisign encrypted secret key\n"
		"RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"ziABmpFO3JR1SLeCaAIGHkFvMUaocbHRd98zhj/oOmTHcHXONq7sGy2DXqbOW7cn+drrpier"
		"OAr4UMgbq7dm6ziLSNWwd6drAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
	char_auto *text = xstrdup(made);
	char *base64 = strchr(text, '\n') + 1;
	struct sign_secret_key k;
	struct sign_public_key public;
	struct signature s;
	buf_auto signature = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_false(sign_secret_key_is_encrypted(text));
	assert_int_equal(sign_secret_key_parse(&k, text, NULL, &e), 0);
	assert_int_equal(
		sign_public_key_parse(&public,
			"RWTOIAGakU7clC2DXqbOW7cn+drrpierOAr4UMgbq7dm6ziLSNWwd6dr\n", &e),
		0);
	assert_int_equal(sign_make(&signature, content, strlen(content), "x", &k, &e), 0);
	assert_int_equal(sign_verify(&s, content, strlen(content), buf_str(&signature), &public, 1,
				 &e),
		0);
	/* The 64 bytes of the key begin in the group after the 62nd. */
	for (size_t i = 63 / 3 * 4; i < 126 / 3 * 4; i++) {
		err_auto bad = { 0 };
		char was = base64[i];

		base64[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(sign_secret_key_parse(&k, text, NULL, &bad), -1);
		assert_int_equal(bad.kind, ERR_FORMAT);
		base64[i] = was;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_and_sequence_are_read_from_the_comment),
		cmocka_unit_test(each_reason_is_told_apart),
		cmocka_unit_test(a_key_is_found_among_those_of_the_same_id),
		cmocka_unit_test(no_changed_character_verifies),
		cmocka_unit_test(a_cut_signature_never_verifies),
		cmocka_unit_test(a_comment_is_one_short_line),
		cmocka_unit_test(a_secret_key_with_any_bit_changed_is_refused),
		cmocka_unit_test(a_key_without_a_checksum_is_taken_when_its_halves_fit),
	};

	return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
