/* SPDX-License-Identifier: Apache-2.0 */
/* WorkloadEndpoints. Kubernetes does not store them: they are made from pods. */
#include <arpa/inet.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/model/decode.h"

#define ANNOTATION(name) "projectcalico.org/" name
#define CNI(name) "cni.projectcalico.org/" name
#define AWS_IPS "vpc.amazonaws.com/pod-ips"
#define NETWORK_STATUS "k8s.v1.cni.cncf.io/network-status"

enum { MAX_LABEL = 63, INTERFACE_DIGITS = 11 };

/* Names */

static void put_doubled(struct buf *out, const char *part)
{
	for (; *part; part++) {
		if (*part == '-')
			buf_putc(out, '-');
		buf_putc(out, *part);
	}
}

char *convert_endpoint_name(const char *node, const char *pod)
{
	struct buf out = { 0 };

	put_doubled(&out, node);
	buf_puts(&out, "-k8s-");
	put_doubled(&out, pod);
	buf_puts(&out, "-eth0");
	return buf_steal(&out);
}

/* Takes the part of a name at *p, up to a single dash. "--" in it stands for "-". */
static char *take_part(const char **p)
{
	struct buf part = { 0 };

	for (; **p; (*p)++) {
		if (**p == '-' && (*p)[1] != '-')
			break;
		buf_putc(&part, **p);
		*p += **p == '-';
	}
	*p += **p == '-';
	return buf_steal(&part);
}

char *convert_endpoint_pod(const char *name)
{
	char_auto *node = take_part(&name);
	char_auto *orchestrator = take_part(&name);
	char_auto *pod = take_part(&name);
	char_auto *endpoint = take_part(&name);

	return *node && *pod && !*name && strcmp(orchestrator, "k8s") == 0 && *endpoint
		       ? steal(&pod)
		       : NULL;
}

/* Networks */

char *convert_network(const char *text, bool *v6)
{
	size_t len = strcspn(text, "/");
	char_auto *address = xstrndup(text, len);
	char shown[INET6_ADDRSTRLEN];
	unsigned char ip[16];

	*v6 = strchr(address, ':') != NULL;
	if (inet_pton(*v6 ? AF_INET6 : AF_INET, address, ip) != 1)
		return NULL;
	inet_ntop(*v6 ? AF_INET6 : AF_INET, ip, shown, sizeof(shown));
	return text[len] ? xasprintf("%s%s", shown, text + len)
			 : xasprintf("%s/%d", shown, *v6 ? 128 : 32);
}

static int add_network(json_t *networks, const char *text, struct err *e)
{
	bool v6;
	char_auto *network = convert_network(text, &v6);

	if (!network)
		return err_set(e, ERR_FORMAT, 0, "its address \"%.100s\" is not valid", text);
	json_array_append_new(networks, json_string(network));
	return 0;
}

static int add_list(json_t *networks, const char *list, struct err *e)
{
	for (const char *p = list; *p; p += strspn(p, ",")) {
		size_t n = strcspn(p, ",");
		char_auto *one = xstrndup(p, n);

		if (add_network(networks, one, e) < 0)
			return -1;
		p += n;
	}
	return 0;
}

static bool is_over(const json_t *pod)
{
	static const char *const over[] = { "Failed", "Succeeded", "Completed" };
	const json_t *metadata = json_object_get(pod, "metadata");
	const json_t *annotations = json_object_get(metadata, "annotations");
	const char *phase = json_str(json_object_get(pod, "status"), "phase");
	const char *own = json_str(annotations, CNI("podIP"));
	const char *aws = json_str(annotations, AWS_IPS);

	for (size_t i = 0; i < ARRAY_LEN(over); i++)
		if (phase && strcmp(phase, over[i]) == 0)
			return true;
	return json_object_get(metadata, "deletionTimestamp") && ((own && !*own) || (aws && !*aws));
}

/* Takes the addresses from the first place that has some. */
static int add_networks(json_t *networks, const json_t *pod, struct err *e)
{
	static const char *const annotated[] = { CNI("podIPs"), CNI("podIP"), AWS_IPS };
	const json_t *status = json_object_get(pod, "status"), *item;
	const json_t *annotations = json_at(pod, "metadata", "annotations", NULL);
	const char *one = json_str(status, "podIP");
	size_t i;

	json_array_foreach(json_object_get(status, "podIPs"), i, item) {
		const char *ip = json_str(item, "ip");

		if (ip && add_network(networks, ip, e) < 0)
			return -1;
	}
	if (json_array_size(networks) == 0 && one && *one)
		return add_network(networks, one, e);
	for (i = 0; i < ARRAY_LEN(annotated) && json_array_size(networks) == 0; i++) {
		const char *list = json_str(annotations, annotated[i]);

		if (list && add_list(networks, list, e) < 0)
			return -1;
	}
	return 0;
}

