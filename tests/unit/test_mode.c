/* SPDX-License-Identifier: Apache-2.0 */
/* Which API calicoctl reads and which one the operator takes, from what is served. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "engine/look/mode.h"

#define V1 "crd.projectcalico.org/v1"
#define V3 "projectcalico.org/v3"
#define CONVERGED { .phase = (char *)"Converged" }

static const struct {
	const char *name;
	struct mode mode;
	struct operator_state tigera;
	const char *calicoctl, *operator; /* operator NULL: not known */
	const char *disagreement; /* a part of it; NULL: none */
} rows[] = {
	{ "v1 alone", { .v1 = true }, { 0 }, V1, V1, NULL },
	{ "v3 alone", { .v3 = true, .mutates = true }, { 0 }, V3, V3, NULL },
	{ "both", { .v1 = true, .v3 = true, .mutates = true }, { 0 }, V1, V1, NULL },
	{ "both, migrated", { .v1 = true, .v3 = true, .migration = CONVERGED, .mutates = true },
		{ 0 }, V1, V3, "a DatastoreMigration that is done): set CALICO_API_GROUP=" V3 },
	{ "an API server in front", { .v1 = true, .v3 = true, .server = (char *)"a/b" }, { 0 }, V1,
		V1, NULL },
	{ "the operator's variable says v3", { .v1 = true, .v3 = true, .mutates = true },
		{ .running = true, .api_group = (char *)V3 }, V1, V3, "its CALICO_API_GROUP" },
	{ "the operator's variable says v1", { .v3 = true, .mutates = true },
		{ .running = true, .api_group = (char *)V1 }, V3, V1, "its CALICO_API_GROUP" },
	{ "the variable wins over a migration", { .v1 = true, .v3 = true, .migration = CONVERGED },
		{ .running = true, .api_group = (char *)V1 }, V1, V1, NULL },
	{ "v3 without policies, the operator runs", { .v3 = true }, { .running = true }, V3, V3,
		"takes no " V3 },
	{ "v3 without policies, no operator", { .v3 = true }, { 0 }, V3, V3, NULL },
	{ "nothing yet, and policies", { .mutates = true }, { 0 }, V1, V3, NULL },
	{ "nothing yet, and no policies", { 0 }, { 0 }, V1, V1, NULL },
	{ "an operator that could not be read", { .v1 = true }, { .problem = (char *)"403" }, V1,
		NULL, NULL },
};

static void each_rule_leads_to_its_api(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mode m = rows[i].mode;

		m.known = m.migration.known = true;
		json_auto_t *json = mode_json(&m, &rows[i].tigera);
		const char *operator= json_str(json, "operator");
		const char *disagreement = json_str(json, "disagreement");

		if (strcmp(json_str(json, "calicoctl"), rows[i].calicoctl) != 0 ||
			!operator!= !rows[i].operator||(operator&&
							strcmp(operator, rows[i].operator) != 0))
			fail_msg("%s: calicoctl %s, operator %s", rows[i].name,
				json_str(json, "calicoctl"), operator ? operator : "unknown");
		if (!disagreement != !rows[i].disagreement ||
			(disagreement && !strstr(disagreement, rows[i].disagreement)))
			fail_msg("%s: %s", rows[i].name, disagreement ? disagreement : "nothing");
	}
}

static void what_could_not_be_read_is_unknown(void **state)
{
	(void)state;
	const struct mode m = { .v1 = true };
	const struct operator_state o = { 0 };
	json_auto_t *json = mode_json(&m, &o);
	buf_auto text = { 0 };

	assert_string_equal(json_str(json, "mode"), "unknown");
	assert_null(json_str(json, "operator"));
	mode_text(&text, &m);
	assert_string_equal(buf_str(&text), V1 "; " V3 " is not known");
	const struct mode nothing = { 0 };

	buf_clear(&text);
	mode_text(&text, &nothing);
	assert_string_equal(buf_str(&text), "not known");
}

static void v3_has_a_crd_for_each_kind_under_its_own_names(void **state)
{
	(void)state;
	json_auto_t *crds = mode_v3_crds();
	const json_t *crd;
	size_t i, ipam = 0;

	assert_int_equal(json_array_size(crds), 22);
	json_array_foreach(crds, i, crd) {
		const char *name = json_str(json_object_get(crd, "metadata"), "name");

		assert_non_null(strstr(name, ".projectcalico.org"));
		ipam += strcmp(name, "ipamconfigurations.projectcalico.org") == 0;
		assert_null(strstr(name, "crd."));
	}
	assert_int_equal(ipam, 1);
	assert_true(mode_is_v3(crds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_leads_to_its_api),
		cmocka_unit_test(what_could_not_be_read_is_unknown),
		cmocka_unit_test(v3_has_a_crd_for_each_kind_under_its_own_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
