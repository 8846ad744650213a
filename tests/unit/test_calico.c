/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What calico/ reads and prints, against recorded answers. tests/unit/data/calico has a set of our
 * own; the one that was recorded from calicoctl itself is in SHARED (default ../shared), if that
 * is there. All answers come over loopback from a server of our own, so that paths and pages are
 * real.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answers.h"
#include "base/json.h"
#include "base/yaml.h"
#include "calico/store/kubernetes.h"
#include "calico/show/print.h"
#include "calico/show/read.h"

#define OWN "tests/unit/data/calico"
#define CRD "/apis/crd.projectcalico.org/v1/"
#define POOLS CRD "ippools"
#define BGP CRD "bgpconfigurations/default"
#define NODES "/api/v1/nodes"
#define LIST "?limit=500"
#define STATUS(reason) "{\"kind\":\"Status\",\"reason\":\"" reason "\",\"message\":\"words\"}"
#define POOL(name, spec) "{\"metadata\":{\"name\":\"" name "\"},\"spec\":{" spec "}}"
#define PAGE(version, token, items) \
	"{\"metadata\":{\"resourceVersion\":\"" version "\",\"continue\":\"" token \
	"\"},\"items\":[" items "]}"

/* Helpers */

static const struct calico_kind *kind_of(const char *name)
{
	err_auto e = { 0 };
	const struct calico_kind *kind = calico_kind_find(name, &e);

	assert_non_null(kind);
	return kind;
}

static char *text_of(const char *dir, const char *name)
{
	char_auto *path = xasprintf("%s/%s", dir, name);
	struct buf text = { 0 };
	err_auto e = { 0 };

	if (buf_read_file(&text, path, 1 << 20, &e) < 0)
		fail_msg("%s", e.msg);
	return buf_steal(&text);
}

static int read_from(struct kube_api *api, const struct calico_kind *kind, const char *const *names,
	size_t n, bool wide, struct calico_read *r, struct err *e)
{
	struct calico_store store = kubernetes_store(api, NULL, false);
	int rc = calico_read(&store, kind, NULL, names, n, wide, NULL, r, e);

	calico_store_close(&store);
	return rc;
}

static void print_to(struct buf *out, const struct calico_kind *kind, struct calico_read *r,
	enum calico_format format)
{
	struct calico_view view = { .format = format };
	err_auto e = { 0 };

	assert_int_equal(calico_view_columns(&view, kind, NULL, &e), 0);
	calico_print(out, kind, r, &view);
	free(view.columns);
}

static struct calico_read read_all(struct server *s, const char *kind, bool wide)
{
	struct calico_read r = { 0 };
	err_auto e = { 0 };

	if (read_from(s->api, kind_of(kind), NULL, 0, wide, &r, &e) < 0)
		fail_msg("%s", e.msg);
	return r;
}

/* A read of n names, or of all, that fails. */
static struct err fail_to_read(
	struct server *s, const char *kind, const char *const *names, size_t n)
{
	struct calico_read r = { 0 };
	struct err e = { 0 };

	assert_int_equal(read_from(s->api, kind_of(kind), names, n, false, &r, &e), -1);
	assert_null(r.objects);
	assert_null(r.problems);
	return e;
}

static char *print(const char *kind, struct calico_read *r, enum calico_format format)
{
	struct buf out = { 0 };

	print_to(&out, kind_of(kind), r, format);
	return buf_steal(&out);
}

static void assert_printed(const char *kind, struct calico_read *r, enum calico_format format,
	const char *wanted)
{
	char_auto *text = print(kind, r, format);

	assert_string_equal(text, wanted);
}

static char *problems_of(const struct calico_read *r)
{
	struct buf out = { 0 };
	const json_t *problem;
	size_t i;

	json_array_foreach(r->problems, i, problem)
		buf_printf(&out, "%s\n", json_string_value(problem));
	return buf_steal(&out);
}

/* The object "default" of a recorded list. */
static char *default_of(const char *list)
{
	err_auto e = { 0 };
	json_auto_t *all = json_parse(list, strlen(list), &e);
	struct buf out = { 0 };
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(all, "items"), i, item)
		if (strcmp(json_str(json_object_get(item, "metadata"), "name"), "default") == 0)
			json_write(&out, item, JSON_STYLE_COMPACT);
	return buf_steal(&out);
}

