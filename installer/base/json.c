/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/decimal.h"
#include "base/json_quick.h"
#include "base/json_scan.h"
#include "base/signals.h"

#include <ctype.h>
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The parse that runs now; there is one thread. */
static struct {
	bool on, refuses;
	size_t begun; /* bytes of all values when the parse, or the batch around it, began */
	size_t text; /* bytes of the text, of another form of it, and of texts that wait */
	size_t held;
	size_t most; /* bytes of all that */
	size_t calls;
	enum { GRANTED, TOO_LARGE, STOPPED } verdict; /* once set, it stays until the parse ends */
} use;

static size_t living; /* bytes of all values that there are */

/* Of a batch: what its answers become counts together. */
static struct {
	bool on;
	size_t begun;
	size_t waiting; /* bytes of texts that come in */
	size_t kept; /* bytes of texts whose items are built later */
	size_t most;
} batch;

static size_t most_bytes(void)
{
	return batch.on ? batch.most : JSON_MAX_MEMORY;
}

static size_t size_of(void *p)
{
	/* with the size that malloc itself reports */
	return malloc_usable_size(p) + sizeof(size_t);
}

static bool is_refused(size_t n)
{
	const size_t grown = living > use.begun ? living - use.begun : 0;

	if (use.verdict == GRANTED && grown + use.text + n > use.most)
		use.verdict = TOO_LARGE;
	if (use.verdict == GRANTED && ++use.calls >= JSON_MIND_STOP && use.calls % 4096 == 0 &&
		stop_wanted())
		use.verdict = STOPPED;
	return use.refuses && use.verdict != GRANTED;
}

static void *allocate(size_t n)
{
	if (use.on && is_refused(n))
		return NULL;
	void *p = xrealloc(NULL, n, 1);

	living += size_of(p);
	return p;
}

static void release(void *p)
{
	if (p)
		living -= size_of(p);
	free(p);
}

void json_count_begin(size_t text_len)
{
	use.on = true;
	use.refuses = false;
	use.begun = batch.on ? batch.begun : living;
	use.text = use.held + text_len + batch.waiting + batch.kept;
	use.most = most_bytes();
	use.calls = 0;
	use.verdict = GRANTED;
}

void json_batch_begin(bool many)
{
	batch.on = true;
	batch.most = many ? JSON_MAX_BATCH : JSON_MAX_MEMORY;
	batch.begun = living;
	batch.waiting = batch.kept = 0;
}

void json_batch_waiting(size_t bytes)
{
	batch.waiting = batch.on ? bytes : 0;
}

static int too_large(struct err *e)
{
	const size_t most = most_bytes();

	return err_set(e, ERR_FORMAT, EFBIG,
		"it takes more than %zu MiB when it is parsed%s; is it the right file or server?",
		most >> 20, most < JSON_MAX_MEMORY ? ", with the answers beside it" : "");
}

int json_batch_keep(size_t text, struct err *e)
{
	const size_t grown = living > batch.begun ? living - batch.begun : 0;

	if (!batch.on)
		return 0;
	if (grown + batch.kept + text + batch.waiting > batch.most)
		return too_large(e);
	batch.kept += text;
	return 0;
}

void json_batch_end(void)
{
	batch.on = false;
	batch.waiting = batch.kept = 0;
}

void json_count_end(void)
{
	use.on = false;
}

int json_count_check(struct err *e)
{
	if (use.verdict == STOPPED && stop_check("parsing", e) < 0)
		return -1;
	return use.verdict == TOO_LARGE ? too_large(e) : 0;
}

/* jansson may have continued with less memory than it asked for. */
static json_t *judged(json_t *value_take, struct err *e)
{
	json_count_end();
	if (json_count_check(e) == 0)
		return value_take;
	json_decref(value_take);
	return NULL;
}

json_t *json_load_limited(
	const char *text, size_t len, size_t flags, json_error_t *je, struct err *refused)
{
	const char *p = text, *end = text + len;
	bool unique = flags & JSON_REJECT_DUPLICATES, part = flags & JSON_DISABLE_EOF_CHECK;

	json_count_begin(len);
	use.refuses = true;
	json_t *value = json_quick_value(&p, end, NULL, unique);

	if (use.verdict != GRANTED || (value && (part || json_scan_space(p, end) == end))) {
		je->position = (int)(p - text);
		return judged(value, refused);
	}
	json_decref(value);
	json_count_begin(len);
	return judged(json_loadb(text, len, flags, je), refused);
}

