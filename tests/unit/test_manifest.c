/* SPDX-License-Identifier: Apache-2.0 */
/* Releases, surfaces and CRDs: selection, matching, refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "manifest/bundle.h"
#include "manifest/crd.h"
#include "manifest/source.h"
#include "manifest/surface.h"

#define DIGEST(c) c c c c c c c c c c c c c c c c
#define A DIGEST("aaaa")
#define B DIGEST("bbbb")
#define C DIGEST("cccc")

static const char rows[] = "# RELEASE FILE BYTES CRDS SHA256 SURFACE\n"
			   "v3.3.0 crds.yaml 10 2 " A " v3.3.0\n"
			   "v3.29.1 crds.yaml 10 2 " B " v3.29.1\n"
			   "v3.29.1 operator-crds.yaml 20 4 " C " -\n"
			   "v3.29.10 crds.yaml 10 2 " B " v3.29.1\n"
			   "v3.30.0 crds.yaml 10 2 " A " -\n";

static void load(struct catalog *c)
{
	err_auto e = { 0 };

	if (catalog_parse(c, rows, &e) < 0)
		fail_msg("%s", e.msg);
}

static void a_selector_means_one_release(void **state)
{
	static const struct {
		const char *selector, *version;
	} cases[] = { { "latest", "v3.29.10" }, { "v3.29", "v3.29.10" }, { "3.29", "v3.29.10" },
		{ "v3.29.1", "v3.29.1" }, { "3.29.1", "v3.29.1" }, { "v3.3", "v3.3.0" } };
	catalog_auto c = { 0 };
	err_auto e = { 0 };

	(void)state;
	load(&c);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct release *r = catalog_find(&c, SET_CRDS, cases[i].selector, &e);

		assert_non_null(r);
		assert_string_equal(r->version, cases[i].version);
	}
}

/* v3.30.0 is known and not embedded; "v3" says too little. */
static void what_selects_nothing_is_a_usage_error(void **state)
{
	static const char *const selectors[] = { "v3", "3", "v3.2", "v3.29.2", "v3.30.0", "v3.30",
		"", "v", "newest", "v3.29.1.1", "v3.29." };
	catalog_auto c = { 0 };

	(void)state;
	load(&c);
	for (size_t i = 0; i < ARRAY_LEN(selectors); i++) {
		err_auto e = { 0 };

		if (catalog_find(&c, SET_CRDS, selectors[i], &e))
			fail_msg("\"%s\" selects a release", selectors[i]);
		assert_int_equal(e.kind, ERR_USAGE);
	}
}

/* NULL: no release is suggested, and the text names the known range. */
static void an_unknown_release_is_answered_within_its_minor_version(void **state)
{
	static const struct {
		const char *selector, *close;
	} cases[] = { { "v3.29.2", "v3.29.1" }, { "v3.29.99", "v3.29.10" },
		{ "3.29.2", "v3.29.1" }, { "v3.29.1.1", "v3.29.10" }, { "v3.29.", "v3.29.1" },
		{ "v3.3.7", "v3.3.0" }, { "V3.29.1", "v3.29.1" }, { "letest", "latest" },
		{ "v3.23.5", NULL }, { "v3.40", NULL }, { "v3.28.1", NULL }, { "v3.2", NULL },
		{ "v4.29.1", NULL }, { "v3.290.1", NULL }, { "v3.30.0", NULL }, { "v3", NULL },
		{ "master", NULL }, { "", NULL } };
	catalog_auto c = { 0 };

	(void)state;
	load(&c);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char_auto *wanted = cases[i].close
					    ? xasprintf("did you mean %s?", cases[i].close)
					    : xstrdup("the known releases are v3.3.0 to v3.29.10");
		err_auto e = { 0 };

		assert_null(catalog_find(&c, SET_CRDS, cases[i].selector, &e));
		if (!strstr(e.msg, wanted) || !cases[i].close != !strstr(e.msg, "did you mean"))
			fail_msg("%s: %s", cases[i].selector, e.msg);
	}
}

static void a_catalog_without_releases_suggests_none(void **state)
{
	static const char *const selectors[] = { "latest", "v3.29.1", "v3" };
	catalog_auto c = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(selectors); i++) {
		err_auto e = { 0 };

		assert_null(catalog_find(&c, SET_CRDS, selectors[i], &e));
		assert_non_null(strstr(e.msg, "the known releases are none"));
	}
}

