/* SPDX-License-Identifier: Apache-2.0 */
#include "generate.h"

#include <string.h>

#include "base/json.h"
#include "calico/write/defaults.h"
#include "calico/write/validate.h"

enum { TRIES = 300, DEPTH = 5 };

const char *const generated_kinds[] = { "Tier", "BGPFilter", "BGPConfiguration", "BGPPeer",
	"FelixConfiguration", "GlobalNetworkPolicy", "NetworkPolicy", "GlobalNetworkSet",
	"NetworkSet", "HostEndpoint", "IPPool", "IPReservation", "KubeControllersConfiguration",
	"StagedGlobalNetworkPolicy", "StagedNetworkPolicy", "StagedKubernetesNetworkPolicy", "Node",
	"Profile", NULL };

/* The fields that each kind needs at least; %u is the serial number. */
static const char *const least[][2] = {
	{ "IPPool", "{\"cidr\":\"10.%u.0.0/16\"}" },
	{ "HostEndpoint", "{\"node\":\"n\",\"interfaceName\":\"eth%u\"}" },
	{ "Node", "{\"bgp\":{\"ipv4Address\":\"192.0.2.%u/24\"}}" },
	{ "GlobalNetworkPolicy", "{\"ingress\":[{\"action\":\"Allow\"}]}" },
	{ "NetworkPolicy", "{\"egress\":[{\"action\":\"Deny\"}]}" },
};

/* Words for fields of all rules. The judge decides which words fit. */
static const char *const words[] = { "all()", "has(x) && y == \"z\"", "a", "b.c-d", "10.0.0.0/8",
	"192.0.2.7/32", "192.0.2.1", "2001:db8::/64", "2001:db8::1", "192.0.2.1:179", "eth0",
	"cali*", "Info", "Debug", "Off", "Warning", "Enabled", "Disabled", "Auto", "Always",
	"Never", "CrossSubnet", "Allow", "Deny", "Pass", "Log", "Accept", "Reject", "Drop",
	"Return", "Equal", "In", "NotIn", "TCP", "UDP", "ICMP", "SCTP", "GET", "64512:1",
	"64512:2", "Ingress", "Egress", "Workload", "Tunnel", "LoadBalancer", "Set", "NFT",
	"Legacy", "Automatic", "Manual", "AllServices", "PodIP", "projectcalico.org/x == 'y'",
	"64512", "1.10", "10.96.0.0/12", "/path", "k=v", "aa:bb:cc:dd:ee:ff", "http",
	"NeedsRestart", "VXLAN", "eBGP", "iBGP", "RemotePeers", "AssumeNeededOnEveryNode", "^a+$",
	"projectcalico.org/y in {\"1\", '2'}" };
static const char *const durations[] = { "90s", "1m30s", "10s", "0s", "1h0m0s", "500ms" };
static const double numbers[] = { 0, 1, 2, 4, 6, 8, 24, 26, 80, 100, 128, 179, 443, 1400, 9094,
	65535, 64512, 65546, 4294967295.0 };

static unsigned below(struct generator *g, size_t n)
{
	g->state ^= g->state << 13;
	g->state ^= g->state >> 7;
	g->state ^= g->state << 17;
	return (unsigned)((g->state >> 11) % n);
}

/* Rules that few of these words keep, with words that keep them. */
static const char *const fitting[][3] = {
	{ "selector", "all()", "projectcalico.org/y in {\"1\", '2'} || !has(x)" },
	{ "net", "192.0.2.0/24", "2001:db8::/64" },
	{ "netv4", "192.0.2.0/24", "192.0.2.1" },
	{ "netv6", "2001:db8::/64", "2001:db8::1" },
	{ "cidr", "192.0.2.0/24", "2001:db8::/64" },
	{ "cidrs", "192.0.2.0/24", "192.0.2.0/24,10.0.0.0/8" },
	{ "ipv4", "192.0.2.1", "0.0.0.0" },
	{ "ipv6", "2001:db8::1", "::1" },
	{ "ip", "192.0.2.1", "2001:db8::1" },
	{ "policyType", "Ingress", "Egress" },
	{ "action", "Allow", "Pass" },
	{ "mac", "aa:bb:cc:dd:ee:ff", "00:00:5e:00:53:01" },
};