/* The list was recorded at another time than each output was: only its version differs. */
static void take_version(struct calico_read *r, const char *output)
{
	err_auto e = { 0 };
	json_auto_t *documents = yaml_load("recorded", output, strlen(output), &e); /* or JSON */

	assert_non_null(documents);
	json_object_set(r->metadata, "resourceVersion",
		(json_t *)(uintptr_t)json_at(
			json_array_get(documents, 0), "metadata", "resourceVersion", NULL));
}

/* DIR/KIND.{txt,wide,json,yaml} are what calicoctl prints for the answers of "routes". */
static void check_outputs(const char *dir, const char *kind, const struct route *routes)
{
	static const struct {
		const char *suffix;
		enum calico_format format;
	} outputs[] = { { "txt", CALICO_TABLE }, { "wide", CALICO_WIDE }, { "json", CALICO_JSON },
		{ "yaml", CALICO_YAML } };
	server_auto s = start(routes);
	calico_read_auto r = read_all(&s, kind, true);
	for (size_t i = 0; i < ARRAY_LEN(outputs); i++) {
		char_auto *name = xasprintf("%s.%s", kind, outputs[i].suffix);
		char_auto *wanted = text_of(dir, name);

		if (outputs[i].format == CALICO_JSON || outputs[i].format == CALICO_YAML)
			take_version(&r, wanted);
		print_message("  %s/%s\n", dir, name);
		assert_printed(kind, &r, outputs[i].format, wanted);
	}
	char_auto *problems = problems_of(&r);

	assert_string_equal(problems, "");
}

static void check_recorded(const char *dir)
{
	char_auto *nodes = text_of(dir, "raw/core-nodes.json");
	char_auto *pools = text_of(dir, "raw/ippools.json");
	char_auto *configurations = text_of(dir, "raw/bgpconfigurations.json");
	char_auto *configuration = default_of(configurations);
	const struct route routes[] = {
		{ NODES LIST, 200, nodes, 0 },
		{ POOLS LIST, 200, pools, 0 },
		{ BGP, 200, configuration, 0 },
		{ NULL, 0, NULL, 0 },
	};

	check_outputs(dir, "node", routes);
	check_outputs(dir, "ippool", routes);
}

/* The directory of recordings; without it the test is skipped, and says so. */
static char *recordings(const char *name)
{
	const char *shared = getenv("SHARED");
	char_auto *dir = xasprintf("%s/calicoctl/golden/%s", shared ? shared : "../shared", name);

	if (access(dir, R_OK) != 0) {
		print_error("SKIPPED: no %s; SHARED is where calicoctl's outputs are\n", dir);
		skip();
	}
	return steal(&dir);
}

/* Outputs */

/* The items of a recorded list that are in this namespace, as a list. */
static char *filtered(const char *list, const char *ns)
{
	err_auto e = { 0 };
	json_auto_t *all = json_parse(list, strlen(list), &e);
	json_t *items = json_array();
	struct buf out = { 0 };
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(all, "items"), i, item) {
		const char *its = json_str(json_object_get(item, "metadata"), "namespace");

		if (!ns || (its && strcmp(its, ns) == 0))
			json_array_append(items, item);
	}
	json_object_set_new(all, "items", items);
	json_write(&out, all, JSON_STYLE_COMPACT);
	return buf_steal(&out);
}

static const char empty_list[] = "{\"items\":[],\"metadata\":{}}";

/* What tells the release: recorded from v3.30 on, where the outputs depend on it. */
static char *information_of(const char *dir, bool empty)
{
	char_auto *path = xasprintf("%s/raw/stagednetworkpolicies.json", dir);

	if (empty || access(path, R_OK) != 0)
		return xstrdup("{\"metadata\":{\"name\":\"default\"}}");
	char_auto *all = text_of(dir, "raw/clusterinformations.json");

	return default_of(all);
}

/* The outputs of custom resources of projectcalico.org/v3 are in a directory of that name. */
static bool is_v3(const char *dir)
{
	return has_suffix(dir, "/k8s-v3");
}

static const char *group_path(const char *dir)
{
	return is_v3(dir) ? "/apis/projectcalico.org/v3" : "/apis/crd.projectcalico.org/v1";
}

