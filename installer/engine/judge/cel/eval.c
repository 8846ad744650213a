/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluates expressions. && and || absorb errors. */
#include <string.h>

#include "engine/judge/cel/parts.h"

enum { ARENA_MAX = 16 << 20 };

struct cel_program {
	struct cel_arena arena;
	struct cel_node *root; /* NULL: the text is not an expression */
	char *problem;
	bool uses_old_self;
};

/* For && and ||, a deciding value wins over errors, in any order. */
static struct cel_value eval_logic(struct cel_run *run, const struct cel_node *x, bool decides)
{
	struct cel_value failed = { .type = CEL_V_NULL };

	for (size_t i = 0; i < x->n; i++) {
		struct cel_value v = cel_eval(run, x->args[i]);

		if (v.type == CEL_V_BOOL && v.b == decides)
			return v;
		if (v.type == CEL_V_BOOL)
			continue;
		if (v.type == CEL_V_UNKNOWN || failed.type == CEL_V_NULL)
			failed = cel_failed(&v) ? v : cel_no_overload();
	}
	return failed.type == CEL_V_NULL ? cel_bool(!decides) : failed;
}

static struct cel_value eval_condition(struct cel_run *run, const struct cel_node *x)
{
	struct cel_value v = cel_eval(run, x->args[0]);

	if (v.type != CEL_V_BOOL)
		return cel_failed(&v) ? v : cel_no_overload();
	return cel_eval(run, x->args[v.b ? 1 : 2]);
}

/* Members */

static struct cel_value no_key(struct cel_run *run, const char *name)
{
	return cel_error(run, "no such key: %s", name);
}

/* The result is an optional when the target is an optional, or after "?". */
static struct cel_value eval_select(struct cel_run *run, const struct cel_node *x)
{
	struct cel_value of = cel_eval(run, x->args[0]), found;
	bool optional = x->op == CEL_OPT_SELECT || of.type == CEL_V_OPTIONAL;

	if (cel_failed(&of))
		return of;
	if (of.type == CEL_V_OPTIONAL) {
		if (!of.some)
			return of;
		of = *of.some;
	}
	if (of.type == CEL_V_MAP && cel_find_field(run, &of, x->name, x->field, &found))
		return optional && !cel_failed(&found) ? cel_optional(run, &found) : found;
	return optional && of.type == CEL_V_MAP ? cel_optional(run, NULL) : no_key(run, x->name);
}

static struct cel_value eval_has(struct cel_run *run, const struct cel_node *x)
{
	struct cel_value of = cel_eval(run, x->args[0]), found;

	if (cel_failed(&of))
		return of;
	if (of.type == CEL_V_OPTIONAL) {
		if (!of.some)
			return cel_bool(false);
		of = *of.some;
	}
	if (of.type != CEL_V_MAP || !cel_find_field(run, &of, x->name, x->field, &found))
		return cel_bool(false);
	return cel_failed(&found) ? found : cel_bool(true);
}

/* False: the value is not an index. */
static bool index_of(const struct cel_value *v, int64_t *i)
{
	if (v->type == CEL_V_INT)
		*i = v->i;
	else if (v->type == CEL_V_UINT && v->u <= INT64_MAX)
		*i = (int64_t)v->u;
	else if (v->type == CEL_V_DOUBLE && v->d >= -0x1p53 && v->d <= 0x1p53 &&
		 v->d == (double)(int64_t)v->d)
		*i = (int64_t)v->d;
	else
		return false;
	return true;
}

static struct cel_value index_list(
	struct cel_run *run, const struct cel_value *of, const struct cel_value *at, bool optional)
{
	struct cel_value item;
	int64_t i;

	if (!index_of(at, &i))
		return cel_error(run, "this is no index of a list");
	if (i < 0 || (uint64_t)i >= cel_size(of))
		return optional ? cel_optional(run, NULL)
				: cel_error(run, "index out of bounds: %lld", (long long)i);
	if (of->native.json && at->type != CEL_V_INT)
		return cel_error(run, "this is no index of a list");
	item = cel_item(run, of, (size_t)i);
	return optional && !cel_failed(&item) ? cel_optional(run, &item) : item;
}

