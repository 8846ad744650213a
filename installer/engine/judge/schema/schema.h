/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a stored object when the schema of its CRD changes: a pure judge, with the rules
 * of the API server (k8s.io/apiextensions-apiserver, release 1.34): pruning, nulls and defaults as
 * it reads, OpenAPI keywords, list types, and what an update may leave as it is ("ratcheting").
 */
#ifndef ENGINE_JUDGE_SCHEMA_SCHEMA_H
#define ENGINE_JUDGE_SCHEMA_SCHEMA_H

#include "base/buf.h"
#include "engine/judge/schema/node.h"
#include "engine/judge/schema/pattern.h"

/* class, name, whether it is a loss or a bar to writing, meaning */
#define SCHEMA_CLASSES(X) \
	X(HIDDEN, "hidden", true, \
		"reads lose it as soon as the CRD is replaced; the object's next write drops it " \
		"for good") \
	X(ANY_CHANGE, "rejected-on-any-change", true, \
		"the object can only be written again when this is corrected") \
	X(APPLY, "rejected-on-apply", false, \
		"an update or a create of the object passes, every server-side apply of it is " \
		"refused") \
	X(CHANGE, "rejected-on-changing-it", false, \
		"the object can be written as long as this part stays as it is") \
	X(CREATE, "rejected-on-create", false, "the object can be changed, but not created anew") \
	X(UNDECODABLE, "undecodable", false, \
		"calicoctl of the new release fails on the whole list of such objects") \
	X(NOT_EVALUATED, "not-evaluated", false, "nobody knows before the server is asked")

enum schema_class {
#define SCHEMA_ENUM(id, name, severe, meaning) SCHEMA_##id,
	SCHEMA_CLASSES(SCHEMA_ENUM)
#undef SCHEMA_ENUM
		SCHEMA_N_CLASSES
};

struct schema_finding {
	enum schema_class class;
	const char *rule; /* the keyword: "enum"; "pruned" */
	char *path; /* "spec.ports[2].protocol" */
	char *field; /* the same for all items: "spec.ports[*].protocol" */
	char *part; /* what must stay as it is for an update to pass; "": the whole object */
	char *value; /* as JSON, shortened, no control characters; a CEL rule's text */
	const char *text; /* of a CEL rule, the schema's; NULL: it is of no such rule */
	char *message; /* what the server says of it; NULL: nothing more */
	char *allowed; /* what the schema takes instead, in words; NULL: nothing to say */
	const struct schema_node *node; /* that has the keyword; NULL: a node that is not there */
	size_t serial;
};

/* Zero is none. */
struct schema_findings {
	struct schema_finding *items; /* the worst class first, then as they were found */
	size_t n, room;
	size_t cut; /* beyond SCHEMA_FINDINGS_MAX, counted only */
	bool severe_cut; /* and one of them is a loss or a bar to writing */
	json_t *seen; /* of what is not evaluated */
};

/* What a judge keeps between objects; zero is a new one. */
struct schema_judge {
	struct schema_patterns patterns;
	size_t steps; /* of CEL rules that are left for an object */
	bool ratchets; /* the server lets an update leave what is unchanged (from 1.30 on) */
};

/*
 * Adds what the new schema finds wrong with an object, as it is read under the
 * old one, that the old one does not.
 */
void schema_judge(struct schema_judge *judge, const struct schema_node *old,
	const struct schema_node *new, const json_t *object, struct schema_findings *findings);
/*
 * Takes out of both schemas, which are replaced by new values, what they have in common: a judge
 * finds the same with them, in a fraction of the time.
 */
void schema_reduce(json_t **old, json_t **new);
void schema_judge_release(struct schema_judge *judge);
void schema_findings_release(struct schema_findings *findings);

const char *schema_class_name(enum schema_class class);
const char *schema_class_meaning(enum schema_class class);
bool schema_class_is_severe(enum schema_class class);

enum { SCHEMA_FINDINGS_MAX = 50000 }; /* an object */

#define schema_findings_auto \
	__attribute__((cleanup(schema_findings_release))) struct schema_findings

/* For engine/schema*.c */

/* Where a walk is in an object. */
struct schema_place {
	struct buf path, field;
	size_t part; /* bytes of path that name the part */
	bool fixed; /* below a list whose items are not told apart: the part stays the list */
	bool unmatched; /* in an item that the server does not find again in the old object */
	bool always; /* what is wrong here is refused, whatever stays as it is */
};

struct schema_mark {
	size_t path, field, part;
	bool fixed, unmatched, always;
};

struct schema_mark schema_enter_key(struct schema_place *p, const char *key, bool named);
struct schema_mark schema_enter_item(
	struct schema_place *p, size_t i, const struct schema_node *list_schema);
void schema_leave(struct schema_place *p, struct schema_mark mark);
/* NULL: there are too many, or the same is there. */
struct schema_finding *schema_note(struct schema_findings *findings, const struct schema_place *p,
	enum schema_class class, const char *rule, const json_t *value);
/* An update is refused; always: even when it leaves the part as it is. */
struct schema_finding *schema_refuse(const struct schema_judge *judge,
	struct schema_findings *findings, const struct schema_place *place, const char *rule,
	const json_t *value, bool always);
/* What a node allows where this keyword of it refuses a value; NULL: it says all by itself. */
char *schema_allowed(const struct schema_node *schema, const char *rule);
/* The same for a member that is required and missing. */
char *schema_allowed_member(const struct schema_node *schema, const char *name);
void schema_findings_sort(struct schema_findings *findings);
void schema_sanitize(char *text); /* NULL is fine */
/* What the CEL rules of a node find in a value that is not null. */
void schema_check_rules(struct schema_judge *judge, const struct schema_node *schema,
	const json_t *value, const struct schema_place *place, struct schema_findings *findings);

/*
 * The object as the server reads it under this schema: unknown fields pruned, each one a finding,
 * nulls dropped, defaults set. A new value.
 */
json_t *schema_read(
	const struct schema_node *schema, const json_t *object, struct schema_findings *findings);
/* Whether the server checks the format at all, and what it says; names are Go's. */
bool schema_format_is_checked(const char *format);
enum schema_match schema_format_match(
	struct schema_patterns *patterns, const char *format, const char *text, size_t n);

#endif
