/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <ctype.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"

enum {
	SHORTEST = 6, /* bytes; a shorter secret would hide ordinary words */
	LONG = 16, /* bytes; a longer text never equals a secret by chance */
	LONGEST_WORD = 20,
};

#define MASK "***"

static struct secrets {
	char **items; /* longest first, because one secret may be a part of another */
	size_t n;
} known;

static void add(const char *s, size_t len)
{
	size_t at = 0;

	if (len < SHORTEST)
		return;
	for (size_t i = 0; i < known.n; i++) {
		if (strlen(known.items[i]) == len && memcmp(known.items[i], s, len) == 0)
			return;
		at += strlen(known.items[i]) >= len;
	}
	known.items = xrealloc(known.items, known.n + 1, sizeof(*known.items));
	memmove(&known.items[at + 1], &known.items[at], (known.n - at) * sizeof(*known.items));
	known.items[at] = xstrndup(s, len);
	known.n++;
}

/* Adds the form that the secret has in JSON, for answers that are quoted without a parse. */
static void add_quoted(const char *s)
{
	json_t *value = json_string(s);
	struct buf text = { 0 };

	if (value && strpbrk(s, "\"\\")) {
		json_write(&text, value, JSON_STYLE_COMPACT);
		add(text.data + 1, text.len - 2);
	}
	json_wipe(value);
	json_decref(value);
	buf_wipe(&text);
}

void secret_add(const char *s)
{
	for (size_t len; s && *s; s += len + (s[len] != '\0')) {
		len = strcspn(s, "\r\n");
		if (!has_prefix(s, "-----"))
			add(s, len);
		if (!s[len])
			add_quoted(s);
	}
}

void secret_add_url(const char *url)
{
	const char *rest = strstr(url, "://"), *at = NULL, *colon;

	rest = rest ? rest + 3 : url;
	/* The last one: others may be in the password. */
	for (const char *p = rest; (p = strchr(p, '@')); p++)
		at = p;
	colon = strchr(rest, ':');
	if (!at || !colon || colon > at)
		return;
	char *password = xstrndup(colon + 1, (size_t)(at - colon - 1));

	secret_add(password);
	secret_free(password);
}

static bool says_secret(const char *name)
{
	static const char *const words[] = { "token", "secret", "passw", "passphrase", "key",
		"credential", "auth", "assertion" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

/* Capitals, small letters and digits in one long word, or a long hexadecimal number. */
static bool looks_secret(const char *value)
{
	bool lower = false, upper = false, digit = false;
	size_t len = strlen(value);

	for (const char *p = value; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("+/=_-.", *p))
			return false;
		lower = lower || islower((unsigned char)*p);
		upper = upper || isupper((unsigned char)*p);
		digit = digit || isdigit((unsigned char)*p);
	}
	return len >= LONG && digit &&
	       ((lower && upper) ||
		       (len >= LONGEST_WORD && strspn(value, "0123456789abcdefABCDEF") == len));
}

void secret_add_setting(const char *name, const char *value)
{
	if (value && (says_secret(name) || looks_secret(value)))
		secret_add(value);
}

void secret_add_user(const char *username, const char *password)
{
	struct buf both = { 0 }, encoded = { 0 };

	secret_add(password);
	if (!username || !password)
		return;
	buf_printf(&both, "%s:%s", username, password);
	base64_encode(&encoded, both.data, both.len);
	secret_add(buf_str(&encoded));
	buf_wipe(&both);
	buf_wipe(&encoded);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static size_t mask_one(char *text, size_t len, const char *secret)
{
	const size_t n = strlen(secret), mask = strlen(MASK);
	char *hit = text;

	while ((hit = memmem(hit, len - (size_t)(hit - text), secret, n))) {
		char *end = hit + n;

		if (n < LONG && ((hit > text && is_word(hit[-1])) ||
					(end < text + len && is_word(*end)))) {
			hit++;
			continue;
		}
		memcpy(hit, MASK, mask);
		memmove(hit + mask, end, len - (size_t)(end - text));
		hit += mask;
		len -= n - mask;
	}
	return len;
}

size_t secret_mask(char *text, size_t len)
{
	for (size_t i = 0; i < known.n; i++)
		len = mask_one(text, len, known.items[i]);
	return len;
}

void secret_forget(void)
{
	for (size_t i = 0; i < known.n; i++)
		secret_free(known.items[i]);
	free(known.items);
	known = (struct secrets){ 0 };
}