static struct cel_value index_map(
	struct cel_run *run, const struct cel_value *of, const struct cel_value *at, bool optional)
{
	struct cel_value found;

	if (cel_find(run, of, at, &found))
		return optional && !cel_failed(&found) ? cel_optional(run, &found) : found;
	if (optional)
		return cel_optional(run, NULL);
	return no_key(run, at->type == CEL_V_STRING ? at->text.s : "(a number)");
}

static struct cel_value eval_index(struct cel_run *run, const struct cel_node *x)
{
	struct cel_value of = cel_eval(run, x->args[0]), at;
	bool optional = x->op == CEL_OPT_INDEX || of.type == CEL_V_OPTIONAL;

	if (cel_failed(&of))
		return of;
	if (of.type == CEL_V_OPTIONAL && !of.some)
		return of;
	at = cel_eval(run, x->args[1]);
	if (cel_failed(&at))
		return at;
	if (of.type == CEL_V_OPTIONAL)
		of = *of.some;
	if (of.type == CEL_V_LIST)
		return index_list(run, &of, &at, optional);
	return of.type == CEL_V_MAP ? index_map(run, &of, &at, optional) : cel_no_overload();
}

/* Literals of lists and maps */

/* Takes the value of an element with "?". False: it has none, so it is left out. */
static bool unwrap(const struct cel_node *x, size_t i, struct cel_value *v)
{
	if (!x->optional || !x->optional[i])
		return true;
	if (v->type != CEL_V_OPTIONAL) {
		*v = cel_failed(v) ? *v : cel_no_overload();
		return true;
	}
	if (v->some)
		*v = *v->some;
	return v->type != CEL_V_OPTIONAL;
}

static struct cel_value eval_list(struct cel_run *run, const struct cel_node *x)
{
	struct cel_list list = { 0 };

	for (size_t i = 0; i < x->n; i++) {
		struct cel_value v = cel_eval(run, x->args[i]);

		if (!unwrap(x, i, &v))
			continue;
		if (cel_failed(&v))
			return v;
		if (!cel_push(run, &list, v))
			return cel_exhausted();
	}
	return cel_list_value(run, &list);
}

static bool is_key(const struct cel_value *v)
{
	return v->type == CEL_V_STRING || v->type == CEL_V_INT || v->type == CEL_V_UINT ||
	       v->type == CEL_V_BOOL;
}

/* Returns an error, or null. */
static struct cel_value put_entry(struct cel_run *run, struct cel_list *list,
	const struct cel_value *key, const struct cel_value *value)
{
	struct cel_value own = cel_items(run, CEL_V_MAP, list->values, list->n / 2), found;

	if (cel_failed(key))
		return *key;
	if (cel_failed(value))
		return *value;
	if (!is_key(key))
		return cel_error(run, "this is no key of a map");
	if (own.type != CEL_V_MAP)
		return own;
	if (cel_find(run, &own, key, &found))
		return cel_failed(&found) ? found : cel_error(run, "a key is there twice");
	if (!cel_push(run, list, *key) || !cel_push(run, list, *value))
		return cel_exhausted();
	return cel_null();
}

static struct cel_value eval_map(struct cel_run *run, const struct cel_node *x)
{
	struct cel_list list = { 0 };

	for (size_t i = 0; i + 1 < x->n; i += 2) {
		struct cel_value key = cel_eval(run, x->args[i]);
		struct cel_value value = cel_eval(run, x->args[i + 1]);

		if (!cel_failed(&key) && !unwrap(x, i, &value))
			continue;
		struct cel_value put = put_entry(run, &list, &key, &value);

		if (cel_failed(&put))
			return put;
	}
	return cel_items(run, CEL_V_MAP, list.values, list.n / 2);
}

/* Macros */

/* One macro over a list or map. */
struct folding {
	const struct cel_node *x;
	/* the result, once it is known, or an error that remains; else null */
	struct cel_value result;
	struct cel_list list;
	int64_t count;
	bool done;
};

