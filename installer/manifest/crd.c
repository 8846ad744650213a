/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/crd.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/json_shape.h"
#include "manifest/age.h"

const char *crd_name(const json_t *crd)
{
	return json_str(json_object_get(crd, "metadata"), "name");
}

static const json_t *spec(const json_t *crd)
{
	return json_object_get(crd, "spec");
}

const char *crd_group(const json_t *crd)
{
	return json_str(spec(crd), "group");
}

const char *crd_plural(const json_t *crd)
{
	return json_str(json_object_get(spec(crd), "names"), "plural");
}

const char *crd_kind(const json_t *crd)
{
	return json_str(json_object_get(spec(crd), "names"), "kind");
}

const char *crd_scope(const json_t *crd)
{
	return json_str(spec(crd), "scope");
}

const json_t *crd_versions(const json_t *crd)
{
	return json_object_get(spec(crd), "versions");
}

const char *crd_storage_version(const json_t *crd)
{
	const json_t *version;
	size_t i;

	json_array_foreach(crd_versions(crd), i, version)
		if (json_is_true(json_object_get(version, "storage")))
			return json_str(version, "name");
	return NULL;
}

const char *crd_served_version(const json_t *crd)
{
	const json_t *version;
	const char *found = NULL;
	size_t i;

	json_array_foreach(crd_versions(crd), i, version)
		if (json_is_true(json_object_get(version, "served")) &&
			(!found || json_is_true(json_object_get(version, "storage"))))
			found = json_str(version, "name");
	return found;
}

char *crd_singular(const json_t *crd)
{
	const char *given = json_str(json_object_get(spec(crd), "names"), "singular");
	char *singular = xstrdup(given ? given : crd_kind(crd));

	for (char *p = singular; *p && !given; p++)
		*p = (char)tolower((unsigned char)*p);
	return singular;
}

char *crd_list_kind(const json_t *crd)
{
	const char *given = json_str(json_object_get(spec(crd), "names"), "listKind");

	return given ? xstrdup(given) : xasprintf("%sList", crd_kind(crd));
}

/* Checks */

/*
 * The server shows this for a CRD that came as apiextensions.k8s.io/v1beta1, before Calico v3.15.
 */
static bool may_lack_schema(const json_t *crd)
{
	return json_is_true(json_at(crd, "spec", "preserveUnknownFields", NULL));
}

/* https://kubernetes.io/docs/reference/kubernetes-api/ CustomResourceDefinition v1 */
static const struct json_shape crd_shape[] = {
	{ "metadata.labels{}", "string" },
	{ "metadata.annotations{}", "string" },
	{ "spec.names.singular", "string" },
	{ "spec.names.listKind", "string" },
	{ "spec.names.shortNames[]", "string" },
	{ "spec.names.categories[]", "string" },
	{ "spec.preserveUnknownFields", "boolean" },
	{ "spec.conversion.strategy", "string" },
	{ "spec.conversion.webhook", "object" },
	{ "spec.versions", "array" },
	{ "spec.versions[]", "object!" },
	{ "spec.versions[].served", "boolean" },
	{ "spec.versions[].storage", "boolean" },
	{ "spec.versions[].deprecated", "boolean" },
	{ "spec.versions[].schema.openAPIV3Schema", "object" },
	{ "spec.versions[].subresources", "object" },
	{ "spec.versions[].subresources.status", "object" },
	{ "spec.versions[].subresources.scale", "object" },
	{ "spec.versions[].additionalPrinterColumns[].name", "string!" },
	{ "spec.versions[].additionalPrinterColumns[].jsonPath", "string" },
	{ "spec.versions[].additionalPrinterColumns[].type", "string" },
	{ "spec.versions[].additionalPrinterColumns[].description", "string" },
	{ "spec.versions[].selectableFields[].jsonPath", "string" },
	{ "status.storedVersions[]", "string!" },
	{ "status.conditions[].type", "string!" },
	{ "status.conditions[].status", "string!" },
	{ "status.conditions[].reason", "string" },
	{ "status.conditions[].message", "string" },
};

