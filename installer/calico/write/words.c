/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/words.h"

#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "calico/write/network.h"
#include "calico/write/selector.h"

/* Whether a text has min to max characters, each a letter, a digit or one of others. */
static bool consists_of(const char *text, const char *others, size_t min, size_t max)
{
	size_t n = 0;

	for (; text[n]; n++) {
		char c = text[n];
		bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9');

		if (!alnum && !strchr(others, c))
			return false;
	}
	return n >= min && n <= max;
}

static bool is_alnum_at(const char *text, size_t i)
{
	char one[] = { text[i], '\0' };

	return consists_of(one, "", 1, 1);
}

bool word_is_label_value(const char *text)
{
	size_t n = strlen(text);

	return n == 0 || (consists_of(text, "-_.", 1, 63) && is_alnum_at(text, 0) &&
				 is_alnum_at(text, n - 1));
}

bool word_is_qualified_name(const char *text)
{
	const char *slash = strchr(text, '/');
	const char *name = slash ? slash + 1 : text;

	if (slash) {
		char_auto *prefix = xstrndup(text, (size_t)(slash - text));

		if (!is_dns_subdomain(prefix))
			return false;
	}
	return *name && word_is_label_value(name);
}

bool word_is_port_name(const char *text)
{
	size_t n = strlen(text);
	bool letter = false;

	for (const char *p = text; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			return false;
		letter = letter || (*p >= 'a' && *p <= 'z');
	}
	return letter && consists_of(text, "-", 1, 15) && !strstr(text, "--") && text[0] != '-' &&
	       text[n - 1] != '-';
}

static bool is_name(const char *text)
{
	return is_dns_subdomain(text);
}

static bool is_interface(const char *text)
{
	return strcmp(text, "*") == 0 || consists_of(text, "_.-", 1, 15);
}

static bool is_ignored_interface(const char *text)
{
	return strcmp(text, "*") != 0 && consists_of(text, "_.-*", 1, 15);
}

static bool is_filter_interface(const char *text)
{
	return consists_of(text, "_.-*", 1, 15);
}

static bool is_iface_filter(const char *text)
{
	return consists_of(text, ":._+-", 1, 15);
}

static bool is_prometheus_host(const char *text)
{
	return consists_of(text, ":._+-", 1, 64);
}

static bool is_container_id(const char *text)
{
	size_t n = strlen(text);

	return consists_of(text, "-", 1, 253) && text[0] != '-' && text[n - 1] != '-';
}

/* "k=v,k=v"; may be empty */
static bool is_key_value_list(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, ","), key = strcspn(text, "=");

		if (key == 0 || key >= len)
			return false;
		text += len + (text[len] == ',');
	}
	return true;
}

/*
 * As Go's ParseMAC: 6, 8 or 20 bytes, in pairs of digits joined by : or -, or in fours joined by
 * dots.
 */
