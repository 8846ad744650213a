/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of Felix. */
#include <string.h>

#include "base/json.h"
#include "calico/write/network.h"
#include "calico/write/subject.h"

enum { NODE_PORT_RANGES_MAX = 7, ROUTE_TABLES_MAX = 65535, TABLE_LAST = 250 };

static void judge_family(const struct subject *s, const char *path, bool v6)
{
	struct network n;

	if (!subject_has(s, path))
		return;
	if (!network_parse(&n, subject_text(s, path)) || n.masked || n.v6 != v6)
		subject_refuse(s, v6 ? "ipv6" : "ipv4", path, v6 ? "write it as fd00::1"
								 : "write it as 192.0.2.1",
			"is no %s address", v6 ? "IPv6" : "IPv4");
}

static void judge_node_ports(const struct subject *s)
{
	const json_t *list = subject_at(s, "spec.kubeNodePortRanges");

	if (json_array_size(list) > NODE_PORT_RANGES_MAX)
		subject_refuse(s, "count", "spec.kubeNodePortRanges", NULL,
			"has more than %d ranges", NODE_PORT_RANGES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		char_auto *path = xasprintf("spec.kubeNodePortRanges[%zu]", i);

		validate_port(s, path, false);
	}
}

static void judge_external_nodes(const struct subject *s)
{
	const json_t *list = subject_at(s, "spec.externalNodesList");

	for (size_t i = 0; i < json_array_size(list); i++) {
		char_auto *path = xasprintf("spec.externalNodesList[%zu]", i);
		struct network n;

		if (!network_parse(&n, subject_text(s, path)) || n.v6)
			subject_refuse(s, "cidrv4", path, "write it as 192.0.2.0/24",
				"is neither an IPv4 address nor an IPv4 network");
	}
}

static json_int_t number_at(const struct subject *s, const char *range, const char *end)
{
	char_auto *path = xasprintf("%s.%s", range, end);

	return json_integer_value(subject_at(s, path));
}

static void judge_route_tables(const struct subject *s)
{
	json_int_t min = number_at(s, "spec.routeTableRange", "min");
	json_int_t max = number_at(s, "spec.routeTableRange", "max"), total = 0;
	const json_t *list = subject_at(s, "spec.routeTableRanges");

	if (subject_at(s, "spec.routeTableRange")) {
		if (min < 1 || max < min || max > TABLE_LAST)
			subject_refuse(s, "range", "spec.routeTableRange", NULL,
				"is no range of route tables: 1 to %d", TABLE_LAST);
		if (list)
			subject_refuse(s, "exclusive", "spec.routeTableRange",
				"keep routeTableRanges",
				"cannot be used together with routeTableRanges");
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		char_auto *path = xasprintf("spec.routeTableRanges[%zu]", i);

		min = number_at(s, path, "min");
		max = number_at(s, path, "max");
		if (min < 1 || max < min || max > UINT32_MAX)
			subject_refuse(s, "range", path, NULL,
				"is no range of route tables: from 1 on, min not above max");
		else
			total += max - min + 1;
	}
	if (total > ROUTE_TABLES_MAX)
		subject_refuse(s, "count", "spec.routeTableRanges", NULL,
			"has more than %d tables", ROUTE_TABLES_MAX);
}

void validate_felix(const struct subject *s)
{
	if (!subject_is(s, "FelixConfiguration"))
		return;
	judge_node_ports(s);
	judge_external_nodes(s);
	judge_route_tables(s);
	judge_family(s, "spec.natOutgoingAddress", false);
	judge_family(s, "spec.deviceRouteSourceAddress", false);
	judge_family(s, "spec.deviceRouteSourceAddressIPv6", true);
	validate_port(s, "spec.natPortRange", true);
	validate_port(s, "spec.bpfPSNATPorts", true);
	if (subject_has(s, "spec.openstackRegion") &&
		!is_dns_label(subject_text(s, "spec.openstackRegion")))
		subject_refuse(s, "name", "spec.openstackRegion",
			"write at most 63 lower-case letters, digits and -", "is no label of DNS");
}
