/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to a stored object when the schema of its CRD changes. Pure; follows the rules of
 * the API server (k8s.io/apiextensions-apiserver, release 1.34): pruning, nulls and defaults on
 * reads, OpenAPI keywords, list types, and what an update may leave unchanged ("ratcheting").
 */
#ifndef ENGINE_JUDGE_SCHEMA_SCHEMA_H
#define ENGINE_JUDGE_SCHEMA_SCHEMA_H

#include "base/buf.h"
#include "engine/judge/schema/node.h"
#include "engine/judge/schema/pattern.h"

/* class, name, whether it loses data or prevents writes, meaning */
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
	const char *rule; /* the keyword, such as "enum", or "pruned" */
	char *path; /* "spec.ports[2].protocol" */
	char *field; /* the path without indexes, equal for all items: "spec.ports[*].protocol" */
	char *part; /* the part that an update must not change to succeed; "": the whole object */
	char *value; /* shortened JSON without control characters; for a CEL rule, its text */
	const char *text; /* text of a CEL rule, borrowed from the schema; NULL: no CEL rule */
	char *message; /* the server's message; NULL: none */
	char *allowed; /* what the schema accepts instead, in words; NULL: nothing to say */
	const struct schema_node *node; /* the node with the keyword; NULL: no such node */
	size_t serial;
};

/* A zero struct has no findings. */
struct schema_findings {
	struct schema_finding *items; /* the worst class first, then in the order of finding */
	size_t n, room;
	size_t cut; /* findings beyond SCHEMA_FINDINGS_MAX, only counted */
	bool severe_cut; /* one of these loses data or prevents writes */
	json_t *seen; /* keys of findings that were not evaluated */
};

/* What a judge keeps from object to object; a zero struct is a new judge. */
struct schema_judge {
	struct schema_patterns patterns;
	size_t steps; /* steps that CEL rules may still take for one object */
	bool ratchets; /* the server accepts unchanged values in an update (from 1.30 on) */
};

/*
 * Reads an object under the old schema, and adds what the new schema finds wrong and the old one
 * does not.
 */
void schema_judge(struct schema_judge *judge, const struct schema_node *old,
	const struct schema_node *new, const json_t *object, struct schema_findings *findings);
/*
 * Removes from both schemas what they share. A judge then finds the same in a fraction of the time.
 * Replaces both by new values.
 */
void schema_reduce(json_t **old, json_t **new);
void schema_judge_release(struct schema_judge *judge);
void schema_findings_release(struct schema_findings *findings);

const char *schema_class_name(enum schema_class class);
const char *schema_class_meaning(enum schema_class class);
bool schema_class_is_severe(enum schema_class class);

enum { SCHEMA_FINDINGS_MAX = 50000 }; /* for one object */

#define schema_findings_auto \
	__attribute__((cleanup(schema_findings_release))) struct schema_findings

/* Only for engine/judge/schema/ */

/* The place of a walk in an object. */
struct schema_place {
	struct buf path, field;
	size_t part; /* number of bytes of path that name the part */
	bool fixed; /* below a list whose items have no identity: the part remains the list */
	bool unmatched; /* in an item that the server cannot find in the old object */
	bool always; /* a fault here is refused, even when nothing changes */
};

struct schema_mark {
	size_t path, field, part;
	bool fixed, unmatched, always;
};

struct schema_mark schema_enter_key(struct schema_place *p, const char *key, bool named);
struct schema_mark schema_enter_item(
	struct schema_place *p, size_t i, const struct schema_node *list_schema);
void schema_leave(struct schema_place *p, struct schema_mark mark);
/* Adds a finding. NULL: too many findings, or the same one exists. */
struct schema_finding *schema_note(struct schema_findings *findings, const struct schema_place *p,
	enum schema_class class, const char *rule, const json_t *value);
/* Adds a refusal of an update. always: even when the update leaves the part unchanged. */
struct schema_finding *schema_refuse(const struct schema_judge *judge,
	struct schema_findings *findings, const struct schema_place *place, const char *rule,
	const json_t *value, bool always);
/* What a node accepts where this keyword refuses a value; NULL: the keyword says enough. */
char *schema_allowed(const struct schema_node *schema, const char *rule);
/* The same for a required member that is missing. */
char *schema_allowed_member(const struct schema_node *schema, const char *name);
void schema_findings_sort(struct schema_findings *findings);
void schema_sanitize(char *text); /* text may be NULL */
/* Adds what the CEL rules of a node find in a value. The value is not null. */
void schema_check_rules(struct schema_judge *judge, const struct schema_node *schema,
	const json_t *value, const struct schema_place *place, struct schema_findings *findings);

/*
 * A new value: the object as the server reads it under this schema. Unknown fields are pruned, each
 * with a finding; nulls are dropped; defaults are set.
 */
json_t *schema_read(
	const struct schema_node *schema, const json_t *object, struct schema_findings *findings);
/* Whether the server checks the format, and the result. Names are those of Go. */
bool schema_format_is_checked(const char *format);
enum schema_match schema_format_match(
	struct schema_patterns *patterns, const char *format, const char *text, size_t n);

#endif
