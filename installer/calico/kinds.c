/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/kinds.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "calico/convert.h"

#define CUSTOM_RESOURCE "crd.projectcalico.org"

enum { DEFAULT_ASN = 64512 };

/* Cells */

static void put_text(struct buf *out, const json_t *value)
{
	if (json_is_string(value))
		buf_putn(out, json_string_value(value), json_string_length(value));
}

static void put_bool(struct buf *out, const json_t *value)
{
	buf_puts(out, json_is_true(value) ? "true" : "false");
}

/* A cell that is one string, or one boolean, of the object. */
#define CELL(function, put, ...)                                                                   \
	static void function(struct buf *out, const json_t *object, const json_t *context)         \
	{                                                                                          \
		(void)context;                                                                     \
		put(out, json_at(object, __VA_ARGS__, NULL));                                      \
	}

CELL(cell_name, put_text, "metadata", "name")
CELL(cell_cidr, put_text, "spec", "cidr")
CELL(cell_nat, put_bool, "spec", "natOutgoing")
CELL(cell_ipip_mode, put_text, "spec", "ipipMode")
CELL(cell_vxlan_mode, put_text, "spec", "vxlanMode")
CELL(cell_disabled, put_bool, "spec", "disabled")
CELL(cell_disable_bgp_export, put_bool, "spec", "disableBGPExport")
CELL(cell_node_selector, put_text, "spec", "nodeSelector")
CELL(cell_ipv4, put_text, "spec", "bgp", "ipv4Address")
CELL(cell_ipv6, put_text, "spec", "bgp", "ipv6Address")

static bool lacks_asn(const json_t *node)
{
	const json_t *bgp = json_at(node, "spec", "bgp", NULL);

	return bgp && !json_object_get(bgp, "asNumber");
}

/* A node without a number of its own has that of the BGPConfiguration, in parentheses. */
static void cell_asn(struct buf *out, const json_t *node, const json_t *configuration)
{
	const json_t *own = json_at(node, "spec", "bgp", "asNumber", NULL);
	const json_t *common = json_at(configuration, "spec", "asNumber", NULL);

	if (own)
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(own));
	else if (lacks_asn(node) && json_is_false(configuration))
		buf_puts(out, "(unknown)");
	else if (lacks_asn(node))
		buf_printf(out, "(%" JSON_INTEGER_FORMAT ")",
			json_is_integer(common) ? json_integer_value(common) : DEFAULT_ASN);
}

/* Node */

static const struct calico_column node_columns[] = {
	{ "NAME", cell_name, false },
	{ "ASN", cell_asn, true },
	{ "IPV4", cell_ipv4, true },
	{ "IPV6", cell_ipv6, true },
	{ NULL, NULL, false },
};

static const struct calico_shape node_shapes[] = {
	{ "", "kind:s apiVersion:s metadata:o! spec:o! status:o!" },
	{ ".spec", "bgp:o? ipv4VXLANTunnelAddr:s vxlanTunnelMACAddr:s ipv6VXLANTunnelAddr:s "
		   "vxlanTunnelMACAddrV6:s orchRefs:O wireguard:o? addresses:O" },
	{ ".spec.bgp", "asNumber:i? ipv4Address:s ipv6Address:s ipv4IPIPTunnelAddr:s "
		       "routeReflectorClusterID:s" },
	{ ".spec.orchRefs[]", "nodeName:s orchestrator:s!" },
	{ ".spec.wireguard", "interfaceIPv4Address:s interfaceIPv6Address:s" },
	{ ".spec.addresses[]", "address:s! type:s" },
	{ ".status", "wireguardPublicKey:s wireguardPublicKeyV6:s podCIDRs:a" },
	{ NULL, NULL },
};

/* IPPool */

static const struct calico_column ippool_columns[] = {
	{ "NAME", cell_name, false },
	{ "CIDR", cell_cidr, false },
	{ "NAT", cell_nat, true },
	{ "IPIPMODE", cell_ipip_mode, true },
	{ "VXLANMODE", cell_vxlan_mode, true },
	{ "DISABLED", cell_disabled, true },
	{ "DISABLEBGPEXPORT", cell_disable_bgp_export, true },
	{ "SELECTOR", cell_node_selector, false },
	{ NULL, NULL, false },
};

static const struct calico_shape ippool_shapes[] = {
	{ ".spec", "cidr:s! vxlanMode:s ipipMode:s natOutgoing:b disabled:b disableBGPExport:b "
		   "blockSize:i nodeSelector:s ipip:o? nat-outgoing:b allowedUses:a" },
	{ ".spec.ipip", "enabled:b mode:s" },
	{ NULL, NULL },
};

static void set_default(json_t *spec, const char *field, json_t *value)
{
	if (json_object_get(spec, field))
		json_decref(value);
	else
		json_object_set_new(spec, field, value);
}

/* Pools of the v1 days say "ipip" and "nat-outgoing". */
static void fill_ippool(json_t *spec)
{
	const json_t *ipip = json_object_get(spec, "ipip");
	const char *mode = json_str(ipip, "mode"), *cidr = json_str(spec, "cidr");

	if (!json_is_true(json_object_get(ipip, "enabled")))
		mode = "Never";
	else
		mode = mode && strcmp(mode, "cross-subnet") == 0 ? "CrossSubnet" : "Always";
	if (ipip)
		json_object_set_new(spec, "ipipMode", json_string(mode));
	if (json_is_true(json_object_get(spec, "nat-outgoing")))
		json_object_set_new(spec, "natOutgoing", json_true());
	json_object_del(spec, "ipip");
	json_object_del(spec, "nat-outgoing");
	set_default(spec, "ipipMode", json_string("Never"));
	set_default(spec, "vxlanMode", json_string("Never"));
	set_default(spec, "nodeSelector", json_string("all()"));
	set_default(spec, "allowedUses", json_pack("[s, s]", "Workload", "Tunnel"));
	set_default(spec, "blockSize", json_integer(cidr && strchr(cidr, ':') ? 122 : 26));
}

static const struct calico_kind kinds[] = {
	{
		.kind = "IPPool",
		.aliases = "ippool ippools ipp ipps pool pools",
		.group = CUSTOM_RESOURCE,
		.plural = "ippools",
		.columns = ippool_columns,
		.shapes = ippool_shapes,
		.to_v3 = convert_resource,
		.fill = fill_ippool,
	},
	{
		.kind = "Node",
		.aliases = "node nodes no nos",
		.group = "",
		.plural = "nodes",
		.columns = node_columns,
		.shapes = node_shapes,
		.to_v3 = convert_node,
		.context = "bgpconfigurations",
		.needs_context = lacks_asn,
	},
};

const struct calico_kind *calico_kinds(size_t *n)
{
	*n = ARRAY_LEN(kinds);
	return kinds;
}

static bool has_alias(const struct calico_kind *kind, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = kind->aliases; *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");

		if (word == len && strncasecmp(p, name, len) == 0)
			return true;
		p += word;
	}
	return false;
}

const struct calico_kind *calico_kind_find(const char *name, struct err *e)
{
	const char *plurals[ARRAY_LEN(kinds)], *close;
	buf_auto all = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (has_alias(&kinds[i], name))
			return &kinds[i];
		plurals[i] = kinds[i].plural;
		buf_printf(&all, "%s%s", i > 0 ? ", " : "", plurals[i]);
	}
	close = nearest(name, plurals, ARRAY_LEN(kinds));
	err_set(e, ERR_USAGE, 0, "there is no kind \"%s\"%s%s; what can be read: %s", name,
		close ? ", did you mean " : "", close ? close : "", buf_str(&all));
	return NULL;
}
