/* SPDX-License-Identifier: Apache-2.0 */
/* One CRD: what is refused, how a difference reads, what a fingerprint covers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "manifest/crd.h"
#include "manifest/rules.h"
#include "manifest/source.h"

/* A CRD as flow YAML, from its parts. */
#define META "metadata: {name: as.example.test}"
#define NAMES "names: {plural: as, kind: A}"
#define V1(more) "{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {" more "}}}"
#define SPEC(names, scope, versions) \
	"spec: {group: example.test, " names ", " scope "versions: " versions "}"
#define CRD(meta, spec) \
	"{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, " meta ", " spec "}"
#define GOOD CRD(META, SPEC(NAMES, "scope: Cluster, ", "[" V1("type: object") "]"))
#define WITH(schema) CRD(META, SPEC(NAMES, "scope: Cluster, ", "[" V1(schema) "]"))
#define VERSIONS(list) CRD(META, SPEC(NAMES, "scope: Cluster, ", list))

static json_t *documents_of(const char *text)
{
	err_auto e = { 0 };
	json_t *documents = yaml_load("test", text, strlen(text), &e);

	if (!documents)
		fail_msg("%s: %s", text, e.msg);
	return documents;
}

static json_t *crd_of(const char *text)
{
	json_auto_t *documents = documents_of(text);

	return json_incref(json_array_get(documents, 0));
}

static void a_crd_with_all_its_parts_is_accepted(void **state)
{
	err_auto e = { 0 };
	json_auto_t *crd = crd_of(GOOD);

	(void)state;
	assert_int_equal(crd_check(crd, &e), 0);
	assert_null(e.msg);
}

static void each_fault_is_refused_and_named(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ CRD("metadata: {}", SPEC(NAMES, "", "[]")), "no valid metadata.name" },
		{ CRD("metadata: {name: 5}", SPEC(NAMES, "", "[]")), "no valid metadata.name" },
		{ CRD("metadata: {name: ''}", SPEC(NAMES, "", "[]")), "no valid metadata.name" },
		{ CRD("metadata: {name: As.example.test}", SPEC(NAMES, "", "[]")),
			"no valid metadata.name" },
		{ CRD("metadata: {name: as/x.example.test}", SPEC(NAMES, "", "[]")),
			"no valid metadata.name" },
		{ CRD(META, "spec: {}"), "spec.group, spec.names.plural or spec.names.kind" },
		{ CRD(META, "spec: text"), "spec is a string, not an object" },
		{ CRD(META, SPEC("names: {plural: as}", "", "[]")), "spec.names.kind is missing" },
		{ CRD(META, SPEC("names: {kind: A}", "", "[]")), "spec.names.plural" },
		{ CRD(META, SPEC("names: [as]", "", "[]")),
			"spec.names is an array, not an object" },
		{ CRD(META, SPEC("names: {plural: bs, kind: A}", "", "[]")),
			"which is bs.example.test" },
		{ CRD(META, SPEC(NAMES, "", "[" V1("") "]")), "spec.scope must be" },
		{ CRD(META, SPEC(NAMES, "scope: cluster, ", "[]")), "spec.scope must be" },
		{ VERSIONS("[]"), "spec.versions is missing or empty" },
		{ VERSIONS("{v1: {}}"), "spec.versions is an object, not an array" },
		{ VERSIONS("[5]"), "spec.versions[] is an integer, not an object" },
		{ VERSIONS("[" V1("") ", {name: V2}]"), "spec.versions[1] has no name" },
		{ VERSIONS("[{name: v1, storage: true}]"), "version v1 has no schema" },
		{ CRD(META, SPEC(NAMES, "scope: Cluster, preserveUnknownFields: false, ",
				    "[{name: v1, storage: true}]")),
			"version v1 has no schema" },
		{ CRD(META, SPEC(NAMES, "scope: Cluster, preserveUnknownFields: true, ",
				    "[{name: v1, storage: true, schema: {openAPIV3Schema: 5}}]")),
			"openAPIV3Schema is an integer, not an object" },
		{ VERSIONS("[{name: v1, storage: true, schema: {openAPIV3Schema: text}}]"),
			"openAPIV3Schema is a string, not an object" },
		{ VERSIONS("[" V1("") ", " V1("") "]"), "version v1 occurs twice" },
		{ VERSIONS("[{name: v1, schema: {openAPIV3Schema: {}}}]"), "but 0 have" },
		{ VERSIONS("[{name: v1, storage: 'true', schema: {openAPIV3Schema: {}}}]"),
			"spec.versions[].storage is a string, not a boolean" },
		{ VERSIONS("[" V1("") ", {name: v2, storage: true, schema: "
				      "{openAPIV3Schema: {}}}]"),
			"but 2 have" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err_auto e = { 0 };
		json_auto_t *crd = crd_of(cases[i].text);

		if (crd_check(crd, &e) == 0)
			fail_msg("accepted: %s", cases[i].text);
		assert_int_equal(e.kind, ERR_FORMAT);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("\"%s\" lacks \"%s\"", e.msg, cases[i].says);
	}
}