/* JSONSchemaProps of apiextensions.k8s.io/v1. Nested schemas are checked one by one. */
static const struct json_shape schema_shape[] = {
	{ "type", "string" },
	{ "format", "string" },
	{ "description", "string" },
	{ "title", "string" },
	{ "pattern", "string" },
	{ "nullable", "boolean" },
	{ "enum", "array" },
	{ "required[]", "string!" },
	{ "minimum", "number" },
	{ "maximum", "number" },
	{ "multipleOf", "number" },
	{ "exclusiveMinimum", "boolean" },
	{ "exclusiveMaximum", "boolean" },
	{ "uniqueItems", "boolean" },
	{ "minLength", "integer" },
	{ "maxLength", "integer" },
	{ "minItems", "integer" },
	{ "maxItems", "integer" },
	{ "minProperties", "integer" },
	{ "maxProperties", "integer" },
	{ "properties{}", "object!" },
	{ "patternProperties{}", "object!" },
	{ "allOf[]", "object!" },
	{ "anyOf[]", "object!" },
	{ "oneOf[]", "object!" },
	{ "not", "object" },
	{ "x-kubernetes-preserve-unknown-fields", "boolean" },
	{ "x-kubernetes-int-or-string", "boolean" },
	{ "x-kubernetes-embedded-resource", "boolean" },
	{ "x-kubernetes-list-type", "string" },
	{ "x-kubernetes-map-type", "string" },
	{ "x-kubernetes-list-map-keys[]", "string!" },
	{ "x-kubernetes-validations[].rule", "string!" },
	{ "x-kubernetes-validations[].message", "string" },
};

/* Checks only the rows of the keys that a schema has: schemas are many and have few keys. */
static int check_keys(const json_t *schema, struct err *e)
{
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)schema, key, value) {
		size_t len = strlen(key);

		for (size_t i = 0; i < ARRAY_LEN(schema_shape); i++)
			if (strncmp(schema_shape[i].path, key, len) == 0 &&
				strchr("[{", schema_shape[i].path[len]) &&
				json_check(schema, &schema_shape[i], 1, e) < 0)
				return -1;
	}
	return 0;
}

static int check_schema(const json_t *schema, struct err *e);

static int check_schemas(const json_t *schemas, struct err *e)
{
	const json_t *schema;
	const char *key;
	size_t i;

	json_array_foreach(schemas, i, schema)
		if (check_schema(schema, e) < 0)
			return -1;
	json_object_foreach((json_t *)(uintptr_t)schemas, key, schema)
		if (check_schema(schema, e) < 0)
			return err_wrap(e, "%s", key);
	return 0;
}

