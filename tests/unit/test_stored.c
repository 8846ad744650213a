/* SPDX-License-Identifier: Apache-2.0 */
/* What is stored of a v3 object, by form and release, and that a reader sees the object in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/write/stored.h"

static const struct calico_kind *kind_of(const char *name)
{
	err_auto e = { 0 };
	const struct calico_kind *kind = calico_kind_find(name, &e);

	assert_non_null(kind);
	return kind;
}

static json_t *parse(const char *text)
{
	err_auto e = { 0 };
	json_t *value = json_parse(text, strlen(text), &e);

	if (!value)
		fail_msg("%s: %s", text, e.msg);
	return value;
}

static json_t *make(struct stored_request *r)
{
	err_auto e = { 0 };
	json_t *stored;

	r->birth = (struct stored_birth){ "2026-01-02T03:04:05Z",
		"00000000-0000-4000-8000-000000000000" };
	stored = stored_make(r, &e);
	if (!stored)
		fail_msg("%s", e.msg);
	return stored;
}

static void assert_is(const json_t *value, const char *text)
{
	json_auto_t *wanted = parse(text);
	buf_auto out = { 0 };

	json_write(&out, value, JSON_STYLE_COMPACT);
	if (!json_same(value, wanted))
		fail_msg("%s\nis not %s", buf_str(&out), text);
}

static const char set_text[] =
	"{\"kind\":\"GlobalNetworkSet\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":"
	"{\"name\":\"a\",\"labels\":{\"plain\":\"1\",\"projectcalico.org/x\":\"2\"}},"
	"\"spec\":{\"nets\":[\"192.0.2.0/24\"]}}";

static struct stored_request set_request(
	enum stored_form form, const struct calico_rules *rules, const json_t *wanted)
{
	return (struct stored_request){ .form = form,
		.kind = kind_of("GlobalNetworkSet"),
		.rules = rules,
		.wanted = wanted,
		.name = "a" };
}

static void metadata_goes_into_an_annotation(void **state)
{
	const struct calico_rules rules = { 0 };
	json_auto_t *wanted = parse(set_text);
	struct stored_request r = set_request(STORED_V1, &rules, wanted);
	json_auto_t *stored = make(&r);

	(void)state;
	assert_is(stored, "{\"kind\":\"GlobalNetworkSet\",\"apiVersion\":"
			  "\"crd.projectcalico.org/v1\",\"metadata\":{\"name\":\"a\",\"labels\":"
			  "{\"projectcalico.org/x\":\"2\"},\"annotations\":{"
			  "\"projectcalico.org/metadata\":\"{\\\"creationTimestamp\\\":"
			  "\\\"2026-01-02T03:04:05Z\\\",\\\"labels\\\":{\\\"plain\\\":\\\"1\\\","
			  "\\\"projectcalico.org/x\\\":\\\"2\\\"}}\"}},"
			  "\"spec\":{\"nets\":[\"192.0.2.0/24\"]}}");
}

static void etcd_keeps_the_object_in_the_order_of_its_struct(void **state)
{
	const struct calico_rules rules = { 0 };
	json_auto_t *wanted = parse(set_text);
	struct stored_request r = set_request(STORED_ETCD, &rules, wanted);
	json_auto_t *stored = make(&r);
	buf_auto out = { 0 };

	(void)state;
	json_write(&out, stored, JSON_STYLE_HTML);
	assert_string_equal(buf_str(&out),
		"{\"kind\":\"GlobalNetworkSet\",\"apiVersion\":\"projectcalico.org/v3\","
		"\"metadata\":{\"name\":\"a\",\"uid\":\"00000000-0000-4000-8000-000000000000\","
		"\"creationTimestamp\":\"2026-01-02T03:04:05Z\",\"labels\":{\"plain\":\"1\","
		"\"projectcalico.org/x\":\"2\"}},\"spec\":{\"nets\":[\"192.0.2.0/24\"]}}");
}

/* What kubectl put on the resource stays; what was applied and is no longer wanted goes. */
static void labels_of_others_survive(void **state)
{
	const struct calico_rules rules = { 0 };
	json_auto_t *wanted = parse("{\"metadata\":{\"name\":\"a\",\"labels\":{\"b\":\"2\"}},"
				    "\"spec\":{}}");
	json_auto_t *live = parse(
		"{\"kind\":\"GlobalNetworkSet\",\"apiVersion\":\"crd.projectcalico.org/v1\","
		"\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"7\",\"finalizers\":[\"x/f\"],"
		"\"labels\":{\"theirs\":\"1\",\"projectcalico.org/gone\":\"1\"},\"annotations\":{"
		"\"projectcalico.org/metadata\":\"{\\\"creationTimestamp\\\":"
		"\\\"2020-01-01T00:00:00Z\\\",\\\"labels\\\":{\\\"projectcalico.org/gone\\\":"
		"\\\"1\\\"}}\"}},\"spec\":{}}");
	struct stored_request r = set_request(STORED_V1, &rules, wanted);

	(void)state;
	r.live = live;
	json_auto_t *stored = make(&r);

	assert_is(json_object_get(stored, "metadata"),
		"{\"name\":\"a\",\"resourceVersion\":\"7\",\"finalizers\":[\"x/f\"],"
		"\"labels\":{\"theirs\":\"1\"},\"annotations\":{\"projectcalico.org/metadata\":"
		"\"{\\\"creationTimestamp\\\":\\\"2020-01-01T00:00:00Z\\\",\\\"labels\\\":"
		"{\\\"b\\\":\\\"2\\\"}}\"}}");
	assert_false(stored_same(&r, live, stored));
	assert_true(stored_same(&r, stored, stored));
}

