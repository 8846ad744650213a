/* SPDX-License-Identifier: Apache-2.0 */
/* A recursive-descent parser for https://github.com/google/cel-spec/blob/master/doc/langdef.md. */
#include <string.h>

#include "engine/judge/cel/lex.h"

struct parser {
	struct cel_lexer lexer;
	const char *problem;
	unsigned depth;
};

static struct cel_node *parse_expression(struct parser *p);
static struct cel_node *parse_unary(struct parser *p);

static struct cel_node *fail(struct parser *p, const char *problem)
{
	if (!p->problem)
		p->problem = p->lexer.problem ? p->lexer.problem : problem;
	return NULL;
}

static bool at(const struct parser *p, const char *sign)
{
	const struct cel_token *t = &p->lexer.token;

	return t->kind == CEL_T_SIGN && strlen(sign) == t->n && memcmp(t->start, sign, t->n) == 0;
}

static bool take(struct parser *p, const char *sign)
{
	if (!at(p, sign))
		return false;
	cel_advance(&p->lexer);
	return true;
}

static bool expect(struct parser *p, const char *sign)
{
	if (take(p, sign))
		return true;
	fail(p, "a bracket or sign is missing");
	return false;
}

static struct cel_node *node(struct parser *p, enum cel_op op, size_t n)
{
	struct cel_node *x = cel_alloc(p->lexer.arena, sizeof(*x));

	x->op = op;
	x->n = n;
	x->args = cel_alloc(p->lexer.arena, (n + 1) * sizeof(*x->args));
	return x;
}

/* Limits the depth, since functions on the tree call themselves at every level. */
static struct cel_node *seal(struct parser *p, struct cel_node *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->args[i]->depth >= x->depth)
			x->depth = x->args[i]->depth + 1;
	return x->depth <= CEL_DEPTH_MAX ? x : fail(p, "it is too deep");
}

static struct cel_node *binary(
	struct parser *p, enum cel_op op, struct cel_node *a, struct cel_node *b)
{
	struct cel_node *x = a && b ? node(p, op, 2) : NULL;

	if (x) {
		x->args[0] = a;
		x->args[1] = b;
	}
	return x ? seal(p, x) : NULL;
}

static struct cel_node *unary(struct parser *p, enum cel_op op, struct cel_node *a)
{
	struct cel_node *x = a ? node(p, op, 1) : NULL;

	if (x)
		x->args[0] = a;
	return x ? seal(p, x) : NULL;
}

/* Lists of expressions */

struct nodes {
	struct cel_node **items;
	bool *optional;
	size_t n, cap;
	bool any_optional;
};

static void add(struct parser *p, struct nodes *list, struct cel_node *x, bool optional)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 4;
		struct cel_node **items =
			cel_alloc(p->lexer.arena, (cap + 1) * sizeof(struct cel_node *));
		bool *flags = cel_alloc(p->lexer.arena, cap);

		for (size_t i = 0; i < list->n; i++) {
			items[i] = list->items[i];
			flags[i] = list->optional[i];
		}
		list->items = items;
		list->optional = flags;
		list->cap = cap;
	}
	list->items[list->n] = x;
	list->optional[list->n++] = optional;
	list->any_optional = list->any_optional || optional;
}

static struct cel_node *of_nodes(struct parser *p, enum cel_op op, const struct nodes *list)
{
	struct cel_node *x = node(p, op, 0);

	x->n = list->n;
	if (list->items)
		x->args = list->items;
	x->optional = list->any_optional ? list->optional : NULL;
	return seal(p, x);
}

/*
 * Parses items up to the closing sign. literal: a comma may stand before it. pairs: "key: value".
 */
static bool parse_items(
	struct parser *p, struct nodes *list, const char *end, bool literal, bool pairs)
{
	while (!at(p, end)) {
		bool optional = literal && take(p, "?");
		struct cel_node *x = parse_expression(p);

		if (!x)
			return false;
		add(p, list, x, optional);
		if (pairs) {
			if (!expect(p, ":") || !(x = parse_expression(p)))
				return false;
			add(p, list, x, optional);
		}
		if (!take(p, ","))
			break;
		if (!literal && at(p, end)) {
			fail(p, "an argument is missing");
			return false;
		}
	}
	return expect(p, end);
}