static const char *word(struct generator *g, const struct calico_field *f)
{
	const char *choice = f->rules ? strstr(f->rules, "one of ") : NULL;

	for (size_t i = 0; i < ARRAY_LEN(fitting) && below(g, 4) > 0; i++)
		if (f->rules && field_has_rule(f, fitting[i][0]))
			return fitting[i][1 + below(g, 2)];
	return choice && below(g, 4) > 0 ? choice : words[below(g, ARRAY_LEN(words))];
}

/* For "one of A|B" one of the choices; any other word unchanged. */
static json_t *text(struct generator *g, const struct calico_field *f)
{
	const char *w = word(g, f);
	unsigned n;

	if (!has_prefix(w, "one of "))
		return json_string(w);
	w += strlen("one of ");
	for (n = below(g, 4); n > 0 && strchr(w, '|'); n--)
		w = strchr(w, '|') + 1;
	return json_stringn(w, strcspn(w, "|,"));
}

static json_t *number(struct generator *g, double scale)
{
	return json_integer((json_int_t)(numbers[below(g, ARRAY_LEN(numbers))] * scale));
}

static json_t *make_struct(struct generator *g, const struct calico_struct *s, int depth);

static json_t *make_one(struct generator *g, const struct calico_field *f, int depth)
{
	switch (field_type(f)) {
	case FIELD_STRING:
		return text(g, f);
	case FIELD_BOOL:
		return json_boolean(below(g, 2));
	case FIELD_FLOAT:
		return json_real(numbers[below(g, ARRAY_LEN(numbers))] + below(g, 2) * 0.5);
	case FIELD_TIME:
		return json_string("2026-01-02T03:04:05Z");
	case FIELD_DURATION:
		return json_string(durations[below(g, ARRAY_LEN(durations))]);
	case FIELD_PORT:
		return below(g, 3) == 0	  ? json_string("100:200")
		       : below(g, 3) == 0 ? json_string("http")
					  : number(g, 1);
	case FIELD_PROTOCOL:
	case FIELD_DSCP:
	case FIELD_AS_NUMBER:
	case FIELD_INT_OR_STRING:
		return below(g, 2) ? text(g, f) : number(g, 1);
	case FIELD_STRUCT:
		return depth > 0 ? make_struct(g, f->of, depth - 1) : json_object();
	case FIELD_ANY:
		return json_object();
	default:
		return number(g, 1);
	}
}

static json_t *make_value(struct generator *g, const struct calico_field *f, int depth)
{
	json_t *out;
	unsigned n = 1 + below(g, 2);

	if (f->type & FIELD_LIST) {
		out = json_array();
		while (n-- > 0)
			json_array_append_new(out, make_one(g, f, depth));
	} else if (f->type & FIELD_MAP) {
		out = json_object();
		while (n-- > 0)
			json_object_set_new(out, n ? "a" : "example.org/b", make_one(g, f, depth));
	} else {
		out = make_one(g, f, depth);
	}
	return out;
}

/* True for names of objects: the generator does not invent these. */
static bool is_name(const struct calico_field *f)
{
	return strcmp(f->name, "tier") == 0 || strcmp(f->name, "filters") == 0;
}

static const struct calico_field *any_field(struct generator *g, const struct calico_struct *s)
{
	size_t n = 0;

	while (s->fields[n].name)
		n++;
	if (n == 0)
		return NULL;
	const struct calico_field *f = &s->fields[below(g, n)];

	return is_name(f) ? NULL : f;
}

static json_t *make_struct(struct generator *g, const struct calico_struct *s, int depth)
{
	json_t *out = json_object();

	for (unsigned n = 1 + below(g, 3); n > 0; n--) {
		const struct calico_field *f = any_field(g, s);

		if (f)
			json_object_set_new(out, f->name, make_value(g, f, depth));
	}
	return out;
}

