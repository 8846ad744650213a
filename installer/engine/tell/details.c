/* SPDX-License-Identifier: Apache-2.0 */
/* Lists each schema change of a plan, with its effect on existing objects. */
#include <string.h>

#include "base/json.h"
#include "engine/look/objects.h"
#include "engine/tell/report.h"
#include "manifest/crd.h"
#include "manifest/source.h"

/* Takes the next part of a path, up to a dot or the end; *path then points after it. */
static char *next_part(const char **path)
{
	size_t n = strcspn(*path, ".");
	char *part = xstrndup(*path, n);

	*path += n + ((*path)[n] == '.');
	return part;
}

/*
 * "spec.versions[v1].schema.openAPIV3Schema.properties.spec.properties.cidr.type" is the keyword
 * "type" of the field ".spec.cidr" of version "v1". Items of lists are "[]", values of maps "{}".
 */
struct place {
	struct buf version, field, keyword; /* keyword: the whole path when it has another form */
};

static void take_part(struct place *p, const char **path)
{
	char_auto *part = next_part(path);

	if (strcmp(part, "properties") == 0 && **path) {
		char_auto *name = next_part(path);

		buf_printf(&p->field, ".%s", name);
	} else if (strcmp(part, "items") == 0 && **path) {
		buf_puts(&p->field, "[]");
	} else if (strcmp(part, "additionalProperties") == 0 && **path) {
		buf_puts(&p->field, "{}");
	} else {
		buf_printf(&p->keyword, "%s%s", p->keyword.len ? " " : "", part);
	}
}

static void place_of(struct place *p, const char *path)
{
	static const char begin[] = "spec.versions[", middle[] = "].schema.openAPIV3Schema";
	const char *end = has_prefix(path, begin) ? strstr(path, middle) : NULL;

	*p = (struct place){ 0 };
	if (!end) {
		buf_puts(&p->keyword, path);
		return;
	}
	buf_putn(&p->version, path + strlen(begin), (size_t)(end - path) - strlen(begin));
	path = end + strlen(middle);
	path += *path == '.';
	while (*path)
		take_part(p, &path);
}

static void place_release(struct place *p)
{
	buf_release(&p->version);
	buf_release(&p->field);
	buf_release(&p->keyword);
}

char *report_readable(const char *path)
{
	struct place p;
	struct buf text = { 0 };

	place_of(&p, path);
	buf_puts(&text, buf_str(&p.version));
	if (p.field.len > 0)
		buf_printf(&text, " %s", buf_str(&p.field));
	if (p.keyword.len > 0)
		buf_printf(&text, "%s%s", text.len ? " " : "", buf_str(&p.keyword));
	place_release(&p);
	return buf_steal(&text);
}

/*
 * finding and field have the form "spec.ports[*].name". below: a finding on a field below also
 * counts.
 */
static bool is_within(const char *finding, const char *field, bool below)
{
	for (; *field && *finding; field++, finding++)
		if (strchr("[{", *field) && *finding == '[') {
			field++;
			finding += strcspn(finding, "]");
		} else if (*field != *finding) {
			return false;
		}
	return !*field && (!*finding || (below && strchr(".[", *finding)));
}

/* True: this change is the reason for a finding about objects. */
static bool explains(
	const struct compat_change *c, const struct place *p, const struct preflight_row *row)
{
	const char *field = buf_str(&p->field) + (p->field.len > 0);

	if (strcmp(row->rule, "pruned") == 0)
		return p->keyword.len == 0 && is_within(row->field, field, true);
	if (strcmp(row->rule, "required") == 0)
		return strcmp(buf_str(&p->keyword), "required") == 0 &&
		       is_within(row->field, field, true);
	return strcmp(row->rule, buf_str(&p->keyword)) == 0 &&
	       is_within(row->field, field, false) && (!row->text || strstr(c->text, row->text));
}

/* The words name the consequence, the worst first. */
enum consequence { BLOCKING, LIMITS, NOT_READ, NO_OBJECT, HARMLESS };

static const struct {
	const char *word;
	enum out_style style;
} consequences[] = {
	[BLOCKING] = { "blocking", STYLE_RED },
	[LIMITS] = { "limits", STYLE_YELLOW },
	[NOT_READ] = { "not read", STYLE_YELLOW },
	[NO_OBJECT] = { "no object", STYLE_PLAIN },
	[HARMLESS] = { "safe", STYLE_GREEN },
};

static enum consequence consequence_of(const struct report *r, const struct plan_item *item,
	const struct compat_change *c)
{
	const struct preflight_kind *k = report_kind(r, item);
	enum consequence result = k && !k->problem && !k->absent ? NO_OBJECT : NOT_READ;
	struct place p;

	if (c->class == COMPAT_SAFE)
		return HARMLESS;
	place_of(&p, c->path);
	for (size_t i = 0; k && i < r->preflight->n_rows; i++) {
		const struct preflight_row *row = &r->preflight->rows[i];

		if (row->item != item || row->class == SCHEMA_NOT_EVALUATED ||
			!explains(c, &p, row))
			continue;
		result = schema_class_is_severe(row->class) || result == BLOCKING ? BLOCKING
										   : LIMITS;
	}
	place_release(&p);
	return result;
}

