/* SPDX-License-Identifier: Apache-2.0 */
/* One rule of a policy or a profile. */
#include <string.h>

#include "base/json.h"
#include "calico/write/network.h"
#include "calico/write/selector.h"
#include "calico/write/validate_rule.h"

static const char *const ends[] = { "source", "destination" };

/* A path inside a rule: "spec.ingress[0].source". */
static char *at(const char *rule, const char *below)
{
	return xasprintf("%s.%s", rule, below);
}

static const json_t *in_rule(const struct subject *s, const char *rule, const char *below)
{
	char_auto *path = at(rule, below);

	return subject_at(s, path);
}

static bool has(const struct subject *s, const char *rule, const char *below)
{
	char_auto *path = at(rule, below);

	return subject_has(s, path);
}

static void refuse(const struct subject *s, const char *what, const char *rule, const char *below,
	const char *remedy, const char *why)
{
	char_auto *path = at(rule, below);

	subject_refuse(s, what, path, remedy, "%s", why);
}

static bool is_protocol(const json_t *value, const char *name)
{
	return json_is_string(value) && strcmp(json_string_value(value), name) == 0;
}

static bool has_number(const json_t *ports)
{
	const json_t *port;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)ports, i, port)
		if (json_is_integer(port) || strchr(json_string_value(port), ':'))
			return true;
	return false;
}

static void judge_port_list(const struct subject *s, const char *rule, const char *below)
{
	const json_t *protocol = in_rule(s, rule, "protocol"), *ports = in_rule(s, rule, below);
	bool none = !protocol || json_is_null(protocol);
	bool named_alone = none && target_since(s->target, "v3.30") && !has_number(ports);

	if (json_array_size(ports) == 0)
		return;
	if (!named_alone && !protocol_has_ports(protocol))
		refuse(s, "ports-protocol", rule, below, "set protocol to TCP, UDP or SCTP",
			none ? "are given without a protocol"
			     : "are given for a protocol that has none");
	for (size_t i = 0; i < json_array_size(ports); i++) {
		char_auto *path = xasprintf("%s.%s[%zu]", rule, below, i);

		validate_port(s, path, true);
	}
}

static void judge_icmp(const struct subject *s, const char *rule)
{
	const json_t *protocol = in_rule(s, rule, "protocol");
	bool icmp = is_protocol(protocol, "ICMP"), icmp6 = is_protocol(protocol, "ICMPv6");
	const json_t *version = in_rule(s, rule, "ipVersion");
	static const char *const both[] = { "icmp", "notICMP" };

	if (has(s, rule, "icmp") && !icmp && !icmp6)
		refuse(s, "icmp", rule, "icmp", "set protocol to ICMP or ICMPv6, as a name",
			"is given for a protocol that is not ICMP");
	if (version && ((icmp && json_integer_value(version) != 4) ||
			       (icmp6 && json_integer_value(version) != 6)))
		refuse(s, "icmp", rule, "ipVersion", icmp ? "write 4, or protocol: ICMPv6"
							  : "write 6, or protocol: ICMP",
			"does not fit the protocol");
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		const json_t *fields = in_rule(s, rule, both[i]);

		if (json_object_get(fields, "code") && !json_object_get(fields, "type"))
			refuse(s, "icmp", rule, both[i], "add the type",
				"has a code without a type");
	}
}

/* The networks of a rule need a prefix. All have one family, the same as ipVersion. */
struct nets {
	bool v4, v6;
};

static void judge_net(const struct subject *s, const char *path, bool negated, struct nets *seen)
{
	const char *text = json_string_value(subject_at(s, path));
	struct network n;

	if (!text || !network_parse(&n, text))
		return; /* the rules of the field report it */
	seen->v4 = seen->v4 || !n.v6;
	seen->v6 = seen->v6 || n.v6;
	if (!n.masked) {
		char_auto *whole = network_text(&n);
		char_auto *remedy = xasprintf("write %s", whole);

		subject_refuse(s, "net", path, remedy, "is an address without a prefix");
	} else if (negated && n.bits == 0 && target_since(s->target, "v3.30")) {
		subject_refuse(s, "net", path, "leave the rule out",
			"is every address: a rule for none of them never matches");
	}
}

static void judge_nets(const struct subject *s, const char *rule)
{
	static const char *const lists[] = { "nets", "notNets" };
	json_int_t version = json_integer_value(in_rule(s, rule, "ipVersion"));
	struct nets all = { false, false };

	for (size_t i = 0; i < 4; i++) {
		char_auto *below = xasprintf("%s.%s", ends[i / 2], lists[i % 2]);
		struct nets seen = { false, false };

		for (size_t k = 0; k < json_array_size(in_rule(s, rule, below)); k++) {
			char_auto *path = xasprintf("%s.%s[%zu]", rule, below, k);

			judge_net(s, path, i % 2 == 1, &seen);
		}
		if ((version == 4 && seen.v6) || (version == 6 && seen.v4))
			refuse(s, "ip-version", rule, below, NULL,
				"has a network that is not of the rule's ipVersion");
		all.v4 = all.v4 || seen.v4;
		all.v6 = all.v6 || seen.v6;
	}
	if (all.v4 && all.v6)
		subject_refuse(s, "ip-version", rule, "write two rules",
			"has networks of IPv4 and of IPv6");
}

