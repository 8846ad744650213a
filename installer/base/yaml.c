/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/yaml_parts.h"

#include <math.h>
#include <string.h>
#include <yaml.h>

#define BINARY_TAG YAML_TAG "binary"

enum { DIRECTIVES_MAX = 1000, NOTES_MAX = 5 };

struct frame {
	json_t *value;
	char *key; /* the tag of the next value */
	char *anchor; /* NULL: there is none */
	json_t *merged; /* the maps that "<<" names; NULL: none */
	bool merging; /* the next value belongs to "<<" */
	size_t nodes; /* number of errors before this value */
	unsigned height;
};

/* The value of an anchor. Its depth and size are known before an alias to it is followed. */
struct anchored {
	json_t *value;
	size_t nodes;
	unsigned height;
};

struct loader {
	const char *name, *text;
	size_t len;
	yaml_parser_t parser;
	struct frame frames[YAML_MAX_DEPTH];
	unsigned depth;
	json_t *documents;
	json_t *names; /* anchor -> index in anchors */
	struct anchored *anchors;
	size_t n_anchors, cap_anchors;
	size_t n_documents, nodes;
	json_t *notes; /* reads only the first document; NULL: all documents, by strict rules */
	bool aliased; /* values are shared, and must be copied at the end */
	struct err *e;
};

/* Messages never quote a value, which may be a secret. */
static int PRINTF(3, 4) fail(struct loader *l, yaml_mark_t at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char_auto *what = xvasprintf(fmt, ap);
	va_end(ap);
	return err_set(
		l->e, ERR_FORMAT, 0, "%s:%zu:%zu: %s", l->name, at.line + 1, at.column + 1, what);
}

static int reader_failed(struct loader *l)
{
	const yaml_parser_t *p = &l->parser;
	size_t offset = p->problem_offset < l->len ? p->problem_offset : l->len;
	struct yaml_place place = yaml_place_of(l->text, offset);
	yaml_mark_t at = { .line = place.line, .column = place.column };

	if (strstr(p->problem, "control char"))
		return fail(l, at, "control character U+%04X: this is binary data, or damaged text",
			(unsigned)p->problem_value);
	return fail(l, at, "bad UTF-8: save the file as UTF-8");
}

/* Marks count characters, not bytes. */
static bool stands_on_tab(const struct loader *l, yaml_mark_t at)
{
	size_t i = 0;

	for (size_t index = 0; i < l->len; i++)
		if ((l->text[i] & 0xc0) != 0x80 && index++ == at.index)
			break;
	return i < l->len && l->text[i] == '\t';
}

static int parser_failed(struct loader *l)
{
	const yaml_parser_t *p = &l->parser;

	if (p->error == YAML_READER_ERROR)
		return reader_failed(l);
	if (p->error == YAML_MEMORY_ERROR)
		out_of_memory();
	if (!p->problem)
		return fail(l, p->problem_mark, "cannot be parsed as YAML");
	if (stands_on_tab(l, p->problem_mark))
		return fail(l, p->problem_mark, "a tab where YAML wants spaces: %s", p->problem);
	if (p->context)
		return fail(l, p->problem_mark, "%s, %s that begins at line %zu", p->problem,
			p->context, p->context_mark.line + 1);
	return fail(l, p->problem_mark, "%s", p->problem);
}

static int count(struct loader *l, size_t n, yaml_mark_t at)
{
	if (n > YAML_MAX_NODES - l->nodes)
		return fail(l, at, "more than %d values, with aliases expanded; split the file",
			YAML_MAX_NODES);
	l->nodes += n;
	return json_count_check(l->e) < 0 ? err_wrap(l->e, "%s", l->name) : 0;
}

static void remember(struct loader *l, const char *name, struct anchored a)
{
	if (l->n_anchors == l->cap_anchors) {
		l->cap_anchors = l->cap_anchors ? l->cap_anchors * 2 : 16;
		l->anchors = xrealloc(l->anchors, l->cap_anchors, sizeof(*l->anchors));
	}
	json_incref(a.value);
	json_object_set_new(l->names, name, json_integer((json_int_t)l->n_anchors));
	l->anchors[l->n_anchors++] = a;
}

