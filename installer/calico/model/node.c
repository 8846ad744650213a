/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/model/decode.h"

#define ANNOTATION(name) "projectcalico.org/" name

static bool split_ip(const char *text, int family, unsigned char ip[16], long *prefix)
{
	char_auto *copy = xstrdup(text);
	char *slash = strchr(copy, '/');
	long bits = family == AF_INET ? 32 : 128;
	char *end;

	*prefix = bits;
	if (slash) {
		*slash++ = '\0';
		if (!isdigit((unsigned char)*slash) || strlen(slash) > 3)
			return false;
		*prefix = strtol(slash, &end, 10);
		if (*end || *prefix > bits)
			return false;
	}
	if (inet_pton(family, copy, ip) != 1)
		return false;
	/* Go, and so calicoctl, takes ::ffff:a.b.c.d for an IPv4 address. */
	return family == AF_INET || memcmp(ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) != 0;
}

static bool is_ip(const char *text, int family)
{
	unsigned char ip[16];
	long prefix;

	return split_ip(text, family, ip, &prefix);
}

/* An address, or a network without host bits. */
static bool is_network(const char *text, int family)
{
	unsigned char ip[16];
	long prefix, bits = family == AF_INET ? 32 : 128;

	if (!split_ip(text, family, ip, &prefix))
		return false;
	for (long bit = prefix; bit < bits; bit++)
		if (ip[bit / 8] & 0x80 >> bit % 8)
			return false;
	return true;
}

static bool is_ipv4(const char *text)
{
	return is_ip(text, AF_INET);
}

static bool is_ipv6(const char *text)
{
	return is_ip(text, AF_INET6);
}

static bool is_ipv4_network(const char *text)
{
	return is_network(text, AF_INET);
}

static bool is_ipv6_network(const char *text)
{
	return is_network(text, AF_INET6);
}

/* 6, 8 or 20 bytes: 00:00:5e:00:53:01, 00-00-5e-00-53-01 or 0000.5e00.5301. */
static bool is_mac(const char *text)
{
	char separator = text[strcspn(text, ":-.")];
	size_t group = separator == '.' ? 4 : 2, digits = 0;

	for (const char *p = text; *p; p++) {
		if (digits > 0 && digits % group == 0 && *p == separator)
			p++;
		else if (digits > 0 && digits % group == 0)
			return false;
		if (!isxdigit((unsigned char)*p))
			return false;
		digits++;
	}
	return digits == 12 || digits == 16 || digits == 40;
}

static bool is_anything(const char *text)
{
	(void)text;
	return true;
}

static bool parse_number(const char *text, size_t len, unsigned long long max,
	unsigned long long *number)
{
	*number = 0;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		*number = *number * 10 + (unsigned long long)(text[i] - '0');
		if (*number > max)
			return false;
	}
	return len > 0;
}

/* "64512" or "0.64512"; NULL: the text is neither. */
static json_t *parse_asn(const char *text)
{
	unsigned long long high = 0, low;
	size_t first = strcspn(text, ".");

	if (!text[first])
		return parse_number(text, first, UINT32_MAX, &low) ? json_integer((json_int_t)low) :
								    NULL;
	if (!parse_number(text, first, UINT16_MAX, &high) ||
		!parse_number(text + first + 1, strlen(text + first + 1), UINT16_MAX, &low))
		return NULL;
	return json_integer((json_int_t)(high << 16 | low));
}

/*
 * A field of the v3 Node whose value is in an annotation. A value that is not valid counts as
 * absent.
 */
struct annotated {
	const char *annotation;
	/* such as "spec" and "bgp"; below NULL: the field is in part itself */
	const char *part, *below;
	const char *field;
	bool (*is_valid)(const char *text); /* NULL: an AS number, which make_bgp reads */
};

/* convert_node and convert_node_back both use these rows. */
static const struct annotated rows[] = {
	{ ANNOTATION("ASNumber"), "spec", "bgp", "asNumber", NULL },
	{ ANNOTATION("IPv4Address"), "spec", "bgp", "ipv4Address", is_ipv4 },
	{ ANNOTATION("IPv6Address"), "spec", "bgp", "ipv6Address", is_ipv6 },
	{ ANNOTATION("IPv4IPIPTunnelAddr"), "spec", "bgp", "ipv4IPIPTunnelAddr", is_ipv4_network },
	{ ANNOTATION("RouteReflectorClusterID"), "spec", "bgp", "routeReflectorClusterID",
		is_ipv4_network },
	{ ANNOTATION("IPv4VXLANTunnelAddr"), "spec", NULL, "ipv4VXLANTunnelAddr", is_ipv4_network },
	{ ANNOTATION("VXLANTunnelMACAddr"), "spec", NULL, "vxlanTunnelMACAddr", is_mac },
	{ ANNOTATION("IPv6VXLANTunnelAddr"), "spec", NULL, "ipv6VXLANTunnelAddr", is_ipv6_network },
	{ ANNOTATION("VXLANTunnelMACAddrV6"), "spec", NULL, "vxlanTunnelMACAddrV6", is_mac },
	{ ANNOTATION("IPv4WireguardInterfaceAddr"), "spec", "wireguard", "interfaceIPv4Address",
		is_ipv4_network },
	{ ANNOTATION("IPv6WireguardInterfaceAddr"), "spec", "wireguard", "interfaceIPv6Address",
		is_ipv6_network },
	{ ANNOTATION("WireguardPublicKey"), "status", NULL, "wireguardPublicKey", is_anything },
	{ ANNOTATION("WireguardPublicKeyV6"), "status", NULL, "wireguardPublicKeyV6", is_anything },
};

