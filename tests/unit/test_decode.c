/* SPDX-License-Identifier: Apache-2.0 */
/* What calicoctl decodes and what it refuses, and the form in which it prints what it decodes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "calico/model/decode.h"
#include "calico/model/kinds.h"
#include "calico/model/refusal.h"

enum { FEWEST_ROWS = 890, FEWEST_FIELDS = 540 };

static const struct field_table *table(const char *kind, const char *version)
{
	err_auto e = { 0 };
	const struct calico_kind *k = calico_kind_find(kind, &e);

	assert_non_null(k);
	return field_table(k->fields, version ? field_release(version) : FIELD_NEWEST);
}

static json_t *parse(const char *text)
{
	err_auto e = { 0 };
	json_t *value = json_parse(text, strlen(text), &e);

	if (!value)
		fail_msg("%s: %s", text, e.msg);
	return value;
}

/* The rows of experiments with calicoctl */

/* An API server stores 1.0 as 1. */
static json_t *as_stored(const json_t *value)
{
	double d = json_is_real(value) ? json_real_value(value) : NAN;

	return d == trunc(d) && fabs(d) < 1e15 ? json_integer((json_int_t)d)
					       : json_incref((json_t *)(uintptr_t)value);
}

/* "spec.ingress[].ports[]" with a value at its end; "{}" is a value of a map. */
static json_t *object_with(const char *path, const json_t *value)
{
	size_t len = strcspn(path, ".[{");
	char_auto *name = xstrndup(path, len);
	json_t *below;

	if (!*path)
		return as_stored(value);
	if (has_prefix(path, "[]")) {
		below = object_with(path + 2 + (path[2] == '.'), value);
		return json_pack("[o]", below);
	}
	if (has_prefix(path, "{}"))
		return json_pack("{s:o}", "key", as_stored(value));
	below = object_with(path + len + (path[len] == '.'), value);
	return json_pack("{s:o}", name, below);
}

/* "metadata.annotations[NAME]": what is made of a stored object with this annotation. */
static bool converts(const char *name, const char *release, const char *path, const json_t *value)
{
	err_auto e = { 0 };
	const struct calico_kind *kind = calico_kind_find(name, &e);
	const char *bracket = strchr(path, '[') + 1;
	char_auto *key = xstrndup(bracket, strcspn(bracket, "]"));
	json_auto_t *stored = json_pack("{s:{s:s, s:s, s:{s:O}}, s:{s:s}, s:{s:s}}", "metadata",
		"name", "web", "namespace", "default", "annotations", key, value, "spec",
		"nodeName", "n", "status", "podIP", "10.0.0.9");
	struct calico_rules rules = { 0 };

	calico_rules_learn(&rules, release);
	json_auto_t *object = kind->resources[0].to_v3(kind, stored, &rules, &e);

	assert_true(object || e.msg);
	err_auto refusal = { 0 };

	assert_int_equal(calico_refuses(kind, stored, &rules, &refusal),
		object ? CALICO_READS : CALICO_LEFT_OUT);
	return object && !e.msg;
}

static bool decodes(const char *kind, const char *release, const char *path, const json_t *value)
{
	if (strstr(path, "annotations["))
		return converts(kind, release, path, value);
	struct decode d = { .how = DECODE_JUDGE };
	json_auto_t *object = object_with(path, value);
	json_auto_t *same = decode_object(table(kind, release), object, &d);
	bool good = d.n == 0;

	decode_release(&d);
	return good;
}

/* How many values of a row are judged unlike calicoctl did. */
static size_t wrong_values(char *columns[6])
{
	bool accepted = strcmp(columns[4], "accepted") == 0;
	json_auto_t *values = parse(columns[2]);
	json_t *value;
	size_t wrong = 0, i;
	char *kinds, *releases;

	json_array_foreach(values, i, value) {
		char_auto *list = xstrdup(columns[0]);

		for (char *k = strtok_r(list, ",", &kinds); k; k = strtok_r(NULL, ",", &kinds)) {
			char_auto *in = xstrdup(columns[3]);

			for (char *r = strtok_r(in, ",", &releases); r;
				r = strtok_r(NULL, ",", &releases))
				if (decodes(k, r, columns[1], value) != accepted) {
					char_auto *text = json_dumps(value, JSON_ENCODE_ANY);

					print_error("%s %s %s %.60s: calicoctl: %s\n", k, r,
						columns[1], text, columns[4]);
					wrong++;
				}
		}
	}
	return wrong;
}