static void a_digest_names_release_and_file(void **state)
{
	catalog_auto c = { 0 };
	const struct release_file *file = NULL;

	(void)state;
	load(&c);
	assert_string_equal(catalog_by_digest(&c, C, &file)->version, "v3.29.1");
	assert_string_equal(file->name, "operator-crds.yaml");
	assert_string_equal(catalog_by_digest(&c, B, &file)->version, "v3.29.10");
	assert_null(catalog_by_digest(&c, DIGEST("dddd"), &file));
}

static void versions_are_compared_as_numbers(void **state)
{
	(void)state;
	assert_true(version_compare("v3.9.0", "v3.10.0") < 0);
	assert_true(version_compare("v3.29.10", "v3.29.9") > 0);
	assert_int_equal(version_compare("v3.29.1", "v3.29.1"), 0);
}

static void a_broken_list_is_refused_with_its_line(void **state)
{
	static const char *const texts[] = { "v3.1.0 crds.yaml\n",
		"v3.1.0 crds.yaml ten 2 " A " v3.1.0\n",
		"v3.1.0 crds.yaml 10 2 " A " v3.1.0 1.16 more\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		catalog_auto c = { 0 };
		err_auto e = { 0 };

		assert_int_equal(catalog_parse(&c, texts[i], &e), -1);
		assert_non_null(strstr(e.msg, "releases.txt:1:"));
	}
}

/* CRDs */

#define CRD(name, more) \
	"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n" \
	"metadata: {name: " name ".example.test" more "}\n" \
	"spec:\n  group: example.test\n  scope: Cluster\n  names: {kind: K" name ", plural: " name \
	"}\n  versions:\n  - {name: v1, served: true, storage: true, " \
	"schema: {openAPIV3Schema: {type: object}}}\n"

static json_t *set_of(const char *text, struct err *e)
{
	json_auto_t *documents = yaml_load("test", text, strlen(text), e);

	return documents ? crd_set(documents, e) : NULL;
}

static void a_set_is_sorted_and_holds_what_a_manifest_may_say(void **state)
{
	err_auto e = { 0 };
	json_auto_t *set =
		set_of(CRD("b", ", uid: x, labels: {l: m}") "status: {}\n---\n" CRD("a", ""), &e);

	(void)state;
	assert_non_null(set);
	assert_string_equal(crd_name(json_array_get(set, 0)), "a.example.test");
	assert_null(json_object_get(json_array_get(set, 1), "status"));
	assert_null(json_at(json_array_get(set, 1), "metadata", "uid", NULL));
	assert_non_null(json_at(json_array_get(set, 1), "metadata", "labels", "l", NULL));
}

static void a_kubernetes_list_is_opened(void **state)
{
	static const char text[] =
		"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{"
		"\"apiVersion\": \"apiextensions.k8s.io/v1\", \"kind\": "
		"\"CustomResourceDefinition\", \"metadata\": {\"name\": "
		"\"a.example.test\"}, \"spec\": {\"group\": \"example.test\", "
		"\"scope\": \"Cluster\", \"names\": {\"kind\": \"A\", \"plural\": "
		"\"a\"}, \"versions\": [{\"name\": \"v1\", \"served\": true, "
		"\"storage\": true, \"schema\": {\"openAPIV3Schema\": {}}}]}}]}";
	err_auto e = { 0 };
	json_auto_t *set = set_of(text, &e);

	(void)state;
	assert_non_null(set);
	assert_int_equal(json_array_size(set), 1);
}

static void what_is_no_crd_is_refused_by_number_kind_and_name(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ CRD("a", "") "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\n",
			"document 2 ConfigMap \"cm\"" },
		{ CRD("a", "") "---\n" CRD("a", ""), "a.example.test occurs twice" },
		{ "kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1beta1\n"
		  "metadata: {name: old}\n",
			"has apiVersion apiextensions.k8s.io/v1beta1" },
		{ "- 1\n", "is no Kubernetes object" },
		{ "# nothing\n", "no CustomResourceDefinition in it" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err_auto e = { 0 };

		assert_null(set_of(cases[i].text, &e));
		if (!strstr(e.msg, cases[i].says))
			fail_msg("\"%s\" lacks \"%s\"", e.msg, cases[i].says);
		assert_int_equal(e.kind, ERR_FORMAT);
	}
}