static bool is_below(const struct annotated *row, const char *part, const char *below)
{
	return strcmp(row->part, part) == 0 &&
	       (below ? row->below && strcmp(row->below, below) == 0 : !row->below);
}

static void put_annotated(
	json_t *to, const json_t *annotations, const char *part, const char *below)
{
	for (const struct annotated *row = rows; row < rows + ARRAY_LEN(rows); row++) {
		json_t *value = json_object_get(annotations, row->annotation);
		const char *text = json_string_value(value);

		if (text && *text && strlen(text) == json_string_length(value) && row->is_valid &&
			is_below(row, part, below) && row->is_valid(text))
			json_object_set(to, row->field, value);
	}
}

/*
 * With usePodCIDR, the tunnel address: the first address of the node's pod CIDR plus one. The
 * caller frees it. "": the pod CIDR is not IPv4. NULL without an error: the annotations have the
 * tunnel addresses.
 */
static char *static_tunnel(const json_t *stored, const struct calico_rules *rules, struct err *e)
{
	const char *cidr = json_str(json_object_get(stored, "spec"), "podCIDR");
	unsigned char ip[16];
	char shown[INET_ADDRSTRLEN];
	long prefix;

	if (!rules->pod_cidr || !cidr || !*cidr)
		return NULL;
	if (!strchr(cidr, '/') ||
		(!split_ip(cidr, AF_INET, ip, &prefix) && !split_ip(cidr, AF_INET6, ip, &prefix))) {
		err_set(e, ERR_FORMAT, 0, "spec.podCIDR \"%.100s\" is no network", cidr);
		return NULL;
	}
	if (strchr(cidr, ':'))
		return xstrdup("");
	ip[3]++;
	return xstrdup(inet_ntop(AF_INET, ip, shown, sizeof(shown)));
}

/* tunnel: the result of static_tunnel, not NULL. */
static void put_tunnel(json_t *to, const char *field, const char *tunnel)
{
	json_object_del(to, field);
	if (*tunnel)
		json_object_set_new(to, field, json_string(tunnel));
}

static json_t *make_bgp(const json_t *annotations, const char *tunnel)
{
	const char *asn = json_str(annotations, ANNOTATION("ASNumber"));
	json_t *bgp = json_object();

	if (asn)
		json_object_set_new(bgp, "asNumber", parse_asn(asn));
	put_annotated(bgp, annotations, "spec", "bgp");
	if (tunnel)
		put_tunnel(bgp, "ipv4IPIPTunnelAddr", tunnel);
	return bgp;
}

static json_t *make_wireguard(const json_t *annotations, const char *tunnel)
{
	const char *key = json_str(annotations, ANNOTATION("WireguardPublicKey"));
	json_t *wireguard = json_object();

	if (!tunnel)
		put_annotated(wireguard, annotations, "spec", "wireguard");
	else if (key && *key)
		put_tunnel(wireguard, "interfaceIPv4Address", tunnel);
	return wireguard;
}

static void add_address(json_t *addresses, const char *address, const char *type)
{
	if (address)
		json_array_append_new(addresses,
			json_pack("{s:s, s:s}", "address", address, "type", type));
}

static json_t *make_addresses(const json_t *stored, const json_t *bgp)
{
	json_t *addresses = json_array();
	const json_t *item;
	size_t i;

	add_address(addresses, json_str(bgp, "ipv4Address"), "CalicoNodeIP");
	add_address(addresses, json_str(bgp, "ipv6Address"), "CalicoNodeIP");
	json_array_foreach(json_at(stored, "status", "addresses", NULL), i, item) {
		const char *type = json_str(item, "type");

		if (strcmp(type, "InternalIP") == 0 || strcmp(type, "ExternalIP") == 0)
			add_address(addresses, json_str(item, "address"), type);
	}
	return addresses;
}

