/* SPDX-License-Identifier: Apache-2.0 */
/* BGP: configuration, peers and filters. */
#include <string.h>

#include "base/json.h"
#include "calico/write/network.h"
#include "calico/write/subject.h"

/* Reads a number up to a limit at *text, and moves *text behind it. */
static bool take_number(const char **text, unsigned long limit)
{
	size_t n = strspn(*text, "0123456789");
	unsigned long value = n > 0 && n <= 10 ? strtoul(*text, NULL, 10) : limit + 1;

	*text += n;
	return value <= limit;
}

/* "aa:nn" with parts of 16 bits, or "aa:nn:mm" with parts of 32 bits. */
static bool is_community(const char *text)
{
	bool large = strchr(text, ':') && strchr(strchr(text, ':') + 1, ':');
	unsigned long limit = large ? 0xffffffff : 0xffff;
	size_t parts = large ? 3 : 2;

	for (size_t i = 0; i < parts; i++) {
		if (!take_number(&text, limit))
			return false;
		if (i + 1 < parts && *text++ != ':')
			return false;
	}
	return *text == '\0';
}

static bool is_defined(const struct subject *s, const char *name)
{
	const json_t *list = subject_at(s, "spec.communities"), *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item) {
		const char *defined = json_str(item, "name");

		if (defined && strcmp(defined, name) == 0)
			return true;
	}
	return false;
}

static void judge_communities(const struct subject *s)
{
	size_t n = json_array_size(subject_at(s, "spec.communities"));

	for (size_t i = 0; i < n; i++) {
		char_auto *path = xasprintf("spec.communities[%zu].value", i);

		if (subject_has(s, path) && !is_community(subject_text(s, path)))
			subject_refuse(s, "community", path,
				"write it as 64512:100 or 64512:100:200",
				"is no value of a community");
	}
	if (n > 0 && !subject_has(s, "spec.prefixAdvertisements"))
		subject_refuse(s, "community", "spec.communities",
			"use them in prefixAdvertisements, or leave them out",
			"are defined, but nothing uses them");
}

static void judge_advertisement(const struct subject *s, size_t i)
{
	char_auto *list = xasprintf("spec.prefixAdvertisements[%zu].communities", i);
	char_auto *cidr = xasprintf("spec.prefixAdvertisements[%zu].cidr", i);
	struct network n;

	if (network_parse(&n, subject_text(s, cidr)) && !n.masked)
		subject_refuse(s, "net", cidr, "write a network such as 10.0.0.0/24",
			"is an address without a prefix");
	for (size_t k = 0; k < json_array_size(subject_at(s, list)); k++) {
		char_auto *path = xasprintf("%s[%zu]", list, k);
		const char *text = subject_text(s, path);

		if (!is_community(text) && !is_defined(s, text))
			subject_refuse(s, "community", path,
				"define it in spec.communities, or write it as 64512:100",
				"is neither a community nor the name of one");
	}
}

static void judge_mesh(const struct subject *s)
{
	static const char *const paths[] = { "spec.nodeMeshPassword",
		"spec.nodeMeshMaxRestartTime" };

	if (!json_is_false(subject_at(s, "spec.nodeToNodeMeshEnabled")))
		return;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (subject_has(s, paths[i]))
			subject_refuse(s, "needs", paths[i], "leave it out",
				"is given, though nodeToNodeMeshEnabled is false");
}

