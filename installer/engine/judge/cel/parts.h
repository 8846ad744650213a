/* SPDX-License-Identifier: Apache-2.0 */
/* Only for engine/judge/cel/: values, syntax trees, and a run of a program. */
#ifndef ENGINE_JUDGE_CEL_PARTS_H
#define ENGINE_JUDGE_CEL_PARTS_H

#include "base/buf.h"
#include "base/go_time.h"
#include "engine/judge/cel/cel.h"

/* Memory that is released all at once. A zero struct is empty; max 0 is no limit. */
struct cel_arena {
	struct cel_chunk *chunks;
	size_t used, max;
};

/* Returns zeroed memory; NULL: the limit is reached. */
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
	CEL_V_OPAQUE /* its type is hidden from rules */
};

struct cel_text {
	const char *s;
	size_t n;
};

/* A list or map: from the object, with its schema, or created by the expression. */
struct cel_native {
	const json_t *json; /* NULL: created by the expression */
	union {
		const struct schema_node *schema;
		const struct cel_items *items;
	};
};

struct cel_address {
	unsigned char bytes[16];
	bool is_6;
	uint8_t bits; /* prefix length of a CIDR */
};

struct cel_quantity; /* each is private to its file */
struct cel_url;
struct cel_semver;
struct cel_named;

struct cel_value {
	enum cel_type type;
	bool root; /* a map: the root of a resource */
	union {
		bool b;
		int64_t i;
		uint64_t u;
		double d;
		struct cel_text text;
		struct go_time time;
		struct cel_native native;
		const struct cel_value *some; /* value of an optional; NULL: empty */
		struct cel_address address;
		const struct cel_quantity *quantity;
		const struct cel_url *url;
		const struct cel_semver *semver;
		const struct cel_named *format;
	};
};

struct cel_items {
	struct cel_value *values; /* for a map: key, value, key, value */
	size_t n; /* number of items or pairs */
	/* for a sum of lists of type map: their schema; else NULL */
	const struct schema_node *schema;
};

/* Syntax trees */

enum cel_op {
	CEL_LITERAL,
	CEL_SELF,
	CEL_OLD_SELF,
	CEL_VARIABLE, /* variable of a macro, in slot */
	CEL_IDENT, /* not resolved yet */
	CEL_SELECT,
	CEL_OPT_SELECT,
	CEL_INDEX,
	CEL_OPT_INDEX,
	CEL_HAS,
	CEL_CALL, /* calls a function; member: the target is the first argument */
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
	CEL_FOLD, /* a macro that loops over a list or map */
	CEL_OPT_MAP, /* optMap or optFlatMap */
	CEL_STRANGE /* not evaluated; name says what it is */
};

enum cel_fold {
	CEL_ALL,
	CEL_EXISTS,
	CEL_EXISTS_ONE,
	CEL_FILTER,
	CEL_TRANSFORM, /* map or transformList: [filter,] value */
	CEL_TRANSFORM_MAP,
	CEL_TRANSFORM_ENTRY,
	CEL_SORT_BY
};

struct cel_run;
struct cel_function;

struct cel_node {
	enum cel_op op;
	const char *name; /* name of an identifier, field or function */
	/* for a selection: name of the property; NULL: no property has this name */
	const char *field;
	struct cel_value value; /* value of a literal */
	struct cel_node **args;
	size_t n;
	bool *optional; /* for a list or map literal: which elements have "?"; NULL: none */
	bool member;
	const struct cel_function *function;
	enum cel_fold fold;
	bool flat; /* the node is optFlatMap, not optMap */
	bool two; /* two variables, in slot and slot + 1 */
	unsigned depth;
	unsigned slot;
};

enum { CEL_DEPTH_MAX = 200, CEL_SLOTS_MAX = 64, CEL_TEXT_MAX = 100000 };

/* NULL: text is not an expression; e says why. The arena owns the nodes. */
struct cel_node *cel_parse(struct cel_arena *arena, const char *text, struct err *e);
/* Resolves macros, variables and functions; an unknown name becomes CEL_STRANGE. */
void cel_resolve(struct cel_arena *arena, struct cel_node *node, bool *uses_old_self);
/* NULL: no function has this name, style and number of arguments (target included). */
const struct cel_function *cel_function(const char *name, bool member, size_t n);

/* Runs */

