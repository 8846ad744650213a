/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Kubernetes driver: every kind from objects of our own (tests/unit/data/calico/kinds.json to
 * kinds.wide and kinds.yaml), and what a name means under the conventions of each release and
 * group.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/store/kubernetes.h"
#include "calico/show/print.h"
#include "calico/show/read.h"

#define OWN "tests/unit/data/calico/"
#define V1 "/apis/crd.projectcalico.org/v1"
#define V3 "/apis/projectcalico.org/v3"
#define NO_KINDS "{\"groupVersion\":\"projectcalico.org/v3\",\"resources\":[]}"
#define GNP V1 "/globalnetworkpolicies"
#define INFORMATION V1 "/clusterinformations/default"
#define LIST "?limit=500"
#define NO_CRD 404, "404 page not found\n", 0
#define NO_OBJECT 404, "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"words\"}", 0
#define DENIED 403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"words\"}", 0
#define NAMED(name) "{\"metadata\":{\"name\":\"" name "\"},\"spec\":{}}"
/* As calicoctl stored it before v3.29.4. */
#define ANNOTATED(name) \
	"{\"metadata\":{\"name\":\"" name "\",\"annotations\":" \
	"{\"projectcalico.org/metadata\":\"{}\"}},\"spec\":{}}"
#define RELEASE(v) "{\"metadata\":{\"name\":\"default\"},\"spec\":{\"calicoVersion\":\"" v "\"}}"

static const char staged[] = "{\"resources\":[{\"name\":\"tiers\"},"
			     "{\"name\":\"stagednetworkpolicies\"}]}";

static const char *group; /* CALICO_API_GROUP */

static const struct calico_kind *kind_of(const char *name)
{
	err_auto e = { 0 };
	const struct calico_kind *kind = calico_kind_find(name, &e);

	assert_non_null(kind);
	return kind;
}

static int read_from(const struct server *s, const struct calico_kind *kind, const char *name,
	struct calico_read *r, struct err *e)
{
	struct calico_store store = kubernetes_store(s->api, group, false);
	int rc = calico_read(&store, kind, NULL, &name, name ? 1 : 0, true, NULL, r, e);

	calico_store_close(&store);
	return rc;
}

static void print_to(struct buf *out, const struct calico_kind *kind, struct calico_read *r,
	enum calico_format format)
{
	struct calico_view view = { .format = format, .namespaces = true };
	err_auto e = { 0 };

	assert_int_equal(calico_view_columns(&view, kind, NULL, &e), 0);
	calico_print(out, kind, r, &view);
	free(view.columns);
}

/* Every kind */

static char *text_of(const char *name)
{
	char_auto *path = xasprintf(OWN "%s", name);
	struct buf text = { 0 };
	err_auto e = { 0 };

	if (buf_read_file(&text, path, 1 << 20, &e) < 0)
		fail_msg("%s", e.msg);
	return buf_steal(&text);
}