static int check_schema(const json_t *schema, struct err *e)
{
	static const char *const many[] = { "properties", "patternProperties", "allOf", "anyOf",
		"oneOf" };
	/* JSON Schema allows a boolean in these places, and an array for items. */
	static const char *const one[] = { "items", "additionalProperties", "not" };

	if (check_keys(schema, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		if (check_schemas(json_object_get(schema, many[i]), e) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(one); i++) {
		const json_t *below = json_object_get(schema, one[i]);

		if (json_is_object(below) ? check_schema(below, e) < 0
					  : below && !json_is_boolean(below) &&
						    !json_is_null(below))
			return e->msg ? err_wrap(e, "%s", one[i])
				      : err_set(e, ERR_FORMAT, 0, "%s is no schema", one[i]);
	}
	return 0;
}

static int check_versions(const json_t *crd, struct err *e)
{
	const char *name = crd_name(crd);
	const json_t *versions = crd_versions(crd);
	size_t i, storage = 0, n = json_array_size(versions);
	json_auto_t *seen = json_object();

	if (n == 0)
		return err_set(e, ERR_FORMAT, 0, "%s: spec.versions is missing or empty", name);
	for (i = 0; i < n; i++) {
		const json_t *v = json_array_get(versions, i);
		const char *version = json_str(v, "name");

		if (!version || !is_dns_label(version))
			return err_set(
				e, ERR_FORMAT, 0, "%s: spec.versions[%zu] has no name", name, i);
		if (json_object_get(seen, version))
			return err_set(e, ERR_FORMAT, 0,
				"%s: version %s occurs twice in spec.versions", name, version);
		json_object_set_new(seen, version, json_true());
		const json_t *schema = json_at(v, "schema", "openAPIV3Schema", NULL);

		if (json_is_null(schema))
			schema = NULL;
		if (schema && check_schema(schema, e) < 0)
			return err_wrap(e, "%s: schema of version %s", name, version);
		if (!schema && !may_lack_schema(crd))
			return err_set(
				e, ERR_FORMAT, 0, "%s: version %s has no schema", name, version);
		storage += json_is_true(json_object_get(v, "storage"));
	}
	if (storage != 1)
		return err_set(e, ERR_FORMAT, 0,
			"%s: one version must have \"storage: true\", but %zu have", name, storage);
	return 0;
}

int crd_check(const json_t *crd, struct err *e)
{
	const char *name = crd_name(crd), *scope = crd_scope(crd);

	if (!name || !is_dns_subdomain(name))
		return err_set(
			e, ERR_FORMAT, 0, "a CustomResourceDefinition has no valid metadata.name");
	if (json_check(crd, crd_shape, ARRAY_LEN(crd_shape), e) < 0)
		return err_wrap(e, "%s", name);
	if (!crd_group(crd) || !crd_plural(crd) || !crd_kind(crd))
		return err_set(e, ERR_FORMAT, 0,
			"%s: spec.group, spec.names.plural or spec.names.kind is missing", name);
	if (!is_dns_label(crd_plural(crd)) || !is_dns_subdomain(crd_group(crd)))
		return err_set(e, ERR_FORMAT, 0,
			"%s: spec.names.plural must be one word, and spec.group a domain, in lower "
			"case",
			name);
	char_auto *full = xasprintf("%s.%s", crd_plural(crd), crd_group(crd));

	if (strcmp(full, name) != 0)
		return err_set(e, ERR_FORMAT, 0,
			"%s: metadata.name must be spec.names.plural.spec.group, which is %s", name,
			full);
	if (!scope || (strcmp(scope, "Cluster") != 0 && strcmp(scope, "Namespaced") != 0))
		return err_set(e, ERR_FORMAT, 0,
			"%s: spec.scope must be \"Cluster\" or \"Namespaced\"", name);
	return check_versions(crd, e);
}

/* Sets */

/* Keeps what a manifest may set. Status and other metadata belong to the server. */
static json_t *only_desired(const json_t *doc)
{
	static const char *const kept[] = { "name", "labels", "annotations" };
	json_t *metadata = json_object();

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		const json_t *value = json_at(doc, "metadata", kept[i], NULL);

		if (value && !json_is_null(value))
			json_object_set_new(metadata, kept[i], json_deep_copy(value));
	}
	json_object_del(json_object_get(metadata, "annotations"),
		"kubectl.kubernetes.io/last-applied-configuration");
	/* Only a verified signature may set this: otherwise a file could claim any age. */
	json_object_del(json_object_get(metadata, "annotations"), FLOOR_ANNOTATION);
	return json_pack("{s:s, s:s, s:o, s:O?}", "apiVersion", "apiextensions.k8s.io/v1", "kind",
		"CustomResourceDefinition", "metadata", metadata, "spec", spec(doc));
}

static int add_documents(json_t *set, const json_t *documents, const char *noun, struct err *e);

/* In a list of one kind the objects may omit the kind. */
static void name_kind(const json_t *items)
{
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item) {
		if (!json_is_object(item) || json_object_get(item, "kind"))
			continue;
		json_object_set_new(item, "kind", json_string("CustomResourceDefinition"));
		json_object_set_new(item, "apiVersion", json_string("apiextensions.k8s.io/v1"));
	}
}

static bool is_other(const json_t *doc)
{
	const char *kind = json_str(doc, "kind"), *version = json_str(doc, "apiVersion");

	return kind && version && !has_suffix(kind, "List") &&
	       strcmp(kind, "CustomResourceDefinition") != 0;
}

void crd_drop_others(json_t *documents)
{
	for (size_t i = json_array_size(documents); i-- > 0;) {
		json_t *doc = json_array_get(documents, i);

		if (is_other(doc))
			json_array_remove(documents, i);
		else
			crd_drop_others(json_object_get(doc, "items"));
	}
}

/* Names all objects to take out in one error: a whole install manifest has a dozen. */
static int check_kinds(const json_t *documents, const char *noun, struct err *e)
{
	buf_auto others = { 0 };
	const json_t *doc;
	size_t i, n = 0, crds = 0;

	json_array_foreach(documents, i, doc) {
		const char *name = crd_name(doc), *kind = json_str(doc, "kind");

		crds += kind && strcmp(kind, "CustomResourceDefinition") == 0;
		if (is_other(doc))
			buf_printf(&others, "%s%s %zu %.100s \"%.253s\"", n++ ? ", " : "", noun,
				i + 1, kind, name ? name : "");
	}
	if (n == 0)
		return 0;
	return err_set(e, ERR_FORMAT, 0,
		"only CustomResourceDefinitions are installed, and %zu of its objects %s none; "
		"use kubectl for them, and --crds-only to install the %zu CRDs: %s",
		n, n == 1 ? "is" : "are", crds, buf_str(&others));
}

