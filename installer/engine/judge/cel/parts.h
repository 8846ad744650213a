/* SPDX-License-Identifier: Apache-2.0 */
/* For engine/judge/cel/ only: values, syntax trees, and a run of a program. */
#ifndef ENGINE_JUDGE_CEL_PARTS_H
#define ENGINE_JUDGE_CEL_PARTS_H

#include "base/buf.h"
#include "base/go_time.h"
#include "engine/judge/cel/cel.h"

/* Memory that is released at once. Zero is an empty one; max 0 is no limit. */
struct cel_arena {
	struct cel_chunk *chunks;
	size_t used, max;
};

/* NULL: the limit is reached. Zeroed. */
void *cel_alloc(struct cel_arena *arena, size_t size);
char *cel_copy(struct cel_arena *arena, const char *text, size_t n);
void cel_arena_release(struct cel_arena *arena);

/* Values */

enum cel_type {
	CEL_V_ERROR, /* text: what went wrong */
	CEL_V_UNKNOWN, /* text: what is not evaluated */
	CEL_V_NULL,
	CEL_V_BOOL,
	CEL_V_INT,
	CEL_V_UINT,
	CEL_V_DOUBLE,
	CEL_V_STRING,
	CEL_V_BYTES,
	CEL_V_TIMESTAMP,
	CEL_V_DURATION, /* i: nanoseconds */
	CEL_V_LIST,
	CEL_V_MAP,
	CEL_V_TYPE, /* text: its name */
	CEL_V_OPTIONAL,
	CEL_V_IP,
	CEL_V_CIDR,
	CEL_V_QUANTITY,
	CEL_V_URL,
	CEL_V_SEMVER,
	CEL_V_FORMAT,
	CEL_V_OPAQUE /* of a type that is not exposed */
};

struct cel_text {
	const char *s;
	size_t n;
};

/* A list or map: of the object, with its schema, or made by the expression. */
struct cel_native {
	const json_t *json; /* NULL: made */
	union {
		const struct schema_node *schema;
		const struct cel_items *items;
	};
};

struct cel_address {
	unsigned char bytes[16];
	bool is_6;
	uint8_t bits; /* of a CIDR */
};

struct cel_quantity; /* each is its file's */
struct cel_url;
struct cel_semver;
struct cel_named;

struct cel_value {
	enum cel_type type;
	bool root; /* of a map: of the root of a resource */
	union {
		bool b;
		int64_t i;
		uint64_t u;
		double d;
		struct cel_text text;
		struct go_time time;
		struct cel_native native;
		const struct cel_value *some; /* of an optional; NULL: none */
		struct cel_address address;
		const struct cel_quantity *quantity;
		const struct cel_url *url;
		const struct cel_semver *semver;
		const struct cel_named *format;
	};
};

struct cel_items {
	struct cel_value *values; /* of a map: keys and values in turn */
	size_t n; /* items, or pairs */
	const struct schema_node *schema; /* of a list of type map that was added to; else NULL */
};

/* Syntax trees */

enum cel_op {
	CEL_LITERAL,
	CEL_SELF,
	CEL_OLD_SELF,
	CEL_VARIABLE, /* of a macro: slot */
	CEL_IDENT, /* not resolved yet */
	CEL_SELECT,
	CEL_OPT_SELECT,
	CEL_INDEX,
	CEL_OPT_INDEX,
	CEL_HAS,
	CEL_CALL, /* of a function; member: the first argument is what it is called on */
	CEL_LIST,
	CEL_MAP,
	CEL_CONDITION,
	CEL_AND,
	CEL_OR,
	CEL_NOT,
	CEL_NEGATE,
	CEL_ADD,
	CEL_SUBTRACT,
	CEL_MULTIPLY,
	CEL_DIVIDE,
	CEL_MODULO,
	CEL_EQUAL,
	CEL_NOT_EQUAL,
	CEL_LESS,
	CEL_LESS_EQUAL,
	CEL_GREATER,
	CEL_GREATER_EQUAL,
	CEL_IN,
	CEL_FOLD, /* a macro that goes over a list or map */
	CEL_OPT_MAP, /* optMap, optFlatMap */
	CEL_STRANGE /* what is not evaluated: name */
};

