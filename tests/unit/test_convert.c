/* SPDX-License-Identifier: Apache-2.0 */
/* Names, uids, networks, numbers and widths as calicoctl derives them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "calico/model/cells.h"
#include "calico/model/convert.h"
#include "calico/show/print.h"
#include "calico/show/read.h"

enum { ROUNDS = 2000 };

static void a_uid_turned_twice_is_itself(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < ROUNDS; i++) {
		char_auto *uid = xasprintf("%08x-%04x-4%03x-%04x-%012llx", (unsigned)rand(),
			rand() & 0xffff, rand() & 0xfff, rand() & 0xffff,
			(unsigned long long)rand() << 16 | (rand() & 0xffff));
		json_auto_t *metadata = json_pack("{s:s}", "uid", uid);

		convert_uid(metadata);
		const char *once = json_str(metadata, "uid");

		assert_int_equal(strlen(once), strlen(uid));
		assert_int_equal(once[14], '4'); /* the version stays */
		convert_uid(metadata);
		assert_string_equal(json_str(metadata, "uid"), uid);
	}
}

static void the_recorded_uid_is_met(void **state)
{
	json_auto_t *metadata = json_pack("{s:s}", "uid", "c21463dc-44e0-4fc3-81fe-c05c6cb46c1e");

	(void)state;
	convert_uid(metadata);
	assert_string_equal(json_str(metadata, "uid"), "4328c63b-2207-4fc3-817f-033a362d3678");
}

static char *random_name(void)
{
	static const char letters[] = "ab-";
	struct buf out = { 0 };
	int n = 1 + rand() % 8;

	buf_putc(&out, 'x');
	for (int i = 0; i < n; i++)
		buf_putc(&out, letters[rand() % 3]);
	buf_putc(&out, 'y');
	return buf_steal(&out);
}

static void an_endpoint_name_tells_its_pod(void **state)
{
	(void)state;
	srand(2);
	for (int i = 0; i < ROUNDS; i++) {
		char_auto *node = random_name();
		char_auto *pod = random_name();
		char_auto *name = convert_endpoint_name(node, pod);
		char_auto *back = convert_endpoint_pod(name);

		assert_non_null(back);
		assert_string_equal(back, pod);
	}
}

static void what_is_no_endpoint_name_has_no_pod(void **state)
{
	static const char *const names[] = { "", "-", "node", "node-k8s", "node-k8s-pod",
		"node-cni-pod-eth0", "node-k8s-pod-eth0-more", "-k8s-pod-eth0", "node-k8s--eth0" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char_auto *pod = convert_endpoint_pod(names[i]);

		assert_null(pod);
	}
}