/* With CRDs of projectcalico.org/v3, the server's record tells whose a label is. */
static void the_record_of_the_server_tells_whose_a_label_is(void **state)
{
	const struct calico_rules rules = { .v3 = true };
	json_auto_t *wanted = parse("{\"metadata\":{\"name\":\"a\"},\"spec\":{}}");
	json_auto_t *live = parse(
		"{\"metadata\":{\"name\":\"a\",\"labels\":{\"theirs\":\"1\",\"ours\":\"1\"},"
		"\"managedFields\":[{\"manager\":\"kubectl-label\",\"fieldsV1\":{\"f:metadata\":"
		"{\"f:labels\":{\"f:theirs\":{}}}}},{\"manager\":\"calicoctl\",\"fieldsV1\":"
		"{\"f:metadata\":{\"f:labels\":{\"f:ours\":{}}}}}]},\"spec\":{}}");
	struct stored_request r = set_request(STORED_V3, &rules, wanted);

	(void)state;
	r.live = live;
	json_auto_t *stored = make(&r);

	assert_is(json_object_get(stored, "metadata"),
		"{\"name\":\"a\",\"labels\":{\"theirs\":\"1\"}}");
}

static void names_of_policies_follow_the_release(void **state)
{
	static const struct {
		const char *release, *name, *stored, *other;
	} rows[] = {
		{ "v3.28.0", "a", "default.a", "a" },
		{ "v3.28.0", "a.b", "default.a.b", "a.b" },
		{ "v3.29.1", "a", "default.a", "a" },
		{ "v3.29.1", "default.a", "default.a", NULL },
		{ "v3.29.1", "sec.a", "sec.a", NULL },
		{ "v3.31.0", "a", "default.a", "a" },
		{ "v3.32.1", "a", "a", "default.a" },
		{ "v3.32.1", "sec.a", "sec.a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct calico_rules rules = { 0 };
		struct stored_name names;

		calico_rules_learn(&rules, rows[i].release);
		stored_name_find(&names, STORED_V1, kind_of("gnp"), rows[i].name, &rules);
		assert_string_equal(names.name, rows[i].stored);
		if (rows[i].other)
			assert_string_equal(names.other, rows[i].other);
		else
			assert_null(names.other);
		stored_name_release(&names);
	}
}

/* Fields become annotations, and what Kubernetes has already is not repeated. */
static void a_node_becomes_annotations(void **state)
{
	const struct calico_rules rules = { 0 };
	json_auto_t *live = parse(
		"{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"n\",\"labels\":"
		"{\"rack\":\"k\"},\"annotations\":{\"other\":\"kept\","
		"\"projectcalico.org/IPv4VXLANTunnelAddr\":\"10.9.9.9\"}},\"spec\":{},"
		"\"status\":{}}");
	json_auto_t *wanted = parse(
		"{\"metadata\":{\"name\":\"n\",\"labels\":{\"rack\":\"k\",\"own\":\"1\"},"
		"\"annotations\":{\"projectcalico.org/kube-labels\":\"{}\"}},"
		"\"spec\":{\"bgp\":{\"asNumber\":64513,\"ipv4Address\":\"192.0.2.1/24\"}}}");
	struct stored_request r = { .form = STORED_V1,
		.kind = kind_of("node"),
		.rules = &rules,
		.wanted = wanted,
		.live = live,
		.name = "n" };
	json_auto_t *stored = make(&r);

	(void)state;
	assert_is(json_at(stored, "metadata", "annotations", NULL),
		"{\"other\":\"kept\",\"projectcalico.org/ASNumber\":\"64513\","
		"\"projectcalico.org/IPv4Address\":\"192.0.2.1/24\","
		"\"projectcalico.org/labels\":\"{\\\"own\\\":\\\"1\\\"}\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_goes_into_an_annotation),
		cmocka_unit_test(etcd_keeps_the_object_in_the_order_of_its_struct),
		cmocka_unit_test(labels_of_others_survive),
		cmocka_unit_test(the_record_of_the_server_tells_whose_a_label_is),
		cmocka_unit_test(names_of_policies_follow_the_release),
		cmocka_unit_test(a_node_becomes_annotations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
