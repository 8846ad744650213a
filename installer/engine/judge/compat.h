/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change from one CRD to another means for its users, in the classes of crdify
 * (https://github.com/kubernetes-sigs/crdify). Pure. A change that is not understood is breaking.
 * Two rules are not in crdify: a change that only allows more is safe, and names, versions,
 * subresources, formats and CEL rules are also judged. The struct owns its changes.
 */
#ifndef ENGINE_JUDGE_COMPAT_H
#define ENGINE_JUDGE_COMPAT_H

#include <jansson.h>

#include "base/err.h"

enum compat_class { COMPAT_SAFE, COMPAT_WARNING, COMPAT_BREAKING };

struct compat_change {
	enum compat_class class;
	const char *rule; /* "enum-tightened", "field-removed": a stable word for scripts */
	char *path; /* "spec.versions[v1].schema.openAPIV3Schema.properties.spec..." */
	char *text; /* what changed, old and new values */
	const char *advice; /* what to do about it; NULL for a safe change */
};

struct compat {
	struct compat_change *items; /* sorted by path */
	size_t n;
};

/* Ignores descriptions and values that the server fills in, as crd_diff does. */
void compat_compare(struct compat *c, const json_t *live, const json_t *desired);
enum compat_class compat_worst(const struct compat *c); /* SAFE when nothing changes */
const char *compat_class_name(enum compat_class class); /* "safe", "warning", "breaking" */
void compat_release(struct compat *c);

#define compat_auto __attribute__((cleanup(compat_release))) struct compat

/* rule, word, class, advice: all words that a change can have */
#define COMPAT_RULES(X) \
	X(SCOPE, "scope-changed", BREAKING, COMPAT_RECREATE) \
	X(GROUP, "group-changed", BREAKING, COMPAT_RECREATE) \
	X(PLURAL, "plural-changed", BREAKING, COMPAT_RECREATE) \
	X(KIND, "kind-changed", BREAKING, COMPAT_RECREATE) \
	X(NAMES, "names-changed", WARNING, "scripts that use the old name need the new one") \
	X(NAME_ADDED, "name-added", SAFE, NULL) \
	X(CONVERSION, "conversion-changed", BREAKING, \
		"see who needs the conversion before it changes") \
	X(VERSION_REMOVED, "version-removed", BREAKING, "move clients to another version first") \
	X(STORED_REMOVED, "stored-version-removed", BREAKING, \
		"migrate-storage rewrites what is stored in it, once another version is stored") \
	X(VERSION_ADDED, "version-added", SAFE, NULL) \
	X(STORAGE_CHANGED, "storage-version-changed", WARNING, \
		"objects are stored in the new version as they are written; older clients cannot " \
		"read them without conversion") \
	X(DEPRECATED, "version-deprecated", WARNING, "move clients to another version") \
	X(SUBRESOURCE_ADDED, "subresource-added", WARNING, \
		"writers of that part must use the subresource from now on") \
	X(SUBRESOURCE_REMOVED, "subresource-removed", BREAKING, \
		"writers of the subresource get a 404: update them first") \
	X(SUBRESOURCE, "subresource-changed", BREAKING, "see who uses the subresource") \
	X(SELECTABLE_REMOVED, "selectable-field-removed", BREAKING, \
		"clients that select by this field fail: update them first") \
	X(SELECTABLE_ADDED, "selectable-field-added", SAFE, NULL) \
	X(COLUMNS, "printer-columns-changed", SAFE, NULL) \
	X(PROSE, "prose-changed", SAFE, NULL) \
	X(ORDER, "order-changed", SAFE, NULL) \
	X(FIELD_REMOVED, "field-removed", BREAKING, \
		"reads lose the field at once and the next write of an object drops it: look for " \
		"objects that set it") \
	X(FIELD_UNTYPED, "field-untyped", WARNING, "values of the field are no longer checked") \
	X(FIELD_ADDED, "field-added", SAFE, NULL) \
	X(FIELD_TYPED, "field-typed", BREAKING, COMPAT_LOOK) \
	X(MAP_CLOSED, "map-closed", BREAKING, \
		"keys that the schema does not name are dropped: look for objects that have them") \
	X(MAP_OPENED, "map-opened", SAFE, NULL) \
	X(REQUIRED, "required-added", BREAKING, \
		"objects without it are refused on any change: set it in them") \
	X(REQUIRED_DEFAULT, "required-with-default", WARNING, \
		"objects without it get the default") \
	X(REQUIRED_REMOVED, "required-removed", SAFE, NULL) \
	X(TYPE, "type-changed", BREAKING, COMPAT_LOOK) \
	X(TYPE_LOOSENED, "type-loosened", WARNING, "clients may read values of the new type") \
	X(FORMAT, "format-tightened", BREAKING, COMPAT_LOOK) \
	X(FORMAT_LOOSENED, "format-loosened", SAFE, NULL) \
	X(FORMAT_NOTED, "format-noted", SAFE, NULL) \
	X(ENUM, "enum-tightened", BREAKING, COMPAT_LOOK) \
	X(ENUM_LOOSENED, "enum-loosened", SAFE, NULL) \
	X(PATTERN, "pattern-tightened", BREAKING, COMPAT_LOOK) \
	X(PATTERN_LOOSENED, "pattern-loosened", SAFE, NULL) \
	X(RANGE, "range-tightened", BREAKING, COMPAT_LOOK) \
	X(RANGE_LOOSENED, "range-loosened", SAFE, NULL) \
	X(LENGTH, "length-tightened", BREAKING, COMPAT_LOOK) \
	X(LENGTH_LOOSENED, "length-loosened", SAFE, NULL) \
	X(ITEMS, "items-tightened", BREAKING, COMPAT_LOOK) \
	X(ITEMS_LOOSENED, "items-loosened", SAFE, NULL) \
	X(PROPERTIES, "properties-tightened", BREAKING, COMPAT_LOOK) \
	X(PROPERTIES_LOOSENED, "properties-loosened", SAFE, NULL) \
	X(DEFAULT_ADDED, "default-added", WARNING, \
		"objects that leave it out get the new default, at once and on every read") \
	X(DEFAULT_CHANGED, "default-changed", BREAKING, \
		"objects that leave it out change their meaning: set the old one where it counts") \
	X(DEFAULT_REMOVED, "default-removed", BREAKING, \
		"objects that leave it out are read without it: set it where it matters") \
	X(NULLABLE_REMOVED, "nullable-removed", BREAKING, COMPAT_LOOK) \
	X(NULLABLE_ADDED, "nullable-added", SAFE, NULL) \
	X(UNKNOWN_PRUNED, "unknown-fields-pruned", BREAKING, \
		"what the schema does not name is dropped: look for objects that have more") \
	X(UNKNOWN_KEPT, "unknown-fields-kept", SAFE, NULL) \
	X(LIST_TYPE, "list-type-changed", BREAKING, \
		"lists with duplicate items or keys are refused: look for them") \
	X(LIST_TYPE_LOOSENED, "list-type-loosened", WARNING, COMPAT_OWNERS) \
	X(LIST_KEYS, "list-keys-changed", BREAKING, \
		"lists with duplicate or missing keys are refused: look for them") \
	X(MAP_TYPE, "map-type-changed", WARNING, COMPAT_OWNERS) \
	X(CEL_ADDED, "cel-rule-added", BREAKING, \
		"objects that break the rule are refused: read it and look for them") \
	X(CEL_CHANGED, "cel-rule-changed", BREAKING, \
		"objects that break the rule are refused: read it and look for them") \
	X(CEL_REMOVED, "cel-rule-removed", SAFE, NULL) \
	X(UNION, "union-changed", BREAKING, COMPAT_LOOK) \
	X(UNION_LOOSENED, "union-loosened", SAFE, NULL) \
	X(NOT_UNDERSTOOD, "not-understood", BREAKING, \
		"this program does not know what the change does: read it first")

#define COMPAT_RECREATE \
	"the API server cannot change it: the CRD and its objects would have to be recreated"
#define COMPAT_LOOK "look for objects whose value is no longer allowed, and correct them"
#define COMPAT_OWNERS "server-side apply counts owners of the whole value or of its items anew"

enum compat_rule {
#define COMPAT_ENUM(id, word, class, advice) COMPAT_##id,
	COMPAT_RULES(COMPAT_ENUM)
#undef COMPAT_ENUM
};

/* Only for engine/judge/compat*.c: adds a change of this rule; fmt formats its text. */
void compat_note(struct compat *c, enum compat_rule rule, const char *path, const char *fmt, ...)
	PRINTF(4, 5);
/* A value as text; the caller frees it. */
char *compat_value(const json_t *value);
/* Compares two schemas of one version. path ends in openAPIV3Schema; from or to may be NULL. */
void compat_schema(struct compat *c, const char *path, const json_t *from, const json_t *to);

#endif