/* The list of a resource as the server would answer it. */
static char *list_of(const json_t *stored, const char *plural)
{
	const json_t *items = json_object_get(stored, plural);
	struct buf out = { 0 };

	if (!items)
		fail_msg("there is no object of %s in " OWN "kinds.json", plural);
	buf_puts(&out, "{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":");
	json_write(&out, items, JSON_STYLE_COMPACT);
	buf_putc(&out, '}');
	return buf_steal(&out);
}

static void read_kind(const struct calico_kind *kind, const json_t *stored, struct calico_read *r)
{
	char *bodies[ARRAY_LEN(kind->resources)] = { NULL };
	char *paths[ARRAY_LEN(kind->resources)] = { NULL };
	struct route routes[ARRAY_LEN(kind->resources) + 3] = { 0 };
	err_auto e = { 0 };
	size_t n = 0;

	for (; n < ARRAY_LEN(kind->resources) && kind->resources[n].group; n++) {
		const struct calico_resource *resource = &kind->resources[n];

		bodies[n] = list_of(stored, resource->plural);
		paths[n] = xasprintf(
			"%s/%s" LIST, *resource->group ? V1 : "/api/v1", resource->plural);
		routes[n] = (struct route){ paths[n], 200, bodies[n], 0 };
	}
	routes[n] = (struct route){ INFORMATION, 200, RELEASE("v3.29.1"), 0 };
	routes[n + 1] = (struct route){ V1 "/bgpconfigurations/default", NO_OBJECT };
	server_auto s = start(routes);

	if (read_from(&s, kind, NULL, r, &e) < 0)
		fail_msg("%s", e.msg);
	for (size_t i = 0; i < n; i++) {
		free(bodies[i]);
		free(paths[i]);
	}
}

/* Into a file beside it, where there is one: what to compare when it differs. */
static void assert_text(const char *name, const struct buf *text)
{
	const char *build = getenv("BUILD");
	char_auto *wanted = text_of(name);
	char_auto *path = xasprintf("%s/%s", build ? build : "build", name);
	err_auto e = { 0 };

	if (strcmp(wanted, buf_str(text)) == 0)
		return;
	FILE *f = fopen(path, "w");

	if (f) {
		fputs(buf_str(text), f);
		fclose(f);
	}
	fail_msg("what is printed is not " OWN "%s; compare with %s", name, path);
}

static void every_kind_is_shown(void **state)
{
	char_auto *text = text_of("kinds.json");
	err_auto e = { 0 };
	json_auto_t *stored = json_parse(text, strlen(text), &e);
	buf_auto tables = { 0 }, documents = { 0 };
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	(void)state;
	assert_non_null(stored);
	for (size_t i = 0; i < n; i++) {
		calico_read_auto r = { 0 };

		read_kind(&kinds[i], stored, &r);
		if (json_array_size(r.problems) > 0)
			fail_msg("%s", json_string_value(json_array_get(r.problems, 0)));
		buf_printf(&tables, "# %s\n", kinds[i].kind);
		print_to(&tables, &kinds[i], &r, CALICO_WIDE);
		buf_puts(&documents, "---\n");
		print_to(&documents, &kinds[i], &r, CALICO_YAML);
	}
	assert_text("kinds.wide", &tables);
	assert_text("kinds.yaml", &documents);
}

static void empty_lists_are_headings(void **state)
{
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		json_auto_t *none = json_object();

		for (size_t k = 0; k < ARRAY_LEN(kinds[i].resources); k++)
			if (kinds[i].resources[k].group)
				json_object_set_new(
					none, kinds[i].resources[k].plural, json_array());
		calico_read_auto r = { 0 };
		buf_auto table = { 0 };

		read_kind(&kinds[i], none, &r);
		print_to(&table, &kinds[i], &r, CALICO_TABLE);
		size_t lines = 0;

		for (const char *p = buf_str(&table); *p; p++)
			lines += *p == '\n';
		/* A profile is always there. */
		assert_int_equal(lines, strcmp(kinds[i].kind, "Profile") == 0 ? 3 : 2);
	}
}

/* Columns */

static void check_columns(const char *kind, const char *custom, const char *wanted)
{
	char_auto *text = text_of("kinds.json");
	struct calico_view view = { .format = CALICO_TABLE };
	calico_read_auto r = { 0 };
	buf_auto out = { 0 };
	err_auto e = { 0 };
	json_auto_t *stored = json_parse(text, strlen(text), &e);

	read_kind(kind_of(kind), stored, &r);
	assert_int_equal(calico_view_columns(&view, kind_of(kind), custom, &e), 0);
	calico_print(&out, kind_of(kind), &r, &view);
	free(view.columns);
	assert_string_equal(buf_str(&out), wanted);
}

static void columns_are_headings_or_paths(void **state)
{
	(void)state;
	check_columns("tier", "ORDER,NAME",
		"ORDER   NAME      \n"
		"-5.5    first     \n"
		"0       zero      \n"
		"1e+06   default   \n\n");
	check_columns("networkset",
		"NAMESPACE,N:.metadata.name,SPEC:spec,NOT:.spec.a.b,V:.spec.nets",
		"NAMESPACE   N    SPEC                                     NOT      "
		"V                               \n"
		"default     a    {\"nets\":[\"10.0.0.0/8\",\"192.0.2.0/24\"]}   <none>   "
		"[\"10.0.0.0/8\",\"192.0.2.0/24\"]   \n\n");
	check_columns("ippool", "NAME,ASSIGNMENTMODE",
		"NAME         ASSIGNMENTMODE   \n"
		"new                           \n"
		"of-v1-days                    \n\n");
}

