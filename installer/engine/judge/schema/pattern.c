/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "engine/judge/schema/pattern.h"

#include <pcre2.h>
#include <string.h>

#include "base/buf.h"

/*
 * Limits of a match that backtracks, in steps and KiB of memory; a match takes at most some
 * milliseconds.
 */
enum { MATCH_LIMIT = 200000, HEAP_LIMIT = 4096, PATTERN_MAX = 64 << 10, PATTERNS_MAX = 4096 };

struct schema_pattern {
	pcre2_code *code; /* NULL: the pattern cannot be evaluated */
	pcre2_match_data *data;
};

/*
 * Translates what has the same meaning in Perl and RE2. Refuses the rest (lookarounds, back
 * references, possessive quantifiers, \Z, \Q, \p{Greek}, (?m), ...), so that no value is judged by
 * wrong rules.
 */
struct translation {
	const char *at;
	struct buf out;
	bool in_class;
	bool quantified; /* the last element is a quantifier */
	bool folds, property; /* (?i) and \p occur: together they have another meaning */
};

#define RE2_SPACE "\\t\\n\\f\\r "

/*
 * \pL, \p{Lu}, \P{^Nd}: general categories without C, since C of PCRE2 includes unassigned
 * characters.
 */
static bool take_property(struct translation *t)
{
	static const char *const names[] = { "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc",
		"Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S",
		"Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "Cc", "Cf", "Co" };
	const char *p = t->at + 2, *name;
	bool braces = *p == '{', negated = braces && p[1] == '^';
	size_t n;

	name = p + braces + negated;
	n = braces ? strcspn(name, "}") : 1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == n && strncmp(names[i], name, n) == 0) {
			buf_printf(&t->out, "\\%c{%s%s}", t->at[1], negated ? "^" : "", names[i]);
			t->at = name + n + braces;
			t->property = true;
			return true;
		}
	return false;
}