enum cel_fold {
	CEL_ALL,
	CEL_EXISTS,
	CEL_EXISTS_ONE,
	CEL_FILTER,
	CEL_TRANSFORM, /* map, transformList: [filter,] value */
	CEL_TRANSFORM_MAP,
	CEL_TRANSFORM_ENTRY,
	CEL_SORT_BY
};

struct cel_run;
struct cel_function;

struct cel_node {
	enum cel_op op;
	const char *name; /* of an identifier, field, or function */
	const char *field; /* of a selection: the property's name; NULL: none can have it */
	struct cel_value value; /* of a literal */
	struct cel_node **args;
	size_t n;
	bool *optional; /* of a list or map literal: those with "?"; NULL: none */
	bool member;
	const struct cel_function *function;
	enum cel_fold fold;
	bool flat; /* optFlatMap */
	bool two; /* variables, in slot and slot + 1 */
	unsigned depth;
	unsigned slot;
};

enum { CEL_DEPTH_MAX = 200, CEL_SLOTS_MAX = 64, CEL_TEXT_MAX = 100000 };

/* NULL: it is not an expression; e says why. Nodes are the arena's. */
struct cel_node *cel_parse(struct cel_arena *arena, const char *text, struct err *e);
/* Macros, variables and functions; what has none becomes CEL_STRANGE. */
void cel_resolve(struct cel_arena *arena, struct cel_node *node, bool *uses_old_self);
/* NULL: there is none of this name, style and number of arguments (the target included). */
const struct cel_function *cel_function(const char *name, bool member, size_t n);

/* Runs */

struct cel_run {
	const struct cel_input *input;
	struct cel_arena arena;
	struct cel_value slots[CEL_SLOTS_MAX];
	unsigned depth;
};

struct cel_value cel_eval(struct cel_run *run, const struct cel_node *node);

/* Takes steps from the budget; false: there are none left. */
bool cel_spend(struct cel_run *run, size_t steps);
struct cel_value cel_exhausted(void);
struct cel_value cel_error(struct cel_run *run, const char *fmt, ...) PRINTF(2, 3);
struct cel_value cel_unknown(struct cel_run *run, const char *fmt, ...) PRINTF(2, 3);
struct cel_value cel_no_overload(void);

static inline bool cel_failed(const struct cel_value *v)
{
	return v->type == CEL_V_ERROR || v->type == CEL_V_UNKNOWN;
}

/* Making values */

static inline struct cel_value cel_null(void)
{
	return (struct cel_value){ .type = CEL_V_NULL };
}

static inline struct cel_value cel_bool(bool b)
{
	return (struct cel_value){ .type = CEL_V_BOOL, .b = b };
}

static inline struct cel_value cel_int(int64_t i)
{
	return (struct cel_value){ .type = CEL_V_INT, .i = i };
}

static inline struct cel_value cel_uint(uint64_t u)
{
	return (struct cel_value){ .type = CEL_V_UINT, .u = u };
}

static inline struct cel_value cel_double(double d)
{
	return (struct cel_value){ .type = CEL_V_DOUBLE, .d = d };
}

static inline struct cel_value cel_duration(int64_t nanoseconds)
{
	return (struct cel_value){ .type = CEL_V_DURATION, .i = nanoseconds };
}

static inline struct cel_value cel_borrow(enum cel_type type, const char *s, size_t n)
{
	return (struct cel_value){ .type = type, .text = { s, n } };
}

struct cel_value cel_string(struct cel_run *run, const char *s, size_t n); /* copies */
struct cel_value cel_optional(struct cel_run *run, const struct cel_value *some); /* NULL: none */
struct cel_value cel_items(
	struct cel_run *run, enum cel_type type, struct cel_value *values, size_t n);