static void judge_http_path(const struct subject *s, const char *path)
{
	const json_t *match = subject_at(s, path);
	const char *exact = json_str(match, "exact"), *prefix = json_str(match, "prefix");
	const char *text = exact ? exact : prefix;

	if ((exact && *exact) == (prefix && *prefix))
		subject_refuse(s, "http", path, NULL, "needs either exact or prefix");
	else if (text && (*text != '/' || text[strcspn(text, "? #")]))
		subject_refuse(s, "http", path, "begin it with /, without ?, # and blanks",
			"is no path of a URL");
}

static void judge_http_methods(const struct subject *s, const char *rule)
{
	const json_t *methods = in_rule(s, rule, "http.methods");

	for (size_t i = 0; i < json_array_size(methods); i++)
		for (size_t k = 0; k < i; k++)
			if (json_same(json_array_get(methods, i), json_array_get(methods, k))) {
				refuse(s, "unique", rule, "http.methods", "keep one",
					"name a method twice");
				return;
			}
}

static void judge_http(const struct subject *s, const char *rule, bool egress)
{
	const json_t *protocol = in_rule(s, rule, "protocol"), *action = in_rule(s, rule, "action");

	if (!in_rule(s, rule, "http"))
		return;
	if (egress)
		refuse(s, "http", rule, "http", NULL, "is for rules of ingress only");
	if (!is_protocol(action, "Allow"))
		refuse(s, "http", rule, "action", "write Allow", "does not fit http");
	if (protocol && !is_protocol(protocol, "TCP") && json_integer_value(protocol) != 6)
		refuse(s, "http", rule, "protocol", "write TCP", "does not fit http");
	judge_http_methods(s, rule);
	for (size_t i = 0; i < json_array_size(in_rule(s, rule, "http.paths")); i++) {
		char_auto *path = xasprintf("%s.http.paths[%zu]", rule, i);

		judge_http_path(s, path);
	}
}

static void judge_services(const struct subject *s, const char *rule, const char *end, bool egress)
{
	static const char *const others[] = { "selector", "notSelector", "namespaceSelector",
		"serviceAccounts", "nets", "notNets" };
	char_auto *services = xasprintf("%s.services", end);
	char_auto *name = xasprintf("%s.name", services);
	char_auto *namespace = xasprintf("%s.namespace", services);
	bool destination = strcmp(end, "destination") == 0;

	if (!in_rule(s, rule, services))
		return;
	if (!has(s, rule, name))
		refuse(s, "services", rule, name, NULL, "is missing");
	if (destination != egress)
		refuse(s, "services", rule, services,
			egress ? "use the destination" : "use the source",
			egress ? "is no source of an egress rule"
			       : "is no destination of an ingress rule");
	if (!s->kind->namespaced && !subject_is(s, "Profile") && !has(s, rule, namespace))
		refuse(s, "services", rule, namespace, "name the namespace of the service",
			"is missing, and a global policy has no namespace of its own");
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		char_auto *other = xasprintf("%s.%s", end, others[i]);

		if (has(s, rule, other))
			refuse(s, "services", rule, other, "write two rules",
				"cannot be used together with services");
	}
	char_auto *ports = xasprintf("%s.ports", end), *not_ports = xasprintf("%s.notPorts", end);

	if (destination && (has(s, rule, ports) || has(s, rule, not_ports)))
		refuse(s, "services", rule, has(s, rule, ports) ? ports : not_ports,
			"leave them out; the service has its own ports",
			"cannot be used together with services");
}

void validate_no_global(const struct subject *s, const char *path, bool alone)
{
	const json_t *value = subject_at(s, path);
	struct selector parsed;
	err_auto e = { 0 };

	if (!json_is_string(value) || selector_parse(&parsed, json_string_value(value),
					      json_string_length(value), &e) < 0)
		return;
	if (parsed.global && !(alone && parsed.only_global))
		subject_refuse(s, "global", path,
			alone ? "write global() alone"
			      : "use it as the namespaceSelector of a rule",
			alone ? "has global() beside other terms"
			      : "has global(), which is for a namespaceSelector of a rule only");
}

static void judge_end(const struct subject *s, const char *rule, const char *end, bool egress)
{
	char_auto *selector = xasprintf("%s.%s.selector", rule, end);
	char_auto *not_selector = xasprintf("%s.%s.notSelector", rule, end);
	char_auto *namespaces = xasprintf("%s.%s.namespaceSelector", rule, end);
	char_auto *ports = xasprintf("%s.ports", end), *not_ports = xasprintf("%s.notPorts", end);

	validate_no_global(s, selector, false);
	validate_no_global(s, not_selector, false);
	validate_no_global(s, namespaces, true);
	judge_port_list(s, rule, ports);
	judge_port_list(s, rule, not_ports);
	judge_services(s, rule, end, egress);
}

void validate_rule(const struct subject *s, const char *rule, bool egress)
{
	char_auto *protocol = at(rule, "protocol"), *not_protocol = at(rule, "notProtocol");

	validate_protocol(s, protocol);
	validate_protocol(s, not_protocol);
	judge_icmp(s, rule);
	judge_nets(s, rule);
	judge_http(s, rule, egress);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		judge_end(s, rule, ends[i], egress);
}
