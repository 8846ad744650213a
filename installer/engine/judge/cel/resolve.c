/* SPDX-License-Identifier: Apache-2.0 */
/* Resolves names: variables, macros, types and functions. */
#include <string.h>

#include "engine/judge/cel/parts.h"

struct scope {
	struct cel_arena *arena;
	const char *names[CEL_SLOTS_MAX];
	unsigned n;
	bool uses_old_self;
};

static void resolve(struct scope *s, struct cel_node *x);

static void make_strange(struct scope *s, struct cel_node *x, const char *before, const char *name,
	const char *behind)
{
	char_auto *text = xasprintf("%s%s%s", before, name, behind);

	x->op = CEL_STRANGE;
	x->name = cel_copy(s->arena, text, strlen(text));
	x->n = 0;
}

/* Identifiers */

static const char *type_name(const char *name)
{
	static const char *const types[] = { "bool", "bytes", "double", "dyn",
		"google.protobuf.Duration", "google.protobuf.Timestamp", "int",
		"kubernetes.NamedFormat", "kubernetes.Quantity", "kubernetes.Semver",
		"kubernetes.URL", "list", "map", "net.CIDR", "net.IP", "null_type", "optional_type",
		"string", "type", "uint" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(types[i], name) == 0)
			return types[i];
	return NULL;
}

static bool find_variable(struct scope *s, const char *name, unsigned *slot)
{
	for (unsigned i = s->n; i-- > 0;)
		if (strcmp(s->names[i], name) == 0) {
			*slot = i;
			return true;
		}
	return false;
}

static bool is_known(struct scope *s, const char *name)
{
	unsigned slot;

	return find_variable(s, name, &slot) || strcmp(name, "self") == 0 ||
	       strcmp(name, "oldSelf") == 0;
}

static void make_type(struct cel_node *x, const char *type)
{
	x->op = CEL_LITERAL;
	x->n = 0;
	x->value = cel_borrow(CEL_V_TYPE, type, strlen(type));
}

static void resolve_ident(struct scope *s, struct cel_node *x)
{
	if (find_variable(s, x->name, &x->slot)) {
		x->op = CEL_VARIABLE;
	} else if (strcmp(x->name, "self") == 0) {
		x->op = CEL_SELF;
	} else if (strcmp(x->name, "oldSelf") == 0) {
		x->op = CEL_OLD_SELF;
		s->uses_old_self = true;
	} else if (type_name(x->name)) {
		make_type(x, type_name(x->name));
	} else {
		make_strange(s, x, "the name ", x->name, "");
	}
}

/* Writes "a.b.c" for selections that do not begin with a variable; false: another form. */
static bool dotted(struct scope *s, const struct cel_node *x, struct buf *out)
{
	if (x->op == CEL_IDENT && !is_known(s, x->name)) {
		buf_puts(out, x->name);
		return true;
	}
	if (x->op != CEL_SELECT || !dotted(s, x->args[0], out))
		return false;
	buf_putc(out, '.');
	buf_puts(out, x->name);
	return true;
}

static void resolve_selection(struct scope *s, struct cel_node *x)
{
	buf_auto name = { 0 };

	if (!dotted(s, x, &name))
		resolve(s, x->args[0]);
	else if (type_name(buf_str(&name)))
		make_type(x, type_name(buf_str(&name)));
	else
		make_strange(s, x, "the name ", buf_str(&name), "");
}

/* Macros */

static const struct {
	const char *name;
	enum cel_fold fold;
	size_t n; /* number of arguments, target included */
	bool two;
} macros[] = {
	{ "all", CEL_ALL, 3, false },
	{ "exists", CEL_EXISTS, 3, false },
	{ "exists_one", CEL_EXISTS_ONE, 3, false },
	{ "existsOne", CEL_EXISTS_ONE, 3, false },
	{ "filter", CEL_FILTER, 3, false },
	{ "map", CEL_TRANSFORM, 3, false },
	{ "map", CEL_TRANSFORM, 4, false },
	{ "all", CEL_ALL, 4, true },
	{ "exists", CEL_EXISTS, 4, true },
	{ "exists_one", CEL_EXISTS_ONE, 4, true },
	{ "existsOne", CEL_EXISTS_ONE, 4, true },
	{ "transformList", CEL_TRANSFORM, 4, true },
	{ "transformList", CEL_TRANSFORM, 5, true },
	{ "transformMap", CEL_TRANSFORM_MAP, 4, true },
	{ "transformMap", CEL_TRANSFORM_MAP, 5, true },
	{ "transformMapEntry", CEL_TRANSFORM_ENTRY, 4, true },
	{ "transformMapEntry", CEL_TRANSFORM_ENTRY, 5, true },
	{ "sortBy", CEL_SORT_BY, 3, false },
};

