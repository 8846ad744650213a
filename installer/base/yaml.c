/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"
#include <ctype.h>
#include <math.h>
#include <string.h>
#include <errno.h>
#include <yaml.h>
#include "base/json.h"

struct frame {
	json_t *value;
	char *key;
	char *anchor;
	bool map;
	json_t *merge;
};
struct loader {
	const char *name;
	yaml_parser_t p;
	struct frame st[YAML_MAX_DEPTH + 1];
	size_t depth;
	json_t *docs;
	json_t *anchors;
	size_t nodes;
	struct err *e;
};
static int fail(struct loader *l, yaml_mark_t m, const char *what)
{
	return err_set(
		l->e, ERR_FORMAT, 0, "%s:%zu:%zu: %s", l->name, m.line + 1, m.column + 1, what);
}
static const char *const trues[] = {
	"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
static const char *const falses[] = {
	"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
static bool in(const char *s, const char *const *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(s, l[i]))
			return true;
	return false;
}
static bool is_float(const char *s)
{
	if (*s == '-' || *s == '+')
		s++;
	if (*s == '.') {
		s++;
		if (!isdigit((unsigned char)*s))
			return false;
		while (isdigit((unsigned char)*s))
			s++;
	} else {
		if (!isdigit((unsigned char)*s))
			return false;
		while (isdigit((unsigned char)*s))
			s++;
		if (*s == '.') {
			s++;
			while (isdigit((unsigned char)*s))
				s++;
		}
	}
	if (*s == 'e' || *s == 'E') {
		s++;
		if (*s == '-' || *s == '+')
			s++;
		if (!isdigit((unsigned char)*s))
			return false;
		while (isdigit((unsigned char)*s))
			s++;
	}
	return *s == 0;
}
static json_t *num(double d)
{
	if (floor(d) == d && fabs(d) < 9007199254740992.0)
		return json_integer((json_int_t)d);
	return json_real(d);
}
/* NULL: string */
static json_t *plain(const char *s)
{
	if (in(s, nulls, 5))
		return json_null();
	if (in(s, trues, 11))
		return json_true();
	if (in(s, falses, 11))
		return json_false();
	if (!isdigit((unsigned char)*s) && !strchr("+-.", *s))
		return NULL;
	char b[128];
	size_t n = 0;
	if (strlen(s) >= sizeof b)
		return NULL;
	for (const char *p = s; *p; p++)
		if (*p != '_')
			b[n++] = *p;
	b[n] = 0;
	const char *q = b;
	bool neg = *q == '-';
	if (*q == '-' || *q == '+')
		q++;
	int base = 10;
	if (q[0] == '0' && q[1]) {
		if (q[1] == 'x' || q[1] == 'X') {
			base = 16;
			q += 2;
		} else if (q[1] == 'o' || q[1] == 'O') {
			base = 8;
			q += 2;
		} else if (q[1] == 'b' || q[1] == 'B') {
			base = 2;
			q += 2;
		} else
			base = 8;
	}
	char *end;
	errno = 0;
	if (isxdigit((unsigned char)*q)) {
		unsigned long long u = strtoull(q, &end, base);
		if (!*end && !errno) {
			if (!neg && u <= INT64_MAX)
				return json_integer((json_int_t)u);
			if (neg && u <= (unsigned long long)INT64_MAX + 1)
				return json_integer((json_int_t)(0 - u));
			return num(neg ? -(double)u : (double)u);
		}
	}
	if (is_float(b))
		return num(strtod(b, NULL));
	return NULL;
}
bool yaml_plain_is_string(const char *s, size_t len)
{
	char_auto *c = xstrndup(s, len);
	json_auto_t *v = plain(c);
	return !v;
}
static int attach(
	struct loader *l, json_t *v, const char *anchor, yaml_mark_t m, bool scalar_key_ok)
{
	(void)scalar_key_ok;
	if (++l->nodes > YAML_MAX_NODES)
		return fail(l, m, "too many nodes");
	if (anchor)
		json_object_set(l->anchors, anchor, v);
	struct frame *f = l->depth ? &l->st[l->depth - 1] : NULL;
	if (!f) {
		if (!json_is_null(v))
			json_array_append(l->docs, v);
		json_decref(v);
		return 0;
	}
	if (!f->map) {
		json_array_append_new(f->value, v);
		return 0;
	}
	if (!f->key) {
		if (json_is_string(v))
			f->key = xstrdup(json_string_value(v));
		else if (json_is_object(v) || json_is_array(v)) {
			json_decref(v);
			return fail(l, m, "bad key");
		} else {
			buf_auto b = {0};
			json_write(&b, v, 0);
			f->key = xstrdup(buf_str(&b));
		}
		json_decref(v);
		return 0;
	}
	if (!strcmp(f->key, "<<")) {
		f->merge = v;
		free(f->key);
		f->key = NULL;
		return 0;
	}
	if (json_object_get(f->value, f->key)) {
		json_decref(v);
		char_auto *t = xasprintf("key \"%s\" stands twice", f->key);
		return fail(l, m, t);
	}
	json_object_set_new(f->value, f->key, v);
	free(f->key);
	f->key = NULL;
	return 0;
}
static json_t *scalar(yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;
	if (ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && (!ev->data.scalar.tag)) {
		json_t *v = plain(s);
		if (v)
			return v;
	}
	return json_stringn(s, ev->data.scalar.length);
}
static int one(struct loader *l, yaml_event_t *ev, bool *end)
{
	switch (ev->type) {
	case YAML_STREAM_END_EVENT:
		*end = true;
		return 0;
	case YAML_SCALAR_EVENT: {
		json_t *v = scalar(ev);
		if (!v)
			return fail(l, ev->start_mark, "bad UTF-8");
		return attach(l, v, (const char *)ev->data.scalar.anchor, ev->start_mark, true);
	}
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		if (l->depth >= YAML_MAX_DEPTH)
			return fail(l, ev->start_mark, "nested too deep");
		{
			bool map = ev->type == YAML_MAPPING_START_EVENT;
			const char *a = (const char *)(map ? ev->data.mapping_start.anchor
							   : ev->data.sequence_start.anchor);
			l->st[l->depth++] =
				(struct frame){.value = map ? json_object() : json_array(),
					.map = map,
					.anchor = a ? xstrdup(a) : NULL};
		}
		return 0;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT: {
		struct frame f = l->st[--l->depth];
		if (f.merge) {
			json_object_update_missing(f.value, f.merge);
			json_decref(f.merge);
		}
		int rc = attach(l, f.value, f.anchor, ev->start_mark, false);
		free(f.anchor);
		return rc;
	}
	case YAML_ALIAS_EVENT: {
		json_t *v = json_object_get(l->anchors, (const char *)ev->data.alias.anchor);
		if (!v)
			return fail(l, ev->start_mark, "unknown anchor");
		return attach(l, json_deep_copy(v), NULL, ev->start_mark, false);
	}
	default:
		return 0;
	}
}
json_t *yaml_load(const char *name, const char *text, size_t len, struct err *e)
{
	struct loader l = {.name = name, .e = e, .docs = json_array(), .anchors = json_object()};
	size_t i = 0;
	while (i < len && isspace((unsigned char)text[i]))
		i++;
	if (i < len && text[i] == '{') {
		bool ok = true;
		while (i < len && ok) {
			json_error_t je;
			json_t *v = json_loadb(text + i, len - i,
				JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &je);
			if (!v) {
				ok = false;
				break;
			}
			json_array_append_new(l.docs, v);
			i += je.position;
			while (i < len && isspace((unsigned char)text[i]))
				i++;
		}
		json_decref(l.anchors);
		if (ok)
			return l.docs;
		json_array_clear(l.docs);
		l.anchors = json_object();
	}
	yaml_parser_initialize(&l.p);
	yaml_parser_set_input_string(&l.p, (const unsigned char *)text, len);
	bool end = false;
	int rc = 0;
	while (!end && rc == 0) {
		yaml_event_t ev;
		if (!yaml_parser_parse(&l.p, &ev)) {
			rc = fail(&l, l.p.problem_mark, l.p.problem ? l.p.problem : "bad YAML");
			break;
		}
		rc = one(&l, &ev, &end);
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&l.p);
	while (l.depth) {
		struct frame f = l.st[--l.depth];
		json_decref(f.value);
		free(f.key);
		free(f.anchor);
	}
	json_decref(l.anchors);
	if (rc < 0) {
		json_decref(l.docs);
		return NULL;
	}
	return l.docs;
}
static int app(void *arg, unsigned char *b, size_t n)
{
	buf_putn(arg, (char *)b, n);
	return 1;
}
static void emit(yaml_emitter_t *em, const json_t *v);
static void es(yaml_emitter_t *em, const char *s, size_t n, bool str)
{
	yaml_event_t ev;
	yaml_scalar_style_t st = YAML_PLAIN_SCALAR_STYLE;
	if (str && !yaml_plain_is_string(s, n))
		st = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	else if (str && strchr(s, '\n'))
		st = YAML_LITERAL_SCALAR_STYLE;
	yaml_scalar_event_initialize(
		&ev, NULL, NULL, (unsigned char *)(uintptr_t)s, (int)n, 1, 1, st);
	yaml_emitter_emit(em, &ev);
}
static int cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}
static void emit(yaml_emitter_t *em, const json_t *v)
{
	yaml_event_t ev;
	if (json_is_object(v)) {
		const char *k;
		json_t *c;
		size_t n = 0;
		const char **ks = xcalloc(json_object_size(v), sizeof *ks);
		json_object_foreach((json_t *)(uintptr_t)v, k, c) ks[n++] = k;
		qsort(ks, n, sizeof *ks, cmp);
		yaml_mapping_start_event_initialize(
			&ev, NULL, NULL, 1, n ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE);
		yaml_emitter_emit(em, &ev);
		for (size_t i = 0; i < n; i++) {
			es(em, ks[i], strlen(ks[i]), true);
			emit(em, json_object_get(v, ks[i]));
		}
		yaml_mapping_end_event_initialize(&ev);
		yaml_emitter_emit(em, &ev);
		free(ks);
	} else if (json_is_array(v)) {
		size_t i;
		const json_t *c;
		yaml_sequence_start_event_initialize(&ev, NULL, NULL, 1,
			json_array_size(v) ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE);
		yaml_emitter_emit(em, &ev);
		json_array_foreach(v, i, c) emit(em, c);
		yaml_sequence_end_event_initialize(&ev);
		yaml_emitter_emit(em, &ev);
	} else if (json_is_string(v))
		es(em, json_string_value(v), json_string_length(v), true);
	else {
		buf_auto b = {0};
		json_write(&b, v, 0);
		es(em, buf_str(&b), b.len, false);
	}
}
void yaml_write(struct buf *out, const json_t *v)
{
	yaml_emitter_t em;
	yaml_event_t ev;
	yaml_emitter_initialize(&em);
	yaml_emitter_set_output(&em, app, out);
	yaml_emitter_set_unicode(&em, 1);
	yaml_emitter_set_width(&em, 80);
	yaml_stream_start_event_initialize(&ev, YAML_UTF8_ENCODING);
	yaml_emitter_emit(&em, &ev);
	yaml_document_start_event_initialize(&ev, NULL, NULL, NULL, 1);
	yaml_emitter_emit(&em, &ev);
	emit(&em, v);
	yaml_document_end_event_initialize(&ev, 1);
	yaml_emitter_emit(&em, &ev);
	yaml_stream_end_event_initialize(&ev);
	yaml_emitter_emit(&em, &ev);
	yaml_emitter_delete(&em);
}