static void what_is_no_column_is_refused(void **state)
{
	static const char *const custom[] = { "", "name", "NAME,", ",NAME", "A:", ":.spec", "A:.",
		"A:.spec[0]", "A:{.spec}", "A:.a:.b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(custom); i++) {
		struct calico_view view = { .format = CALICO_TABLE };
		err_auto e = { 0 };

		if (calico_view_columns(&view, kind_of("tier"), custom[i], &e) == 0)
			fail_msg("\"%s\" is taken", custom[i]);
		assert_int_equal(e.kind, ERR_USAGE);
		free(view.columns);
	}
}

/* Names */

/* What "get gnp NAME -o name" prints, and says. */
static void check_name(const struct route *routes, const char *kind, const char *name,
	const char *printed, const char *said)
{
	server_auto s = start(routes);
	calico_read_auto r = { 0 };
	buf_auto out = { 0 };
	err_auto e = { 0 };

	if (read_from(&s, kind_of(kind), name, &r, &e) == 0)
		print_to(&out, kind_of(kind), &r, CALICO_NAME);
	const char *problem = json_string_value(json_array_get(r.problems, 0));

	problem = problem ? problem : e.msg;
	assert_string_equal(buf_str(&out), printed);
	if (said)
		assert_non_null(strstr(problem ? problem : "", said));
	else
		assert_null(problem);
}

#define POLICY "globalnetworkpolicy.projectcalico.org/"

static void a_policy_of_v3_29_has_its_tier_before_its_name(void **state)
{
	static const struct route routes[] = {
		{ INFORMATION, 200, RELEASE("v3.29.1"), 0 },
		{ V1, 200, staged, 0 },
		{ GNP "/web", NO_OBJECT },
		{ GNP "/default.web", 200, ANNOTATED("default.web"), 0 },
		{ GNP "/both", 200, NAMED("both"), 0 },
		{ GNP "/default.both", 200, NAMED("default.both"), 0 },
		{ GNP "/bare", 200, NAMED("bare"), 0 },
		{ GNP "/default.bare", NO_OBJECT },
		{ GNP "/nope", NO_OBJECT },
		{ GNP "/default.nope", NO_OBJECT },
		{ NULL, 0, NULL, 0 },
	};

	(void)state;
	check_name(routes, "gnp", "web", POLICY "default.web\n", NULL);
	check_name(routes, "gnp", "default.web", POLICY "default.web\n", NULL);
	check_name(routes, "gnp", "both", POLICY "default.both\n", NULL);
	check_name(routes, "gnp", "bare", POLICY "bare\n", NULL); /* as it is listed */
	check_name(routes, "gnp", "nope", "", "there is no GlobalNetworkPolicy default.nope");
}

static void a_policy_of_later_releases_is_found_by_the_name_it_is_listed_with(void **state)
{
	static const struct route routes[] = {
		{ INFORMATION, 200, RELEASE("v3.32.1"), 0 },
		{ V1, 200, NO_KINDS, 0 },
		{ GNP "/new", 200, NAMED("new"), 0 },
		{ GNP "/default.new", NO_OBJECT },
		{ GNP "/old", NO_OBJECT },
		{ GNP "/default.old", 200, ANNOTATED("default.old"), 0 },
		{ GNP "/kubectls", NO_OBJECT },
		{ GNP "/default.kubectls", 200, NAMED("default.kubectls"), 0 },
		{ NULL, 0, NULL, 0 },
	};

	(void)state;
	check_name(routes, "gnp", "new", POLICY "new\n", NULL);
	check_name(routes, "gnp", "old", POLICY "old\n", NULL);
	check_name(routes, "gnp", "default.kubectls", POLICY "default.kubectls\n", NULL);
	check_name(routes, "gnp", "kubectls", "", "there is no GlobalNetworkPolicy kubectls");
}

