/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/warning.h"

#include <string.h>

#include "base/out.h"

/* Reads "..." with \-escapes. Returns what follows, or NULL when the closing quote is missing. */
static const char *read_quoted(const char *s, struct buf *text)
{
	for (s++; *s && *s != '\n' && *s != '"'; s++) {
		if (*s == '\\' && s[1] && s[1] != '\n')
			s++;
		if (text->len < WARNING_BYTES)
			buf_putc(text, *s);
	}
	return *s == '"' ? s + 1 : NULL;
}

static void tell(json_t *seen, struct buf *text, const struct kube_notes *notes)
{
	if (text->len == 0 || !notes->note)
		return;
	out_sanitize(text->data);
	if (json_object_get(seen, text->data) || json_object_size(seen) >= WARNINGS_MAX)
		return;
	json_object_set_new_nocheck(seen, text->data, json_true());
	char_auto *line = xasprintf("warning: %s", text->data);

	notes->note(notes->arg, line);
}

void kube_warn(json_t *seen, const char *values, const struct kube_notes *notes)
{
	const char *s = values;

	/* CODE AGENT "TEXT" ["DATE"]; further warnings follow a comma */
	while (s && *s) {
		buf_auto text = { 0 }, date = { 0 };
		bool counts = has_prefix(s, "299 ");

		s += strcspn(s, "\"\n");
		if (*s == '"')
			s = read_quoted(s, &text);
		if (s && has_prefix(s, " \""))
			s = read_quoted(s + 1, &date);
		if (!s)
			return;
		if (counts)
			tell(seen, &text, notes);
		s += strspn(s, " ,\n");
	}
}
