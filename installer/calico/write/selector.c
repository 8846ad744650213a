/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selector := "" | or         or := and ("||" and)*       and := op ("&&" op)*
 * op := "!"* term             term := "(" or ")" | all() | global() | has(LABEL) | LABEL test
 * test := ("==" | "!=" | contains | starts with | ends with) STRING | ("in" | "not in") SET
 */
#include "calico/write/selector.h"

#include <string.h>

struct parser {
	const char *start, *p, *end;
	unsigned depth;
	size_t terms;
	struct selector *selector;
	struct err *e;
};

static int refuse(struct parser *p, const char *at, const char *fmt, ...) PRINTF(3, 4);

static int refuse(struct parser *p, const char *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char_auto *what = xvasprintf(fmt, ap);

	va_end(ap);
	return err_set(
		p->e, ERR_FORMAT, 0, "column %zu: %s", (size_t)(at - p->start) + 1, what);
}

static void skip_blanks(struct parser *p)
{
	while (p->p < p->end && (*p->p == ' ' || *p->p == '\t'))
		p->p++;
}

static bool is_label_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       memchr("_./-", c, 4);
}

static bool take(struct parser *p, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(p->end - p->p) < n || memcmp(p->p, text, n) != 0)
		return false;
	p->p += n;
	return true;
}

/* Takes blanks and then the text; takes nothing when the text does not follow. */
static bool take_after_blanks(struct parser *p, const char *text)
{
	const char *was = p->p;

	skip_blanks(p);
	if (take(p, text))
		return true;
	p->p = was;
	return false;
}

/* Describes the text at a place, for a message: "the selector ends", "'x'". */
static char *what_is_at(const struct parser *p, const char *at)
{
	size_t n = 0;

	if (at >= p->end)
		return xstrdup("the selector ends");
	if (*at == '\n' || *at == '\r')
		return xstrdup("there is a line break; write the selector in one line");
	if (is_label_byte(*at))
		while (at + n < p->end && n < 40 && is_label_byte(at[n]))
			n++;
	else
		for (n = 1; at + n < p->end && ((unsigned char)at[n] & 0xc0) == 0x80; n++)
			;
	return xasprintf("there is %.*s", (int)n, at);
}

static int expected(struct parser *p, const char *what)
{
	char_auto *found = what_is_at(p, p->p);

	return refuse(p, p->p, "expected %s, but %s", what, found);
}

static int parse_string(struct parser *p)
{
	char quote;
	const char *close;

	skip_blanks(p);
	if (p->p == p->end || (*p->p != '\'' && *p->p != '"'))
		return expected(p, "a value in quotes");
	quote = *p->p;
	close = memchr(p->p + 1, quote, (size_t)(p->end - p->p - 1));
	if (!close)
		return refuse(p, p->p, "the value has no closing %c", quote);
	p->p = close + 1;
	return 0;
}

static int parse_set(struct parser *p)
{
	skip_blanks(p);
	if (!take(p, "{"))
		return expected(p, "{ and a list of values");
	while (!take_after_blanks(p, "}")) {
		if (parse_string(p) < 0)
			return -1;
		if (take_after_blanks(p, "}"))
			return 0;
		if (!take_after_blanks(p, ",")) {
			skip_blanks(p);
			return expected(p, ", or }");
		}
	}
	return 0;
}

/* Takes two words such as "starts with"; blanks between the words are optional. */
static bool take_words(struct parser *p, const char *first, const char *second)
{
	const char *was = p->p;

	if (take(p, first)) {
		skip_blanks(p);
		if (take(p, second))
			return true;
	}
	p->p = was;
	return false;
}

static int parse_test(struct parser *p)
{
	skip_blanks(p);
	if (take(p, "==") || take(p, "!=") || take(p, "contains") ||
		take_words(p, "starts", "with") || take_words(p, "ends", "with"))
		return parse_string(p);
	if (take_words(p, "not", "in") || take(p, "in"))
		return parse_set(p);
	if (p->p < p->end && *p->p == '=')
		return refuse(p, p->p, "= is no operator; write ==");
	return expected(p, "an operator such as == or in, or has() around the label");
}

/*
 * Takes a call such as "all()", with optional blanks inside; takes nothing unless the call is
 * complete.
 */
static bool take_call(struct parser *p, const char *name)
{
	const char *was = p->p;

	if (take(p, name)) {
		skip_blanks(p);
		if (take(p, ")"))
			return true;
	}
	p->p = was;
	return false;
}

static int parse_label(struct parser *p)
{
	const char *label = p->p;

	while (p->p < p->end && is_label_byte(*p->p))
		p->p++;
	if (p->p == label)
		return expected(p, "the name of a label");
	if (p->p - label > SELECTOR_MAX_LABEL)
		return refuse(p, label, "the name of a label has more than %d characters",
			SELECTOR_MAX_LABEL);
	return 0;
}

static int parse_has(struct parser *p)
{
	skip_blanks(p);
	if (parse_label(p) < 0)
		return -1;
	skip_blanks(p);
	return take(p, ")") ? 0 : expected(p, ")");
}

static int parse_or(struct parser *p);

static int parse_group(struct parser *p)
{
	if (++p->depth > SELECTOR_MAX_DEPTH)
		return refuse(p, p->p, "more than %d parentheses are inside each other",
			SELECTOR_MAX_DEPTH);
	if (parse_or(p) < 0)
		return -1;
	p->depth--;
	skip_blanks(p);
	return take(p, ")") ? 0 : expected(p, "&&, || or )");
}

static int parse_term(struct parser *p)
{
	p->terms++;
	if (take(p, "("))
		return parse_group(p);
	if (take_call(p, "all(")) {
		p->selector->all = true;
		return 0;
	}
	if (take_call(p, "global(")) {
		p->selector->global = true;
		return 0;
	}
	if (take(p, "has("))
		return parse_has(p);
	if (p->p == p->end || !is_label_byte(*p->p))
		return expected(p, "a label, has(), all() or (");
	if (parse_label(p) < 0)
		return -1;
	return parse_test(p);
}

/* Skips "!": any number is valid. Each one counts as a term, so "!all()" is not all() alone. */
static int parse_operand(struct parser *p)
{
	skip_blanks(p);
	while (take(p, "!")) {
		p->terms++;
		skip_blanks(p);
	}
	return parse_term(p);
}

static int parse_and(struct parser *p)
{
	do
		if (parse_operand(p) < 0)
			return -1;
	while (take_after_blanks(p, "&&"));
	return 0;
}

static int parse_or(struct parser *p)
{
	do
		if (parse_and(p) < 0)
			return -1;
	while (take_after_blanks(p, "||"));
	return 0;
}

int selector_parse(struct selector *s, const char *text, size_t n, struct err *e)
{
	struct parser p = { text, text, text + n, 0, 0, s, e };

	*s = (struct selector){ 0 };
	if (n > SELECTOR_MAX_BYTES)
		return err_set(e, ERR_FORMAT, 0, "the selector has more than %d bytes",
			SELECTOR_MAX_BYTES);
	skip_blanks(&p);
	if (p.p == p.end) {
		s->all = true;
		return 0;
	}
	if (parse_or(&p) < 0)
		return -1;
	skip_blanks(&p);
	if (p.p < p.end)
		return expected(&p, "&& or ||");
	s->all = s->all && p.terms == 1;
	s->only_global = s->global && p.terms == 1;
	return 0;
}