static void keep_failure(struct folding *f, const struct cel_value *v)
{
	if (f->result.type != CEL_V_UNKNOWN &&
		(f->result.type == CEL_V_NULL || v->type == CEL_V_UNKNOWN))
		f->result = cel_failed(v) ? *v : cel_no_overload();
}

static void fold_logic(struct cel_run *run, struct folding *f, bool decides)
{
	struct cel_value v = cel_eval(run, f->x->args[1]);

	if (v.type == CEL_V_BOOL && v.b == decides) {
		f->result = v;
		f->done = true;
	} else if (v.type != CEL_V_BOOL) {
		keep_failure(f, &v);
	}
}

/* True: the condition holds for the current item, or the macro has no condition. */
static bool is_chosen(struct cel_run *run, struct folding *f, const struct cel_node *condition)
{
	struct cel_value v = condition ? cel_eval(run, condition) : cel_bool(true);

	if (v.type != CEL_V_BOOL)
		keep_failure(f, &v);
	return v.type == CEL_V_BOOL && v.b;
}

static void fold_entry(struct cel_run *run, struct folding *f, const struct cel_value *key)
{
	struct cel_value v = cel_eval(run, f->x->args[f->x->n - 1]), put;
	struct cel_cursor c = { .of = &v };
	struct cel_value k = *key, value = v;

	if (f->x->fold == CEL_TRANSFORM_ENTRY && v.type != CEL_V_MAP) {
		keep_failure(f, &v);
		return;
	}
	do {
		if (f->x->fold == CEL_TRANSFORM_ENTRY && !cel_next(run, &c, &k, &value))
			break;
		put = put_entry(run, &f->list, &k, &value);
		if (cel_failed(&put))
			keep_failure(f, &put);
	} while (f->x->fold == CEL_TRANSFORM_ENTRY && f->result.type == CEL_V_NULL);
}

static void fold_item(struct cel_run *run, struct folding *f, const struct cel_value *key,
	const struct cel_value *value)
{
	const struct cel_node *x = f->x;
	struct cel_value v;

	switch (x->fold) {
	case CEL_ALL:
		fold_logic(run, f, false);
		return;
	case CEL_EXISTS:
		fold_logic(run, f, true);
		return;
	case CEL_EXISTS_ONE:
		f->count += is_chosen(run, f, x->args[1]);
		return;
	case CEL_FILTER:
		if (is_chosen(run, f, x->args[1]) && !cel_push(run, &f->list, *value)) {
			v = cel_exhausted();
			keep_failure(f, &v);
		}
		return;
	case CEL_TRANSFORM:
		if (!is_chosen(run, f, x->n > 2 ? x->args[1] : NULL))
			return;
		v = cel_eval(run, x->args[x->n - 1]);
		if (!cel_failed(&v) && !cel_push(run, &f->list, v))
			v = cel_exhausted();
		if (cel_failed(&v))
			keep_failure(f, &v);
		return;
	case CEL_SORT_BY:
		v = cel_eval(run, x->args[1]);
		if (!cel_failed(&v) &&
			(!cel_push(run, &f->list, v) || !cel_push(run, &f->list, *value)))
			v = cel_exhausted();
		if (cel_failed(&v))
			keep_failure(f, &v);
		return;
	default:
		if (is_chosen(run, f, x->n > 2 ? x->args[1] : NULL))
			fold_entry(run, f, key);
	}
}

static struct cel_value fold_result(struct cel_run *run, struct folding *f)
{
	if (f->result.type != CEL_V_NULL)
		return f->result;
	switch (f->x->fold) {
	case CEL_ALL:
	case CEL_EXISTS:
		return cel_bool(f->x->fold == CEL_ALL);
	case CEL_EXISTS_ONE:
		return cel_bool(f->count == 1);
	case CEL_FILTER:
	case CEL_TRANSFORM:
		return cel_list_value(run, &f->list);
	case CEL_SORT_BY:
		return cel_sort(run, &f->list);
	default:
		return cel_items(run, CEL_V_MAP, f->list.values, f->list.n / 2);
	}
}