static void floats_are_those_that_go_prints(void **state)
{
	static const struct {
		double d;
		const char *text;
	} known[] = { { 999999, "999999" }, { 1e6, "1e+06" }, { 1234567, "1.234567e+06" },
		{ 1e7, "1e+07" }, { 100000.5, "100000.5" }, { 12.5, "12.5" }, { -5.5, "-5.5" },
		{ 0.0001, "0.0001" }, { 0.00001, "1e-05" }, { 0, "0" }, { 0.1, "0.1" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		buf_auto out = { 0 };

		cell_float(&out, known[i].d);
		assert_string_equal(buf_str(&out), known[i].text);
	}
}

static void a_float_reads_back_as_itself(void **state)
{
	(void)state;
	srand(3);
	for (int i = 0; i < ROUNDS; i++) {
		double d = (double)rand() / (1 + rand() % 100000) * (rand() % 2 ? 1 : -1);
		buf_auto out = { 0 };

		cell_float(&out, d);
		assert_true(strtod(buf_str(&out), NULL) == d);
	}
}

static void tunnels_follow_from_the_pod_cidr(void **state)
{
	static const struct {
		const char *cidr, *key, *shown; /* shown NULL: an error */
	} rows[] = {
		{ "10.244.1.0/24", "", "{\"ipv4IPIPTunnelAddr\":\"10.244.1.1\"} null" },
		{ "10.244.1.255/24", "k",
			"{\"ipv4IPIPTunnelAddr\":\"10.244.1.0\"} "
			"{\"interfaceIPv4Address\":\"10.244.1.0\"}" },
		{ "fd00:10::/64", "k", "null null" },
		{ "", "k",
			"{\"ipv4IPIPTunnelAddr\":\"192.0.2.9\"} "
			"{\"interfaceIPv4Address\":\"192.0.2.8\","
			"\"interfaceIPv6Address\":\"fd00::8\"}" },
		{ "10.244.1.0", "", NULL },
		{ "10.244.1.0/33", "", NULL },
		{ "podCIDR/24", "", NULL },
	};
	const struct calico_rules rules = { .pod_cidr = true };
	err_auto ignored = { 0 };
	const struct calico_kind *kind = calico_kind_find("node", &ignored);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_auto_t *stored =
			json_pack("{s:{s:s, s:{s:s, s:s, s:s, s:s}}, s:{s:s}}", "metadata", "name",
				"n", "annotations", "projectcalico.org/IPv4IPIPTunnelAddr",
				"192.0.2.9", "projectcalico.org/IPv4WireguardInterfaceAddr",
				"192.0.2.8", "projectcalico.org/IPv6WireguardInterfaceAddr",
				"fd00::8", "projectcalico.org/WireguardPublicKey", rows[i].key,
				"spec", "podCIDR", rows[i].cidr);
		err_auto e = { 0 };
		json_auto_t *node = convert_node(kind, stored, &rules, &e);
		const json_t *bgp = json_at(node, "spec", "bgp", NULL);
		const json_t *wireguard = json_at(node, "spec", "wireguard", NULL);
		buf_auto shown = { 0 };

		assert_int_equal(!node, !rows[i].shown);
		if (!node) {
			assert_non_null(strstr(e.msg, "podCIDR"));
			continue;
		}
		json_write(&shown, bgp ? bgp : json_null(), JSON_STYLE_COMPACT);
		buf_putc(&shown, ' ');
		json_write(&shown, wireguard ? wireguard : json_null(), JSON_STYLE_COMPACT);
		assert_string_equal(buf_str(&shown), rows[i].shown);
	}
}

static void networks_get_the_canonical_form(void **state)
{
	static const struct {
		const char *text, *network;
	} known[] = { { "10.0.0.1", "10.0.0.1/32" }, { "10.0.0.1/32", "10.0.0.1/32" },
		{ "FD00:0::1", "fd00::1/128" }, { "x", NULL }, { "", NULL }, { "10.0.0", NULL } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		bool v6;
		char_auto *network = convert_network(known[i].text, &v6);

		if (known[i].network)
			assert_string_equal(network, known[i].network);
		else
			assert_null(network);
	}
}

static size_t code_points(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (text[i] & 0xc0) != 0x80;
	return n;
}

static char *random_cell(void)
{
	static const char *const letters[] = { "a", "Z", "0", "-", "ä", "€", "日", "😀" };
	struct buf out = { 0 };

	for (int n = rand() % 12; n > 0; n--)
		buf_puts(&out, letters[(size_t)rand() % ARRAY_LEN(letters)]);
	return buf_steal(&out);
}

