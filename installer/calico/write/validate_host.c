/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and endpoints. */
#include <string.h>

#include "base/json.h"
#include "calico/write/endpoint.h"
#include "calico/write/network.h"
#include "calico/write/subject.h"

static void judge_ports(const struct subject *s)
{
	size_t n = json_array_size(subject_at(s, "spec.ports"));

	for (size_t i = 0; i < n; i++) {
		char_auto *path = xasprintf("spec.ports[%zu].protocol", i);

		if (!protocol_has_ports(subject_at(s, path)))
			subject_refuse(s, "ports-protocol", path, "write TCP, UDP or SCTP",
				"is no protocol with ports");
	}
}

static void judge_host_endpoint(const struct subject *s)
{
	if (!subject_has(s, "spec.node"))
		subject_refuse(s, "required", "spec.node", "name the node of the interface",
			"is missing");
	if (!subject_has(s, "spec.interfaceName") && !subject_has(s, "spec.expectedIPs"))
		subject_refuse(s, "required", "spec.interfaceName", "add it, or expectedIPs",
			"is missing, and so is expectedIPs");
	judge_ports(s);
}

static void judge_node(const struct subject *s)
{
	const json_t *bgp = subject_at(s, "spec.bgp"), *value;
	const char *key;
	bool any = !bgp;

	json_object_foreach((json_t *)(uintptr_t)bgp, key, value)
		any = any || !(json_is_string(value) && json_string_length(value) == 0);
	if (!any)
		subject_refuse(s, "required", "spec.bgp", "leave it out, or add a field",
			"has no field");
}

static void judge_networks(const struct subject *s)
{
	size_t n = json_array_size(subject_at(s, "spec.ipNetworks"));

	for (size_t i = 0; i < n; i++) {
		char_auto *path = xasprintf("spec.ipNetworks[%zu]", i);
		struct network net;

		if (network_parse(&net, subject_text(s, path)) && net.bits != network_width(&net))
			subject_refuse(s, "net", path, "write single addresses",
				"has more than one address");
	}
}

static bool is_in_networks(const struct subject *s, const struct network *address)
{
	size_t n = json_array_size(subject_at(s, "spec.ipNetworks"));

	for (size_t i = 0; i < n; i++) {
		char_auto *path = xasprintf("spec.ipNetworks[%zu]", i);
		struct network net;

		if (network_parse(&net, subject_text(s, path)) && network_contains(&net, address))
			return true;
	}
	return false;
}

static void judge_nats(const struct subject *s)
{
	size_t n = json_array_size(subject_at(s, "spec.ipNATs"));

	for (size_t i = 0; i < n; i++) {
		char_auto *path = xasprintf("spec.ipNATs[%zu].internalIP", i);
		struct network address;

		if (network_parse(&address, subject_text(s, path)) && !is_in_networks(s, &address))
			subject_refuse(s, "nat", path, NULL,
				"is none of the addresses in ipNetworks");
	}
}

static void judge_endpoint_name(const struct subject *s)
{
	char_auto *name = endpoint_name(s->spec);

	if (!name || !*s->name || strcmp(name, s->name) == 0)
		return;
	char_auto *remedy = xasprintf("write %s, or leave the name out", name);

	subject_refuse(s, "name", "metadata.name", remedy,
		"is not the name that the fields of the endpoint make");
}

static void judge_gateway(const struct subject *s, const char *path, bool v6)
{
	size_t n = json_array_size(subject_at(s, "spec.ipNetworks"));
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		char_auto *net_path = xasprintf("spec.ipNetworks[%zu]", i);
		struct network net;

		found = found || (network_parse(&net, subject_text(s, net_path)) && net.v6 == v6);
	}
	if (subject_has(s, path) && !found)
		subject_refuse(s, "gateway", path, "leave it out",
			"is given, but ipNetworks has no address of its IP version");
}

static void judge_workload_endpoint(const struct subject *s)
{
	if (!subject_has(s, "spec.interfaceName"))
		subject_refuse(s, "required", "spec.interfaceName", NULL, "is missing");
	judge_networks(s);
	judge_nats(s);
	judge_gateway(s, "spec.ipv4Gateway", false);
	judge_gateway(s, "spec.ipv6Gateway", true);
	judge_ports(s);
	judge_endpoint_name(s);
}

void validate_host(const struct subject *s)
{
	if (subject_is(s, "HostEndpoint"))
		judge_host_endpoint(s);
	if (subject_is(s, "Node"))
		judge_node(s);
	if (subject_is(s, "WorkloadEndpoint"))
		judge_workload_endpoint(s);
}
