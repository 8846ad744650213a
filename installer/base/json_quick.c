/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_quick.h"

#include <string.h>

#include "base/buf.h"
#include "base/json_scan.h"

enum { MAX_DEPTH = 256, MAX_DIGITS = 18, MAX_NUMBER = 63, SHORT_KEY = 128 };

struct cursor {
	const char *p, *end;
	struct buf scratch; /* the string, with its escapes undone */
	unsigned depth;
	bool unique; /* no key may come twice */
};

/* A string of the text or of the scratch buffer. It is valid until the next string is read. */
struct span {
	const char *s;
	size_t n;
	bool ascii;
};

static void skip_space(struct cursor *c)
{
	c->p = json_scan_space(c->p, c->end);
}

/* Whether the next character is this one. If so, it is consumed. */
static bool take(struct cursor *c, char wanted)
{
	skip_space(c);
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

/* Reads "\u00e9" as UTF-8. */
static bool take_unicode(struct cursor *c)
{
	unsigned code = 0;

	if (c->end - c->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(*c->p++);

		if (digit < 0)
			return false;
		code = code << 4 | (unsigned)digit;
	}
	if (code == 0 || (code >= 0xd800 && code <= 0xdfff))
		return false;
	if (code >= 0x800) {
		buf_putc(&c->scratch, (char)(0xe0 | code >> 12));
		buf_putc(&c->scratch, (char)(0x80 | (code >> 6 & 0x3f)));
	} else if (code >= 0x80) {
		buf_putc(&c->scratch, (char)(0xc0 | code >> 6));
	}
	buf_putc(&c->scratch, (char)(code >= 0x80 ? 0x80 | (code & 0x3f) : code));
	return true;
}

static bool take_escape(struct cursor *c)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (c->p == c->end || !*c->p)
		return false;
	if (*c->p == 'u') {
		c->p++;
		return take_unicode(c);
	}
	at = strchr(from, *c->p++);
	if (!at)
		return false;
	buf_putc(&c->scratch, to[at - from]);
	return true;
}

/* Reads from behind the opening quote to the closing quote. */
static bool take_string(struct cursor *c, struct span *span)
{
	const char *start = c->p;
	bool escaped = false;

	span->ascii = true;
	for (;;) {
		c->p += json_scan_plain(c->p, c->end);
		if (c->p == c->end || *c->p == '"' || (unsigned char)*c->p < 0x20)
			break;
		if (*c->p != '\\') {
			span->ascii = false;
			c->p++;
			continue;
		}
		if (!escaped)
			buf_clear(&c->scratch);
		escaped = true;
		span->ascii = false;
		buf_putn(&c->scratch, start, (size_t)(c->p++ - start));
		if (!take_escape(c))
			return false;
		start = c->p;
	}
	if (c->p == c->end || *c->p != '"')
		return false;
	*span = (struct span){ start, (size_t)(c->p - start), span->ascii };
	if (escaped) {
		buf_putn(&c->scratch, span->s, span->n);
		span->s = buf_str(&c->scratch);
		span->n = c->scratch.len;
	}
	c->p++;
	return true;
}

static json_t *take_value(struct cursor *c, const struct json_wanted *w);

static bool take_member(struct cursor *c, const struct json_wanted *w, json_t *object)
{
	char key[SHORT_KEY];
	struct span span;
	json_t *value;

	if (!take(c, '"') || !take_string(c, &span) || !span.ascii || span.n >= sizeof(key))
		return false;
	memcpy(key, span.s, span.n);
	key[span.n] = '\0';
	if (!take(c, ':') || (c->unique && json_object_getn(object, key, span.n)))
		return false;
	if (w && !(w = w->member(w, key))) {
		c->p = json_scan_value(c->p, c->end);
		return c->p;
	}
	value = take_value(c, w == &json_all ? NULL : w);
	return value && json_object_setn_new_nocheck(object, key, span.n, value) == 0;
}

static json_t *take_object(struct cursor *c, const struct json_wanted *w)
{
	json_t *object = json_object();

	if (object && take(c, '}'))
		return object;
	while (object && take_member(c, w, object)) {
		if (take(c, '}'))
			return object;
		if (!take(c, ','))
			break;
	}
	json_decref(object);
	return NULL;
}

static json_t *take_array(struct cursor *c, const struct json_wanted *w)
{
	json_t *array = json_array(), *item;

	if (array && take(c, ']'))
		return array;
	while (array && (item = take_value(c, w)) && json_array_append_new(array, item) == 0) {
		if (take(c, ']'))
			return array;
		if (!take(c, ','))
			break;
	}
	json_decref(array);
	return NULL;
}