static void put_unless_empty(json_t *to, const char *field, json_t *value)
{
	if (json_object_size(value) + json_array_size(value) > 0)
		json_object_set(to, field, value);
	json_decref(value);
}

#define INTERFACES ANNOTATION("Interfaces")

static bool is_address(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && !strchr(text, '/') && (is_ipv4(text) || is_ipv6(text));
}

/*
 * The interfaces in the annotation, as a list of Go's types. NULL: there is no valid annotation, or
 * the release has no interfaces.
 */
static json_t *interfaces_in(const json_t *annotations, const struct calico_rules *rules)
{
	const char *text = json_str(annotations, INTERFACES);
	err_auto ignored = { 0 };

	if (!text || rules->release < CALICO_NODE_INTERFACES)
		return NULL;
	json_auto_t *list = json_parse(text, strlen(text), &ignored);
	json_auto_t *spec = json_is_array(list) ? json_pack("{s:{s:O}}", "spec", "interfaces", list)
						: NULL;
	json_auto_t *typed =
		spec ? convert_typed(&node_fields, spec, rules, DECODE_NO_UNKNOWN, &ignored) : NULL;

	return ignored.msg ? NULL : json_copy(json_object_get(
					    json_object_get(typed, "spec"), "interfaces"));
}

bool convert_node_panics(const json_t *stored, const struct calico_rules *rules, struct err *e)
{
	const json_t *annotations = json_at(stored, "metadata", "annotations", NULL);
	json_auto_t *interfaces = interfaces_in(annotations, rules);
	const json_t *interface, *address;
	size_t i, k;

	json_array_foreach(interfaces, i, interface) {
		size_t bad = 0;

		json_array_foreach(json_object_get(interface, "addresses"), k, address)
			bad += !is_address(address);
		if (bad < 2)
			continue;
		err_set(e, ERR_FORMAT, 0,
			"the annotation " INTERFACES
			": the interface %.100s has %zu addresses that are no IP addresses, and "
			"calicoctl crashes at the second one",
			json_str(interface, "name"), bad);
		return true;
	}
	return false;
}

/* Leaves out addresses that are not valid. */
static json_t *make_interfaces(const json_t *annotations, const struct calico_rules *rules)
{
	json_t *interfaces = interfaces_in(annotations, rules), *interface;
	const json_t *address;
	size_t i, k;

	json_array_foreach(interfaces, i, interface) {
		json_t *addresses = json_array();

		json_array_foreach(json_object_get(interface, "addresses"), k, address)
			if (is_address(address))
				json_array_append(addresses, (json_t *)(uintptr_t)address);
		json_array_set_new(interfaces, i,
			json_pack("{s:O, s:o}", "name", json_object_get(interface, "name"),
				"addresses", addresses));
	}
	return interfaces ? interfaces : json_array();
}

static json_t *make_spec(const json_t *stored, const json_t *annotations, const char *name,
	const char *tunnel, const struct calico_rules *rules)
{
	json_t *spec = json_object();

	put_unless_empty(spec, "bgp", make_bgp(annotations, tunnel));
	put_annotated(spec, annotations, "spec", NULL);
	json_object_set_new(spec, "orchRefs",
		json_pack("[{s:s, s:s}]", "nodeName", name, "orchestrator", "k8s"));
	put_unless_empty(spec, "wireguard", make_wireguard(annotations, tunnel));
	put_unless_empty(spec, "addresses",
		make_addresses(stored, json_object_get(spec, "bgp")));
	put_unless_empty(spec, "interfaces", make_interfaces(annotations, rules));
	return spec;
}

static json_t *make_status(const json_t *stored, const json_t *annotations)
{
	json_t *status = json_object();

	put_annotated(status, annotations, "status", NULL);
	json_object_set(status, "podCIDRs",
		(json_t *)(uintptr_t)json_at(stored, "spec", "podCIDRs", NULL));
	return status;
}

/* The map of strings that an annotation holds as JSON; NULL: the annotation holds no such map. */
static json_t *map_in(const json_t *annotations, const char *name)
{
	const json_t *text = json_object_get(annotations, name), *value;
	err_auto ignored = { 0 };
	const char *key;

	if (!text)
		return NULL;
	json_auto_t *map = json_parse(json_string_value(text), json_string_length(text), &ignored);

	json_object_foreach(map, key, value)
		if (!json_is_string(value))
			return NULL;
	return json_is_object(map) ? steal(&map) : NULL;
}

/*
 * Annotations hold Calico's labels and annotations as JSON. Where both have a label, the one of
 * Kubernetes wins.
 */