struct cel_run {
	const struct cel_input *input;
	struct cel_arena arena;
	struct cel_value slots[CEL_SLOTS_MAX];
	unsigned depth;
};

struct cel_value cel_eval(struct cel_run *run, const struct cel_node *node);

/* Takes steps from the budget; false: not enough are left. */
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

struct cel_value cel_string(struct cel_run *run, const char *s, size_t n); /* copies s */
/* some NULL: empty */
struct cel_value cel_optional(struct cel_run *run, const struct cel_value *some);
struct cel_value cel_items(
	struct cel_run *run, enum cel_type type, struct cel_value *values, size_t n);
/* A growing list of values. */
struct cel_list {
	struct cel_value *values;
	size_t n, cap;
};
bool cel_push(struct cel_run *run, struct cel_list *list, struct cel_value v);
struct cel_value cel_list_value(struct cel_run *run, const struct cel_list *list);

/* A value from the object, with the type from the schema. */
struct cel_value cel_native(
	struct cel_run *run, const json_t *json, const struct schema_node *schema);
struct cel_value cel_root(struct cel_run *run, const json_t *json);

/* Lists and maps */
size_t cel_size(const struct cel_value *v);
struct cel_value cel_item(struct cel_run *run, const struct cel_value *list, size_t i);
/* Finds the value of a key in a map; false: the map has no such key. */
bool cel_find(struct cel_run *run, const struct cel_value *map, const struct cel_value *key,
	struct cel_value *found);
bool cel_find_field(struct cel_run *run, const struct cel_value *map, const char *name,
	const char *field, struct cel_value *found);
/* Iterates over keys and values of a map, or indexes and values of a list. */
struct cel_cursor {
	const struct cel_value *of;
	size_t i;
	void *member;
};
bool cel_next(struct cel_run *run, struct cel_cursor *c, struct cel_value *key,
	struct cel_value *value);
/* The name of the property for a field of an expression; NULL: no property has such a name. */
char *cel_unescape(struct cel_arena *arena, const char *name);

/* Comparison */
struct cel_value cel_equal(
	struct cel_run *run, const struct cel_value *a, const struct cel_value *b);
/* *order: -1, 0, 1; false: the two have no order. */
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
/* the text as a string value; empties text */
struct cel_value cel_take(struct cel_run *run, struct buf *text);
/* Returns a string, an error or no verdict. */
struct cel_value cel_to_string(struct cel_run *run, const struct cel_value *v);
bool cel_parse_duration(const struct cel_text *text, int64_t *nanoseconds); /* in Go's form */
bool cel_parse_time(const struct cel_text *text, struct go_time *t); /* RFC 3339 */
bool cel_parse_date(const struct cel_text *text, struct go_time *t);
bool cel_parse_address(const struct cel_text *text, struct cel_address *a);
bool cel_parse_cidr(const struct cel_text *text, struct cel_address *a);

struct cel_value cel_equal_quantities(
	struct cel_run *run, const struct cel_quantity *one, const struct cel_quantity *other);
int cel_order_semvers(const struct cel_semver *a, const struct cel_semver *b);
bool cel_same_url(const struct cel_url *a, const struct cel_url *b);
/* *known: all releases of Go give the same answer. */
bool cel_is_url(struct cel_run *run, const struct cel_text *text, bool *known);
bool cel_find_format(const char *name, size_t n, struct cel_value *found);
/*
 * A list of the values, sorted by their keys. pairs: key, value, key, value; changes their order.
 */
struct cel_value cel_sort(struct cel_run *run, struct cel_list *pairs);

/* The argument is evaluated only when the optional before it is empty. */
enum { CEL_LAZY = 2 };

/* Functions, one array for each file; the last element has a NULL name. */
struct cel_function {
	const char *name;
	/* 1: called on its first argument; CEL_LAZY: also, and that is an optional */
	unsigned char member;
	unsigned char least, most; /* number of arguments, target included */
	struct cel_value (*call)(struct cel_run *run, const struct cel_value *args, size_t n);
};
extern const struct cel_function cel_convert_functions[], cel_text_functions[], cel_net_functions[],
	cel_time_functions[], cel_list_functions[], cel_optional_functions[], cel_url_functions[],
	cel_quantity_functions[], cel_semver_functions[], cel_format_functions[],
	cel_named_functions[];

#endif
