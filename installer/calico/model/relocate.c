/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/model/relocate.h"

#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/model/ipam.h"

#define LABEL(name) "projectcalico.org/" name

enum { AFFINITY_TYPES = 3000 }; /* the first release whose affinities have a type and labels */

struct relocation {
	struct relocated *r;
	const struct calico_kind *kind;
	const json_t *nodes;
	json_t *object, *metadata, *spec; /* parts of the new object; they are changed */
	unsigned release;
};

static bool is_kind(const struct relocation *m, const char *kind)
{
	return strcmp(m->kind->kind, kind) == 0;
}

/* Nodes */

const char *relocate_orch_node(const json_t *node)
{
	const json_t *refs = json_at(node, "spec", "orchRefs", NULL), *ref;
	const char *name = NULL;
	size_t i;

	json_array_foreach(refs, i, ref) {
		const char *orchestrator = json_str(ref, "orchestrator");
		const char *found = json_str(ref, "nodeName");

		if (orchestrator && strcmp(orchestrator, "k8s") == 0 && found && *found)
			name = found;
	}
	return name;
}

/* The new name. NULL: the node stays behind (*known is true), or is not known (*known is false). */
static const char *node_of(const struct relocation *m, const char *old, bool *known)
{
	const json_t *name = json_object_get(m->nodes, old);

	*known = name != NULL;
	return json_string_value(name);
}

/* Maps the node's name that follows prefix in text; NULL: the text stays unchanged. */
static char *map_behind(struct relocation *m, const char *text, const char *prefix)
{
	bool known;
	const char *node = text && has_prefix(text, prefix)
				   ? node_of(m, text + strlen(prefix), &known)
				   : NULL;

	if (!node || strcmp(node, text + strlen(prefix)) == 0)
		return NULL;
	m->r->renamed = true;
	return xasprintf("%s%s", prefix, node);
}

static void map_field(struct relocation *m, json_t *object, const char *field)
{
	char_auto *name = map_behind(m, json_str(object, field), "");

	if (name)
		json_object_set_new(object, field, json_string(name));
}

/* Maps the IPAM handles that Calico gives to a node's tunnel addresses. */
static char *map_handle(struct relocation *m, const char *id)
{
	static const char *const tunnels[] = { "ipip-tunnel-addr-", "vxlan-tunnel-addr-",
		"vxlan-v6-tunnel-addr-", "wireguard-tunnel-addr-", "wireguard-v6-tunnel-addr-" };
	char *mapped = NULL;

	for (size_t i = 0; i < ARRAY_LEN(tunnels) && !mapped; i++)
		mapped = map_behind(m, id, tunnels[i]);
	return mapped;
}

static void fall(struct relocated *r, enum relocate_fate fate, char *why)
{
	r->fate = fate;
	free(r->why);
	r->why = why;
}

/* Kinds */

static void move_node(struct relocation *m)
{
	const char *old = json_str(m->metadata, "name");
	bool known;
	const char *name = node_of(m, old, &known);

	if (!known) {
		fall(m->r, RELOCATE_BLOCKED,
			xstrdup("it is no node of the cluster: name its Kubernetes node in "
				"--node-map FILE, or write \"-\" there to leave it behind"));
		return;
	}
	if (!name) {
		fall(m->r, RELOCATE_LEFT, xstrdup("--node-map leaves it behind"));
		return;
	}
	map_field(m, m->metadata, "name");
}

/* "node.NAME": the configuration of one node. */
static void move_configuration(struct relocation *m)
{
	const char *name = json_str(m->metadata, "name");
	bool known = false;

	if (!has_prefix(name, "node."))
		return;
	if (!node_of(m, name + strlen("node."), &known) && known) {
		fall(m->r, RELOCATE_LEFT, xstrdup("--node-map leaves its node behind"));
		return;
	}
	char_auto *mapped = map_behind(m, name, "node.");

	if (mapped)
		json_object_set_new(m->metadata, "name", json_string(mapped));
}

static void move_profile(struct relocation *m)
{
	const char *name = json_str(m->metadata, "name");

	if (has_prefix(name, "kns.") || has_prefix(name, "ksa.") ||
		strcmp(name, CALICO_DEFAULT_PROFILE) == 0)
		m->r->fate = RELOCATE_MADE;
	else
		fall(m->r, RELOCATE_LEFT,
			xstrdup("in Kubernetes, profiles follow from namespaces and service "
				"accounts"));
}

static void move_endpoint(struct relocation *m)
{
	const char *orchestrator = json_str(m->spec, "orchestrator");

	if (orchestrator && strcmp(orchestrator, "k8s") == 0)
		m->r->fate = RELOCATE_MADE;
	else
		fall(m->r, RELOCATE_LEFT, xstrdup("in Kubernetes, endpoints follow from pods"));
}

static void move_policy(struct relocation *m)
{
	static const char *const made[] = { "knp.default.", "kanp.adminnetworkpolicy.",
		"kcnp." };
	const char *name = json_str(m->metadata, "name");

	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		if (has_prefix(name, made[i]))
			m->r->fate = RELOCATE_MADE;
}