static FILE *open_rows(const char *file)
{
	const char *shared = getenv("SHARED");
	char_auto *path = xasprintf("%s/calicoctl/%s", shared ? shared : "../shared", file);
	FILE *f = fopen(path, "r");

	if (!f) {
		print_error("SKIPPED: no %s; SHARED is where calicoctl's verdicts are\n", path);
		skip();
	}
	return f;
}

static void every_verdict_of_calicoctl_is_met(void **state)
{
	FILE *f = open_rows("undecodable/decode-rules.tsv");
	char *line = NULL;
	size_t cap = 0, rows = 0, wrong = 0;
	ssize_t len;

	(void)state;
	while ((len = getline(&line, &cap, f)) > 0) {
		char *columns[6], *rest = line;
		size_t n = 0;

		line[len - 1] = '\0';
		while (n < 6 && rest)
			columns[n++] = strsep(&rest, "\t");
		assert_true(n >= 5);
		if (strcmp(columns[0], "kind") == 0)
			continue;
		rows++;
		wrong += wrong_values(columns);
	}
	free(line);
	fclose(f);
	assert_int_equal(wrong, 0);
	assert_true(rows > FEWEST_ROWS);
}

/* The struct of this name in one that is below; NULL: there is none. */
static const struct field_table *struct_named(const struct field_table *t, const char *name)
{
	const struct field_table *found = strcmp(t->of->name, name) == 0 ? t : NULL;

	for (size_t i = 0; i < t->n && !found; i++)
		if (t->below[i])
			found = struct_named(t->below[i], name);
	return found;
}

/* A field of any kind's objects in a release: "IPPoolSpec.cidr"; NULL: there is none. */
static const struct calico_field *field_of(const char *path, unsigned release)
{
	char_auto *name = xstrndup(path, strcspn(path, "."));
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	for (size_t i = 0; i < n; i++) {
		const struct field_table *t =
			struct_named(field_table(kinds[i].fields, release), name);
		int at = t ? field_index(t, strchr(path, '.') + 1) : -1;

		if (at >= 0)
			return t->fields[at];
	}
	return NULL;
}

/* Whether a field has this type of Go, such as "*Duration" or "[]string". */
static bool has_go_type(const struct calico_field *f, const char *go)
{
	static const struct {
		const char *go;
		enum field_type type;
	} types[] = { { "string", FIELD_STRING }, { "bool", FIELD_BOOL }, { "int", FIELD_INT },
		{ "int32", FIELD_INT32 }, { "int64", FIELD_INT64 }, { "uint8", FIELD_UINT8 },
		{ "uint16", FIELD_UINT16 }, { "uint32", FIELD_UINT32 },
		{ "uint64", FIELD_UINT64 }, { "float64", FIELD_FLOAT }, { "Time", FIELD_TIME },
		{ "Duration", FIELD_DURATION }, { "Port", FIELD_PORT },
		{ "Protocol", FIELD_PROTOCOL }, { "ASNumber", FIELD_AS_NUMBER },
		{ "DSCP", FIELD_DSCP } };
	static const char map[] = "map[string]";
	const char *base = go + strspn(go, "*");
	bool list = *base == '[' || has_suffix(base, "Ranges"), maps = has_prefix(base, map);
	enum field_type type = field_type(f);

	if (list != !!(f->type & FIELD_LIST) || maps != !!(f->type & FIELD_MAP) ||
		(!list && !maps && *go == '*' && !(f->type & FIELD_POINTER)))
		return false;
	base += maps ? strlen(map) : strspn(base, "*[]");
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(types[i].go, base) == 0)
			return types[i].type == type;
	/* A struct, or a type that only names a string. */
	return type == FIELD_STRUCT || type == FIELD_STRING;
}

/* What the table has in another way. */
static bool is_apart(const char *path)
{
	static const char *const apart[] = {
		"LiveMigration", "WorkloadIdentifier", "WorkloadEndpointIdentifier", /* of a kind
			that calicoctl does not read */
		"IPAMConfiguration", /* IPAMConfig stands for it */
		"Staged", /* kinds of v3.30, which get reads in any release */
		"IPIPConfiguration.", /* of pools of v3.29 */
		"KubeControllersConfigurationStatus.runningConfig", /* a pointer since v3.32 */
		"BlockAffinitySpec.deleted", /* text in CRDs, a boolean in etcd */
	};

	for (size_t i = 0; i < ARRAY_LEN(apart); i++)
		if (has_prefix(path, apart[i]))
			return true;
	return false;
}