json_t *json_copy_limited(const json_t *value, struct err *e)
{
	json_count_begin(0);
	use.refuses = true;
	return judged(json_deep_copy(value), e);
}

/*
 * jansson silently leaves out what it finds no memory for. Our allocator ends the program instead.
 * Call before any value is made.
 */
__attribute__((constructor)) static void own_allocator(void)
{
	json_set_alloc_funcs(allocate, release);
}

/* Whether a number of len bytes does not fit jansson's integer. */
static bool is_too_long(const char *number, size_t len)
{
	if (len < 19) /* most numbers are short and need no copy */
		return false;
	char_auto *text = xstrndup(number, len);

	errno = 0;
	return !strpbrk(text, ".eE") && strtoll(text, NULL, 10) != 0 && errno == ERANGE;
}

/* Writes such integers as reals, "18446744073709551616.0"; other numbers keep every digit. */
static void put_with_reals(struct buf *out, const char *text, size_t len)
{
	bool in_string = false;

	for (size_t i = 0, n; i < len; i += n) {
		n = 0;
		while (!in_string && i + n < len && text[i + n] &&
			strchr("+-.0123456789eE", text[i + n]))
			n++;
		if (n > 0) {
			buf_putn(out, text + i, n);
			buf_puts(out, is_too_long(text + i, n) ? ".0" : "");
			continue;
		}
		if (text[i] == '"')
			in_string = !in_string;
		n = in_string && text[i] == '\\' && i + 1 < len ? 2 : 1;
		buf_putn(out, text + i, n);
	}
}

static json_t *load(const char *text, size_t len, bool limited, json_error_t *je, struct err *e)
{
	const size_t flags = JSON_ALLOW_NUL | JSON_DECODE_ANY;

	return limited ? json_load_limited(text, len, flags, je, e)
		       : json_loadb(text, len, flags, je);
}

static json_t *parse(const char *text, size_t len, bool limited, struct err *e)
{
	json_error_t je;
	err_auto refused = { 0 };
	json_t *value = load(text, len, limited, &je, &refused);

	if (!value && !refused.msg && json_error_code(&je) == json_error_numeric_overflow) {
		buf_auto reals = { 0 };

		put_with_reals(&reals, text, len);
		use.held = len;
		value = load(buf_str(&reals), reals.len, limited, &je, &refused);
		use.held = 0;
	}
	if (refused.msg) {
		err_move(e, &refused);
	} else if (!value) {
		/*
		 * jansson's message quotes the text, which may be a secret, so that part is left
		 * out.
		 */
		const char *quotation = strstr(je.text, " near '");

		err_set(e, ERR_FORMAT, 0, "no valid JSON at line %d, column %d: %.*s", je.line,
			je.column,
			quotation ? (int)(quotation - je.text) : (int)strlen(je.text), je.text);
	}
	return value;
}

json_t *json_parse(const char *text, size_t len, struct err *e)
{
	return parse(text, len, true, e);
}

json_t *json_parse_own(const char *text, size_t len, struct err *e)
{
	return parse(text, len, false, e);
}

/* Lists */

const struct json_wanted json_all;

/* Where the quick parser does not judge, all items are built at once. */
static json_t *build_list(const char *text, size_t len, struct json_items *items, struct err *e)
{
	json_t *list = json_parse(text, len, e), *built = json_object_get(list, "items");

	*items = (struct json_items){ 0 };
	if (!json_is_array(built))
		return list;
	*items = (struct json_items){ .n = json_array_size(built), .built = json_incref(built) };
	json_object_set_new(list, "items", json_array());
	return list;
}

json_t *json_parse_list(const char *text, size_t len, struct json_items *items, struct err *e)
{
	json_t *list = json_quick_list(text, len, items);

	if (!list)
		return build_list(text, len, items, e);
	if (items->n <= JSON_MAX_MEMORY / JSON_ITEM_MEMORY)
		return list;
	json_decref(list);
	(void)too_large(e);
	return NULL;
}