/* What the API server answered for the resources of a kind, in a namespace, NULL: in all. */
static size_t recorded_routes(const char *dir, const struct calico_kind *kind, const char *ns,
	bool empty, struct route *routes, char *owned[4])
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(kind->resources) && kind->resources[i].group; i++) {
		const struct calico_resource *r = &kind->resources[i];
		char_auto *file = xasprintf("raw/%s%s.json", *r->group ? "" : "core-", r->plural);
		char_auto *list = empty ? xstrdup(empty_list) : text_of(dir, file);
		const char *base = *r->group ? group_path(dir) : "/api/v1";

		owned[2 * n] = filtered(list, ns);
		owned[2 * n + 1] = xasprintf(
			"%s%s%s/%s" LIST, base, ns ? "/namespaces/" : "", ns ? ns : "", r->plural);
		routes[n] = (struct route){ owned[2 * n + 1], 200, owned[2 * n], 0 };
		n++;
	}
	return n;
}

/* JSON of v3.32 ends without one; all output of this program has it. */
static char *text_with_newline(const char *dir, const char *name)
{
	char_auto *text = text_of(dir, name);

	return has_suffix(text, "\n") ? steal(&text) : xasprintf("%s\n", text);
}

/* KIND[.all|.ns-production].{txt,wide,json,yaml}; how many of them there are. */
static size_t check_kind(const char *dir, const struct calico_kind *kind, const char *ns,
	const char *infix, bool column, bool empty)
{
	static const struct {
		const char *suffix;
		enum calico_format format;
	} outputs[] = { { "txt", CALICO_TABLE }, { "wide", CALICO_WIDE }, { "json", CALICO_JSON },
		{ "yaml", CALICO_YAML } };
	char *owned[4] = { NULL };
	struct route routes[8] = { 0 };
	char_auto *configurations =
		empty ? xstrdup(empty_list) : text_of(dir, "raw/bgpconfigurations.json");
	char_auto *configuration = default_of(configurations);
	char_auto *information = information_of(dir, empty);
	size_t n = recorded_routes(dir, kind, ns, empty, routes, owned), met = 0;

	char_auto *bgp = xasprintf("%s/bgpconfigurations/default", group_path(dir));
	char_auto *informations = xasprintf("%s/clusterinformations/default", group_path(dir));
	const char *group = is_v3(dir) ? "projectcalico.org/v3" : NULL;

	routes[n++] = (struct route){ bgp, 200, configuration, 0 };
	routes[n++] = (struct route){ informations, 200, information, 0 };
	routes[n++] = (struct route){ "/apis/crd.projectcalico.org/v1", 200, "{}", 0 };
	server_auto s = start(routes);
	calico_read_auto r = { 0 };
	err_auto e = { 0 };
	struct calico_store store = kubernetes_store(s.api, group, false);

	if (calico_read(&store, kind, ns, NULL, 0, true, NULL, &r, &e) < 0)
		fail_msg("%s", e.msg);
	calico_store_close(&store);
	for (size_t i = 0; i < ARRAY_LEN(outputs); i++) {
		struct calico_view view = { .format = outputs[i].format, .namespaces = column };
		char_auto *lower = xstrdup(kind->kind);
		buf_auto out = { 0 };

		for (char *c = lower; *c; c++)
			*c |= 0x20;
		char_auto *name = xasprintf("%s%s.%s", lower, infix, outputs[i].suffix);
		char_auto *path = xasprintf("%s/%s", dir, name);

		if (access(path, R_OK) != 0)
			continue; /* the real program crashes there, or it was not recorded */
		if (has_suffix(path, "/stagedkubernetesnetworkpolicy.wide"))
			continue; /* a pod selector is JSON here and Go's debug text there */
		char_auto *wanted = text_with_newline(dir, name);

		if (view.format == CALICO_JSON || view.format == CALICO_YAML)
			take_version(&r, wanted);
		print_message("  %s\n", path);
		assert_int_equal(calico_view_columns(&view, kind, NULL, &e), 0);
		calico_print(&out, kind, &r, &view);
		assert_string_equal(buf_str(&out), wanted);
		/* The same, with nothing kept but what is printed. */
		calico_read_auto streamed = { 0 };
		struct calico_store again = kubernetes_store(s.api, group, false);
		buf_auto rows = { 0 };

		assert_int_equal(calico_read(&again, kind, ns, NULL, 0, view.format == CALICO_WIDE,
					 &view, &streamed, &e),
			0);
		calico_store_close(&again);
		json_object_update(streamed.metadata, r.metadata);
		calico_print(&rows, kind, &streamed, &view);
		assert_string_equal(buf_str(&rows), wanted);
		free(view.columns);
		met++;
	}
	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		free(owned[i]);
	return met;
}