static struct cel_value eval_fold(struct cel_run *run, const struct cel_node *x)
{
	struct cel_value of = cel_eval(run, x->args[0]), key, value;
	struct folding f = { .x = x, .result = { .type = CEL_V_NULL } };
	struct cel_cursor c = { .of = &of };

	if (of.type != CEL_V_LIST && of.type != CEL_V_MAP)
		return cel_failed(&of) ? of : cel_no_overload();
	while (!f.done && cel_next(run, &c, &key, &value)) {
		/* A single variable is the key of a map, or the item of a list. */
		const struct cel_value *single = of.type == CEL_V_MAP ? &key : &value;

		if (!cel_spend(run, 1))
			return cel_exhausted();
		run->slots[x->slot] = x->two ? key : *single;
		if (x->two)
			run->slots[x->slot + 1] = value;
		fold_item(run, &f, &key, single);
	}
	return fold_result(run, &f);
}

static struct cel_value eval_opt_map(struct cel_run *run, const struct cel_node *x)
{
	struct cel_value of = cel_eval(run, x->args[0]), v;

	if (of.type != CEL_V_OPTIONAL)
		return cel_failed(&of) ? of : cel_no_overload();
	if (!of.some)
		return of;
	run->slots[x->slot] = *of.some;
	v = cel_eval(run, x->args[1]);
	return x->flat || cel_failed(&v) ? v : cel_optional(run, &v);
}

/* Operators and functions */

static struct cel_value eval_call(struct cel_run *run, const struct cel_node *x)
{
	struct cel_value args[8];

	for (size_t i = 0; i < x->n; i++) {
		args[i] = cel_eval(run, x->args[i]);
		if (args[i].type == CEL_V_ERROR)
			return args[i];
		if (x->function->member == CEL_LAZY &&
			args[0].type == CEL_V_OPTIONAL && args[0].some)
			return x->function->call(run, args, 1);
	}
	for (size_t i = 0; i < x->n; i++)
		if (args[i].type == CEL_V_UNKNOWN)
			return args[i];
	return x->function->call(run, args, x->n);
}

static struct cel_value compare(
	enum cel_op op, const struct cel_value *a, const struct cel_value *b)
{
	int order;

	if (!cel_order(a, b, &order))
		return cel_no_overload();
	return cel_bool(op == CEL_LESS		? order < 0
			: op == CEL_LESS_EQUAL	? order <= 0
			: op == CEL_GREATER	? order > 0
						: order >= 0);
}

static struct cel_value eval_binary(struct cel_run *run, const struct cel_node *x)
{
	const struct cel_node *right = x->args[1];
	struct cel_value a, b, v;

	/* The server decides this while it compiles the rule, and evaluates nothing. */
	if (x->op == CEL_IN && right->op == CEL_LIST && right->n == 0)
		return cel_bool(false);
	a = cel_eval(run, x->args[0]);
	b = cel_eval(run, right);
	if (cel_failed(&a) || cel_failed(&b))
		return a.type == CEL_V_ERROR || !cel_failed(&b) ? a
		       : b.type == CEL_V_ERROR || !cel_failed(&a) ? b
								  : a;
	switch (x->op) {
	case CEL_EQUAL:
		return cel_equal(run, &a, &b);
	case CEL_NOT_EQUAL:
		v = cel_equal(run, &a, &b);
		return v.type == CEL_V_BOOL ? cel_bool(!v.b) : v;
	case CEL_IN:
		return cel_in(run, &a, &b);
	case CEL_LESS:
	case CEL_LESS_EQUAL:
	case CEL_GREATER:
	case CEL_GREATER_EQUAL:
		return compare(x->op, &a, &b);
	default:
		return cel_arithmetic(run, x->op, &a, &b);
	}
}

static struct cel_value eval_unary(struct cel_run *run, const struct cel_node *x)
{
	struct cel_value v = cel_eval(run, x->args[0]);

	if (cel_failed(&v))
		return v;
	if (x->op == CEL_NEGATE)
		return cel_negate(&v);
	return v.type == CEL_V_BOOL ? cel_bool(!v.b) : cel_no_overload();
}