static void names_of_policies_are_those_of_the_release(void **state)
{
	static const struct {
		const char *information, *asked, *printed;
	} releases[] = {
		{ RELEASE("v3.28.5"), "web", POLICY "web\n" },
		{ RELEASE("v3.28.5"), "bare", POLICY "bare\n" },
		{ RELEASE("v3.29.0"), "web", POLICY "default.web\n" },
		{ RELEASE("v3.29.3"), "web", POLICY "default.web\n" },
		{ RELEASE("v3.29.4"), "web", POLICY "web\n" },
		{ RELEASE("v3.29.10"), "web", POLICY "web\n" },
		{ RELEASE("v3.30.0"), "web", POLICY "web\n" },
		{ RELEASE("v3.31.7"), "given", POLICY "given\n" },
		{ RELEASE("v3.33.0"), "web", POLICY "web\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(releases); i++) {
		const struct route routes[] = {
			{ INFORMATION, 200, releases[i].information, 0 },
			{ V1, 200, NO_KINDS, 0 },
			{ GNP "/web", NO_OBJECT },
			{ GNP "/default.web", 200, ANNOTATED("default.web"), 0 },
			{ GNP "/given", NO_OBJECT },
			{ GNP "/default.given", 200,
				"{\"metadata\":{\"name\":\"default.given\",\"annotations\":{"
				"\"projectcalico.org/metadata\":"
				"\"{\\\"name\\\":\\\"given\\\"}\"}}}",
				0 },
			{ GNP "/bare", NO_OBJECT },
			{ GNP "/default.bare", 200, NAMED("default.bare"), 0 },
			{ NULL, 0, NULL, 0 },
		};

		check_name(routes, "gnp", releases[i].asked, releases[i].printed, NULL);
	}
}

static void tiers_are_read_from_names_from_v3_29_to_v3_31(void **state)
{
	static const struct {
		const char *release, *name, *tier;
	} rows[] = {
		{ "v3.28.5", "default.a.b", NULL },
		{ "v3.29.1", "security.web", "security" },
		{ "v3.31.7", "security.web", "security" },
		{ "v3.32.0", "security.web", NULL },
		{ "", "security.web", "security" },
		{ NULL, "security.web", "security" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_auto_t *stored =
			json_pack("{s:{s:s}, s:{}}", "metadata", "name", rows[i].name, "spec");
		struct calico_rules rules = { 0 };
		err_auto e = { 0 };

		calico_rules_learn(&rules, rows[i].release);
		json_auto_t *object = convert_resource(kind_of("gnp"), stored, &rules, &e);
		const char *tier = json_str(json_object_get(object, "spec"), "tier");

		assert_non_null(object);
		assert_int_equal(!tier, !rows[i].tier);
		if (tier)
			assert_string_equal(tier, rows[i].tier);
	}
}

static void the_default_profile_is_that_of_the_release(void **state)
{
	static const char *const releases[] = { RELEASE("v3.31.7"), RELEASE("v3.32.1") };
	static const char *const names[] = { NULL, CALICO_DEFAULT_PROFILE };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(releases) * ARRAY_LEN(names); i++) {
		const struct route routes[] = {
			{ INFORMATION, 200, releases[i % 2], 0 },
			{ V1, 200, NO_KINDS, 0 },
			{ "/api/v1/namespaces" LIST, 200, "{\"items\":[]}", 0 },
			{ "/api/v1/serviceaccounts" LIST, 200, "{\"items\":[]}", 0 },
			{ NULL, 0, NULL, 0 },
		};
		server_auto s = start(routes);
		calico_read_auto r = { 0 };
		err_auto e = { 0 };

		if (read_from(&s, kind_of("profile"), names[i / 2], &r, &e) < 0)
			fail_msg("%s", e.msg);
		assert_int_equal(json_array_size(r.objects), 1);
		const json_t *version =
			json_at(json_array_get(r.objects, 0), "metadata", "resourceVersion", NULL);

		assert_string_equal(json_string_value(version), i % 2 ? "1" : "0");
	}
}

static void conventions_follow_from_what_is_installed_where_no_release_is_told(void **state)
{
	static const struct route routes[][6] = {
		{ { INFORMATION, NO_OBJECT }, { V1, 200, staged, 0 },
			{ GNP "/a", 200, NAMED("a"), 0 }, { GNP "/default.a", NO_OBJECT },
			{ NULL, 0, NULL, 0 } },
		{ { INFORMATION, 200, RELEASE(""), 0 }, { V1, 200, staged, 0 },
			{ GNP "/a", 200, NAMED("a"), 0 }, { GNP "/default.a", NO_OBJECT },
			{ NULL, 0, NULL, 0 } },
		{ { INFORMATION, NO_OBJECT }, { V1, 200, NO_KINDS, 0 }, { GNP "/a", NO_OBJECT },
			{ GNP "/default.a", 200, NAMED("default.a"), 0 }, { NULL, 0, NULL, 0 } },
		{ { INFORMATION, DENIED }, { V1, DENIED }, { GNP "/a", DENIED },
			{ GNP "/default.a", 200, NAMED("default.a"), 0 }, { NULL, 0, NULL, 0 } },
	};
	static const char *const printed[] = { POLICY "a\n", POLICY "a\n", POLICY "a\n",
		POLICY "default.a\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		check_name(routes[i], "gnp", "a", printed[i], NULL);
}

/* The v3 group */

#define AFFINITY \
	"{\"metadata\":{\"name\":\"a\",\"uid\":\"c21463dc-44e0-4fc3-81fe-c05c6cb46c1e\"}," \
	"\"spec\":{\"state\":\"confirmed\",\"node\":\"n\",\"cidr\":\"10.0.0.0/26\"," \
	"\"deleted\":false}}"

static void objects_of_the_v3_group_alone_are_found_by_name(void **state)
{
	static const struct route routes[] = {
		{ V1, NO_CRD },
		{ V3, 200, NO_KINDS, 0 },
		{ INFORMATION, NO_CRD },
		{ GNP "/web", NO_CRD },
		{ GNP "/default.web", NO_CRD },
		{ V3 "/globalnetworkpolicies/web", 200, NAMED("web"), 0 },
		{ V1 "/blockaffinities/a", NO_CRD },
		{ V3 "/blockaffinities/a", 200, AFFINITY, 0 },
		{ V1 "/ipamconfigs/default", NO_CRD },
		{ V3 "/ipamconfigurations/default", 200, NAMED("default"), 0 },
		{ V1 "/tiers/nope", NO_CRD },
		{ V3 "/tiers/nope", NO_OBJECT },
		{ NULL, 0, NULL, 0 },
	};
	server_auto s = start(routes);
	calico_read_auto r = { 0 };
	err_auto e = { 0 };

	(void)state;
	check_name(routes, "gnp", "web", POLICY "web\n", NULL);
	check_name(routes, "ipamconfig", "default", "ipamconfig.projectcalico.org/default\n", NULL);
	check_name(routes, "tier", "nope", "", "there is no Tier nope");
	assert_int_equal(read_from(&s, kind_of("blockaffinity"), "a", &r, &e), 0);
	const json_t *affinity = json_array_get(r.objects, 0);

	/* As it is stored: not even its uid is another one. */
	assert_string_equal(json_str(json_object_get(affinity, "metadata"), "uid"),
		"c21463dc-44e0-4fc3-81fe-c05c6cb46c1e");
	assert_true(json_is_false(json_at(affinity, "spec", "deleted", NULL)));
}

static void the_v1_group_is_read_where_both_are_served(void **state)
{
	static const struct route routes[] = {
		{ V1, 200, NO_KINDS, 0 },
		{ V3, 200, NO_KINDS, 0 },
		{ V1 "/tiers/a", NO_CRD },
		{ V3 "/tiers/a", 200, NAMED("a"), 0 },
		{ NULL, 0, NULL, 0 },
	};
	static const struct route denied[] = {
		{ V1, DENIED },
		{ V3, 200, NO_KINDS, 0 },
		{ V1 "/tiers/a", NO_CRD },
		{ NULL, 0, NULL, 0 },
	};

	(void)state;
	check_name(routes, "tier", "a", "", "CRD tiers.crd.projectcalico.org is not installed");
	check_name(denied, "tier", "a", "", "CRD tiers.crd.projectcalico.org is not installed");
	group = "ProjectCalico.org/V3";
	check_name(routes, "tier", "a", "tier.projectcalico.org/a\n", NULL);
	group = "crd.projectcalico.org/v1";
	check_name(routes, "tier", "a", "", "CRD tiers.crd.projectcalico.org is not installed");
	group = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_shown),
		cmocka_unit_test(empty_lists_are_headings),
		cmocka_unit_test(columns_are_headings_or_paths),
		cmocka_unit_test(what_is_no_column_is_refused),
		cmocka_unit_test(a_policy_of_v3_29_has_its_tier_before_its_name),
		cmocka_unit_test(a_policy_of_later_releases_is_found_by_the_name_it_is_listed_with),
		cmocka_unit_test(names_of_policies_are_those_of_the_release),
		cmocka_unit_test(tiers_are_read_from_names_from_v3_29_to_v3_31),
		cmocka_unit_test(the_default_profile_is_that_of_the_release),
		cmocka_unit_test(
			conventions_follow_from_what_is_installed_where_no_release_is_told),
		cmocka_unit_test(objects_of_the_v3_group_alone_are_found_by_name),
		cmocka_unit_test(the_v1_group_is_read_where_both_are_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
