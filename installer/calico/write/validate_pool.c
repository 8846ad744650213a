/* SPDX-License-Identifier: Apache-2.0 */
/* IP pools by themselves. cross.h judges pools against the content of the datastore. */
#include <string.h>

#include "base/json.h"
#include "calico/write/network.h"
#include "calico/write/selector.h"
#include "calico/write/subject.h"

static bool mode_is_on(const struct subject *s, const char *path)
{
	const char *mode = subject_text(s, path);

	return *mode && strcmp(mode, "Never") != 0;
}

static void judge_block_size(const struct subject *s, const struct network *n)
{
	unsigned low = n->v6 ? 116 : 20, high = network_width(n);
	json_int_t size = json_integer_value(subject_at(s, "spec.blockSize"));

	if (size < low || size > high) {
		subject_refuse(s, "block-size", "spec.blockSize", NULL,
			"is no size of an %s block: %u to %u", n->v6 ? "IPv6" : "IPv4", low, high);
		return;
	}
	if (n->bits > size && !subject_has(s, "spec.disabled")) {
		char_auto *remedy = xasprintf("write a blockSize of %u or more, or a larger cidr",
			n->bits);

		subject_refuse(s, "pool-size", "spec.cidr", n->bits <= high ? remedy : NULL,
			"is smaller than one block of /%d", (int)size);
	}
}

static void judge_range(const struct subject *s, const struct network *n)
{
	static const char *const ranges[] = { "169.254.0.0/16", "fe80::/10" };
	struct network local;

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (network_parse(&local, ranges[i]) && network_overlaps(&local, n))
			subject_refuse(s, "link-local", "spec.cidr", NULL,
				"overlaps the link-local range %s, which is not routed", ranges[i]);
}

/* Text that is no network is not reported here: the rules of the field report it. */
static bool judge_cidr(const struct subject *s, struct network *n)
{
	const char *cidr = subject_text(s, "spec.cidr");

	if (!*cidr) {
		subject_refuse(s, "required", "spec.cidr", "write it as cidr: 10.0.0.0/16",
			"is missing");
		return false;
	}
	if (!network_parse(n, cidr))
		return false;
	if (!n->masked) {
		subject_refuse(s, "net", "spec.cidr", "write a network such as 10.0.0.0/16",
			"is one address, and a pool is a network");
		return false;
	}
	return true;
}

static void judge_modes(const struct subject *s, bool v6)
{
	bool ipip = mode_is_on(s, "spec.ipipMode"), vxlan = mode_is_on(s, "spec.vxlanMode");

	if (ipip && v6)
		subject_refuse(s, "encapsulation", "spec.ipipMode", "write Never, or use vxlanMode",
			"is for IPv4 only");
	if (ipip && vxlan)
		subject_refuse(s, "encapsulation", "spec.vxlanMode", "set one of both to Never",
			"cannot be used together with ipipMode");
}

static bool has_use(const struct subject *s, const char *use)
{
	const json_t *uses = subject_at(s, "spec.allowedUses"), *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)uses, i, item)
		if (json_is_string(item) && strcmp(json_string_value(item), use) == 0)
			return true;
	return false;
}

/* The use LoadBalancer came with v3.30. */
static void judge_uses(const struct subject *s)
{
	bool later = target_since(s->target, "v3.30");
	const json_t *uses = subject_at(s, "spec.allowedUses"), *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)uses, i, item) {
		const char *use = json_string_value(item);
		char_auto *path = xasprintf("spec.allowedUses[%zu]", i);

		if (use && (strcmp(use, "Workload") == 0 || strcmp(use, "Tunnel") == 0 ||
				   (later && strcmp(use, "LoadBalancer") == 0)))
			continue;
		subject_refuse(s, "use", path, NULL, "is not one of: Workload, Tunnel%s",
			later ? ", LoadBalancer" : "");
	}
}

static void judge_load_balancer(const struct subject *s)
{
	const char *selector = subject_text(s, "spec.nodeSelector");

	if (has_use(s, "Workload") || has_use(s, "Tunnel"))
		subject_refuse(s, "use", "spec.allowedUses", "use a pool of its own",
			"has LoadBalancer together with another use");
	if (mode_is_on(s, "spec.ipipMode") || mode_is_on(s, "spec.vxlanMode"))
		subject_refuse(s, "encapsulation",
			mode_is_on(s, "spec.ipipMode") ? "spec.ipipMode" : "spec.vxlanMode",
			"write Never", "is no mode for a pool of load balancers");
	if (*selector && strcmp(selector, "all()") != 0)
		subject_refuse(s, "use", "spec.nodeSelector", "write all()",
			"selects nodes, and a pool of load balancers belongs to none");
	if (subject_has(s, "spec.disableBGPExport"))
		subject_refuse(s, "use", "spec.disableBGPExport", "leave it out",
			"cannot be true of a pool of load balancers");
}

static void judge_selector(const struct subject *s, const char *path)
{
	const json_t *value = subject_at(s, path);
	struct selector parsed;
	err_auto e = { 0 };

	if (json_is_string(value) && selector_parse(&parsed, json_string_value(value),
					     json_string_length(value), &e) == 0 &&
		parsed.global)
		subject_refuse(s, "selector", path, NULL, "has global(), which selects no %s",
			strstr(path, "node") ? "node" : "namespace");
}

void validate_pool(const struct subject *s)
{
	struct network n;

	if (!subject_is(s, "IPPool"))
		return;
	if (judge_cidr(s, &n)) {
		judge_block_size(s, &n);
		judge_range(s, &n);
		judge_modes(s, n.v6);
	}
	judge_uses(s);
	if (has_use(s, "LoadBalancer") && target_since(s->target, "v3.30"))
		judge_load_balancer(s);
	if (has_use(s, "Tunnel") && subject_has(s, "spec.namespaceSelector"))
		subject_refuse(s, "use", "spec.namespaceSelector",
			"write allowedUses: [Workload]",
			"selects namespaces, and addresses of tunnels belong to none");
	judge_selector(s, "spec.nodeSelector");
	judge_selector(s, "spec.namespaceSelector");
}