/* True when the checks before a write accept the object. */
static bool is_valid(struct generator *g, const struct calico_kind *kind, const json_t *object)
{
	const struct input_options o = { .target = g->target };
	buf_auto json = { 0 };
	input_auto in = { 0 };
	err_auto e = { 0 };
	findings_auto found = { 0 };

	json_write(&json, object, JSON_STYLE_COMPACT);
	if (input_text(&in, "generated", buf_str(&json), json.len, &o, &e) < 0 || in.n != 1 ||
		in.refused > 0)
		return false;
	defaults_apply(kind, in.objects[0].object, &g->target);
	validate_object(kind, in.objects[0].object, &g->target, &found);
	if (found.n == 0)
		fit_judge(g->fit, kind, in.objects[0].object, &found);
	return found.n == 0;
}

/* Adds one field at or below this place. The caller passes a copy and judges it afterwards. */
static void grow(struct generator *g, json_t *at, const struct calico_struct *s)
{
	const struct calico_field *f = any_field(g, s);
	json_t *there = f ? json_object_get(at, f->name) : NULL;

	if (!f)
		return;
	if (field_type(f) == FIELD_STRUCT && json_is_object(there) && !(f->type & FIELD_MAP)) {
		grow(g, there, f->of);
	} else if (field_type(f) == FIELD_STRUCT && json_array_size(there) > 0 && below(g, 3)) {
		grow(g, json_array_get(there, below(g, json_array_size(there))), f->of);
	} else if (json_is_array(there) && json_array_size(there) < 4) {
		json_array_append_new(there, make_one(g, f, DEPTH));
	} else if (!there || below(g, 2)) {
		json_object_set_new(at, f->name, make_value(g, f, DEPTH));
	}
}

static const struct calico_struct *spec_of(const struct calico_kind *kind)
{
	for (const struct calico_field *f = kind->fields->fields; f->name; f++)
		if (strcmp(f->name, "spec") == 0)
			return f->of;
	return NULL;
}

static json_t *first_spec(const struct calico_kind *kind, unsigned serial)
{
	for (size_t i = 0; i < ARRAY_LEN(least); i++) {
		if (strcmp(least[i][0], kind->kind) != 0)
			continue;
		const char *number = strstr(least[i][1], "%u");
		char_auto *spec = number ? xasprintf("%.*s%u%s", (int)(number - least[i][1]),
						   least[i][1], serial, number + 2)
					 : xstrdup(least[i][1]);

		return json_loads(spec, 0, NULL);
	}
	return json_object();
}

static json_t *first_metadata(
	struct generator *g, const struct calico_kind *kind, unsigned serial)
{
	bool one = strcmp(kind->kind, "KubeControllersConfiguration") == 0 ||
		   (strcmp(kind->kind, "BGPConfiguration") == 0 && serial == 0);
	json_t *metadata = json_object();

	json_object_set_new(metadata, "name",
		one ? json_string("default") : json_sprintf("generated-%u", serial));
	if (kind->namespaced)
		json_object_set_new(metadata, "namespace", json_string("default"));
	if (below(g, 2))
		json_object_set_new(metadata, "labels",
			json_pack("{s:s, s:s}", "z", "1", "projectcalico.org/a", "b-c"));
	if (below(g, 2))
		json_object_set_new(metadata, "annotations",
			json_pack("{s:s, s:s}", "note", "a\n\"b\" <&> \xc3\xa9", "example.org/a",
				""));
	return metadata;
}

/* True when the first network is unchanged: it keeps pools of other numbers from overlapping. */
static bool is_same_pool(const json_t *a, const json_t *b)
{
	const json_t *cidr = json_at(a, "spec", "cidr", NULL);

	return !cidr || json_same(cidr, json_at(b, "spec", "cidr", NULL));
}

json_t *generate_object(struct generator *g, const char *kind_name, unsigned serial)
{
	const struct calico_kind *kind = calico_kind_named(kind_name);
	json_t *object = json_pack("{s:s, s:s, s:o, s:o}", "apiVersion", "projectcalico.org/v3",
		"kind", kind_name, "metadata", first_metadata(g, kind, serial), "spec",
		first_spec(kind, serial));

	if (!is_valid(g, kind, object)) {
		json_decref(object);
		return NULL;
	}
	for (unsigned i = 0; i < TRIES; i++) {
		json_t *more = json_deep_copy(object);

		grow(g, json_object_get(more, "spec"), spec_of(kind));
		bool valid = is_valid(g, kind, more) && is_same_pool(object, more);

		json_decref(valid ? object : more);
		object = valid ? more : object;
	}
	return object;
}