/* Fields are there in their releases and in no others, and have their types. */
static void every_field_has_its_releases_and_its_type(void **state)
{
	FILE *f = open_rows("writes/field-rules.tsv");
	size_t cap = 0, rows = 0, wrong = 0;
	char *line = NULL;
	ssize_t len;

	(void)state;
	while ((len = getline(&line, &cap, f)) > 0) {
		char *rest = line;
		const char *path = strsep(&rest, "\t"), *go = strsep(&rest, "\t");
		const char *release = strsep(&rest, "\t") ? strsep(&rest, "\n") : NULL;

		if (*path == '#' || is_apart(path))
			continue;
		assert_non_null(release);
		for (unsigned r = 2901; r <= 3201; r += 300) {
			const struct calico_field *field = field_of(path, r);
			bool is_in = strcmp(release, "both") == 0 || field_release(release) == r;

			if (!!field == is_in && (!field || has_go_type(field, go)))
				continue;
			print_error("%s (%s) in %s: %s in %u\n", path, go, release,
				!field		   ? "is not"
				: is_in	   ? "has another type"
					   : "is there",
				r);
			wrong++;
		}
		rows++;
	}
	free(line);
	fclose(f);
	assert_int_equal(wrong, 0);
	assert_true(rows > FEWEST_FIELDS);
}

/* Canonical forms and refusals, without upstream's data */

/* A case leaves out what it does not need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
static const struct {
	const char *kind, *version, *from, *to; /* to NULL: refused */
	const char *path, *why; /* of the problem */
	unsigned how;
} values[] = {
	{ "BGPConfiguration", NULL, "{\"spec\":{\"nodeMeshMaxRestartTime\":\"90s\"}}",
		"{\"metadata\":{},\"spec\":{\"nodeMeshMaxRestartTime\":\"1m30s\"}}" },
	{ "BGPConfiguration", NULL, "{\"spec\":{\"nodeMeshMaxRestartTime\":\"24h\"}}",
		"{\"metadata\":{},\"spec\":{\"nodeMeshMaxRestartTime\":\"24h0m0s\"}}" },
	{ "BGPConfiguration", NULL, "{\"spec\":{\"nodeMeshMaxRestartTime\":\".5s\"}}",
		"{\"metadata\":{},\"spec\":{\"nodeMeshMaxRestartTime\":\"500ms\"}}" },
	{ "BGPConfiguration", NULL, "{\"spec\":{\"nodeMeshMaxRestartTime\":\"soon\"}}", NULL,
		"spec.nodeMeshMaxRestartTime", "is no duration, such as 90s or 1m30s" },
	{ "BGPConfiguration", NULL, "{\"spec\":{\"asNumber\":\"1.10\"}}",
		"{\"metadata\":{},\"spec\":{\"asNumber\":65546}}" },
	{ "BGPPeer", NULL, "{\"spec\":{\"filters\":[\"a\",7]}}", NULL, "spec.filters[1]",
		"should be a string" },
	{ "BGPPeer", NULL, "{\"spec\":{\"ASNumber\":5,\"node\":\"\"}}",
		"{\"metadata\":{},\"spec\":{\"asNumber\":5}}" },
	{ "GlobalNetworkPolicy", NULL,
		"{\"spec\":{\"ingress\":[{\"source\":{\"ports\":[\"80\",\"80:80\",\"1:2\"]},"
		"\"protocol\":\"17\",\"action\":\"Allow\"}]}}",
		"{\"metadata\":{},\"spec\":{\"ingress\":[{\"action\":\"Allow\",\"protocol\":17,"
		"\"source\":{\"ports\":[80,80,\"1:2\"]}}]}}" },
	{ "GlobalNetworkPolicy", "v3.29.1", "{\"spec\":{\"ingress\":[{}]}}",
		"{\"metadata\":{\"creationTimestamp\":null},\"spec\":{\"ingress\":[{\"action\":"
		"\"\",\"source\":{},\"destination\":{}}]}}" },
	{ "GlobalNetworkPolicy", NULL,
		"{\"spec\":{\"egress\":[{\"destination\":{\"notPorts\":[80,\"http:80\"]}}]}}",
		NULL, "spec.egress[0].destination.notPorts[1]",
		"is no port: a number, a range such as 80:90, or a name" },
	{ "FelixConfiguration", NULL,
		"{\"spec\":{\"iptablesLockTimeout\":\"soon\",\"bpfLogFilters\":{\"b\":\"x\","
		"\"a\":\"y\"},\"bpfDSROptoutCIDRs\":[]}}",
		"{\"metadata\":{},\"spec\":{\"bpfLogLevel\":\"\",\"bpfLogFilters\":{\"a\":\"y\","
		"\"b\":\"x\"},\"bpfDSROptoutCIDRs\":[],\"iptablesLockTimeout\":\"soon\"}}" },
	{ "FelixConfiguration", "v3.29.1", "{\"spec\":{\"iptablesLockTimeout\":\"soon\"}}", NULL,
		"spec.iptablesLockTimeout", "is no duration, such as 90s or 1m30s" },
	{ "IPPool", NULL, "{\"metadata\":{\"creationTimestamp\":\"2026-01-01T02:00:00+02:00\"}}",
		"{\"metadata\":{\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},"
		"\"spec\":{\"cidr\":\"\"}}" },
	{ "IPPool", NULL, "{\"spec\":{\"cidr\":10,\"blockSize\":26.0}}",
		"{\"metadata\":{},\"spec\":{\"cidr\":\"10\",\"blockSize\":26}}", NULL, NULL,
		DECODE_STRICT },
	{ "IPPool", NULL, "{\"spec\":{\"cdir\":\"10.0.0.0/8\"}}", NULL, "spec.cdir",
		"is no field of IPPoolSpec (did you mean cidr?)", DECODE_STRICT },
	{ "IPPool", NULL, "{\"metadata\":{\"labels\":{\"a\":true,\"b\":null}}}",
		"{\"metadata\":{\"labels\":{\"a\":\"true\",\"b\":\"\"}},\"spec\":{\"cidr\":\"\"}}",
		NULL, NULL, DECODE_STRICT },
	{ "IPPool", NULL, "{\"spec\":{\"cidr\":\"x\",\"later\":1}}",
		"{\"metadata\":{},\"spec\":{\"cidr\":\"x\",\"later\":1}}" },
	{ "IPPool", NULL, "{\"spec\":{\"cidr\":\"x\",\"later\":1}}",
		"{\"metadata\":{},\"spec\":{\"cidr\":\"x\"}}", NULL, NULL, DECODE_NO_UNKNOWN },
	{ "IPPool", NULL, "[]", NULL, "", "should be a map" },
};