static void forget_anchors(struct loader *l)
{
	while (l->n_anchors > 0)
		json_decref(l->anchors[--l->n_anchors].value);
	json_object_clear(l->names);
}

static int merge(struct loader *l, struct frame *f, const json_t *v, yaml_mark_t at)
{
	const json_t *item;
	size_t i;

	f->merged = json_array();
	f->merging = false;
	if (json_is_object(v)) {
		json_array_append(f->merged, (json_t *)(uintptr_t)v);
		return 0;
	}
	json_array_foreach(v, i, item) {
		if (!json_is_object(item))
			break;
		json_array_append(f->merged, (json_t *)(uintptr_t)item);
	}
	if (!json_is_array(v) || i < json_array_size(v))
		return fail(l, at, "\"<<\" takes a map or a list of maps");
	return 0;
}

static int add_value(struct loader *l, const struct anchored *a, yaml_mark_t at)
{
	struct frame *f = l->depth ? &l->frames[l->depth - 1] : NULL;

	if (!f) {
		if (!json_is_null(a->value) || l->notes)
			json_array_append(l->documents, a->value);
		return 0;
	}
	if (f->height <= a->height)
		f->height = a->height + 1;
	if (json_is_array(f->value)) {
		json_array_append(f->value, a->value);
		return 0;
	}
	if (f->merging)
		return merge(l, f, a->value, at);
	json_object_set_nocheck(f->value, f->key, a->value);
	free(steal(&f->key));
	return 0;
}

static bool wants_key(const struct loader *l)
{
	const struct frame *f = l->depth ? &l->frames[l->depth - 1] : NULL;

	return f && json_is_object(f->value) && !f->key && !f->merging;
}

static int to_key(
	struct loader *l, const struct yaml_scalar *s, const json_t *v, yaml_mark_t at, char **key)
{
	switch (s->type) {
	case YAML_IS_STRING:
		if (strlen(json_string_value(v)) < json_string_length(v))
			return fail(l, at, "a NUL character in a key");
		*key = xstrdup(json_string_value(v));
		return 0;
	case YAML_IS_BOOL:
		*key = xstrdup(s->b ? "true" : "false");
		return 0;
	case YAML_IS_INT:
		*key = xasprintf("%" JSON_INTEGER_FORMAT, s->i);
		return 0;
	case YAML_IS_FLOAT:
		if (!isfinite((float)s->d))
			break;
		*key = yaml_real_text((float)s->d, true);
		return 0;
	case YAML_IS_NULL:
		return fail(l, at, "a key is missing or null; quote it if text is meant");
	case YAML_IS_BIG:
		break;
	}
	return fail(l, at, "this number cannot be a key; quote it");
}

static void PRINTF(3, 4) note(struct loader *l, yaml_mark_t at, const char *fmt, ...)
{
	va_list ap;

	if (json_array_size(l->notes) == NOTES_MAX)
		return;
	va_start(ap, fmt);
	char_auto *what = xvasprintf(fmt, ap);
	va_end(ap);
	json_array_append_new(l->notes, json_sprintf("%s:%zu:%zu: %s, as with kubectl", l->name,
						at.line + 1, at.column + 1, what));
}

static int add_key(struct loader *l, char *key_take, yaml_mark_t at)
{
	struct frame *f = &l->frames[l->depth - 1];

	f->key = key_take;
	if (!json_object_get(f->value, f->key))
		return 0;
	int shown = (int)strlen(f->key) > 60 ? 60 : (int)strlen(f->key);

	while (shown > 0 && (f->key[shown] & 0xc0) == 0x80)
		shown--;
	if (l->notes) {
		note(l, at, "key \"%.*s\" stands twice in one map: the last one counts", shown,
			f->key);
		return 0;
	}
	return fail(l, at, "key \"%.*s\" stands twice in one map; remove one", shown, f->key);
}