/* Refuses cluster-wide fields in the configuration of a single node. */
static void judge_default_only(const struct subject *s)
{
	static const char *const paths[] = { "spec.asNumber", "spec.nodeToNodeMeshEnabled",
		"spec.serviceClusterIPs", "spec.serviceExternalIPs", "spec.serviceLoadBalancerIPs",
		"spec.nodeMeshPassword", "spec.nodeMeshMaxRestartTime" };

	if (strcmp(s->name, "default") == 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (subject_has(s, paths[i]) || json_is_false(subject_at(s, paths[i])))
			subject_refuse(s, "default-only", paths[i],
				"set it in the configuration default",
				"is for the configuration default only, and this is %s", s->name);
}

/* From v3.32 on the schema requires a prefix in each network. */
static void judge_service_networks(const struct subject *s)
{
	static const char *const lists[] = { "spec.serviceClusterIPs", "spec.serviceExternalIPs",
		"spec.serviceLoadBalancerIPs" };

	for (size_t i = 0; target_since(s->target, "v3.32") && i < ARRAY_LEN(lists); i++)
		for (size_t k = 0; k < json_array_size(subject_at(s, lists[i])); k++) {
			char_auto *path = xasprintf("%s[%zu].cidr", lists[i], k);
			struct network n;

			if (network_parse(&n, subject_text(s, path)) && !n.masked) {
				char_auto *whole = network_text(&n);
				char_auto *remedy = xasprintf("write %s", whole);

				subject_refuse(s, "net", path, remedy,
					"is an address without a prefix");
			}
		}
}

static void judge_configuration(const struct subject *s)
{
	size_t n = json_array_size(subject_at(s, "spec.prefixAdvertisements"));

	judge_communities(s);
	for (size_t i = 0; i < n; i++)
		judge_advertisement(s, i);
	judge_mesh(s);
	judge_default_only(s);
	judge_service_networks(s);
}

static void refuse_with(const struct subject *s, const char *field, const char *other)
{
	if (subject_has(s, field) && subject_has(s, other))
		subject_refuse(s, "exclusive", field, "keep one of both",
			"cannot be used together with %s", other + strlen("spec."));
}

/* The family of an address with an optional port; 0: the text is empty. */
static int family_of(const char *text)
{
	struct network n;

	if (network_parse(&n, text))
		return n.v6 ? 6 : 4;
	return *text == '[' ? 6 : *text ? 4 : 0;
}

static void judge_reachable_by(const struct subject *s)
{
	const char *by = subject_text(s, "spec.reachableBy"), *ip = subject_text(s, "spec.peerIP");

	if (!*by)
		return;
	if (!*ip)
		subject_refuse(s, "needs", "spec.reachableBy", "leave it out, or add peerIP",
			"is given without peerIP");
	else if (family_of(by) != family_of(ip))
		subject_refuse(s, "ip-version", "spec.reachableBy", NULL,
			"is not of the same IP version as peerIP");
}

static void judge_peer(const struct subject *s)
{
	refuse_with(s, "spec.node", "spec.nodeSelector");
	refuse_with(s, "spec.peerIP", "spec.peerSelector");
	if (subject_has(s, "spec.peerSelector") &&
		json_integer_value(subject_at(s, "spec.asNumber")) != 0)
		subject_refuse(s, "exclusive", "spec.asNumber", "leave it out",
			"cannot be used together with peerSelector: the peers have their own");
	judge_reachable_by(s);
	if (subject_has(s, "spec.keepOriginalNextHop"))
		refuse_with(s, "spec.keepOriginalNextHop", "spec.nextHopMode");
	if (!subject_has(s, "spec.localWorkloadSelector"))
		return;
	if (json_integer_value(subject_at(s, "spec.asNumber")) == 0)
		subject_refuse(s, "needs", "spec.asNumber", "add it",
			"is missing, and localWorkloadSelector needs it");
	refuse_with(s, "spec.peerIP", "spec.localWorkloadSelector");
	refuse_with(s, "spec.peerSelector", "spec.localWorkloadSelector");
}

static void judge_operations(const struct subject *s, const char *rule)
{
	char_auto *list = xasprintf("%s.operations", rule), *action = xasprintf("%s.action", rule);
	size_t n = json_array_size(subject_at(s, list));

	if (n > 0 && strcmp(subject_text(s, action), "Accept") != 0)
		subject_refuse(s, "needs", list, "leave them out, or write action: Accept",
			"are given, and only a rule with the action Accept has operations");
	for (size_t i = 0; i < n; i++) {
		char_auto *path = xasprintf("%s[%zu]", list, i);

		if (json_object_size(subject_at(s, path)) != 1)
			subject_refuse(s, "exclusive", path, "write one operation an item",
				"has not exactly one operation");
	}
}

static void judge_filter_rule(const struct subject *s, const char *rule)
{
	char_auto *cidr = xasprintf("%s.cidr", rule);
	char_auto *operator= xasprintf("%s.matchOperator", rule);
	char_auto *length = xasprintf("%s.prefixLength", rule);

	if (subject_has(s, cidr) && !subject_has(s, operator))
		subject_refuse(s, "needs", operator, "write Equal, NotEqual, In or NotIn",
			"is missing, and cidr needs it");
	if (subject_has(s, operator) && !subject_has(s, cidr))
		subject_refuse(s, "needs", cidr, "add the network, or leave matchOperator out",
			"is missing, and matchOperator needs it");
	if (subject_has(s, length) && !subject_has(s, cidr))
		subject_refuse(s, "needs", cidr, "add the network, or leave prefixLength out",
			"is missing, and prefixLength needs it");
	judge_operations(s, rule);
}

static void judge_filter(const struct subject *s)
{
	static const char *const lists[] = { "spec.exportV4", "spec.importV4", "spec.exportV6",
		"spec.importV6" };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (size_t k = 0; k < json_array_size(subject_at(s, lists[i])); k++) {
			char_auto *rule = xasprintf("%s[%zu]", lists[i], k);

			judge_filter_rule(s, rule);
		}
}

void validate_bgp(const struct subject *s)
{
	if (subject_is(s, "BGPConfiguration"))
		judge_configuration(s);
	if (subject_is(s, "BGPPeer"))
		judge_peer(s);
	if (subject_is(s, "BGPFilter"))
		judge_filter(s);
}