static void values_take_their_form_or_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct decode d = { .how = values[i].how };
		json_auto_t *from = parse(values[i].from);
		json_auto_t *to = decode_object(table(values[i].kind, values[i].version), from, &d);
		char_auto *text = json_dumps(to, 0);

		if (!values[i].to) {
			assert_int_equal(d.n, 1);
			assert_string_equal(d.problems[0].path, values[i].path);
			assert_string_equal(d.problems[0].why, values[i].why);
		} else {
			json_auto_t *wanted = parse(values[i].to);
			char_auto *as = json_dumps(wanted, 0);

			assert_int_equal(d.n, 0);
			assert_string_equal(text, as); /* in this order */
		}
		decode_release(&d);
	}
}

static void what_needs_no_change_is_shared(void **state)
{
	struct decode d = { 0 };
	json_auto_t *from = parse("{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"a\"},"
				  "\"spec\":{\"cidr\":\"10.0.0.0/8\",\"allowedUses\":[\"x\"]}}");
	json_auto_t *to = decode_object(table("IPPool", NULL), from, &d);

	(void)state;
	assert_ptr_equal(from, to);
}

static void rules_are_found_by_name(void **state)
{
	const struct field_table *t = table("BGPPeer", NULL);
	const struct field_table *spec = t->below[field_index(t, "spec")];
	const struct calico_field *filters = spec->fields[field_index(spec, "filters")];

	(void)state;
	assert_true(field_has_rule(filters, "each"));
	assert_true(field_has_rule(filters, "name"));
	assert_false(field_has_rule(filters, "nam"));
	assert_int_equal(field_index(spec, "filter"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_of_calicoctl_is_met),
		cmocka_unit_test(every_field_has_its_releases_and_its_type),
		cmocka_unit_test(values_take_their_form_or_are_refused),
		cmocka_unit_test(what_needs_no_change_is_shared),
		cmocka_unit_test(rules_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