static int refuse_tag(struct loader *l, const char *tag, yaml_mark_t at)
{
	static const char *const typed[] = { YAML_NULL_TAG, YAML_BOOL_TAG, YAML_INT_TAG,
		YAML_FLOAT_TAG };

	for (size_t i = 0; i < ARRAY_LEN(typed); i++)
		if (strcmp(tag, typed[i]) == 0)
			return fail(l, at, "this is not !!%s, although its tag says so",
				typed[i] + strlen(YAML_TAG));
	return fail(l, at,
		"this tag is not supported (!!str, !!int, !!float, !!bool, !!null and "
		"!!binary on scalars are); remove it");
}

/* The type of a scalar: that of its tag, else that of its text. */
static int type_scalar(struct loader *l, const yaml_event_t *ev, struct yaml_scalar *s)
{
	const char *tag = (const char *)ev->data.scalar.tag;
	bool string = tag ? strcmp(tag, YAML_STR_TAG) == 0 || strcmp(tag, BINARY_TAG) == 0 ||
				      strcmp(tag, "!") == 0
			  : ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;

	*s = (struct yaml_scalar){ .type = YAML_IS_STRING };
	if (!string)
		*s = yaml_resolve((const char *)ev->data.scalar.value, ev->data.scalar.length);
	if (s->type == YAML_IS_FLOAT && !isfinite(s->d))
		return fail(l, ev->start_mark,
			"NaN and infinity have no form in JSON; quote it "
			"if text is meant");
	if (!tag || string || yaml_fits_tag(tag, s->type))
		return 0;
	return refuse_tag(l, tag, ev->start_mark);
}

/* The bytes of a !!binary must be text, because JSON has no other strings. */
static json_t *binary_value(struct loader *l, const char *text, size_t len, yaml_mark_t at)
{
	buf_auto bytes = { 0 };
	err_auto bad = { 0 };

	if (base64_decode(&bytes, text, len, &bad) < 0) {
		fail(l, at, "!!binary: %s", bad.msg);
		return NULL;
	}
	json_t *v = json_stringn(buf_str(&bytes), bytes.len);

	if (!v)
		fail(l, at, "!!binary data that is no UTF-8 text cannot be held in JSON");
	return v;
}

static json_t *scalar_value(struct loader *l, const yaml_event_t *ev, const struct yaml_scalar *s)
{
	const char *text = (const char *)ev->data.scalar.value;
	const char *tag = (const char *)ev->data.scalar.tag;

	if (s->type != YAML_IS_STRING)
		return yaml_scalar_json(s);
	if (tag && strcmp(tag, BINARY_TAG) == 0)
		return binary_value(l, text, ev->data.scalar.length, ev->start_mark);
	return json_stringn_nocheck(text, ev->data.scalar.length); /* libyaml has checked that */
}

static bool is_merge(const yaml_event_t *ev)
{
	return ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !ev->data.scalar.tag &&
	       ev->data.scalar.length == 2 && memcmp(ev->data.scalar.value, "<<", 2) == 0;
}

static int begin_merge(struct loader *l, yaml_mark_t at)
{
	struct frame *f = &l->frames[l->depth - 1];

	if (f->merged)
		return fail(l, at, "\"<<\" stands twice in one map; give one a list of both");
	f->merging = true;
	return 0;
}

static int on_scalar(struct loader *l, const yaml_event_t *ev)
{
	const char *anchor = (const char *)ev->data.scalar.anchor;
	yaml_mark_t at = ev->start_mark;
	bool key = wants_key(l);
	struct yaml_scalar s;
	char *name;

	if (count(l, 1, at) < 0)
		return -1;
	if (key && is_merge(ev))
		return begin_merge(l, at);
	if (type_scalar(l, ev, &s) < 0)
		return -1;
	json_auto_t *v = scalar_value(l, ev, &s);
	if (!v)
		return -1;
	struct anchored a = { v, 1, 0 };

	if (anchor)
		remember(l, anchor, a);
	if (!key)
		return add_value(l, &a, at);
	return to_key(l, &s, v, at, &name) < 0 ? -1 : add_key(l, name, at);
}

/* An alias in the place of a key. */
static int alias_key(struct loader *l, const json_t *v, yaml_mark_t at)
{
	struct yaml_scalar s = yaml_scalar_of(v);
	char *name;

	if (json_is_object(v) || json_is_array(v))
		return fail(l, at, "a map or a list cannot be a key");
	return to_key(l, &s, v, at, &name) < 0 ? -1 : add_key(l, name, at);
}

