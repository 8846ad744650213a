/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/findings.h"

#include <string.h>

#include "base/json.h"
#include "base/out.h"

enum { VALUE_MAX = 120 }; /* bytes of a value that a message quotes */

/* The value as JSON, cut at VALUE_MAX bytes, never inside a character. */
static char *shorten(const json_t *value)
{
	buf_auto text = { 0 };
	size_t len = VALUE_MAX;

	json_write(&text, value, JSON_STYLE_COMPACT);
	if (text.len <= VALUE_MAX)
		return buf_steal(&text);
	while (len > 0 && ((unsigned char)text.data[len] & 0xc0) == 0x80)
		len--;
	return xasprintf("%.*s...", (int)len, text.data);
}

static char *plain(char *text)
{
	if (text)
		out_sanitize(text);
	return text;
}

/* Takes ownership of value and why. */
static void add(struct write_findings *f, const char *rule, const char *path, char *value,
	const char *remedy, char *why)
{
	if (f->n == FINDINGS_MAX) {
		f->cut++;
		free(value);
		free(why);
		return;
	}
	if (f->n == f->room) {
		f->room = f->room ? 2 * f->room : 4;
		f->items = xrealloc(f->items, f->room, sizeof(*f->items));
	}
	f->items[f->n++] = (struct write_finding){ .rule = xstrdup(rule),
		.path = plain(xstrdup(path)),
		.value = plain(value),
		.why = plain(why),
		.remedy = remedy ? plain(xstrdup(remedy)) : NULL };
}

void findings_add(struct write_findings *f, const char *rule, const char *path,
	const json_t *value, const char *remedy, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(f, rule, path, value ? shorten(value) : NULL, remedy, xvasprintf(fmt, ap));
	va_end(ap);
}

void findings_add_text(struct write_findings *f, const char *rule, const char *path,
	const char *value, const char *remedy, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(f, rule, path, value ? xstrdup(value) : NULL, remedy, xvasprintf(fmt, ap));
	va_end(ap);
}

void finding_text(struct buf *out, const struct write_finding *f)
{
	buf_printf(out, "%s", *f->path ? f->path : "the object");
	if (f->value)
		buf_printf(out, ": %s", f->value);
	buf_printf(out, " %s", f->why);
	if (f->remedy)
		buf_printf(out, "; %s", f->remedy);
}

void findings_text(struct buf *out, const struct write_findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (i > 0)
			buf_puts(out, "; ");
		finding_text(out, &f->items[i]);
	}
	if (f->cut > 0)
		buf_printf(out, "; and %zu more", f->cut);
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

json_t *findings_json(const struct write_findings *f)
{
	json_t *all = json_array();

	for (size_t i = 0; i < f->n; i++)
		json_array_append_new(all,
			json_pack("{s:s, s:s, s:o, s:s, s:o}", "rule", f->items[i].rule, "path",
				f->items[i].path, "value", text_or_null(f->items[i].value), "why",
				f->items[i].why, "remedy", text_or_null(f->items[i].remedy)));
	return all;
}

void findings_release(struct write_findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->items[i].rule);
		free(f->items[i].path);
		free(f->items[i].value);
		free(f->items[i].why);
		free(f->items[i].remedy);
	}
	free(f->items);
	*f = (struct write_findings){ 0 };
}