static void a_refused_set_names_the_place_of_the_fault(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ GOOD "\n---\n" VERSIONS("[]"), "document 2: as.example.test: spec.versions" },
		{ "{apiVersion: v1, kind: List, items: [" GOOD ", {apiVersion: v1, kind: Secret}]}",
			"list item 2 Secret \"\"" },
		{ "{apiVersion: v1, kind: List, items: [" GOOD "]}\n---\n" GOOD,
			"document 2: as.example.test occurs twice" },
		{ "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, "
		  "items: [7]}]}",
			"list item 1 is no Kubernetes object" },
		{ "{apiVersion: v1, kind: Pod, metadata: {name: p}}\n---\n" GOOD
		  "\n---\n{apiVersion: v1, kind: Secret, metadata: {name: s}}",
			"2 of its objects are none; use kubectl for them, and --crds-only to "
			"install the 1 CRDs: document 1 Pod \"p\", document 3 Secret \"s\"" },
		{ "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinitionList, "
		  "items: [{metadata: {name: b}}]}",
			"list item 1: b: spec.group" },
		{ "{apiVersion: v1, kind: List, items: text}", "no CustomResourceDefinition" },
		{ "{apiVersion: v1, kind: List}", "no CustomResourceDefinition" },
		{ "{apiVersion: v2, kind: List, items: []}", "document 1 is a List" },
		{ "{kind: CustomResourceDefinition}", "document 1 is no Kubernetes object" },
		{ "text", "document 1 is no Kubernetes object" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err_auto e = { 0 };
		json_auto_t *documents = documents_of(cases[i].text);

		assert_null(crd_set(documents, &e));
		assert_int_equal(e.kind, ERR_FORMAT);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("\"%s\" lacks \"%s\"", e.msg, cases[i].says);
	}
}