static int on_alias(struct loader *l, const char *name, yaml_mark_t at)
{
	const json_t *place = json_object_get(l->names, name);

	for (unsigned i = 0; i < l->depth; i++)
		if (l->frames[i].anchor && strcmp(l->frames[i].anchor, name) == 0)
			return fail(l, at, "this alias stands inside what it names");
	if (!place)
		return fail(l, at, "this alias has no anchor before it in its document");
	const struct anchored *a = &l->anchors[json_integer_value(place)];

	if (l->depth + a->height > YAML_MAX_DEPTH)
		return fail(l, at, "nested deeper than %d levels", YAML_MAX_DEPTH);
	if (count(l, a->nodes, at) < 0)
		return -1;
	l->aliased = true;
	return wants_key(l) ? alias_key(l, a->value, at) : add_value(l, a, at);
}

static int on_start(struct loader *l, json_t *value_take, const yaml_char_t *anchor,
	const yaml_char_t *tag, yaml_mark_t at)
{
	json_auto_t *value = value_take;

	if (tag)
		return refuse_tag(l, (const char *)tag, at);
	if (wants_key(l))
		return fail(l, at, "a map or a list cannot be a key");
	if (l->depth == YAML_MAX_DEPTH)
		return fail(l, at, "nested deeper than %d levels", YAML_MAX_DEPTH);
	struct frame f = { .nodes = l->nodes, .height = 1 };

	if (count(l, 1, at) < 0)
		return -1;
	f.value = steal(&value);
	f.anchor = anchor ? xstrdup((const char *)anchor) : NULL;
	l->frames[l->depth++] = f;
	return 0;
}

static void release_frame(struct frame *f)
{
	json_decref(f->value);
	json_decref(f->merged);
	free(f->key);
	free(f->anchor);
}

static int on_end(struct loader *l, yaml_mark_t at)
{
	struct frame f = l->frames[--l->depth];
	struct anchored a = { f.value, l->nodes - f.nodes, f.height };
	json_t *item;
	size_t i;

	/*
	 * A key of the map itself wins wherever it stands. After it wins the map that "<<" names
	 * first.
	 */
	json_array_foreach(f.merged, i, item)
		json_object_update_missing(f.value, item);
	if (f.anchor)
		remember(l, f.anchor, a);
	int rc = add_value(l, &a, at);

	release_frame(&f);
	return rc;
}

static int on_event(struct loader *l, const yaml_event_t *ev)
{
	yaml_mark_t at = ev->start_mark;

	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++l->n_documents > YAML_MAX_DOCUMENTS)
			return fail(l, at, "more than %d documents; split the file",
				YAML_MAX_DOCUMENTS);
		return 0;
	case YAML_DOCUMENT_END_EVENT:
		forget_anchors(l);
		return 0;
	case YAML_SCALAR_EVENT:
		return on_scalar(l, ev);
	case YAML_ALIAS_EVENT:
		return on_alias(l, (const char *)ev->data.alias.anchor, at);
	case YAML_MAPPING_START_EVENT:
		return on_start(l, json_object(), ev->data.mapping_start.anchor,
			ev->data.mapping_start.tag, at);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(l, json_array(), ev->data.sequence_start.anchor,
			ev->data.sequence_start.tag, at);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return on_end(l, at);
	default:
		return 0;
	}
}

/* Accepts any text: it need not be YAML. */
static void note_what_follows(struct loader *l, yaml_mark_t at)
{
	yaml_event_t ev;

	if (yaml_parser_parse(&l->parser, &ev)) {
		bool more = ev.type != YAML_STREAM_END_EVENT;

		yaml_event_delete(&ev);
		if (!more)
			return;
	}
	note(l, at, "only the first YAML document counts");
}