static json_t *next_of_text(struct json_items *items, const struct json_wanted *w, struct err *e)
{
	const char *start = items->next;
	json_t *item;

	json_count_begin(0);
	use.refuses = true;
	item = judged(json_quick_value(&items->next, items->end, w, false), e);
	if (!item && !e->msg) {
		items->next = json_scan_value(start, items->end);
		item = json_parse(start, (size_t)(items->next - start), e);
	}
	items->next = json_scan_space(items->next, items->end);
	items->next += items->next < items->end && *items->next == ',';
	return item;
}

json_t *json_next_item(struct json_items *items, const struct json_wanted *w, struct err *e)
{
	bool mind = items->n % JSON_MIND_ITEMS == JSON_MIND_ITEMS - 1 && stop_wanted();

	if (items->n == 0 || (mind && stop_check("parsing", e) < 0))
		return NULL;
	json_t *item = items->built
			       ? json_incref(json_array_get(items->built,
					 json_array_size(items->built) - items->n))
			       : next_of_text(items, w, e);

	items->n = item ? items->n - 1 : 0;
	return item;
}

void json_items_release(struct json_items *items)
{
	json_decref(items->built);
	*items = (struct json_items){ 0 };
}

/* Writing */

static void write_string(struct buf *out, const char *s, size_t len, unsigned style)
{
	size_t plain = 0; /* start of the characters that need no escape */

	buf_putc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool html = (style & JSON_STYLE_HTML) && (c == '<' || c == '>' || c == '&');

		/* U+2028 and U+2029 end a line in JavaScript. Go escapes them, too. */
		if ((style & JSON_STYLE_HTML) && len - i > 2 && memcmp(s + i, "\xe2\x80", 2) == 0 &&
			((unsigned char)s[i + 2] & 0xfe) == 0xa8) {
			buf_putn(out, s + plain, i - plain);
			buf_puts(out, s[i + 2] & 1 ? "\\u2029" : "\\u2028");
			i += 2;
			plain = i + 1;
			continue;
		}

		/* Go leaves C1 as it is, but some terminals obey it. */
		if (c == 0xc2 && len - i > 1 && (unsigned char)s[i + 1] < 0xa0) {
			buf_putn(out, s + plain, i - plain);
			buf_printf(out, "\\u%04x", (unsigned char)s[++i]);
			plain = i + 1;
			continue;
		}
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && !html)
			continue;
		buf_putn(out, s + plain, i - plain);
		plain = i + 1;
		if (c == '"' || c == '\\')
			buf_putn(out, (const char[]){ '\\', (char)c }, 2);
		else if (c == '\n')
			buf_puts(out, "\\n");
		else if (c == '\t')
			buf_puts(out, "\\t");
		else if (c == '\r')
			buf_puts(out, "\\r");
		else
			buf_printf(out, "\\u%04x", c);
	}
	buf_putn(out, s + plain, len - plain);
	buf_putc(out, '"');
}

/* Writes a real as Go's encoding/json does. */
static void write_real(struct buf *out, double value)
{
	struct decimal d = decimal_of(value, false);

	if (value != 0 && (d.exponent < -6 || d.exponent > 20))
		decimal_put_exponent(out, &d, 1);
	else
		decimal_put_plain(out, &d);
}

static void new_line(struct buf *out, unsigned style, size_t depth)
{
	static const char spaces[] = "                                                ";
	size_t n = 2 * depth;

	if (!(style & JSON_STYLE_INDENT))
		return;
	buf_putc(out, '\n');
	for (; n > sizeof(spaces) - 1; n -= sizeof(spaces) - 1)
		buf_putn(out, spaces, sizeof(spaces) - 1);
	buf_putn(out, spaces, n);
}

static void write_value(struct buf *out, const json_t *v, unsigned style, size_t depth);

static void write_member(struct buf *out, const char *key, const json_t *value, unsigned style,
	size_t depth, bool first)
{
	if (!first)
		buf_putc(out, ',');
	new_line(out, style, depth + 1);
	write_string(out, key, strlen(key), style);
	buf_puts(out, style & JSON_STYLE_INDENT ? ": " : ":");
	write_value(out, value, style, depth + 1);
}

