/* SPDX-License-Identifier: Apache-2.0 */
/* A plan for people: a readable diff of schemas, and the same as a page for a pull request. */
#include <string.h>

#include "base/json.h"
#include "engine/tell/report.h"

/* Takes the next part of a path, up to a dot or its end; *path is behind it then. */
static char *next_part(const char **path)
{
	size_t n = strcspn(*path, ".");
	char *part = xstrndup(*path, n);

	*path += n + ((*path)[n] == '.');
	return part;
}

/*
 * "spec.versions[v1].schema.openAPIV3Schema.properties.spec.properties.cidr.type" reads as
 * "v1 .spec.cidr type"; any other path as it is. Fields of items get "[]", values of maps "{}".
 */
static char *readable(const char *path)
{
	static const char begin[] = "spec.versions[", middle[] = "].schema.openAPIV3Schema";
	const char *end = has_prefix(path, begin) ? strstr(path, middle) : NULL;
	struct buf text = { 0 };

	if (!end)
		return xstrdup(path);
	buf_putn(&text, path + strlen(begin), (size_t)(end - path) - strlen(begin));
	buf_puts(&text, " ");
	path = end + strlen(middle);
	path += *path == '.';
	for (bool first = true; *path; first = false) {
		char_auto *part = next_part(&path);

		if (strcmp(part, "properties") == 0 && *path) {
			char_auto *name = next_part(&path);

			buf_printf(&text, ".%s", name);
		} else if (strcmp(part, "items") == 0 && *path) {
			buf_puts(&text, "[]");
		} else if (strcmp(part, "additionalProperties") == 0 && *path) {
			buf_puts(&text, "{}");
		} else {
			buf_printf(&text, "%s%s", first ? "" : " ", part);
		}
	}
	return buf_steal(&text);
}

/* A change that is prose alone has no class. */
static bool is_prose(const struct plan_item *item, const json_t *change)
{
	const char *path = json_str(change, "path");

	return item->compat.n == 0 ||
	       (has_suffix(path, ".description") && !has_suffix(path, ".properties.description"));
}

static enum out_style style_of(enum compat_class class)
{
	static const enum out_style styles[] = { STYLE_GREEN, STYLE_YELLOW, STYLE_RED };

	return styles[class];
}

static void put_item(struct out *out, const struct plan_item *item)
{
	static const enum out_style styles[] = { STYLE_PLAIN, STYLE_BOLD, STYLE_BOLD, STYLE_RED,
		STYLE_YELLOW };
	const json_t *line;
	size_t i;

	out_line(out, styles[item->verdict], CRD_RESOURCE "/%s %s", item->name,
		plan_verdict_name(item->verdict));
	json_array_foreach(item->reasons, i, line)
		out_line(out, STYLE_PLAIN, "    %s", json_string_value(line));
	if (item->verdict == PLAN_KEPT)
		return;
	for (i = 0; i < item->compat.n; i++) {
		const struct compat_change *c = &item->compat.items[i];
		char_auto *path = readable(c->path);

		out_line(out, style_of(c->class), "    %-8s  %s: %s", compat_class_name(c->class),
			path, c->text);
	}
	json_array_foreach(item->changes, i, line)
		if (is_prose(item, line))
			out_line(out, STYLE_PLAIN, "    prose     %s: %s", json_str(line, "path"),
				json_str(line, "text"));
}

/* How often each rule is met, in the order of the first one; what is safe is left out. */
struct tally {
	const struct compat_change *first[COMPAT_NOT_UNDERSTOOD + 1];
	size_t count[COMPAT_NOT_UNDERSTOOD + 1], n;
	size_t classes[COMPAT_BREAKING + 1];
};

static void count(struct tally *t, const struct compat_change *c)
{
	size_t i = 0;

	t->classes[c->class]++;
	while (i < t->n && t->first[i]->rule != c->rule)
		i++;
	if (i == t->n)
		t->first[t->n++] = c;
	t->count[i]++;
}

static struct tally count_all(const struct plan *p)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->items[i].compat.n; k++)
			if (p->items[i].verdict != PLAN_KEPT)
				count(&t, &p->items[i].compat.items[k]);
	return t;
}

void report_plan_text(struct out *out, const struct report *r)
{
	struct tally t = count_all(r->plan);
	buf_auto verdict = { 0 };

	report_verdict(&verdict, r);
	for (size_t i = 0; i < r->plan->n; i++)
		put_item(out, &r->plan->items[i]);
	for (enum compat_class class = COMPAT_BREAKING; class > COMPAT_SAFE; class --)
		for (size_t i = 0; i < t.n; i++)
			if (t.first[i]->class == class)
				out_line(out, style_of(class), "%s: %zu x %s: %s",
					compat_class_name(class), t.count[i], t.first[i]->rule,
					t.first[i]->advice);
	out_line(out, STYLE_BOLD, "%s", buf_str(&verdict));
	if (t.n > 0)
		out_line(out, STYLE_PLAIN, "changes: %zu breaking, %zu warnings, %zu safe",
			t.classes[COMPAT_BREAKING], t.classes[COMPAT_WARNING],
			t.classes[COMPAT_SAFE]);
	if (r->not_judged)
		out_line(out, STYLE_PLAIN, "not judged by the server: %s", r->not_judged);
}

static void put_row(struct buf *out, const struct compat_change *c)
{
	char_auto *path = readable(c->path);

	buf_printf(out, "| %s%s%s | ", c->class == COMPAT_BREAKING ? "**" : "",
		compat_class_name(c->class), c->class == COMPAT_BREAKING ? "**" : "");
	report_cell(out, path);
	buf_puts(out, " | ");
	report_cell(out, c->text);
	buf_printf(out, " | %s |\n", c->advice ? c->advice : "");
}

static void put_section(struct buf *out, const struct plan_item *item)
{
	const json_t *line;
	size_t i;

	buf_printf(out, "\n### %s: %s", item->name, plan_verdict_name(item->verdict));
	if (item->compat.n > 0 && item->verdict != PLAN_KEPT)
		buf_printf(out, ", %s", compat_class_name(compat_worst(&item->compat)));
	buf_puts(out, "\n\n");
	json_array_foreach(item->reasons, i, line) {
		buf_puts(out, "- ");
		report_cell(out, json_string_value(line));
		buf_putc(out, '\n');
	}
	if (item->compat.n == 0 || item->verdict == PLAN_KEPT)
		return;
	if (json_array_size(item->reasons) > 0)
		buf_putc(out, '\n');
	buf_puts(out, "| class | field | change | what to do |\n|---|---|---|---|\n");
	for (i = 0; i < item->compat.n; i++)
		put_row(out, &item->compat.items[i]);
}

void report_plan_markdown(struct buf *out, const struct report *r)
{
	struct tally t = count_all(r->plan);
	buf_auto verdict = { 0 };

	report_verdict(&verdict, r);
	buf_puts(out, "## ");
	report_cell(out, buf_str(&verdict));
	buf_printf(out, "\n\nChanges: %zu breaking, %zu warnings, %zu safe.\n",
		t.classes[COMPAT_BREAKING], t.classes[COMPAT_WARNING], t.classes[COMPAT_SAFE]);
	if (r->not_judged) {
		buf_puts(out, "Not judged by the server: ");
		report_cell(out, r->not_judged);
		buf_puts(out, "\n");
	}
	for (size_t i = 0; i < r->plan->n; i++)
		if (r->plan->items[i].verdict != PLAN_UNCHANGED)
			put_section(out, &r->plan->items[i]);
	report_objects_markdown(out, r);
}