const char *report_consequence(
	const struct report *r, const struct plan_item *item, const struct compat_change *c)
{
	return consequences[consequence_of(r, item, c)].word;
}

bool report_is_wanted(const struct report *r, const struct plan_item *item)
{
	for (size_t i = 0; i < r->n_only; i++)
		if (strcmp(r->only[i], report_crd_name(r, item)) == 0 ||
			strcmp(r->only[i], item->name) == 0)
			return true;
	return r->n_only == 0;
}

int report_check_only(const struct report *r, struct err *e)
{
	const struct plan *p = r->plan;
	const char **names = xcalloc(2 * p->n + 1, sizeof(*names));
	int rc = 0;

	for (size_t i = 0; i < p->n; i++) {
		names[2 * i] = crd_plural(p->items[i].desired);
		names[2 * i + 1] = p->items[i].name;
	}
	for (size_t i = 0; i < r->n_only && rc == 0; i++) {
		const char *close, *wanted = r->only[i];
		size_t k = 0;

		while (k < 2 * p->n && strcmp(names[k], wanted) != 0)
			k++;
		if (k < 2 * p->n)
			continue;
		close = nearest(wanted, names, 2 * p->n);
		rc = err_set(e, ERR_USAGE, 0, "%s has no CRD %s%s%s", r->source->name, wanted,
			close ? "; did you mean " : "", close ? close : "");
	}
	free(names);
	return rc;
}

/* A change of only a description has no class. */
static bool is_prose(const struct plan_item *item, const json_t *change)
{
	const char *path = json_str(change, "path");

	return item->compat.n == 0 ||
	       (has_suffix(path, ".description") && !has_suffix(path, ".properties.description"));
}

static void put_change(
	struct out *out, enum consequence consequence, const struct compat_change *c)
{
	char_auto *path = report_readable(c->path);

	out_line(out, consequences[consequence].style, "    %-9s  %s: %s",
		consequences[consequence].word, path, c->text);
}

static void put_item(struct out *out, const struct report *r, const struct plan_item *item)
{
	const json_t *line;
	size_t i;

	out_line(out, STYLE_BOLD, "%s: %s, %zu schema change%s", item->name,
		plan_verdict_name(item->verdict), item->compat.n, item->compat.n == 1 ? "" : "s");
	for (enum consequence want = BLOCKING; want <= HARMLESS; want++)
		for (i = 0; i < item->compat.n; i++)
			if (consequence_of(r, item, &item->compat.items[i]) == want)
				put_change(out, want, &item->compat.items[i]);
	json_array_foreach(item->changes, i, line)
		if (is_prose(item, line))
			out_line(out, STYLE_PLAIN, "    words      %s: %s", json_str(line, "path"),
				json_str(line, "text"));
}

/*
 * Number of changes for each rule, in the order of their first change; safe ones are not counted.
 */
struct tally {
	const struct compat_change *first[COMPAT_NOT_UNDERSTOOD + 1];
	size_t count[COMPAT_NOT_UNDERSTOOD + 1], n;
};

static void count(struct tally *t, const struct compat_change *c)
{
	size_t i = 0;

	while (i < t->n && t->first[i]->rule != c->rule)
		i++;
	if (i == t->n)
		t->first[t->n++] = c;
	t->count[i]++;
}

static bool is_shown(const struct report *r, const struct plan_item *item)
{
	return item->verdict != PLAN_KEPT && item->verdict != PLAN_CREATE &&
	       json_array_size(item->changes) > 0 && report_is_wanted(r, item);
}

static void put_tally(struct out *out, const struct report *r)
{
	struct tally t = { 0 };
	size_t n[HARMLESS + 1] = { 0 };

	for (size_t i = 0; i < r->plan->n; i++) {
		const struct plan_item *item = &r->plan->items[i];

		for (size_t k = 0; k < item->compat.n && is_shown(r, item); k++) {
			count(&t, &item->compat.items[k]);
			n[consequence_of(r, item, &item->compat.items[k])]++;
		}
	}
	for (size_t i = 0; i < t.n; i++)
		if (t.first[i]->advice)
			out_line(out, STYLE_PLAIN, "%zu x %s: %s", t.count[i], t.first[i]->rule,
				t.first[i]->advice);
	out_line(out, STYLE_BOLD,
		"schema changes: %zu blocking, %zu limit objects, %zu not read, %zu without an "
		"object, %zu safe",
		n[BLOCKING], n[LIMITS], n[NOT_READ], n[NO_OBJECT], n[HARMLESS]);
}

void report_details_text(struct out *out, const struct report *r)
{
	for (size_t i = 0; i < r->plan->n; i++)
		if (is_shown(r, &r->plan->items[i]))
			put_item(out, r, &r->plan->items[i]);
	put_tally(out, r);
}