/* Names */

static char *take_text(struct parser *p)
{
	char *name = cel_copy(p->lexer.arena, p->lexer.token.start, p->lexer.token.n);

	cel_advance(&p->lexer);
	return name;
}

static struct cel_node *parse_call(struct parser *p, char *name, struct cel_node *target)
{
	struct nodes list = { 0 };
	struct cel_node *x;

	if (target)
		add(p, &list, target, false);
	if (!parse_items(p, &list, ")", false, false))
		return NULL;
	x = of_nodes(p, CEL_CALL, &list);
	if (x) {
		x->name = name;
		x->member = target != NULL;
	}
	return x;
}

static bool is_reserved(const char *name)
{
	static const char *const words[] = { "as", "break", "const", "continue", "else", "for",
		"function", "if", "import", "let", "loop", "package", "namespace", "return", "var",
		"void", "while" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], name) == 0)
			return true;
	return false;
}

static struct cel_node *parse_name(struct parser *p)
{
	struct cel_node *x;
	char *name = take_text(p);

	if (take(p, "("))
		return parse_call(p, name, NULL);
	if (is_reserved(name))
		return fail(p, "a reserved word is used as a name");
	x = node(p, CEL_IDENT, 0);
	x->name = name;
	return x;
}

/* Members */

static struct cel_node *parse_selection(struct parser *p, struct cel_node *target)
{
	bool optional = take(p, "?");
	struct cel_node *x;
	char *name;

	if (p->lexer.token.kind != CEL_T_NAME)
		return fail(p, "a field's name is missing");
	name = take_text(p);
	if (!optional && take(p, "("))
		return parse_call(p, name, target);
	x = unary(p, optional ? CEL_OPT_SELECT : CEL_SELECT, target);
	if (x) {
		x->name = name;
		x->field = cel_unescape(p->lexer.arena, name);
	}
	return x;
}

static struct cel_node *parse_index(struct parser *p, struct cel_node *target)
{
	enum cel_op op = take(p, "?") ? CEL_OPT_INDEX : CEL_INDEX;
	struct cel_node *x = binary(p, op, target, parse_expression(p));

	return x && expect(p, "]") ? x : NULL;
}

static struct cel_node *parse_literal(struct parser *p)
{
	struct cel_node *x = node(p, CEL_LITERAL, 0);

	x->value = p->lexer.token.value;
	cel_advance(&p->lexer);
	return x;
}

static struct cel_node *parse_primary(struct parser *p)
{
	struct nodes list = { 0 };
	struct cel_node *x;

	if (p->lexer.token.kind == CEL_T_LITERAL)
		return parse_literal(p);
	if (take(p, "(")) {
		x = parse_expression(p);
		return x && expect(p, ")") ? x : NULL;
	}
	if (take(p, "["))
		return parse_items(p, &list, "]", true, false) ? of_nodes(p, CEL_LIST, &list)
							       : NULL;
	if (take(p, "{"))
		return parse_items(p, &list, "}", true, true) ? of_nodes(p, CEL_MAP, &list) : NULL;
	take(p, ".");
	if (p->lexer.token.kind != CEL_T_NAME)
		return fail(p, "a value is missing");
	return parse_name(p);
}

static struct cel_node *parse_member(struct parser *p)
{
	struct cel_node *x = parse_primary(p);

	while (x) {
		if (take(p, "."))
			x = parse_selection(p, x);
		else if (take(p, "["))
			x = parse_index(p, x);
		else if (at(p, "{") && (x->op == CEL_SELECT || x->op == CEL_IDENT))
			return fail(p, "it makes an object of a type");
		else
			break;
	}
	return x;
}

/* Operators */

static struct cel_node *parse_unary(struct parser *p)
{
	struct cel_node *x;
	size_t n = 0;