static json_t *make_metadata(const json_t *from)
{
	static const char *const same[] = { "name", "uid", "resourceVersion", "creationTimestamp" };
	const json_t *annotations = json_object_get(from, "annotations");
	const json_t *labels = json_object_get(from, "labels");
	json_auto_t *own_labels = map_in(annotations, ANNOTATION("labels"));
	json_auto_t *own_annotations = map_in(annotations, ANNOTATION("annotations"));
	json_t *meta = json_object(), *shown = convert_overlay(own_annotations, NULL);
	buf_auto kube_labels = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		json_object_set(meta, same[i], json_object_get(from, same[i]));
	json_object_set_new(meta, "labels", convert_overlay(own_labels, labels));
	if (labels)
		json_write(&kube_labels, labels, JSON_STYLE_SORT | JSON_STYLE_HTML);
	json_object_set_new(shown, ANNOTATION("kube-labels"),
		json_string(labels ? buf_str(&kube_labels) : "null"));
	json_object_set_new(meta, "annotations", shown);
	return meta;
}

json_t *convert_node(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e)
{
	json_auto_t *node = convert_typed(&core_node_fields, stored, rules, DECODE_NO_UNKNOWN, e);
	err_auto bad = { 0 };
	char_auto *tunnel = node ? static_tunnel(node, rules, &bad) : NULL;

	if (bad.msg) {
		err_move(e, &bad);
		return NULL;
	}
	if (!node || e->msg)
		return NULL;
	const json_t *meta = json_object_get(node, "metadata");
	const json_t *annotations = json_object_get(meta, "annotations");
	const char *name = json_str(meta, "name");
	json_auto_t *object = json_object();

	json_object_set_new(object, "kind", json_string(kind->kind));
	json_object_set_new(object, "apiVersion", json_string(CALICO_V3));
	json_object_set_new(object, "metadata", make_metadata(meta));
	json_object_set_new(object, "spec",
		make_spec(node, annotations, name ? name : "", tunnel, rules));
	json_object_set_new(object, "status", make_status(node, annotations));
	(void)convert_node_panics(node, rules, e);
	return convert_typed(kind->fields, object, rules, 0, e);
}

/* From v3 to annotations */

static const json_t *field_at(const json_t *node, const struct annotated *row)
{
	const json_t *part = json_object_get(node, row->part);

	if (row->below)
		part = json_object_get(part, row->below);
	return json_object_get(part, row->field);
}

static void set_annotation(json_t *annotations, const char *name, const json_t *value)
{
	buf_auto text = { 0 };

	if (json_is_integer(value))
		buf_printf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_string(value))
		buf_puts(&text, json_string_value(value));
	if (text.len > 0)
		json_object_set_new(annotations, name, json_string(buf_str(&text)));
	else
		json_object_del(annotations, name);
}

/* The members of map that other does not have, or has with another value. */
static json_t *beyond(const json_t *map, const json_t *other)
{
	json_t *out = json_object();
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)map, key, value)
		if (!json_equal(value, json_object_get(other, key)))
			json_object_set(out, key, (json_t *)(uintptr_t)value);
	return out;
}

static void set_map_annotation(json_t *annotations, const char *name, const json_t *map)
{
	buf_auto text = { 0 };

	if (json_object_size(map) > 0)
		json_write(&text, map, JSON_STYLE_SORT | JSON_STYLE_HTML);
	json_auto_t *value = text.len ? json_string(buf_str(&text)) : NULL;

	set_annotation(annotations, name, value);
}

static void set_maps(json_t *annotations, const json_t *wanted, const json_t *labels)
{
	json_auto_t *own_labels = beyond(json_object_get(wanted, "labels"), labels);
	json_auto_t *own = convert_overlay(json_object_get(wanted, "annotations"), NULL);

	json_object_del(own, ANNOTATION("kube-labels")); /* convert_node makes this one */
	set_map_annotation(annotations, ANNOTATION("labels"), own_labels);
	set_map_annotation(annotations, ANNOTATION("annotations"), own);
}

json_t *convert_node_back(const struct calico_kind *kind, const json_t *node,
	const json_t *stored, const struct calico_rules *rules, struct err *e)
{
	json_auto_t *shown = convert_node(kind, stored, rules, e);

	if (!shown)
		return NULL;
	json_t *out = json_deep_copy(stored), *metadata = json_object_get(out, "metadata");
	json_t *annotations = convert_overlay(json_object_get(metadata, "annotations"), NULL);

	for (const struct annotated *row = rows; row < rows + ARRAY_LEN(rows); row++) {
		const json_t *value = field_at(node, row), *is = field_at(shown, row);

		if (value != is && !(value && is && json_equal(value, is)))
			set_annotation(annotations, row->annotation, value);
	}
	set_maps(annotations, json_object_get(node, "metadata"),
		json_object_get(metadata, "labels"));
	json_object_set_new(metadata, "annotations", annotations);
	json_object_del(metadata, "managedFields");
	return out;
}