/* Every kind that calicoctl reads, in each way that was recorded. */
static size_t check_kinds(const char *dir, bool empty, bool (*wanted)(const struct calico_kind *))
{
	size_t n, met = 0;
	const struct calico_kind *kinds = calico_kinds(&n);

	for (size_t i = 0; i < n; i++) {
		const struct calico_kind *kind = &kinds[i];
		const char *ns = kind->namespaced ? "default" : NULL;

		if (kind->own || !wanted(kind))
			continue;
		met += check_kind(dir, kind, ns, "", false, empty);
		if (kind->namespaced) {
			met += check_kind(dir, kind, NULL, ".all", true, empty);
			met += check_kind(dir, kind, "production", ".ns-production", true, empty);
		}
	}
	return met;
}

static bool is_any(const struct calico_kind *kind)
{
	return kind != NULL;
}

static bool is_not_staged(const struct calico_kind *kind)
{
	return !has_prefix(kind->kind, "Staged");
}

/* A server always has namespaces. */
static bool is_no_profile(const struct calico_kind *kind)
{
	return strcmp(kind->kind, "Profile") != 0 && is_not_staged(kind);
}

static bool is_native(const struct calico_kind *kind)
{
	return is_no_profile(kind) && !*kind->resources[0].group;
}

static void calicoctl_outputs_are_met_byte_for_byte(void **state)
{
	char_auto *dir = recordings("k8s");

	(void)state;
	assert_true(check_kinds(dir, false, is_not_staged) > 70);
}

static void calicoctl_empty_outputs_are_met(void **state)
{
	char_auto *dir = recordings("empty");

	(void)state;
	assert_true(check_kinds(dir, true, is_no_profile) > 70);
}

static void calicoctl_v3_32_outputs_are_met_byte_for_byte(void **state)
{
	char_auto *dir = recordings("../golden-v3.32.1/k8s");

	(void)state;
	assert_true(check_kinds(dir, false, is_any) >= 100);
}