static int load_yaml(struct loader *l)
{
	bool ended = false;
	int rc = 0;

	if (!yaml_parser_initialize(&l->parser))
		out_of_memory();
	json_count_begin(l->len);
	yaml_parser_set_encoding(&l->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&l->parser, (const unsigned char *)l->text, l->len);
	l->names = json_object();
	while (rc == 0 && !ended) {
		yaml_event_t ev;

		if (!yaml_parser_parse(&l->parser, &ev)) {
			rc = parser_failed(l);
			break;
		}
		rc = on_event(l, &ev);
		ended = ev.type == YAML_STREAM_END_EVENT;
		if (rc == 0 && l->notes && ev.type == YAML_DOCUMENT_END_EVENT) {
			note_what_follows(l, ev.end_mark);
			ended = true;
		}
		yaml_event_delete(&ev);
	}
	json_count_end();
	while (l->depth > 0)
		release_frame(&l->frames[--l->depth]);
	forget_anchors(l);
	free(l->anchors);
	json_decref(l->names);
	yaml_parser_delete(&l->parser);
	return rc;
}

/* Recognises UTF-16 by its mark, or by a first letter of which one byte is zero. */
static bool is_utf16(const struct loader *l)
{
	static const char boms[][2] = { { '\xff', '\xfe' }, { '\xfe', '\xff' } };

	for (size_t i = 0; i < ARRAY_LEN(boms); i++)
		if (l->len >= 2 && memcmp(l->text, boms[i], 2) == 0)
			return true;
	return l->len >= 4 && !l->text[0] != !l->text[1] && !l->text[0] == !l->text[2] &&
	       !l->text[1] == !l->text[3];
}

static int refuse_encoding(struct loader *l)
{
	if (l->len > YAML_MAX_BYTES)
		return err_set(l->e, ERR_FORMAT, 0,
			"%s:1:1: larger than the limit of %d MiB; is this "
			"the right file?",
			l->name, YAML_MAX_BYTES >> 20);
	if (is_utf16(l))
		return err_set(l->e, ERR_FORMAT, 0,
			"%s:1:1: this is UTF-16 text; save the file as UTF-8", l->name);
	return 0;
}

/*
 * libyaml compares each anchor with all before it: a file that has only anchors would take hours.
 */
static int refuse_directives(struct loader *l)
{
	static const char directive[] = "%TAG";
	const char *p = l->text, *end = l->text + l->len;

	for (int n = 0; p && p < end; n++) {
		p = memmem(p, (size_t)(end - p), directive, strlen(directive));
		if (p && n == DIRECTIVES_MAX) {
			struct yaml_place at = yaml_place_of(l->text, (size_t)(p - l->text));

			return fail(l, (yaml_mark_t){ .line = at.line, .column = at.column },
				"more than %d %%TAG directives; remove them", DIRECTIVES_MAX);
		}
		p = p ? p + 1 : NULL;
	}
	return 0;
}

static json_t *load(
	const char *name, const char *text, size_t len, json_t *notes, struct err *e)
{
	struct loader l = { .name = name, .text = text, .len = len, .notes = notes, .e = e };
	json_auto_t *documents = json_array();
	err_auto json = { 0 };

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		l.text += 3;
		l.len -= 3;
	}
	l.documents = documents;
	int rc = refuse_encoding(&l);

	if (rc == 0)
		rc = yaml_read_json(documents, name, l.text, l.len, &json, e);
	if (rc == 0) {
		json_array_clear(documents);
		rc = refuse_directives(&l) < 0 ? -1 : load_yaml(&l);
		if (rc < 0 && json.msg && e->kind == ERR_FORMAT && e->code == 0)
			err_move(e, &json);
	}
	if (rc < 0)
		return NULL;
	/*
	 * Values are shared until here, so that aliases of aliases cost nothing before they are
	 * refused.
	 */
	if (!l.aliased)
		return steal(&documents);
	json_t *copy = json_copy_limited(documents, e);

	if (!copy)
		err_wrap(e, "%s", name);
	return copy;
}

json_t *yaml_load(const char *name, const char *text, size_t len, struct err *e)
{
	return load(name, text, len, NULL, e);
}

json_t *yaml_load_first(
	const char *name, const char *text, size_t len, json_t *notes, struct err *e)
{
	return load(name, text, len, notes, e);
}