static void fingerprints_are_equal_exactly_when_nothing_differs(void **state)
{
	err_auto e = { 0 };
	json_auto_t *a = set_of(CRD("a", ""), &e);
	json_auto_t *same = json_deep_copy(a), *other = json_deep_copy(a);
	char one[SHA256_HEX_SIZE], two[SHA256_HEX_SIZE], three[SHA256_HEX_SIZE];
	json_t *spec = json_object_get(json_array_get(same, 0), "spec");

	(void)state;
	json_object_set_new(spec, "conversion", json_pack("{s:s}", "strategy", "None"));
	json_object_set_new(spec, "preserveUnknownFields", json_false());
	json_object_set_new(json_object_get(json_array_get(other, 0), "spec"), "scope",
		json_string("Namespaced"));
	crd_fingerprint(json_array_get(a, 0), one);
	crd_fingerprint(json_array_get(same, 0), two);
	crd_fingerprint(json_array_get(other, 0), three);
	assert_string_equal(one, two);
	assert_string_not_equal(one, three);
}

/* Surfaces */

static const struct surface *whole(const char *text, const char *live_crds, struct surfaces *s)
{
	err_auto e = { 0 };
	json_auto_t *set = set_of(live_crds, &e), *live = json_object();
	json_t *crd;
	size_t i;

	if (!set || surfaces_parse(s, text, &e) < 0)
		fail_msg("%s", e.msg);
	json_array_foreach(set, i, crd)
		json_object_set(live, crd_name(crd), crd);
	json_auto_t *fingerprints = surfaces_fingerprints(live);

	return surfaces_whole(s, fingerprints);
}

static char *row(const char *surface, const char *name, const char *crd_text)
{
	err_auto e = { 0 };
	json_auto_t *set = set_of(crd_text, &e);
	char hex[SHA256_HEX_SIZE];

	crd_fingerprint(json_array_get(set, 0), hex);
	return xasprintf("%s crds %s %s %s\n", surface, name, surface, hex);
}

static void a_whole_surface_beats_a_partial_one_with_more_crds(void **state)
{
	char_auto *a = row("v2", "a.example.test", CRD("a", ""));
	char_auto *b = row("v2", "b.example.test", CRD("b", ""));
	char_auto *old = row("v1", "a.example.test", CRD("a", ""));
	char_auto *text = xasprintf("%s%sv2 crds c.example.test v2 " A "\n%s", a, b, old);
	surfaces_auto s = { 0 };
	const struct surface *f = whole(text, CRD("a", "") "---\n" CRD("b", ""), &s);

	(void)state;
	assert_non_null(f);
	assert_string_equal(f->version, "v1");
}

static void the_newest_of_equal_surfaces_is_named(void **state)
{
	char_auto *newer = row("v2", "a.example.test", CRD("a", ""));
	char_auto *older = row("v1", "a.example.test", CRD("a", ""));
	char_auto *text = xasprintf("%s%s", newer, older);
	surfaces_auto s = { 0 };

	(void)state;
	assert_string_equal(whole(text, CRD("a", ""), &s)->version, "v2");
}

static void nothing_in_common_matches_nothing(void **state)
{
	surfaces_auto s = { 0 };

	(void)state;
	assert_null(whole("v1 crds a.example.test v1 " A "\n", CRD("a", ""), &s));
}

/* Archives */

static void an_archive_gives_back_what_was_put_in(void **state)
{
	const struct bundle_entry entries[] = { { "one", "first", 5 }, { "two", "", 0 } };
	struct bundle_wanted wanted[] = { { .name = "two" }, { .name = "one" } };
	struct bundle_wanted three = { .name = "three" };
	buf_auto archive = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(bundle_write(&archive, entries, 2, BUNDLE_XZ, 0, &e), 0);
	assert_int_equal(bundle_find(archive.data, archive.len, wanted, 2, &e), 0);
	assert_string_equal(buf_str(&wanted[0].content), "");
	assert_string_equal(buf_str(&wanted[1].content), "first");
	buf_release(&wanted[0].content);
	buf_release(&wanted[1].content);
	assert_int_equal(bundle_find(archive.data, archive.len, &three, 1, &e), -1);
	assert_int_equal(e.kind, ERR_FORMAT);
}

static void a_damaged_archive_is_an_error_at_every_byte(void **state)
{
	const struct bundle_entry entry = { "one", "some content of the entry", 25 };
	buf_auto archive = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(bundle_write(&archive, &entry, 1, BUNDLE_XZ, 0, &e), 0);
	for (size_t len = 0; len < archive.len; len++) {
		struct bundle_wanted wanted = { .name = "one" };
		err_auto bad = { 0 };

		if (bundle_find(archive.data, len, &wanted, 1, &bad) == 0)
			assert_string_equal(buf_str(&wanted.content), entry.data);
		else
			assert_non_null(bad.msg);
		buf_release(&wanted.content);
	}
}