static bool take_escape(struct translation *t)
{
	char c = t->at[1];

	if (c == 'p' || c == 'P')
		return take_property(t);
	t->at += 2;
	if (c == 's')
		buf_printf(&t->out, t->in_class ? "%s" : "[%s]", RE2_SPACE);
	else if (c == 'S' && !t->in_class)
		buf_puts(&t->out, "[^" RE2_SPACE "]");
	else if (c == 'v')
		buf_puts(&t->out, "\\x0b");
	else if (c && (strchr("dDwWtnrfax", c) || (!t->in_class && strchr("bBAz", c)) ||
			      strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~", c)))
		buf_printf(&t->out, "\\%c", c);
	else
		return false;
	return true;
}

/* "(" and the signs that make it more than a group. */
static bool take_open(struct translation *t)
{
	const char *p = t->at + 1;

	if (*p == '*')
		return false;
	if (*p == '?') {
		p++;
		if (has_prefix(p, "P<")) {
			p += 2;
		} else {
			t->folds = t->folds || memchr(p, 'i', strspn(p, "isU-"));
			p += strspn(p, "isU-");
			if (*p != ':' && *p != ')')
				return false;
			p++;
		}
	}
	if (*p == '?' || *p == '*' || *p == '+')
		return false;
	buf_putn(&t->out, t->at, (size_t)(p - t->at));
	t->at = p;
	return true;
}

static size_t quantifier_length(const char *p)
{
	size_t digits, n;

	if (*p == '*' || *p == '+' || *p == '?')
		return 1;
	if (*p != '{')
		return 0;
	digits = strspn(p + 1, "0123456789");
	n = 1 + digits;
	if (digits && p[n] == ',')
		n += 1 + strspn(p + n + 1, "0123456789");
	return digits && p[n] == '}' ? n + 1 : 0;
}

static bool take_quantifier(struct translation *t, size_t n)
{
	if (t->quantified)
		return false;
	buf_putn(&t->out, t->at, n);
	t->at += n;
	if (*t->at == '?') {
		buf_putc(&t->out, '?');
		t->at++;
	}
	t->quantified = true;
	return true;
}

/* "[", with a "^" and a "]" after it. */
static void take_class(struct translation *t)
{
	size_t n = 1;

	n += t->at[n] == '^';
	n += t->at[n] == ']';
	buf_putn(&t->out, t->at, n);
	t->at += n;
	t->in_class = true;
}

static bool take_in_class(struct translation *t)
{
	if (*t->at == '[' && (t->at[1] == '.' || t->at[1] == '='))
		return false;
	if (has_prefix(t->at, "[:")) {
		size_t n = 2 + strcspn(t->at + 2, ":]");

		if (!has_prefix(t->at + n, ":]") || strchr("<>", t->at[2]))
			return false;
		buf_putn(&t->out, t->at, n + 2);
		t->at += n + 2;
		return true;
	}
	t->in_class = *t->at != ']';
	buf_putc(&t->out, *t->at++);
	return true;
}

static bool take(struct translation *t)
{
	size_t n = t->in_class ? 0 : quantifier_length(t->at);

	if (n > 0)
		return take_quantifier(t, n);
	t->quantified = false;
	if (*t->at == '\\')
		return take_escape(t);
	if (t->in_class)
		return take_in_class(t);
	if (*t->at == '(')
		return take_open(t);
	if (has_prefix(t->at, "{,"))
		return false;
	if (*t->at == '[')
		take_class(t);
	else
		buf_putc(&t->out, *t->at++);
	return true;
}

static pcre2_code *compile(const char *pattern)
{
	struct translation t = { .at = pattern };
	pcre2_compile_context *context;
	pcre2_code *code = NULL;
	int number;
	size_t offset;
	bool same = strlen(pattern) <= PATTERN_MAX;

	while (same && *t.at)
		same = take(&t);
	same = same && !(t.folds && t.property);
	context = same ? pcre2_compile_context_create(NULL) : NULL;
	if (context && pcre2_set_newline(context, PCRE2_NEWLINE_LF) == 0)
		code = pcre2_compile((PCRE2_SPTR)buf_str(&t.out), t.out.len,
			PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE, &number, &offset,
			context);
	pcre2_compile_context_free(context);
	buf_release(&t.out);
	return code;
}

static struct schema_pattern *find(struct schema_patterns *cache, const char *pattern)
{
	if (!cache->index)
		cache->index = json_object();
	json_t *place = json_object_get(cache->index, pattern);

	if (place)
		return &cache->items[json_integer_value(place)];
	if (cache->n == PATTERNS_MAX)
		return NULL;
	struct schema_pattern *p;

	cache->items = xrealloc(cache->items, cache->n + 1, sizeof(*cache->items));
	p = &cache->items[cache->n];
	p->code = compile(pattern);
	p->data = p->code ? pcre2_match_data_create_from_pattern(p->code, NULL) : NULL;
	json_object_set_new(cache->index, pattern, json_integer((json_int_t)cache->n++));
	return p;
}

enum schema_match schema_pattern_find(struct schema_patterns *cache, const char *pattern,
	const char *text, size_t n, size_t start, size_t *from, size_t *to)
{
	struct schema_pattern *p = find(cache, pattern);
	pcre2_match_context *context;
	int rc;

	if (!p || !p->data)
		return SCHEMA_MATCH_UNKNOWN;
	context = pcre2_match_context_create(NULL);
	if (!context)
		return SCHEMA_MATCH_UNKNOWN;
	pcre2_set_match_limit(context, MATCH_LIMIT);
	pcre2_set_heap_limit(context, HEAP_LIMIT);
	rc = pcre2_match(p->code, (PCRE2_SPTR)text, n, start, 0, p->data, context);
	pcre2_match_context_free(context);
	if (rc == PCRE2_ERROR_NOMATCH)
		return SCHEMA_NO_MATCH;
	if (rc < 0)
		return SCHEMA_MATCH_UNKNOWN;
	*from = pcre2_get_ovector_pointer(p->data)[0];
	*to = pcre2_get_ovector_pointer(p->data)[1];
	return SCHEMA_MATCH;
}

enum schema_match schema_pattern_match(
	struct schema_patterns *cache, const char *pattern, const char *text, size_t n)
{
	size_t from, to;

	return schema_pattern_find(cache, pattern, text, n, 0, &from, &to);
}

void schema_patterns_release(struct schema_patterns *cache)
{
	for (size_t i = 0; i < cache->n; i++) {
		pcre2_match_data_free(cache->items[i].data);
		pcre2_code_free(cache->items[i].code);
	}
	free(cache->items);
	json_decref(cache->index);
	*cache = (struct schema_patterns){ 0 };
}