static bool is_mac(const char *text)
{
	size_t n = strlen(text), group = 2, bytes;
	char joint = text[0] && text[1] ? text[2] : '\0';

	if (n > 4 && text[4] == '.') {
		group = 4;
		joint = '.';
	}
	if (n > 59 || (joint != ':' && joint != '-' && joint != '.') ||
		(joint == '.' && group != 4) || (n + 1) % (group + 1) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (i % (group + 1) == group ? text[i] != joint
					     : !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	bytes = (n + 1) / (group + 1) * group / 2;
	return bytes == 6 || bytes == 8 || bytes == 20;
}

static bool is_wireguard_key(const char *text)
{
	buf_auto bytes = { 0 };
	err_auto e = { 0 };

	return consists_of(text, "+/=", 44, 44) && base64_decode(&bytes, text, 44, &e) == 0 &&
	       bytes.len == 32;
}

static bool is_ip(const char *text)
{
	struct network n;

	return network_parse(&n, text) && !n.masked;
}

static bool is_ipv4(const char *text)
{
	return is_ip(text) && !strchr(text, ':');
}

static bool is_ipv6(const char *text)
{
	return is_ip(text) && strchr(text, ':');
}

static bool is_cidr(const char *text)
{
	struct network n;

	return network_parse(&n, text);
}

static bool is_cidr_v4(const char *text)
{
	return is_cidr(text) && !strchr(text, ':');
}

static bool is_cidr_v6(const char *text)
{
	return is_cidr(text) && strchr(text, ':');
}

static bool is_port(const char *text)
{
	size_t n = strspn(text, "0123456789");
	unsigned long port = strtoul(text, NULL, 10);

	return n > 0 && n <= 5 && !text[n] && port >= 1 && port <= 65535;
}

/* An address, "IPV4:PORT" or "[IPV6]:PORT". */
static bool is_ip_port(const char *text)
{
	const char *colon = strrchr(text, ':');

	if (is_ip(text))
		return true;
	if (!colon || !is_port(colon + 1))
		return false;
	if (*text == '[' && colon[-1] == ']') {
		char_auto *v6 = xstrndup(text + 1, (size_t)(colon - text) - 2);

		return is_ipv6(v6);
	}
	char_auto *v4 = xstrndup(text, (size_t)(colon - text));

	return is_ipv4(v4);
}

/* Rules that a text keeps or breaks. */
static const struct test {
	const char *rule;
	bool (*holds)(const char *text);
	const char *why, *remedy;
} tests[] = {
	{ "name", is_name, "is no name",
		"write lower-case letters, digits, - and . (at most 253, first and last a letter "
		"or digit)" },
	{ "portName", word_is_port_name, "is no name of a port",
		"write at most 15 lower-case letters, digits and single -, one letter among them" },
	{ "interface", is_interface, "is no name of an interface",
		"write * or at most 15 letters, digits, _ . -" },
	{ "ignoredInterface", is_ignored_interface, "is no interface to ignore",
		"write at most 15 letters, digits, _ . - and *, but not * alone" },
	{ "bgpFilterInterface", is_filter_interface, "is no name of an interface",
		"write at most 15 letters, digits, _ . - and *" },
	{ "ifaceFilter", is_iface_filter, "is no name of an interface",
		"write at most 15 letters, digits and : . _ + -" },
	{ "prometheusHost", is_prometheus_host, "is no host",
		"write at most 64 letters, digits and : . _ + -" },
	{ "containerID", is_container_id, "is no ID of a container",
		"write letters, digits and -, first and last a letter or digit" },
	{ "keyValueList", is_key_value_list, "is no list of keys and values",
		"write it as key=value,key=value" },
	{ "mac", is_mac, "is no MAC address", "write it as 66:c8:2a:00:00:01" },
	{ "wireguardPublicKey", is_wireguard_key, "is no WireGuard public key",
		"write 32 bytes in base64" },
	{ "ip", is_ip, "is no IP address", "write an address without a prefix" },
	{ "ipv4", is_ipv4, "is no IPv4 address", "write it as 10.0.0.1" },
	{ "ipv6", is_ipv6, "is no IPv6 address", "write it as fd00::1" },
	{ "cidr", is_cidr, "is neither an IP address nor a network", "write it as 10.0.0.0/8" },
	{ "cidrv4", is_cidr_v4, "is neither an IPv4 address nor an IPv4 network",
		"write it as 10.0.0.1/24" },
	{ "cidrv6", is_cidr_v6, "is neither an IPv6 address nor an IPv6 network",
		"write it as fd00::1/64" },
	{ "IP:port", is_ip_port, "is no address",
		"write an IP address, ADDRESS:PORT or [IPV6]:PORT, a port from 1 to 65535" },
};

/* Rules that list the permitted words. From the release since on, the list is later. */
static const struct list {
	const char *rule, *words, *since, *later;
} lists[] = {
	{ "action", "Allow|Deny|Log|Pass", NULL, NULL },
	{ "filterAction", "Accept|Reject", NULL, NULL },
	{ "matchOperator", "Equal|NotEqual|In|NotIn", NULL, NULL },
	{ "ipIpMode", "Always|CrossSubnet|Never", NULL, NULL },
	{ "vxlanMode", "Always|CrossSubnet|Never", NULL, NULL },
	{ "assignmentMode", "Automatic|Manual", NULL, NULL },
	{ "policyType", "Ingress|Egress", NULL, NULL },
	{ "logLevel", "Debug|Info|Warning|Error|Fatal", "v3.30",
		"Trace|Debug|Info|Warning|Error|Fatal" },
	{ "bpfLogLevel", "Debug|Info|Off", NULL, NULL },
	{ "dropAcceptReturn", "Drop|Accept|Return", NULL, NULL },
	{ "acceptReturn", "Accept|Return", NULL, NULL },
	{ "dropReject", "Drop|Reject", NULL, NULL },
	{ "iptablesBackend", "Auto|NFT|Legacy", NULL, NULL },
	{ "ipType", "InternalIP|ExternalIP|CalicoNodeIP", NULL, NULL },
	{ "sourceAddress", "UseNodeIP|None", NULL, NULL },
	{ "routeSource", "WorkloadIPs|CalicoIPAM", NULL, NULL },
	{ "bpfServiceMode", "Tunnel|DSR", NULL, NULL },
	{ "stagedAction", "Set|Delete|Learn|Ignore", NULL, NULL },
	{ "assignIPs", "AllServices|RequestedServicesOnly", NULL, NULL },
	{ "createDefaultHostEndpoint", "Enabled|Disabled", NULL, NULL },
};

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; *p; p += p[strcspn(p, "|")] == '|') {
		size_t len = strcspn(p, "|");

		if (len == n && strncmp(p, word, n) == 0)
			return true;
		p += len;
		if (!*p)
			break;
	}
	return false;
}

/*
 * The word that differs only in letter case, else the closest word. The caller frees it; NULL: none
 * is close.
 */