/* As text/tabwriter does: by code points, however wide a terminal draws them. */
static void columns_begin_at_the_same_code_point(void **state)
{
	enum { ROWS = 4, COLUMNS = 3 };

	(void)state;
	srand(3);
	for (int round = 0; round < ROUNDS; round++) {
		char *cells[ROWS * COLUMNS];
		size_t starts[COLUMNS + 1] = { 0 };
		buf_auto out = { 0 };

		for (size_t i = 0; i < ARRAY_LEN(cells); i++)
			cells[i] = random_cell();
		for (size_t c = 0; c < COLUMNS; c++) {
			size_t widest = 5 - 3;

			for (size_t r = 0; r < ROWS; r++) {
				const char *cell = cells[r * COLUMNS + c];
				size_t width = code_points(cell, strlen(cell));

				widest = width > widest ? width : widest;
			}
			starts[c + 1] = starts[c] + widest + 3;
		}
		calico_table(&out, (const char *const *)cells, ROWS, COLUMNS);
		const char *line = buf_str(&out);

		for (size_t r = 0; r < ROWS; r++, line += strcspn(line, "\n") + 1) {
			size_t len = strcspn(line, "\n"), at = 0;

			assert_int_equal(code_points(line, len), starts[COLUMNS]);
			for (size_t c = 0; c < COLUMNS; c++) {
				const char *cell = cells[r * COLUMNS + c];

				while (code_points(line, at) < starts[c] ||
					(line[at] & 0xc0) == 0x80)
					at++;
				assert_memory_equal(line + at, cell, strlen(cell));
			}
		}
		assert_string_equal(line, "");
		for (size_t i = 0; i < ARRAY_LEN(cells); i++)
			free(cells[i]);
	}
}

/* Fields that no shape knows stay as they are, as far as a double can hold them. */
static void nul_and_large_integers_are_shown_in_every_format(void **state)
{
	static const char text[] =
		"{\"metadata\":{\"name\":\"p\",\"labels\":{\"a\":\"x\\u0000y\"}},"
		"\"spec\":{\"cidr\":\"10.0.0.0\\u0000/8\",\"n\":12345678901234567890,"
		"\"m\":-9223372036854775808}}";
	const struct calico_rules rules = { 0 };
	err_auto e = { 0 };
	const struct calico_kind *kind = calico_kind_find("ippool", &e);
	json_auto_t *stored = json_parse(text, strlen(text), &e);
	json_auto_t *pool = convert_resource(kind, stored, &rules, &e);
	json_auto_t *objects = json_pack("[O]", pool), *metadata = json_object();
	struct calico_read r = { .objects = objects, .metadata = metadata };

	(void)state;
	assert_non_null(pool);
	for (enum calico_format format = CALICO_TABLE; format <= CALICO_NAME; format++) {
		struct calico_view view = { .format = format };
		buf_auto out = { 0 };

		assert_int_equal(calico_view_columns(&view, kind, NULL, &e), 0);
		calico_print(&out, kind, &r, &view);
		free(view.columns);
		assert_int_equal(strlen(buf_str(&out)), out.len); /* none in the output itself */
		if (format == CALICO_TABLE)
			assert_non_null(strstr(buf_str(&out), "p      10.0.0.0?/8   all()"));
		if (format != CALICO_JSON && format != CALICO_YAML)
			continue;
		json_auto_t *documents = yaml_load("output", buf_str(&out), out.len, &e);
		const json_t *shown =
			json_array_get(json_object_get(json_array_get(documents, 0), "items"), 0);

		assert_non_null(shown);
		assert_true(
			json_same(json_object_get(shown, "spec"), json_object_get(pool, "spec")));
		assert_true(json_same(json_at(shown, "metadata", "labels", "a", NULL),
			json_at(stored, "metadata", "labels", "a", NULL)));
		assert_true(json_same(
			json_at(shown, "spec", "m", NULL), json_at(stored, "spec", "m", NULL)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uid_turned_twice_is_itself),
		cmocka_unit_test(the_recorded_uid_is_met),
		cmocka_unit_test(an_endpoint_name_tells_its_pod),
		cmocka_unit_test(what_is_no_endpoint_name_has_no_pod),
		cmocka_unit_test(floats_are_those_that_go_prints),
		cmocka_unit_test(a_float_reads_back_as_itself),
		cmocka_unit_test(networks_get_the_canonical_form),
		cmocka_unit_test(tunnels_follow_from_the_pod_cidr),
		cmocka_unit_test(columns_begin_at_the_same_code_point),
		cmocka_unit_test(nul_and_large_integers_are_shown_in_every_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