static void a_difference_reads_as_path_and_values(void **state)
{
	static const struct {
		const char *live, *desired, *line;
	} cases[] = {
		{ WITH("type: string"), WITH("type: integer"),
			"spec.versions[v1].schema.openAPIV3Schema.type: \"string\" -> "
			"\"integer\"" },
		{ WITH("type: string"), WITH("type: string, maxLength: 9"),
			"spec.versions[v1].schema.openAPIV3Schema.maxLength: added 9" },
		{ WITH("type: string, maxLength: 9"), WITH("type: string"),
			"spec.versions[v1].schema.openAPIV3Schema.maxLength: removed" },
		/* 58 letters and two quotes are shown, one letter more is not. */
		{ WITH("pattern: a"),
			WITH("pattern: "
			     "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefgh"),
			"spec.versions[v1].schema.openAPIV3Schema.pattern: \"a\" -> "
			"\"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefgh\"" },
		{ WITH("pattern: a"),
			WITH("pattern: "
			     "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghi"),
			"spec.versions[v1].schema.openAPIV3Schema.pattern: \"a\" -> \"...\"" },
		{ WITH("x: [{name: a, v: 1}, {name: b, v: 1}]"),
			WITH("x: [{name: a, v: 1}, {name: b, v: 2}]"),
			"spec.versions[v1].schema.openAPIV3Schema.x[b].v: 1 -> 2" },
		{ WITH("x: [{name: a}, {name: b}]"), WITH("x: [{name: b}, {name: a}]"),
			"spec.versions[v1].schema.openAPIV3Schema.x: [{\"name\":\"a\"},{\"name\":"
			"\"b\"}] -> [{\"name\":\"b\"},{\"name\":\"a\"}]" },
		{ WITH("x: [{name: a}]"), WITH("x: [{name: a}, {name: a}]"),
			"spec.versions[v1].schema.openAPIV3Schema.x: [{\"name\":\"a\"}] -> "
			"[{\"name\":\"a\"},{\"name\":\"a\"}]" },
		{ WITH("x: {}"), WITH("x: []"),
			"spec.versions[v1].schema.openAPIV3Schema.x: {} -> []" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_auto_t *live = crd_of(cases[i].live), *desired = crd_of(cases[i].desired);
		json_auto_t *changes = crd_diff(live, desired);

		assert_int_equal(json_array_size(changes), 1);
		char_auto *line = crd_diff_line(json_array_get(changes, 0));

		assert_string_equal(line, cases[i].line);
	}
}

/* Every pair of these differs in its API, unless both have the same letter. */
static const struct {
	char api;
	const char *text;
} apis[] = {
	{ 'a', GOOD },
	{ 'a', CRD("metadata: {name: as.example.test, labels: {l: m}, uid: x}",
		       SPEC(NAMES, "scope: Cluster, ",
			       "[" V1("type: object") "]") ", status: {}") },
	{ 'a', CRD(META, SPEC("names: {plural: as, kind: A, singular: a, listKind: AList}",
				 "preserveUnknownFields: false, conversion: {strategy: None}, "
				 "scope: Cluster, ",
				 "[" V1("type: object, description: words") "]")) },
	{ 'b', CRD(META, SPEC("names: {plural: as, kind: A, singular: other}", "scope: Cluster, ",
				 "[" V1("type: object") "]")) },
	{ 'c', CRD(META, SPEC("names: {plural: as, kind: A, listKind: As}", "scope: Cluster, ",
				 "[" V1("type: object") "]")) },
	{ 'd', CRD(META, SPEC(NAMES, "scope: Cluster, preserveUnknownFields: true, ",
				 "[" V1("type: object") "]")) },
	{ 'e', CRD(META, SPEC(NAMES, "scope: Cluster, conversion: {strategy: Webhook}, ",
				 "[" V1("type: object") "]")) },
	{ 'f', WITH("type: object, minimum: 1") },
	{ 'f', WITH("minimum: 1.0, type: object") },
	{ 'g', WITH("type: object, minimum: 1.5") },
	{ 'h', WITH("type: object, minimum: '1'") },
	{ 'i', WITH("type: object, enum: [a, b]") },
	{ 'j', WITH("type: object, enum: [b, a]") },
	{ 'k', WITH("type: object, x-kubernetes-validations: [{rule: r}]") },
	{ 'k', WITH("type: object, x-kubernetes-validations: [{rule: r, message: m}]") },
	{ 'l', WITH("type: object, properties: {description: {type: string}}") },
	{ 'm', WITH("type: object, properties: {description: {type: integer}}") },
	{ 'n', WITH("type: object, default: {description: x}") },
	{ 'o', WITH("type: object, default: {}") },
	{ 'q', WITH("type: object, default: {a: {description: x}}") },
	{ 'r', WITH("type: object, default: {a: {}}") },
	{ 'p', CRD(META, "status: {}") },
};

static void a_fingerprint_is_the_same_exactly_when_the_diff_is_empty(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(apis); i++)
		for (size_t k = 0; k < ARRAY_LEN(apis); k++) {
			json_auto_t *a = crd_of(apis[i].text), *b = crd_of(apis[k].text);
			json_auto_t *changes = crd_diff(a, b);
			char one[SHA256_HEX_SIZE], two[SHA256_HEX_SIZE];
			bool same = apis[i].api == apis[k].api;

			crd_fingerprint(a, one);
			crd_fingerprint(b, two);
			if ((json_array_size(changes) == 0) != same)
				fail_msg("diff of %zu and %zu", i, k);
			if ((strcmp(one, two) == 0) != same)
				fail_msg("fingerprints of %zu and %zu", i, k);
		}
}

static void comparing_changes_neither_side(void **state)
{
	json_auto_t *a = crd_of(apis[2].text), *b = crd_of(apis[14].text);
	json_auto_t *a_before = json_deep_copy(a), *b_before = json_deep_copy(b);
	json_auto_t *changes = crd_diff(a, b), *again = crd_diff_prose(b, a);
	char hex[SHA256_HEX_SIZE];

	(void)state;
	crd_fingerprint(a, hex);
	assert_int_not_equal(json_array_size(changes), 0);
	assert_int_not_equal(json_array_size(again), 0);
	assert_true(json_equal(a, a_before));
	assert_true(json_equal(b, b_before));
}