static struct cel_value eval_old_self(struct cel_run *run)
{
	const struct cel_input *in = run->input;
	struct cel_run *r = run;
	struct cel_value v;

	if (!in->old_self)
		return in->optional_old_self ? cel_optional(run, NULL)
					     : cel_unknown(run, "oldSelf without a value");
	v = cel_root(r, in->old_self);
	return in->optional_old_self && !cel_failed(&v) ? cel_optional(run, &v) : v;
}

struct cel_value cel_eval(struct cel_run *run, const struct cel_node *x)
{
	if (!cel_spend(run, 1))
		return cel_exhausted();
	switch (x->op) {
	case CEL_LITERAL:
		return x->value;
	case CEL_SELF:
		return cel_root(run, run->input->self);
	case CEL_OLD_SELF:
		return eval_old_self(run);
	case CEL_VARIABLE:
		return run->slots[x->slot];
	case CEL_SELECT:
	case CEL_OPT_SELECT:
		return eval_select(run, x);
	case CEL_INDEX:
	case CEL_OPT_INDEX:
		return eval_index(run, x);
	case CEL_HAS:
		return eval_has(run, x);
	case CEL_CALL:
		return eval_call(run, x);
	case CEL_LIST:
		return eval_list(run, x);
	case CEL_MAP:
		return eval_map(run, x);
	case CEL_CONDITION:
		return eval_condition(run, x);
	case CEL_AND:
		return eval_logic(run, x, false);
	case CEL_OR:
		return eval_logic(run, x, true);
	case CEL_NOT:
	case CEL_NEGATE:
		return eval_unary(run, x);
	case CEL_FOLD:
		return eval_fold(run, x);
	case CEL_OPT_MAP:
		return eval_opt_map(run, x);
	case CEL_STRANGE:
	case CEL_IDENT:
		return cel_borrow(CEL_V_UNKNOWN, x->name, strlen(x->name));
	default:
		return eval_binary(run, x);
	}
}

/* Programs */

struct cel_program *cel_program_new(const char *text)
{
	struct cel_program *program = xcalloc(1, sizeof(*program));
	err_auto e = { 0 };

	program->root = cel_parse(&program->arena, text, &e);
	if (program->root)
		cel_resolve(&program->arena, program->root, &program->uses_old_self);
	else
		program->problem = xstrdup(e.msg);
	return program;
}

void cel_program_free(struct cel_program *program)
{
	if (!program)
		return;
	cel_arena_release(&program->arena);
	free(program->problem);
	free(program);
}

bool cel_uses_old_self(const struct cel_program *program)
{
	return program->uses_old_self;
}

enum cel_verdict cel_judge(
	const struct cel_program *program, const struct cel_input *input, char **why)
{
	struct cel_run run = { .input = input, .arena = { .max = ARENA_MAX } };
	enum cel_verdict verdict = CEL_UNKNOWN;
	struct cel_value v;

	*why = NULL;
	if (!program->root) {
		*why = xstrdup(program->problem);
		return CEL_UNKNOWN;
	}
	v = cel_eval(&run, program->root);
	if (v.type == CEL_V_BOOL)
		verdict = v.b ? CEL_TRUE : CEL_FALSE;
	else if (v.type == CEL_V_ERROR)
		verdict = CEL_ERROR;
	if (cel_failed(&v))
		*why = xstrndup(v.text.s, v.text.n);
	else if (v.type != CEL_V_BOOL)
		*why = xstrdup("it gives no boolean");
	cel_arena_release(&run.arena);
	return verdict;
}

char *cel_text(const struct cel_program *program, const struct cel_input *input)
{
	struct cel_run run = { .input = input, .arena = { .max = ARENA_MAX } };
	struct cel_value v = { .type = CEL_V_NULL };
	char *text = NULL;

	if (program->root)
		v = cel_eval(&run, program->root);
	if (v.type == CEL_V_STRING)
		text = xstrndup(v.text.s, v.text.n);
	cel_arena_release(&run.arena);
	return text;
}