	if (take(p, "!")) {
		for (n = 1; take(p, "!");)
			n++;
		x = parse_member(p);
		return n % 2 ? unary(p, CEL_NOT, x) : unary(p, CEL_NOT, unary(p, CEL_NOT, x));
	}
	if (!at(p, "-"))
		return parse_member(p);
	/* "-1" is a literal, so a member after it belongs to the whole literal. */
	if (!cel_take_negative(&p->lexer)) {
		cel_advance(&p->lexer);
		for (n = 1; at(p, "-");) {
			if (cel_take_negative(&p->lexer))
				break;
			cel_advance(&p->lexer);
			n++;
		}
	}
	x = parse_member(p);
	for (; n > 0 && n <= CEL_DEPTH_MAX; n--)
		x = unary(p, CEL_NEGATE, x);
	return n == 0 ? x : fail(p, "it is too deep");
}

struct level {
	const char *sign;
	enum cel_op op;
};

static const struct level products[] = { { "*", CEL_MULTIPLY }, { "/", CEL_DIVIDE },
	{ "%", CEL_MODULO }, { NULL, CEL_LITERAL } };
static const struct level sums[] = { { "+", CEL_ADD }, { "-", CEL_SUBTRACT },
	{ NULL, CEL_LITERAL } };
static const struct level relations[] = { { "==", CEL_EQUAL }, { "!=", CEL_NOT_EQUAL },
	{ "<=", CEL_LESS_EQUAL }, { ">=", CEL_GREATER_EQUAL }, { "<", CEL_LESS },
	{ ">", CEL_GREATER }, { "in", CEL_IN }, { NULL, CEL_LITERAL } };
static const struct level ands[] = { { "&&", CEL_AND }, { NULL, CEL_LITERAL } };
static const struct level ors[] = { { "||", CEL_OR }, { NULL, CEL_LITERAL } };

static const struct level *const levels[] = { ors, ands, relations, sums, products };

/* All operators of one level are left-associative. */
static struct cel_node *parse_level(struct parser *p, size_t level)
{
	struct cel_node *x;

	if (level == ARRAY_LEN(levels))
		return parse_unary(p);
	x = parse_level(p, level + 1);
	while (x) {
		const struct level *l = levels[level];

		while (l->sign && !at(p, l->sign))
			l++;
		if (!l->sign)
			break;
		cel_advance(&p->lexer);
		x = binary(p, l->op, x, parse_level(p, level + 1));
	}
	return x;
}

static struct cel_node *parse_condition(struct parser *p)
{
	struct cel_node *condition = parse_level(p, 0), *yes, *no, *x;

	if (!condition || !take(p, "?"))
		return condition;
	yes = parse_level(p, 0);
	if (!yes || !expect(p, ":"))
		return NULL;
	no = parse_expression(p);
	if (!no)
		return NULL;
	x = node(p, CEL_CONDITION, 3);
	x->args[0] = condition;
	x->args[1] = yes;
	x->args[2] = no;
	return seal(p, x);
}

static struct cel_node *parse_expression(struct parser *p)
{
	struct cel_node *x;

	if (++p->depth > CEL_DEPTH_MAX)
		return fail(p, "it is too deep");
	x = parse_condition(p);
	p->depth--;
	return x ? x : fail(p, "it is not an expression");
}

struct cel_node *cel_parse(struct cel_arena *arena, const char *text, struct err *e)
{
	struct parser p = { .lexer = { .at = text, .arena = arena } };
	struct cel_node *x;

	if (strlen(text) > CEL_TEXT_MAX) {
		err_set(e, ERR_FORMAT, 0, "it is too long");
		return NULL;
	}
	cel_advance(&p.lexer);
	x = parse_expression(&p);
	if (x && p.lexer.token.kind != CEL_T_END)
		x = fail(&p, "it goes on where it should end");
	if (!x)
		err_set(e, ERR_FORMAT, 0, "%s", p.problem);
	return x;
}