/* The annotation stays when a manifest says nothing of it, and counts when it does. */
static void an_approval_counts_when_the_manifest_has_one(void **state)
{
#define APPROVED(value) \
	CRD("metadata: {name: as.example.test, annotations: {api-approved.kubernetes.io: " value \
	    "}}", \
		SPEC(NAMES, "scope: Cluster, ", "[" V1("type: object") "]"))
	json_auto_t *none = crd_of(GOOD), *one = crd_of(APPROVED("a"));
	json_auto_t *two = crd_of(APPROVED("b"));
	json_auto_t *unasked = crd_diff(one, none), *missing = crd_diff(none, one);
	json_auto_t *other = crd_diff(one, two), *same = crd_diff(two, two);
	char live[SHA256_HEX_SIZE], manifest[SHA256_HEX_SIZE];

	(void)state;
	crd_fingerprint(one, live);
	crd_fingerprint(none, manifest);
	assert_string_equal(live, manifest);
	assert_int_equal(json_array_size(unasked), 0);
	assert_int_equal(json_array_size(missing), 1);
	assert_int_equal(json_array_size(other), 1);
	assert_int_equal(json_array_size(same), 0);
}

static void names_left_out_are_as_the_server_makes_them(void **state)
{
	json_auto_t *crd = crd_of("{spec: {names: {kind: BGPPeer}}}");
	char_auto *singular = crd_singular(crd), *list_kind = crd_list_kind(crd);

	(void)state;
	assert_string_equal(singular, "bgppeer");
	assert_string_equal(list_kind, "BGPPeerList");
}

#define FIXED "x-kubernetes-validations: [{rule: self == oldSelf"
#define RULES(more) \
	"{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, " \
	"metadata: {name: as.example.test}, spec: {group: example.test, scope: Cluster, " \
	"names: {plural: as, kind: IPPool}, versions: [{name: v1, served: true, storage: true, " \
	"schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, " \
	"properties: {" more "}}}}}}]}}"

static const char *message_of(const json_t *crd, const char *field)
{
	const json_t *version = json_array_get(crd_versions(crd), 0);

	return json_str(json_array_get(json_at(version, "schema", "openAPIV3Schema", "properties",
					       "spec", "properties", field,
					       "x-kubernetes-validations", NULL),
				0),
		"message");
}

static void a_rule_without_a_message_gets_the_sentence_of_its_place(void **state)
{
	json_auto_t *crd = crd_of(RULES("cidr: {" FIXED "}]}, other: {" FIXED "}]}, "
		"theirs: {" FIXED ", message: kept}]}, unknown: {x-kubernetes-validations: "
		"[{rule: '1 == 2'}]}"));
	err_auto e = { 0 };

	(void)state;
	rules_fill(crd);
	assert_non_null(strstr(message_of(crd, "cidr"), "Keep the cidr"));
	assert_non_null(strstr(message_of(crd, "other"), "fixed once it is set"));
	assert_string_equal(message_of(crd, "theirs"), "kept");
	assert_null(message_of(crd, "unknown"));
	assert_int_equal(rules_check(crd, &e), -1);
	assert_non_null(strstr(e.msg, "IPPool, spec.unknown: "));
	assert_non_null(strstr(e.msg, "no sentence for this rule; add one: 1 == 2"));
}

static void every_rule_of_a_release_that_is_built_in_has_a_sentence(void **state)
{
	catalog_auto catalog = { 0 };
	err_auto e = { 0 };
	const json_t *crd;
	size_t i, n = 0;

	(void)state;
	assert_int_equal(source_catalog(&catalog, &e), 0);
	for (size_t k = 0; k < SET_COUNT * catalog.n; k++) {
		const struct release *r = &catalog.releases[k / SET_COUNT];
		enum manifest_set set = k % SET_COUNT;
		source_auto source = { 0 };

		if (!release_surface(r, set))
			continue;
		assert_int_equal(source_embedded(&source, r, set, &e), 0);
		json_array_foreach(source.crds, i, crd)
			if (rules_check(crd, &e) < 0)
				fail_msg("%s: %s", source.name, e.msg);
		n++;
	}
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crd_with_all_its_parts_is_accepted),
		cmocka_unit_test(each_fault_is_refused_and_named),
		cmocka_unit_test(a_refused_set_names_the_place_of_the_fault),
		cmocka_unit_test(a_difference_reads_as_path_and_values),
		cmocka_unit_test(a_fingerprint_is_the_same_exactly_when_the_diff_is_empty),
		cmocka_unit_test(comparing_changes_neither_side),
		cmocka_unit_test(an_approval_counts_when_the_manifest_has_one),
		cmocka_unit_test(names_left_out_are_as_the_server_makes_them),
		cmocka_unit_test(a_rule_without_a_message_gets_the_sentence_of_its_place),
		cmocka_unit_test(every_rule_of_a_release_that_is_built_in_has_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