/* The list of strings that an annotation holds as JSON; NULL with an error when it is not valid. */
static json_t *list_in(const json_t *annotations, const char *name, struct err *e)
{
	const json_t *text = json_object_get(annotations, name), *item;
	size_t i;

	if (!text || json_string_length(text) == 0)
		return json_array();
	json_auto_t *list = json_parse(json_string_value(text), json_string_length(text), e);

	json_array_foreach(list, i, item)
		if (!json_is_string(item)) {
			err_set(e, ERR_FORMAT, 0, "not a list of strings");
			break;
		}
	if (json_is_null(list))
		return json_array();
	if (list && !json_is_array(list))
		err_set(e, ERR_FORMAT, 0, "not a list");
	if (!e->msg)
		return steal(&list);
	err_wrap(e, "the annotation %s", name);
	return NULL;
}

/* Maps each floating address to the pod's addresses of the same family. */
static json_t *make_nats(const json_t *annotations, const json_t *networks, struct err *e)
{
	json_auto_t *addresses = list_in(annotations, CNI("floatingIPs"), e);
	json_t *nats = addresses ? json_array() : NULL;
	const json_t *external, *network;
	size_t i, k;

	json_array_foreach(addresses, i, external) {
		bool v6 = strchr(json_string_value(external), ':') != NULL;

		json_array_foreach(networks, k, network) {
			const char *text = json_string_value(network);
			char_auto *internal = xstrndup(text, strcspn(text, "/"));

			if ((strchr(internal, ':') != NULL) == v6)
				json_array_append_new(
					nats, json_pack("{s:s, s:O}", "internalIP", internal,
						      "externalIP", external));
		}
	}
	return nats;
}

/*
 * Sets the host bits of a network to 0. The caller frees the result; NULL: the text is no network.
 */
static char *masked(const char *text)
{
	bool v6;
	char_auto *network = convert_network(text, &v6);
	const char *slash = network ? strchr(network, '/') : NULL;
	char shown[INET6_ADDRSTRLEN];
	unsigned char ip[16];

	if (!slash)
		return NULL;
	char_auto *address = xstrndup(network, (size_t)(slash - network));
	long prefix = strtol(slash + 1, NULL, 10), bits = v6 ? 128 : 32;

	if (inet_pton(v6 ? AF_INET6 : AF_INET, address, ip) != 1 || prefix < 0 || prefix > bits)
		return NULL;
	for (long bit = prefix; bit < bits; bit++)
		ip[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
	inet_ntop(v6 ? AF_INET6 : AF_INET, ip, shown, sizeof(shown));
	return xasprintf("%s/%ld", shown, prefix);
}

static json_t *make_sources(const json_t *annotations, struct err *e)
{
	json_auto_t *list = list_in(annotations, CNI("allowedSourcePrefixes"), e);
	json_auto_t *prefixes = json_array();
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		char_auto *network = masked(json_string_value(item));

		if (!network) {
			err_set(e, ERR_FORMAT, 0, "its network \"%.100s\" is none",
				json_string_value(item));
			return NULL;
		}
		json_array_append_new(prefixes, json_string(network));
	}
	return list ? json_incref(prefixes) : NULL;
}

static void add_ports(json_t *ports, const json_t *containers)
{
	const json_t *container, *port;
	size_t i, k;

	json_array_foreach(containers, i, container)
		json_array_foreach(json_object_get(container, "ports"), k, port) {
			const char *name = json_str(port, "name"), *ip = json_str(port, "hostIP");
			const char *protocol = json_str(port, "protocol");
			json_int_t host = json_integer_value(json_object_get(port, "hostPort"));

			if ((!name || !*name) && host == 0)
				continue;
			json_array_append_new(ports,
				json_pack("{s:s, s:s, s:I, s:I, s:s}", "name", name ? name : "",
					"protocol", protocol ? protocol : "TCP", "port",
					json_integer_value(json_object_get(port, "containerPort")),
					"hostPort", host, "hostIP", ip ? ip : ""));
		}
}

/* Since v3.30 the ports of init containers are included, after the others. */
static json_t *make_ports(const json_t *pod, const struct calico_rules *rules)
{
	json_t *ports = json_array();

	add_ports(ports, json_at(pod, "spec", "containers", NULL));
	if (rules->release >= CALICO_QOS)
		add_ports(ports, json_at(pod, "spec", "initContainers", NULL));
	return ports;
}