static int add_document(json_t *set, const json_t *doc, const char *noun, size_t i, struct err *e)
{
	const char *kind = json_str(doc, "kind"), *version = json_str(doc, "apiVersion");
	const char *name = crd_name(doc);

	if (!json_is_object(doc) || !kind || !version)
		return err_set(e, ERR_FORMAT, 0,
			"%s %zu is no Kubernetes object: kind or apiVersion is missing", noun,
			i + 1);
	if (strcmp(kind, "List") == 0 && strcmp(version, "v1") == 0)
		return add_documents(set, json_object_get(doc, "items"), "list item", e);
	if (strcmp(kind, "CustomResourceDefinitionList") == 0) {
		name_kind(json_object_get(doc, "items"));
		return add_documents(set, json_object_get(doc, "items"), "list item", e);
	}
	if (strcmp(kind, "CustomResourceDefinition") != 0)
		return err_set(e, ERR_FORMAT, 0,
			"%s %zu is a %s, which is no list of CustomResourceDefinitions; take it "
			"out and use kubectl for it",
			noun, i + 1, kind);
	if (strcmp(version, "apiextensions.k8s.io/v1") != 0)
		return err_set(e, ERR_FORMAT, 0,
			"%s %zu, \"%s\", has apiVersion %s; only apiextensions.k8s.io/v1 is served "
			"by Kubernetes 1.22 and later",
			noun, i + 1, name ? name : "", version);
	json_auto_t *crd = only_desired(doc);

	if (crd_check(crd, e) < 0)
		return err_wrap(e, "%s %zu", noun, i + 1);
	if (crd_find(set, crd_name(crd)))
		return err_set(e, ERR_FORMAT, 0, "%s %zu: %s occurs twice in the manifest", noun,
			i + 1, crd_name(crd));
	json_array_append(set, crd);
	return 0;
}

static int add_documents(json_t *set, const json_t *documents, const char *noun, struct err *e)
{
	const json_t *doc;
	size_t i;

	if (check_kinds(documents, noun, e) < 0)
		return -1;
	json_array_foreach(documents, i, doc)
		if (add_document(set, doc, noun, i, e) < 0)
			return -1;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(crd_name(*(json_t *const *)a), crd_name(*(json_t *const *)b));
}

static json_t *sorted(const json_t *set)
{
	size_t n = json_array_size(set);
	json_t **items = xcalloc(n, sizeof(json_t *));
	json_t *result = json_array();

	for (size_t i = 0; i < n; i++)
		items[i] = json_array_get(set, i);
	qsort(items, n, sizeof(json_t *), by_name);
	for (size_t i = 0; i < n; i++)
		json_array_append(result, items[i]);
	free(items);
	return result;
}

json_t *crd_set(const json_t *documents, struct err *e)
{
	json_auto_t *set = json_array();

	if (add_documents(set, documents, "document", e) < 0)
		return NULL;
	if (json_array_size(set) == 0) {
		err_set(e, ERR_FORMAT, 0,
			"no CustomResourceDefinition in it; is this the right file?");
		return NULL;
	}
	return sorted(set);
}

const json_t *crd_find(const json_t *set, const char *name)
{
	const json_t *crd;
	size_t i;

	json_array_foreach(set, i, crd)
		if (strcmp(crd_name(crd), name) == 0)
			return crd;
	return NULL;
}

const json_t *crd_condition(const json_t *object, const char *type)
{
	const json_t *condition;
	size_t i;

	json_array_foreach(json_at(object, "status", "conditions", NULL), i, condition) {
		const char *name = json_str(condition, "type");

		if (name && strcmp(name, type) == 0)
			return condition;
	}
	return NULL;
}

bool crd_condition_is(const json_t *object, const char *type, const char *status)
{
	const char *now = json_str(crd_condition(object, type), "status");

	return now && strcmp(now, status) == 0;
}