static void set_missing(json_t *object, const char *field, json_t *value)
{
	if (json_object_get(object, field))
		json_decref(value);
	else
		json_object_set_new(object, field, value);
}

static void move_attributes(struct relocation *m, json_t *attributes, const char *owner)
{
	json_t *map = json_object_get(attributes, owner);

	if (json_is_object(map))
		map_field(m, map, "node");
}

/* etcd leaves out false and zero, but the schema of the CRD requires them. */
static void move_block(struct relocation *m)
{
	static const char *const owners[] = { "secondary", "alternateOwnerAttrs" };
	json_t *attributes = json_object_get(m->spec, "attributes"), *item;
	char_auto *affinity = map_behind(m, json_str(m->spec, "affinity"), "host:");
	size_t i;

	if (affinity)
		json_object_set_new(m->spec, "affinity", json_string(affinity));
	json_array_foreach(attributes, i, item) {
		char_auto *id = map_handle(m, json_str(item, "handle_id"));

		if (id)
			json_object_set_new(item, "handle_id", json_string(id));
		for (size_t k = 0; k < ARRAY_LEN(owners); k++)
			move_attributes(m, item, owners[k]);
	}
	set_missing(m->spec, "strictAffinity", json_false());
	set_missing(m->spec, "deleted", json_false());
	set_missing(m->spec, "sequenceNumber", json_integer(0));
}

static void label_affinity(struct relocation *m)
{
	const char *node = json_str(m->spec, "node"), *cidr = json_str(m->spec, "cidr");
	char hash[SHA3_BASE32_SIZE];

	set_missing(m->spec, "type", json_string("host"));
	sha3_base32(node, strlen(node), hash);
	json_object_set_new(m->metadata, "labels",
		json_pack("{s:s, s:s, s:s}", LABEL("affinity-type"), json_str(m->spec, "type"),
			LABEL("hostname-hash"), hash, LABEL("ip-version"),
			strchr(cidr, ':') ? "6" : "4"));
}

static void move_affinity(struct relocation *m)
{
	const char *type = json_str(m->spec, "type");

	if (!type || strcmp(type, "host") == 0)
		map_field(m, m->spec, "node");
	char_auto *name =
		ipam_affinity_name(json_str(m->spec, "node"), json_str(m->spec, "cidr"));

	json_object_set_new(m->metadata, "name", json_string(name));
	if (m->release >= AFFINITY_TYPES)
		label_affinity(m);
}

static void move_handle(struct relocation *m)
{
	char_auto *id = map_handle(m, json_str(m->spec, "handleID"));

	if (id) {
		char_auto *name = ipam_handle_name(id);

		json_object_set_new(m->spec, "handleID", json_string(id));
		json_object_set_new(m->metadata, "name", json_string(name));
	}
	set_missing(m->spec, "deleted", json_false());
}

static void move_config(struct relocation *m)
{
	set_missing(m->spec, "strictAffinity", json_false());
	set_missing(m->spec, "autoAllocateBlocks", json_false());
}

static void move_by_spec(struct relocation *m)
{
	map_field(m, m->spec, "node");
}

static const struct {
	const char *kind;
	void (*move)(struct relocation *m);
} rows[] = {
	{ "Node", move_node },
	{ "BGPConfiguration", move_configuration },
	{ "FelixConfiguration", move_configuration },
	{ "Profile", move_profile },
	{ "WorkloadEndpoint", move_endpoint },
	{ "NetworkPolicy", move_policy },
	{ "GlobalNetworkPolicy", move_policy },
	{ "BGPPeer", move_by_spec },
	{ "HostEndpoint", move_by_spec },
	{ "CalicoNodeStatus", move_by_spec },
	{ "IPAMBlock", move_block },
	{ "BlockAffinity", move_affinity },
	{ "IPAMHandle", move_handle },
	{ "IPAMConfig", move_config },
};

/* A copy without uid, revision, times, owners and status: these belong to the other datastore. */
static json_t *bare(const json_t *object)
{
	static const char *const kept[] = { "name", "namespace", "labels", "annotations" };
	json_t *out = json_deep_copy(object), *metadata = json_object();

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		json_object_set(metadata, kept[i],
			(json_t *)(uintptr_t)json_at(object, "metadata", kept[i], NULL));
	json_object_set_new(out, "metadata", metadata);
	json_object_del(out, "status");
	if (!json_is_object(json_object_get(out, "spec")))
		json_object_set_new(out, "spec", json_object());
	return out;
}

void relocate(struct relocated *r, const struct calico_kind *kind, const json_t *object,
	const json_t *nodes, unsigned release)
{
	struct relocation m = { .r = r, .kind = kind, .nodes = nodes, .release = release };

	*r = (struct relocated){ .object = bare(object) };
	m.object = r->object;
	m.metadata = json_object_get(m.object, "metadata");
	m.spec = json_object_get(m.object, "spec");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (is_kind(&m, rows[i].kind))
			rows[i].move(&m);
}

void relocated_release(struct relocated *r)
{
	json_decref(r->object);
	free(r->why);
	*r = (struct relocated){ 0 };
}