static json_t *take_real(struct cursor *c, const char *start)
{
	char text[MAX_NUMBER + 1], *end;
	size_t n = 0;
	double d;

	while (start + n < c->end && start[n] && strchr("+-.0123456789eE", start[n]))
		n++;
	if (n > MAX_NUMBER)
		return NULL;
	memcpy(text, start, n);
	text[n] = '\0';
	const char *dot = strchr(text, '.'), *e = strpbrk(text, "eE");

	d = strtod(text, &end);
	if (*end || (dot && (dot[1] < '0' || dot[1] > '9')) || (e && dot > e))
		return NULL;
	c->p = start + n;
	return json_real(d);
}

static json_t *take_number(struct cursor *c)
{
	const char *start = c->p, *digits;
	json_int_t value = 0;

	c->p += *c->p == '-';
	for (digits = c->p; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++)
		if (c->p - digits < MAX_DIGITS)
			value = value * 10 + (*c->p - '0');
	if (c->p == digits || c->p == c->end || (*digits == '0' && c->p - digits > 1))
		return NULL;
	if (*c->p == '.' || *c->p == 'e' || *c->p == 'E')
		return take_real(c, start);
	if (c->p - digits > MAX_DIGITS)
		return NULL;
	return json_integer(*start == '-' ? -value : value);
}

static json_t *take_word(struct cursor *c, const char *word, json_t *value)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return NULL;
	c->p += n;
	return value;
}

static json_t *take_nested(struct cursor *c, const struct json_wanted *w, bool object)
{
	json_t *value;

	if (c->depth == MAX_DEPTH)
		return NULL;
	c->p++;
	c->depth++;
	value = object ? take_object(c, w) : take_array(c, w);
	c->depth--;
	return value;
}

static json_t *take_value(struct cursor *c, const struct json_wanted *w)
{
	struct span span;

	skip_space(c);
	if (c->p == c->end)
		return NULL;
	switch (*c->p) {
	case '{':
	case '[':
		return take_nested(c, w, *c->p == '{');
	case '"':
		c->p++;
		if (!take_string(c, &span))
			return NULL;
		return span.ascii ? json_stringn_nocheck(span.s, span.n)
				  : json_stringn(span.s, span.n);
	case 't':
		return take_word(c, "true", json_true());
	case 'f':
		return take_word(c, "false", json_false());
	case 'n':
		return take_word(c, "null", json_null());
	default:
		return take_number(c);
	}
}

json_t *json_quick_value(const char **p, const char *end, const struct json_wanted *w, bool unique)
{
	struct cursor c = { .p = *p, .end = end, .unique = unique };
	json_t *value = take_value(&c, w);

	buf_release(&c.scratch);
	if (value)
		*p = c.p;
	return value;
}

/* The member "items", without its items; the bracket that opens the list was taken. */
static bool take_items(struct cursor *c, struct json_items *items)
{
	*items = (struct json_items){ .next = c->p };
	if (take(c, ']'))
		return true;
	do {
		c->p = json_scan_value(c->p, c->end);
		if (!c->p)
			return false;
		items->n++;
	} while (take(c, ','));
	return take(c, ']');
}

static bool take_list_member(struct cursor *c, json_t *list, struct json_items *items)
{
	struct span span;
	json_t *value;

	if (!take(c, '"') || !take_string(c, &span) || span.n >= SHORT_KEY)
		return false;
	char_auto *key = xstrndup(span.s, span.n);

	if (!take(c, ':'))
		return false;
	if (strcmp(key, "items") == 0 && take(c, '[')) {
		value = take_items(c, items) ? json_array() : NULL;
	} else {
		value = take_value(c, NULL);
	}
	return value && json_object_set_new(list, key, value) == 0;
}

json_t *json_quick_list(const char *text, size_t len, struct json_items *items)
{
	struct cursor c = { .p = text, .end = text + len };
	json_auto_t *list = json_object();
	bool whole = take(&c, '{');

	*items = (struct json_items){ 0 };
	if (whole && !take(&c, '}')) {
		do
			whole = take_list_member(&c, list, items);
		while (whole && take(&c, ','));
		whole = whole && take(&c, '}');
	}
	buf_release(&c.scratch);
	items->end = c.p;
	return whole && json_scan_space(c.p, c.end) == c.end ? json_incref(list) : NULL;
}