/* An archive of recordings as a directory, which the caller removes. */
static char *unpacked(const char *name, char dir[])
{
	char_auto *golden = recordings("../golden-v3.32.1");
	char_auto *archive = xasprintf("%s/%s.tar.xz", golden, name);
	int status = -1;
	pid_t pid;

	assert_non_null(mkdtemp(dir));
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		execlp("tar", "tar", "-xJf", archive, "-C", dir, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return xasprintf("%s/%s", dir, name);
}

static void remove_all(const char *dir)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-r", dir, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void calicoctl_outputs_of_the_v3_group_are_met_byte_for_byte(void **state)
{
	char root[] = "/tmp/recordings-XXXXXX";
	char_auto *dir = unpacked("k8s-v3", root);

	(void)state;
	size_t met = check_kinds(dir, false, is_any);

	remove_all(root);
	assert_true(met > 95);
}

static void what_needs_no_crd_is_the_same_without(void **state)
{
	char_auto *dir = recordings("nocrds");

	(void)state;
	assert_true(check_kinds(dir, true, is_native) > 10);
}

static void missing_crd_is_an_error_where_calicoctl_prints_an_empty_list(void **state)
{
	static const struct route routes[] = {
		{ POOLS LIST, 404, "404 page not found\n", 0 },
		{ POOLS "/a", 404, "404 page not found\n", 0 },
		{ NODES LIST, 200, "{\"items\":null,\"metadata\":{}}", 0 },
		{ NULL, 0, NULL, 0 },
	};
	static const char *const names[] = { "a" };
	server_auto s = start(routes);
	err_auto list = fail_to_read(&s, "ippools", NULL, 0);
	err_auto named = fail_to_read(&s, "ippools", names, 1);

	(void)state;
	assert_int_equal(list.kind, ERR_CHECK);
	assert_non_null(strstr(list.msg, "CRD ippools.crd.projectcalico.org is not installed"));
	assert_non_null(strstr(list.msg, "calico-datastore install"));
	assert_int_equal(named.kind, ERR_CHECK);
	calico_read_auto nodes = read_all(&s, "nodes", true);

	assert_printed("nodes", &nodes, CALICO_TABLE, "NAME   \n\n");
}

static void own_recordings_are_met(void **state)
{
	(void)state;
	check_recorded(OWN);
}

static void names_are_a_line_each(void **state)
{
	char_auto *pools = text_of(OWN, "raw/ippools.json");
	const struct route routes[] = { { POOLS LIST, 200, pools, 0 }, { NULL, 0, NULL, 0 } };
	server_auto s = start(routes);
	calico_read_auto r = read_all(&s, "pools", false);

	(void)state;
	assert_printed("ippool", &r, CALICO_NAME,
		"ippool.projectcalico.org/bare\n"
		"ippool.projectcalico.org/managed\n"
		"ippool.projectcalico.org/null-annotation\n");
}

/* Hostile objects */

/* Line by line; a line may go on behind what is wanted, where it has words of jansson's. */
static void assert_lines_begin(char *text, char *wanted)
{
	char *line, *want;

	while ((want = strsep(&wanted, "\n")) && *want) {
		line = strsep(&text, "\n");
		assert_non_null(line);
		if (!has_prefix(line, want))
			fail_msg("\"%s\" does not begin with \"%s\"", line, want);
	}
	assert_string_equal(text ? text : "", "");
}

static void what_cannot_be_shown_is_named_and_the_rest_is_shown(void **state)
{
	char_auto *list = text_of(OWN, "raw/hostile.json");
	char_auto *wanted = text_of(OWN, "hostile.problems");
	char_auto *table = text_of(OWN, "hostile.txt");
	const struct route routes[] = { { POOLS LIST, 200, list, 0 }, { NULL, 0, NULL, 0 } };
	server_auto s = start(routes);
	calico_read_auto r = read_all(&s, "ippool", true);
	char_auto *problems = problems_of(&r);

	(void)state;
	assert_lines_begin(problems, wanted);
	assert_printed("ippool", &r, CALICO_TABLE, table);
}

/* Every string of a text, one after the other, with another type: nothing but answers may come. */
static void check_mutations(const struct calico_kind *kind, json_t *root, json_t *at, size_t *tried)
{
	static const char *const others[] = { "null", "7", "1.5", "true", "[]", "{}", "[[{}]]",
		"\"\"", "\"\\u0000\"", "{\"a\":{}}", "12345678901234567890" };
	json_t *item, *keep;
	const char *key;
	void *next;

	json_object_foreach_safe(at, next, key, item)
	{
		keep = json_incref(item);
		for (size_t i = 0; i < ARRAY_LEN(others); i++) {
			err_auto e = { 0 };
			buf_auto out = { 0 };
			json_auto_t *objects = json_array();
			struct calico_read r = { .objects = objects };

			json_object_set_new(at, key, json_parse(others[i], strlen(others[i]), &e));
			const struct calico_rules rules = { 0 };
			json_t *object = kind->resources[0].to_v3(kind, root, &rules, &e);

			/* A pod may have no endpoint. */
			assert_true(object || e.msg || strcmp(kind->kind, "WorkloadEndpoint") == 0);
			(*tried)++;
			if (!object)
				continue;
			json_array_append_new(objects, object);
			print_to(&out, kind, &r, CALICO_WIDE);
			print_to(&out, kind, &r, CALICO_NAME);
			print_to(&out, kind, &r, CALICO_JSON);
			assert_true(out.len > 0);
		}
		json_object_set(at, key, keep);
		check_mutations(kind, root, keep, tried);
		json_decref(keep);
	}
	for (size_t i = 0; i < json_array_size(at); i++)
		check_mutations(kind, root, json_array_get(at, i), tried);
}

static void any_field_of_any_type_is_shown_or_refused(void **state)
{
	static const char *const lists[][2] = { { "node", "raw/core-nodes.json" },
		{ "ippool", "raw/ippools.json" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		char_auto *text = text_of(OWN, lists[i][1]);
		err_auto e = { 0 };
		json_auto_t *list = json_parse(text, strlen(text), &e);
		json_t *item;
		size_t k, tried = 0;

		json_array_foreach(json_object_get(list, "items"), k, item)
			check_mutations(kind_of(lists[i][0]), item, item, &tried);
		assert_true(tried > 200);
	}
}

static void any_field_of_any_kind_is_shown_or_refused(void **state)
{
	char_auto *text = text_of(OWN, "kinds.json");
	err_auto e = { 0 };
	json_auto_t *stored = json_parse(text, strlen(text), &e);
	size_t n, tried = 0, found = 0;
	const struct calico_kind *kinds = calico_kinds(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		json_t *items = json_object_get(stored, kinds[i].resources[0].plural), *item;
		size_t k;

		found += json_array_size(items) > 0;
		json_array_foreach(items, k, item)
			check_mutations(&kinds[i], item, item, &tried);
	}
	assert_int_equal(found, n);
	assert_true(tried > 5000);
}

static void print_bound_is_never_passed(void **state)
{
	static const char *const texts[] = {
		"{\"a\":[[[[[[[[[[[[[[1,2,3,[],{}]]]]]]]]]]]]]],\"b\":1.2345678901234567e-300}",
		"{\"a\":\"\\u0001\\u0002 a b c d e f\\n\\n <>&\\\"\\\\ \\u2028 ä \"}",
		"{\"\\u0001<\":{\"\":{\"x y z\":[\"yes\",\"- a\",\" lead\",\"1\",\"\"]}}}",
		"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":\"a "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa aaaaaaaaaaaaaaaaaaaaaaaa aaaaaaaaaaaaa aaaaaaaaaaa "
		"aaaaaaaaaaaaaaaaaaaaaaa a a a a a a a a a a a a a a a a a a\"}}}}}}}}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		json_auto_t *object = json_loads(texts[i], 0, NULL);
		json_auto_t *objects = json_pack("[O]", object);
		json_auto_t *metadata = json_object();
		struct calico_read r = { .objects = objects, .metadata = metadata };
		size_t frame = 200, bound = calico_print_bound(object) + frame;

		assert_non_null(object);
		char_auto *json = print("ippool", &r, CALICO_JSON);
		char_auto *yaml = print("ippool", &r, CALICO_YAML);

		assert_true(strlen(json) <= bound);
		assert_true(strlen(yaml) <= bound);
	}
}

/* Reads */

static void names_are_read_in_order_and_missing_ones_are_problems(void **state)
{
	static const struct route routes[] = {
		{ POOLS "/b", 200, POOL("b", "\"cidr\":\"10.2.0.0/16\""), 0 },
		{ POOLS "/a", 200, POOL("a", "\"cidr\":\"fd00::/64\""), 0 },
		{ POOLS "/x%2F..%3Fy", 404, STATUS("NotFound"), 0 },
		{ NULL, 0, NULL, 0 },
	};
	static const char *const names[] = { "b", "x/..?y", "a" };
	server_auto s = start(routes);
	calico_read_auto r = { 0 }, one = { 0 }, none = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(read_from(s.api, kind_of("ippool"), names, 3, false, &r, &e), 0);
	char_auto *problems = problems_of(&r);

	assert_string_equal(problems, "there is no IPPool x/..?y\n");
	assert_printed("ippool", &r, CALICO_TABLE,
		"NAME   CIDR          SELECTOR   \n"
		"b      10.2.0.0/16   all()      \n"
		"\n"
		"NAME   CIDR        SELECTOR   \n"
		"a      fd00::/64   all()      \n"
		"\n");
	char_auto *many = print("ippool", &r, CALICO_JSON);

	assert_int_equal(many[0], '[');
	assert_int_equal(read_from(s.api, kind_of("ippool"), names + 2, 1, false, &one, &e), 0);
	char_auto *single = print("ippool", &one, CALICO_JSON);

	assert_int_equal(single[0], '{');
	assert_int_equal(read_from(s.api, kind_of("ippool"), names + 1, 1, false, &none, &e), 0);
	assert_printed("ippool", &none, CALICO_JSON, "");
	assert_printed("ippool", &none, CALICO_TABLE, "");
}

static void names_that_would_be_paths_are_refused_unsent(void **state)
{
	static const char *const bad[] = { "", ".", ".." };
	struct calico_read r = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		err_auto e = { 0 };

		assert_int_equal(read_from(NULL, kind_of("node"), &bad[i], 1, false, &r, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
	}
}

static void pages_are_followed_with_escaped_tokens(void **state)
{
	static const struct route routes[] = {
		{ POOLS LIST, 200, PAGE("5", "a/b+c=&limit=1", POOL("a", "")), 0 },
		{ POOLS LIST "&continue=a%2Fb%2Bc%3D%26limit%3D1", 200, PAGE("6", "t2", ""), 0 },
		{ POOLS LIST "&continue=t2", 200, PAGE("7", "", POOL("b", "")), 0 },
		{ NULL, 0, NULL, 0 },
	};
	server_auto s = start(routes);
	calico_read_auto r = read_all(&s, "ippool", false);

	(void)state;
	assert_printed("ippool", &r, CALICO_NAME,
		"ippool.projectcalico.org/a\nippool.projectcalico.org/b\n");
	assert_string_equal(json_str(r.metadata, "resourceVersion"), "5");
}

static void expired_token_starts_a_fresh_list(void **state)
{
	static const struct route routes[] = {
		{ POOLS LIST, 200, PAGE("5", "old", POOL("old", "") ",7"), 1 },
		{ POOLS LIST "&continue=old", 410, STATUS("Expired"), 0 },
		{ POOLS LIST, 200, PAGE("9", "", POOL("new", "")), 0 },
		{ NULL, 0, NULL, 0 },
	};
	server_auto s = start(routes);
	calico_read_auto r = read_all(&s, "ippool", false);
	char_auto *problems = problems_of(&r);

	(void)state;
	assert_printed("ippool", &r, CALICO_NAME, "ippool.projectcalico.org/new\n");
	assert_string_equal(json_str(r.metadata, "resourceVersion"), "9");
	assert_string_equal(problems, "");
}

static void token_that_always_expires_is_an_error(void **state)
{
	static const struct route routes[] = {
		{ POOLS LIST, 200, PAGE("5", "old", POOL("old", "")), 0 },
		{ POOLS LIST "&continue=old", 410, STATUS("Expired"), 0 },
		{ NULL, 0, NULL, 0 },
	};
	server_auto s = start(routes);
	err_auto e = fail_to_read(&s, "ippool", NULL, 0);

	(void)state;
	assert_int_equal(e.code, 410);
}

static void refused_reads_keep_their_kind_of_error(void **state)
{
	static const struct route routes[] = {
		{ POOLS LIST, 403, STATUS("Forbidden"), 0 },
		{ POOLS "/a", 403, STATUS("Forbidden"), 0 },
		{ POOLS "/b", 200, POOL("b", ""), 0 },
		{ POOLS "/c", 404, STATUS("NotFound"), 0 },
		{ POOLS "/w", 404, "<html>404</html>", 0 },
		{ NODES LIST, 200, "{\"items\":{}}", 0 },
		{ NULL, 0, NULL, 0 },
	};
	static const char *const names[] = { "b", "a", "c", "w" };
	server_auto s = start(routes);
	calico_read_auto r = { 0 };
	err_auto list = fail_to_read(&s, "ippool", NULL, 0);
	err_auto named = fail_to_read(&s, "ippool", names + 1, 2);
	err_auto web = fail_to_read(&s, "ippool", names + 3, 1);
	err_auto shape = fail_to_read(&s, "node", NULL, 0);
	err_auto some = { 0 };

	(void)state;
	assert_int_equal(list.kind, ERR_AUTH);
	assert_int_equal(named.kind, ERR_AUTH);
	assert_int_equal(web.kind, ERR_FORMAT);
	assert_int_equal(shape.kind, ERR_FORMAT);
	assert_int_equal(read_from(s.api, kind_of("ippool"), names, 3, false, &r, &some), 0);
	assert_int_equal(json_array_size(r.objects), 1);
	assert_int_equal(json_array_size(r.problems), 2);
}

static void check_asn(int status, const char *body, const char *wanted)
{
	const struct route routes[] = {
		{ NODES LIST, 200,
			PAGE("1", "",
				"{\"metadata\":{\"name\":\"n\",\"annotations\":{"
				"\"projectcalico.org/IPv4Address\":\"192.0.2.1\"}}}"),
			0 },
		{ BGP, status, body, 0 },
		{ NULL, 0, NULL, 0 },
	};
	server_auto s = start(routes);
	calico_read_auto r = read_all(&s, "node", true);
	char_auto *table = print("node", &r, CALICO_WIDE);
	char_auto *cell = xasprintf("n      %s   192.0.2.1", wanted);

	assert_non_null(strstr(table, cell));
}

static void as_number_of_others_is_in_parentheses(void **state)
{
	(void)state;
#define NAMED "{\"metadata\":{\"name\":\"default\"}"
	check_asn(200, NAMED ",\"spec\":{\"asNumber\":65000}}", "(65000)");
	check_asn(200, NAMED ",\"spec\":{\"asNumber\":\"65000\"}}", "(65000)");
	check_asn(200, NAMED ",\"spec\":{\"asNumber\":\"soon\"}}", "(64512)");
	check_asn(200, NAMED "}", "(64512)");
	check_asn(404, STATUS("NotFound"), "(64512)");
	check_asn(404, "404 page not found", "(64512)");
	check_asn(403, STATUS("Forbidden"), "(unknown)");
}

/* Kinds and tables */

static void kinds_are_found_by_any_alias_in_any_case(void **state)
{
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		char_auto *aliases = xstrdup(kinds[i].aliases);
		char *rest = aliases, *word;

		assert_ptr_equal(kind_of(kinds[i].kind), &kinds[i]);
		assert_ptr_equal(kind_of(kinds[i].plural), &kinds[i]);
		while ((word = strsep(&rest, " ")))
			assert_ptr_equal(kind_of(word), &kinds[i]);
	}
	assert_ptr_equal(kind_of("NODES"), kind_of("no"));
	assert_ptr_equal(kind_of("iPpOoLs"), kind_of("ipp"));
}

static void unknown_kind_names_the_nearest(void **state)
{
	err_auto near = { 0 }, far = { 0 }, empty = { 0 };

	(void)state;
	assert_null(calico_kind_find("ipool", &near));
	assert_int_equal(near.kind, ERR_USAGE);
	assert_non_null(strstr(near.msg, "did you mean ippools"));
	assert_null(calico_kind_find("ippool ippools", &far));
	assert_non_null(strstr(far.msg, "what can be read: bgpconfigurations, bgpfilters"));
	assert_null(calico_kind_find("", &empty));
}

static void tables_are_aligned_by_code_points(void **state)
{
	static const char *const cells[] = { "A", "BCDEF", "", "ä€😀xyz", "1", "" };
	buf_auto out = { 0 };

	(void)state;
	calico_table(&out, cells, 2, 3);
	assert_string_equal(buf_str(&out), "A        BCDEF        \n"
					   "ä€😀xyz   1            \n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calicoctl_outputs_are_met_byte_for_byte),
		cmocka_unit_test(calicoctl_v3_32_outputs_are_met_byte_for_byte),
		cmocka_unit_test(calicoctl_outputs_of_the_v3_group_are_met_byte_for_byte),
		cmocka_unit_test(calicoctl_empty_outputs_are_met),
		cmocka_unit_test(what_needs_no_crd_is_the_same_without),
		cmocka_unit_test(missing_crd_is_an_error_where_calicoctl_prints_an_empty_list),
		cmocka_unit_test(own_recordings_are_met),
		cmocka_unit_test(names_are_a_line_each),
		cmocka_unit_test(what_cannot_be_shown_is_named_and_the_rest_is_shown),
		cmocka_unit_test(any_field_of_any_type_is_shown_or_refused),
		cmocka_unit_test(any_field_of_any_kind_is_shown_or_refused),
		cmocka_unit_test(print_bound_is_never_passed),
		cmocka_unit_test(names_are_read_in_order_and_missing_ones_are_problems),
		cmocka_unit_test(names_that_would_be_paths_are_refused_unsent),
		cmocka_unit_test(pages_are_followed_with_escaped_tokens),
		cmocka_unit_test(expired_token_starts_a_fresh_list),
		cmocka_unit_test(token_that_always_expires_is_an_error),
		cmocka_unit_test(refused_reads_keep_their_kind_of_error),
		cmocka_unit_test(as_number_of_others_is_in_parentheses),
		cmocka_unit_test(kinds_are_found_by_any_alias_in_any_case),
		cmocka_unit_test(unknown_kind_names_the_nearest),
		cmocka_unit_test(tables_are_aligned_by_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