static char *close_word(const char *list, const char *word)
{
	char_auto *copy = xstrdup(list);
	const char *words[16], *close;
	char *state = NULL;
	size_t n = 0;

	for (char *w = strtok_r(copy, "|", &state); w && n < ARRAY_LEN(words);
		w = strtok_r(NULL, "|", &state)) {
		if (strcasecmp(w, word) == 0)
			return xstrdup(w);
		words[n++] = w;
	}
	close = nearest(word, words, n);
	return close ? xstrdup(close) : NULL;
}

void words_judge_list(const char *rule, const char *list, const char *path, const json_t *value,
	struct write_findings *f)
{
	const char *text = json_string_value(value);

	if (text && has_word(list, text))
		return;
	char_auto *close = text ? close_word(list, text) : NULL;
	char_auto *remedy = close ? xasprintf("did you mean %s?", close) : NULL;
	buf_auto words = { 0 };

	for (const char *p = list; *p; p++)
		if (*p == '|')
			buf_puts(&words, ", ");
		else
			buf_putc(&words, *p);
	findings_add(f, rule, path, value, remedy, "is not one of: %s", buf_str(&words));
}

/* "net", "netv4", "netv6": addresses, or networks whose host bits are zero. */
static void judge_net(const char *rule, const char *path, const json_t *value, bool v4, bool v6,
	struct write_findings *f)
{
	const char *text = json_string_value(value);
	struct network n;

	if (!text || !network_parse(&n, text)) {
		findings_add(f, rule, path, value, v4 ? "write it as 10.0.0.0/8" : "write it as "
									      "fd00::/48",
			"is no network");
	} else if (n.v6 ? !v6 : !v4) {
		findings_add(f, rule, path, value, NULL, "is %s network, and only %s fit here",
			n.v6 ? "an IPv6" : "an IPv4", n.v6 ? "IPv4 networks" : "IPv6 networks");
	} else if (network_has_host_bits(&n)) {
		network_mask(&n);
		char_auto *masked = network_text(&n);
		char_auto *remedy = xasprintf("write %s", masked);

		findings_add(f, rule, path, value, remedy, "has bits behind its prefix");
	}
}

static void judge_selector(const char *path, const json_t *value, struct write_findings *f)
{
	struct selector s;
	err_auto e = { 0 };

	if (selector_parse(&s, json_string_value(value), json_string_length(value), &e) < 0)
		findings_add(f, "selector", path, value, NULL, "is no selector: %s", e.msg);
}

static void judge_labels(const char *path, const json_t *value, struct write_findings *f)
{
	const char *key;
	json_t *item;

	json_object_foreach((json_t *)(uintptr_t)value, key, item) {
		char_auto *at = xasprintf("%s.%s", path, key);

		if (!word_is_qualified_name(key))
			findings_add(f, "labels", at, item,
				"write at most 63 letters, digits, - _ . behind an optional "
				"DOMAIN/",
				"has a key that no label can have");
		if (!json_is_string(item) || !word_is_label_value(json_string_value(item)))
			findings_add(f, "labels", at, item,
				"write at most 63 letters, digits, - _ ., first and last a letter "
				"or digit",
				"is no value of a label");
	}
}

static void judge_regexp(const char *path, const json_t *value, struct write_findings *f)
{
	const char *why;

	if (!word_is_regexp(json_string_value(value), &why))
		findings_add(f, "regexp", path, value, NULL,
			"is no regular expression of Go (RE2): %s", why);
}

static bool judge_special(
	const char *rule, const char *path, const json_t *value, struct write_findings *f)
{
	if (strcmp(rule, "selector") == 0)
		judge_selector(path, value, f);
	else if (strcmp(rule, "regexp") == 0)
		judge_regexp(path, value, f);
	else if (strcmp(rule, "net") == 0)
		judge_net(rule, path, value, true, true, f);
	else if (strcmp(rule, "netv4") == 0)
		judge_net(rule, path, value, true, false, f);
	else if (strcmp(rule, "netv6") == 0)
		judge_net(rule, path, value, false, true, f);
	else
		return false;
	return true;
}

static const char *list_of(const char *rule, const struct write_target *t)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (strcmp(lists[i].rule, rule) == 0)
			return lists[i].since && target_since(t, lists[i].since) ? lists[i].later
										 : lists[i].words;
	return NULL;
}

void words_judge(const char *rule, const char *path, const json_t *value,
	const struct write_target *t, struct write_findings *f)
{
	const char *list = list_of(rule, t);

	if (strcmp(rule, "labels") == 0) {
		judge_labels(path, value, f);
		return;
	}
	if (list) {
		words_judge_list(rule, list, path, value, f);
		return;
	}
	if (!json_is_string(value)) {
		findings_add(f, rule, path, value, NULL, "is no text");
		return;
	}
	if (judge_special(rule, path, value, f))
		return;
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		if (strcmp(tests[i].rule, rule) == 0) {
			if (!tests[i].holds(json_string_value(value)))
				findings_add(f, rule, path, value, tests[i].remedy, "%s",
					tests[i].why);
			return;
		}
	abort(); /* the name of one of our rules is misspelt: a bug */
}