static void write_sorted(struct buf *out, json_t *object, unsigned style, size_t depth)
{
	const char **keys = xcalloc(json_object_size(object), sizeof(*keys)), *key;
	size_t n = 0;
	json_t *value;

	json_object_foreach(object, key, value)
		keys[n++] = key;
	qsort(keys, n, sizeof(*keys), compare_texts);
	for (size_t i = 0; i < n; i++)
		write_member(
			out, keys[i], json_object_get(object, keys[i]), style, depth, i == 0);
	free(keys);
}

static void write_object(struct buf *out, const json_t *v, unsigned style, size_t depth)
{
	json_t *object = (json_t *)(uintptr_t)v, *value;
	bool first = true;
	const char *key;

	buf_putc(out, '{');
	if (style & JSON_STYLE_SORT)
		write_sorted(out, object, style, depth);
	else
		json_object_foreach(object, key, value) {
			write_member(out, key, value, style, depth, first);
			first = false;
		}
	if (json_object_size(object) > 0)
		new_line(out, style, depth);
	buf_putc(out, '}');
}

static void write_array(struct buf *out, const json_t *v, unsigned style, size_t depth)
{
	const json_t *item;
	size_t i;

	buf_putc(out, '[');
	json_array_foreach(v, i, item) {
		if (i > 0)
			buf_putc(out, ',');
		new_line(out, style, depth + 1);
		write_value(out, item, style, depth + 1);
	}
	if (json_array_size(v) > 0)
		new_line(out, style, depth);
	buf_putc(out, ']');
}

static void write_value(struct buf *out, const json_t *v, unsigned style, size_t depth)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		write_object(out, v, style, depth);
		break;
	case JSON_ARRAY:
		write_array(out, v, style, depth);
		break;
	case JSON_STRING:
		write_string(out, json_string_value(v), json_string_length(v), style);
		break;
	case JSON_INTEGER:
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		break;
	case JSON_REAL:
		write_real(out, json_real_value(v));
		break;
	case JSON_TRUE:
		buf_puts(out, "true");
		break;
	case JSON_FALSE:
		buf_puts(out, "false");
		break;
	case JSON_NULL:
		buf_puts(out, "null");
		break;
	}
}

void json_write_at(struct buf *out, const json_t *value, unsigned style, size_t depth)
{
	write_value(out, value, style, depth);
}

void json_write(struct buf *out, const json_t *value, unsigned style)
{
	write_value(out, value, style, 0);
}

static bool same_objects(const json_t *a, const json_t *b)
{
	json_t *left;
	const char *key;

	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach((json_t *)(uintptr_t)a, key, left) {
		const json_t *right = json_object_get(b, key);

		if (!right || !json_same(left, right))
			return false;
	}
	return true;
}

static bool same_arrays(const json_t *a, const json_t *b)
{
	size_t n = json_array_size(a);

	if (n != json_array_size(b))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!json_same(json_array_get(a, i), json_array_get(b, i)))
			return false;
	return true;
}

bool json_same(const json_t *a, const json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b))
		return json_integer_value(a) == json_integer_value(b);
	if (json_is_number(a) && json_is_number(b))
		return json_number_value(a) == json_number_value(b);
	if (json_is_object(a) && json_is_object(b))
		return same_objects(a, b);
	if (json_is_array(a) && json_is_array(b))
		return same_arrays(a, b);
	return json_equal(a, b);
}

const json_t *json_at(const json_t *value, ...)
{
	const char *key;
	va_list ap;

	va_start(ap, value);
	while (value && (key = va_arg(ap, const char *)))
		value = json_object_get(value, key);
	va_end(ap);
	return value;
}

const char *json_str(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

void json_wipe(json_t *v)
{
	json_t *child;
	const char *key;
	size_t i;

	if (json_is_string(v))
		explicit_bzero((char *)(uintptr_t)json_string_value(v), json_string_length(v));
	json_object_foreach(v, key, child)
		json_wipe(child);
	json_array_foreach(v, i, child)
		json_wipe(child);
}

bool json_array_has(const json_t *array, const json_t *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		if (json_equal(item, value))
			return true;
	return false;
}