/* args: the target, then the expressions that use the variables. */
static void resolve_below(struct scope *s, struct cel_node *x, size_t variables)
{
	struct cel_node **args = x->args;

	resolve(s, args[0]);
	if (s->n + variables > CEL_SLOTS_MAX) {
		make_strange(s, x, "", x->name, "() so deep");
		return;
	}
	x->slot = s->n;
	for (size_t i = 1; i <= variables; i++)
		s->names[s->n++] = args[i]->name;
	for (size_t i = 1 + variables; i < x->n; i++) {
		resolve(s, args[i]);
		args[i - variables] = args[i];
	}
	x->n -= variables;
	s->n -= (unsigned)variables;
}

static bool expand_macro(struct scope *s, struct cel_node *x)
{
	for (size_t i = 0; i < ARRAY_LEN(macros); i++) {
		size_t variables = macros[i].two ? 2 : 1;

		if (macros[i].n != x->n || strcmp(macros[i].name, x->name) != 0 ||
			x->args[1]->op != CEL_IDENT ||
			(macros[i].two && x->args[2]->op != CEL_IDENT))
			continue;
		x->op = CEL_FOLD;
		x->fold = macros[i].fold;
		x->two = macros[i].two;
		resolve_below(s, x, variables);
		return true;
	}
	if (x->n == 3 && (strcmp(x->name, "optMap") == 0 || strcmp(x->name, "optFlatMap") == 0) &&
		x->args[1]->op == CEL_IDENT) {
		x->op = CEL_OPT_MAP;
		x->flat = strcmp(x->name, "optFlatMap") == 0;
		resolve_below(s, x, 1);
		return true;
	}
	return false;
}

/* Functions */

static void resolve_has(struct scope *s, struct cel_node *x)
{
	struct cel_node *selection = x->args[0];

	if (selection->op != CEL_SELECT && selection->op != CEL_OPT_SELECT) {
		make_strange(s, x, "", x->name, "() of no field");
		return;
	}
	resolve(s, selection->args[0]);
	x->op = CEL_HAS;
	x->name = selection->name;
	x->field = selection->field;
	x->args[0] = selection->args[0];
}

/* A call such as sets.contains() looks like a member of a value; here "sets" is a namespace. */
static void resolve_call(struct scope *s, struct cel_node *x)
{
	buf_auto name = { 0 };

	if (!x->member && x->n == 1 && strcmp(x->name, "has") == 0) {
		resolve_has(s, x);
		return;
	}
	if (x->member && expand_macro(s, x))
		return;
	if (x->member && dotted(s, x->args[0], &name)) {
		buf_putc(&name, '.');
		buf_puts(&name, x->name);
		x->name = cel_copy(s->arena, buf_str(&name), name.len);
		x->member = false;
		x->args++;
		x->n--;
		if (x->n == 0 && has_prefix(x->name, "format.") &&
			cel_find_format(x->name + strlen("format."), name.len - strlen("format."),
				&x->value)) {
			x->op = CEL_LITERAL;
			return;
		}
	}
	x->function = cel_function(x->name, x->member, x->n);
	if (!x->function) {
		make_strange(s, x, "", x->name, "()");
		return;
	}
	for (size_t i = 0; i < x->n; i++)
		resolve(s, x->args[i]);
}

static void resolve(struct scope *s, struct cel_node *x)
{
	switch (x->op) {
	case CEL_IDENT:
		resolve_ident(s, x);
		break;
	case CEL_SELECT:
		resolve_selection(s, x);
		break;
	case CEL_CALL:
		resolve_call(s, x);
		break;
	default:
		for (size_t i = 0; i < x->n; i++)
			resolve(s, x->args[i]);
	}
}

void cel_resolve(struct cel_arena *arena, struct cel_node *node, bool *uses_old_self)
{
	struct scope s = { .arena = arena };

	resolve(&s, node);
	*uses_old_self = s.uses_old_self;
}