/* Felix's name for the host end of the veth pair: "cali" and the first digits of a digest. */
static char *interface_name(const char *ns, const char *pod)
{
	const char *prefix = getenv("FELIX_INTERFACEPREFIX");
	char_auto *both = xasprintf("%s.%s", ns, pod);
	char hex[SHA1_HEX_SIZE];

	if (!prefix || !*prefix)
		prefix = "cali";
	sha1_hex(both, strlen(both), hex);
	return xasprintf("%.*s%.*s", (int)strcspn(prefix, ","), prefix, INTERFACE_DIGITS, hex);
}

static json_t *make_metadata(const json_t *from, const char *name, const char *account)
{
	static const char *const same[] = { "generateName", "namespace", "uid", "resourceVersion",
		"creationTimestamp" };
	json_t *meta = json_object(),
	       *labels = convert_overlay(json_object_get(from, "labels"), NULL);
	json_t *status = json_object_get(json_object_get(from, "annotations"), NETWORK_STATUS);

	json_object_set_new(meta, "name", json_string(name));
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		json_object_set(meta, same[i], json_object_get(from, same[i]));
	json_object_set(labels, ANNOTATION("namespace"), json_object_get(from, "namespace"));
	json_object_set_new(labels, ANNOTATION("orchestrator"), json_string("k8s"));
	if (*account && strlen(account) < MAX_LABEL)
		json_object_set_new(labels, ANNOTATION("serviceaccount"), json_string(account));
	json_object_set_new(meta, "labels", labels);
	if (status)
		json_object_set_new(
			meta, "annotations", json_pack("{s:O}", NETWORK_STATUS, status));
	return meta;
}

static json_t *make_profiles(const char *ns, const char *account)
{
	char_auto *of_namespace = xasprintf("kns.%s", ns);
	char_auto *of_account = xasprintf("ksa.%s.%s", ns, account);

	return *account ? json_pack("[s, s]", of_namespace, of_account)
			: json_pack("[s]", of_namespace);
}

static json_t *make_spec(const json_t *pod, const char *ns, const char *name,
	const struct calico_rules *rules, struct err *e)
{
	const json_t *annotations = json_at(pod, "metadata", "annotations", NULL);
	const json_t *from = json_object_get(pod, "spec");
	const char *account = json_str(from, "serviceAccountName");
	char_auto *interface = interface_name(ns, name);
	json_auto_t *networks = json_array();

	if (add_networks(networks, pod, e) < 0)
		return NULL;
	if (is_over(pod))
		json_array_clear(networks);
	json_t *nats = make_nats(annotations, networks, e);
	json_t *sources = nats ? make_sources(annotations, e) : NULL;

	if (!sources) {
		json_decref(nats);
		return NULL;
	}
	json_t *qos = rules->release >= CALICO_QOS ? convert_qos(annotations) : NULL;

	return json_pack("{s:s, s:O, s:s, s:s, s:O?, s:s, s:O, s:o, s:o, s:s, s:o, s:o, s:o*}",
		"orchestrator", "k8s", "node", json_object_get(from, "nodeName"), "pod", name,
		"endpoint", "eth0", "containerID", json_object_get(annotations, CNI("containerID")),
		"serviceAccountName", account ? account : "", "ipNetworks", networks, "ipNATs",
		nats, "profiles", make_profiles(ns, account ? account : ""), "interfaceName",
		interface, "ports", make_ports(pod, rules), "allowSpoofedSourcePrefixes", sources,
		"qosControls", qos);
}

json_t *convert_pod(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e)
{
	json_auto_t *pod = convert_typed(&core_pod_fields, stored, rules, DECODE_NO_UNKNOWN, e);
	const json_t *metadata = json_object_get(pod, "metadata");
	const json_t *from = json_object_get(pod, "spec");
	const char *node = json_str(from, "nodeName"), *name = json_str(metadata, "name");
	const char *ns = json_str(metadata, "namespace");
	const char *account = json_str(from, "serviceAccountName");

	if (!pod || e->msg || !node || !*node || !name || !ns ||
		json_is_true(json_object_get(from, "hostNetwork")))
		return NULL;
	char_auto *endpoint = convert_endpoint_name(node, name);
	json_t *spec = make_spec(pod, ns, name, rules, e);

	if (!spec)
		return NULL;
	json_auto_t *object = json_pack("{s:s, s:s, s:o, s:o}", "kind", kind->kind, "apiVersion",
		CALICO_V3, "metadata", make_metadata(metadata, endpoint, account ? account : ""),
		"spec", spec);

	return convert_typed(kind->fields, object, rules, 0, e);
}