/* A growing list of values. */
struct cel_list {
	struct cel_value *values;
	size_t n, cap;
};
bool cel_push(struct cel_run *run, struct cel_list *list, struct cel_value v);
struct cel_value cel_list_value(struct cel_run *run, const struct cel_list *list);

/* A value of the object, with the type that the schema gives it. */
struct cel_value cel_native(
	struct cel_run *run, const json_t *json, const struct schema_node *schema);
struct cel_value cel_root(struct cel_run *run, const json_t *json);

/* Lists and maps */
size_t cel_size(const struct cel_value *v);
struct cel_value cel_item(struct cel_run *run, const struct cel_value *list, size_t i);
/* Of a map; false: it has none. */
bool cel_find(struct cel_run *run, const struct cel_value *map, const struct cel_value *key,
	struct cel_value *found);
bool cel_find_field(struct cel_run *run, const struct cel_value *map, const char *name,
	const char *field, struct cel_value *found);
/* Keys and values of a map, or indexes and values of a list. */
struct cel_cursor {
	const struct cel_value *of;
	size_t i;
	void *member;
};
bool cel_next(struct cel_run *run, struct cel_cursor *c, struct cel_value *key,
	struct cel_value *value);
/* The property that a field of an expression names; NULL: none can have it. */
char *cel_unescape(struct cel_arena *arena, const char *name);

/* Comparison */
struct cel_value cel_equal(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b);
/* -1, 0, 1; false: they have no order. */
bool cel_order(const struct cel_value *a, const struct cel_value *b, int *order);
struct cel_value cel_in(struct cel_run *run, const struct cel_value *x, const struct cel_value *of);
struct cel_value cel_arithmetic(struct cel_run *run, enum cel_op op, const struct cel_value *a,
	const struct cel_value *b);
struct cel_value cel_negate(const struct cel_value *v);
struct cel_value cel_add_lists(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b);

/* Texts of values, as Go prints them */
void cel_put_double(struct buf *out, double d); /* %g, shortest */
void cel_put_duration(struct buf *out, int64_t nanoseconds);
void cel_put_address(struct buf *out, const struct cel_address *a, bool with_bits);
struct cel_value cel_take(struct cel_run *run, struct buf *text); /* as a string; empties it */
/* A string, an error or no verdict. */
struct cel_value cel_to_string(struct cel_run *run, const struct cel_value *v);
bool cel_parse_duration(const struct cel_text *text, int64_t *nanoseconds); /* Go's */
bool cel_parse_time(const struct cel_text *text, struct go_time *t); /* RFC 3339 */
bool cel_parse_date(const struct cel_text *text, struct go_time *t);
bool cel_parse_address(const struct cel_text *text, struct cel_address *a);
bool cel_parse_cidr(const struct cel_text *text, struct cel_address *a);

struct cel_value cel_equal_quantities(
	struct cel_run *run, const struct cel_quantity *one, const struct cel_quantity *other);
int cel_order_semvers(const struct cel_semver *a, const struct cel_semver *b);
bool cel_same_url(const struct cel_url *a, const struct cel_url *b);
/* known: releases of Go agree on it. */
bool cel_is_url(struct cel_run *run, const struct cel_text *text, bool *known);
bool cel_find_format(const char *name, size_t n, struct cel_value *found);
/* Values in the order of their keys; keys and values in turn, which change places. */
struct cel_value cel_sort(struct cel_run *run, struct cel_list *pairs);

/* What follows an optional is evaluated only where that has no value. */
enum { CEL_LAZY = 2 };

/* Functions, by file; each closed by a NULL name. */
struct cel_function {
	const char *name;
	unsigned char member; /* 1: of its first argument; CEL_LAZY: and of an optional */
	unsigned char least, most; /* arguments, the target included */
	struct cel_value (*call)(struct cel_run *run, const struct cel_value *args, size_t n);
};
extern const struct cel_function cel_convert_functions[], cel_text_functions[], cel_net_functions[],
	cel_time_functions[], cel_list_functions[], cel_optional_functions[], cel_url_functions[],
	cel_quantity_functions[], cel_semver_functions[], cel_format_functions[],
	cel_named_functions[];

#endif
