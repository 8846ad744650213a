/* SPDX-License-Identifier: Apache-2.0 */
/* The place of a finding, and what is kept of the finding. */
#include <string.h>

#include "base/json.h"
#include "base/out.h"
#include "engine/judge/schema/schema.h"

enum { VALUE_MAX = 120, PATH_MAX_BYTES = 1000 };

static const struct {
	const char *name, *meaning;
	bool severe;
} classes[] = {
#define ROW(id, word, bad, text) { word, text, bad },
	SCHEMA_CLASSES(ROW)
#undef ROW
};

const char *schema_class_name(enum schema_class class)
{
	return classes[class].name;
}

const char *schema_class_meaning(enum schema_class class)
{
	return classes[class].meaning;
}

bool schema_class_is_severe(enum schema_class class)
{
	return classes[class].severe;
}

static struct schema_mark mark_of(const struct schema_place *p)
{
	return (struct schema_mark){ p->path.len, p->field.len, p->part, p->fixed, p->unmatched,
		p->always };
}

static bool is_plain(const char *key)
{
	const char *p = key;

	while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
		*p == '_' || *p == '-')
		p++;
	return *key && !*p;
}

static void add(struct buf *b, const char *before, const char *key)
{
	buf_puts(b, before);
	buf_puts(b, key);
}

/* named: the schema names the key. All other keys of the object count as one field. */
struct schema_mark schema_enter_key(struct schema_place *p, const char *key, bool named)
{
	struct schema_mark mark = mark_of(p);

	/* This runs on every step of every walk, so without formatting. */
	add(&p->path, is_plain(key) ? p->path.len ? "." : "" : "[\"", key);
	if (!is_plain(key))
		buf_puts(&p->path, "\"]");
	if (named)
		add(&p->field, p->field.len ? "." : "", key);
	else
		buf_puts(&p->field, "[*]");
	if (!p->fixed)
		p->part = p->path.len;
	return mark;
}

/* Only items of a list of type map have an identity: their keys. */
struct schema_mark schema_enter_item(
	struct schema_place *p, size_t i, const struct schema_node *list_schema)
{
	struct schema_mark mark = mark_of(p);

	p->fixed = p->fixed || !list_schema || list_schema->list_type != SCHEMA_LIST_MAP;
	buf_printf(&p->path, "[%zu]", i);
	buf_puts(&p->field, "[*]");
	if (!p->fixed)
		p->part = p->path.len;
	return mark;
}

static void cut(struct buf *b, size_t len)
{
	b->len = len;
	if (b->data)
		b->data[len] = '\0';
}

void schema_leave(struct schema_place *p, struct schema_mark mark)
{
	cut(&p->path, mark.path);
	cut(&p->field, mark.field);
	p->part = mark.part;
	p->fixed = mark.fixed;
	p->unmatched = mark.unmatched;
	p->always = mark.always;
}

/* At most max bytes, as whole characters; "..." in place of the rest. */
static char *shorten(const char *text, size_t max)
{
	size_t n = strlen(text);
	char *result;

	if (n <= max) {
		result = xstrdup(text);
	} else {
		n = max - 3;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
		result = xasprintf("%.*s...", (int)n, text);
	}
	out_sanitize(result);
	return result;
}

static char *value_text(const json_t *value)
{
	buf_auto text = { 0 };

	if (!value)
		return NULL;
	json_write(&text, value, JSON_STYLE_COMPACT);
	return shorten(buf_str(&text), VALUE_MAX);
}

/*
 * True: the same rule of the same field was not evaluated before either, so it is noted only once.
 */
static bool is_again(struct schema_findings *findings, const struct schema_place *p,
	enum schema_class class, const json_t *value)
{
	char_auto *key = NULL;

	if (class != SCHEMA_NOT_EVALUATED || !json_is_string(value))
		return false;
	key = xasprintf("%s %s", buf_str(&p->field), json_string_value(value));
	if (!findings->seen)
		findings->seen = json_object();
	if (json_object_get(findings->seen, key))
		return true;
	json_object_set_new(findings->seen, key, json_true());
	return false;
}

struct schema_finding *schema_note(struct schema_findings *findings, const struct schema_place *p,
	enum schema_class class, const char *rule, const json_t *value)
{
	if (has_prefix(rule, "x-") && is_again(findings, p, class, value))
		return NULL;
	if (findings->n == SCHEMA_FINDINGS_MAX) {
		findings->cut++;
		findings->severe_cut = findings->severe_cut || schema_class_is_severe(class);
		return NULL;
	}
	char_auto *part = xstrndup(buf_str(&p->path), p->part);

	if (findings->n == findings->room) {
		findings->room = findings->room ? 2 * findings->room : 8;
		findings->items =
			xrealloc(findings->items, findings->room, sizeof(*findings->items));
	}
	findings->items[findings->n] = (struct schema_finding){
		.class = class,
		.rule = rule,
		.path = shorten(buf_str(&p->path), PATH_MAX_BYTES),
		.field = shorten(buf_str(&p->field), PATH_MAX_BYTES),
		.part = shorten(part, PATH_MAX_BYTES),
		.value = value_text(value),
	};
	return &findings->items[findings->n++];
}

/* True: the part has no dot, such as spec. Every change of the object changes such a part. */
static bool is_whole(const struct schema_place *p)
{
	const char *path = buf_str(&p->path);

	return strcspn(path, ".[") >= p->part;
}

struct schema_finding *schema_refuse(const struct schema_judge *judge,
	struct schema_findings *findings, const struct schema_place *place, const char *rule,
	const json_t *value, bool always)
{
	struct schema_place whole = *place;

	if (judge->ratchets && !always && !place->always)
		return schema_note(findings, place,
			is_whole(place) ? SCHEMA_ANY_CHANGE : SCHEMA_CHANGE, rule, value);
	whole.part = 0;
	return schema_note(findings, &whole, SCHEMA_ANY_CHANGE, rule, value);
}

/* Orders severe findings first, and unknown ones last. Equal ones keep their order. */
static int order_of(const void *a, const void *b)
{
	const struct schema_finding *x = a, *y = b;

	return x->class != y->class ? (x->class > y->class) - (x->class < y->class)
				    : (x->serial > y->serial) - (x->serial < y->serial);
}

void schema_findings_sort(struct schema_findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		findings->items[i].serial = i;
	if (findings->n > 1)
		qsort(findings->items, findings->n, sizeof(*findings->items), order_of);
}

void schema_sanitize(char *text)
{
	if (text)
		out_sanitize(text);
}

void schema_findings_release(struct schema_findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		free(findings->items[i].path);
		free(findings->items[i].field);
		free(findings->items[i].part);
		free(findings->items[i].value);
		free(findings->items[i].message);
		free(findings->items[i].allowed);
	}
	json_decref(findings->seen);
	free(findings->items);
	*findings = (struct schema_findings){ 0 };
}