/* Upstream's file of the set v3 lacks the CRDs of the shared group. */
static void open_embedded(const struct release *r, enum manifest_set set)
{
	const struct release_file *file = release_set(r, set);
	source_auto source = { 0 };
	err_auto e = { 0 };
	size_t shared = 0, i;
	const json_t *crd;

	if (source_embedded(&source, r, set, &e) < 0)
		fail_msg("%s, set %s: %s", r->version, set_name(set), e.msg);
	assert_string_equal(source.set, set_name(set));
	json_array_foreach(source.crds, i, crd)
		shared += strcmp(crd_group(crd), "policy.networking.k8s.io") == 0;
	assert_int_equal(
		json_array_size(source.crds), file->crds + (set == SET_V3 ? shared : 0));
}

static void every_embedded_set_can_be_opened(void **state)
{
	size_t opened[SET_COUNT] = { 0 };
	catalog_auto c = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(source_catalog(&c, &e), 0);
	for (size_t i = 0; i < c.n; i++)
		for (enum manifest_set set = SET_CRDS; set < SET_COUNT; set++)
			if (release_surface(&c.releases[i], set)) {
				open_embedded(&c.releases[i], set);
				opened[set]++;
			}
	assert_true(opened[SET_CRDS] >= 54);
	assert_int_equal(opened[SET_OPERATOR], opened[SET_CRDS]);
	assert_true(opened[SET_V3] >= 2);
}

static void a_release_without_the_set_names_the_first_that_has_it(void **state)
{
	static const char text[] = "v3.1.0 crds.yaml 1 1 " A " v3.1.0\n"
				   "v3.2.0 crds.yaml 1 1 " B " v3.2.0\n"
				   "v3.2.0 operator-crds.yaml 1 1 " C " v3.2.0\n";
	catalog_auto c = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(catalog_parse(&c, text, &e), 0);
	assert_string_equal(catalog_find(&c, SET_OPERATOR, "latest", &e)->version, "v3.2.0");
	assert_null(catalog_find(&c, SET_OPERATOR, "v3.1", &e));
	assert_non_null(strstr(
		e.msg, "v3.1.0 has no set operator: the first release that has it is v3.2.0"));
}

static void surfaces_of_one_group_that_are_equal_are_one(void **state)
{
	static const char text[] = "v3 operator a.one.test v1 " A "\n"
				   "v3 operator b.two.test v3 " C "\n"
				   "v2 operator a.one.test v1 " A "\n"
				   "v2 crds a.one.test v2 " B "\n"
				   "v1 operator a.one.test v1 " A "\n"
				   "v1 operator b.two.test v1 " B "\n";
	surfaces_auto all = { 0 }, one = { 0 }, two = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(surfaces_parse(&all, text, &e), 0);
	surfaces_select(&one, &all, SET_OPERATOR, "one.test");
	assert_int_equal(one.n, 1);
	assert_string_equal(one.items[0].version, "v1");
	assert_string_equal(one.items[0].last, "v3");
	surfaces_select(&two, &all, SET_OPERATOR, "two.test");
	assert_int_equal(two.n, 2);
	assert_string_equal(two.items[1].version, "v1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_selector_means_one_release),
		cmocka_unit_test(what_selects_nothing_is_a_usage_error),
		cmocka_unit_test(an_unknown_release_is_answered_within_its_minor_version),
		cmocka_unit_test(a_catalog_without_releases_suggests_none),
		cmocka_unit_test(a_digest_names_release_and_file),
		cmocka_unit_test(versions_are_compared_as_numbers),
		cmocka_unit_test(a_broken_list_is_refused_with_its_line),
		cmocka_unit_test(a_set_is_sorted_and_holds_what_a_manifest_may_say),
		cmocka_unit_test(a_kubernetes_list_is_opened),
		cmocka_unit_test(what_is_no_crd_is_refused_by_number_kind_and_name),
		cmocka_unit_test(fingerprints_are_equal_exactly_when_nothing_differs),
		cmocka_unit_test(a_whole_surface_beats_a_partial_one_with_more_crds),
		cmocka_unit_test(the_newest_of_equal_surfaces_is_named),
		cmocka_unit_test(nothing_in_common_matches_nothing),
		cmocka_unit_test(an_archive_gives_back_what_was_put_in),
		cmocka_unit_test(a_damaged_archive_is_an_error_at_every_byte),
		cmocka_unit_test(every_embedded_set_can_be_opened),
		cmocka_unit_test(a_release_without_the_set_names_the_first_that_has_it),
		cmocka_unit_test(surfaces_of_one_group_that_are_equal_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
