/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/model/ipam.h"

#include <ctype.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "calico/model/convert.h"

/* The longest name of a custom resource. A longer name of an affinity is cut and ends in a hash. */
enum { NAME_MAX_BYTES = 252, HASH_BYTES = 11 };

/* Takes ownership of spec. */
static json_t *make(const char *name, json_t *spec, struct err *e)
{
	json_auto_t *metadata = json_pack("{s:s}", "name", name);

	if (metadata)
		return json_pack("{s:O, s:o}", "metadata", metadata, "spec", spec);
	json_decref(spec);
	err_set(e, ERR_FORMAT, 0, "the key is not UTF-8");
	return NULL;
}

/* A copy of value to change, as the spec; NULL with an error. */
static json_t *take_fields(const json_t *value, struct err *e)
{
	if (json_is_object(value))
		return json_copy((json_t *)(uintptr_t)value);
	err_set(e, ERR_FORMAT, 0, "the value is %s", value ? "no JSON object" : "empty");
	return NULL;
}

/* The network in "ipv4/block/10.0.0.0-26". The caller frees it; NULL with an error. */
static char *network_of(const char *key, struct err *e)
{
	const char *text = has_prefix(key, "ipv4/block/") || has_prefix(key, "ipv6/block/")
				   ? key + strlen("ipv4/block/")
				   : NULL;
	const char *dash = text ? strrchr(text, '-') : NULL;
	bool v6 = false;

	if (dash && dash[1] && strlen(dash) <= strlen("-128") &&
		strspn(dash + 1, "0123456789") == strlen(dash + 1)) {
		char_auto *cidr = xasprintf("%.*s/%s", (int)(dash - text), text, dash + 1);
		char_auto *network = convert_network(cidr, &v6);

		if (network && v6 == (key[3] == '6'))
			return steal(&cidr);
	}
	err_set(e, ERR_FORMAT, 0, "the key has no network in it");
	return NULL;
}

static char *name_of(const char *cidr)
{
	char *name = xstrdup(cidr);

	for (char *p = name; *p; p++)
		*p = strchr(".:/", *p) ? '-' : *p;
	return name;
}

json_t *ipam_block(const char *key, const json_t *value, struct err *e)
{
	if (!has_prefix(key, "assignment/"))
		return NULL;
	char_auto *cidr = network_of(key + strlen("assignment/"), e);
	const char *host = json_str(value, "hostAffinity");

	if (!cidr)
		return NULL;
	json_auto_t *spec = take_fields(value, e);
	char_auto *name = name_of(cidr);

	if (!spec)
		return NULL;
	if (!json_object_get(spec, "cidr"))
		json_object_set_new(spec, "cidr", json_string(cidr));
	/* Calico v2 wrote hostAffinity instead of affinity. */
	if (host && !json_is_string(json_object_get(spec, "affinity"))) {
		char_auto *affinity = xasprintf("host:%s", host);

		json_object_set_new(spec, "affinity", json_string(affinity));
	}
	json_object_del(spec, "hostAffinity");
	return make(name, json_incref(spec), e);
}

char *ipam_affinity_name(const char *node, const char *cidr)
{
	char_auto *network = name_of(cidr);
	char *name = xasprintf("%s-%s", node, network);
	char hash[SHA256_HEX_SIZE];

	if (strlen(name) <= NAME_MAX_BYTES)
		return name;
	char_auto *hashed = xasprintf("%s+%s", node, network);

	free(name);
	sha256_hex(hashed, strlen(hashed), hash);
	return xasprintf("%.*s-%s-%.*s", NAME_MAX_BYTES - (int)strlen(network) - HASH_BYTES - 2,
		node, network, HASH_BYTES, hash);
}

/*
 * "host/NODE/ipv4/block/10.0.0.0-26"; since v3.30 also "virtual/". "host/NODE" alone is a host, not
 * an affinity.
 */
json_t *ipam_affinity(const char *key, const json_t *value, struct err *e)
{
	size_t type_len = strcspn(key, "/");
	const char *node = key + type_len + (key[type_len] == '/');
	size_t node_len = strcspn(node, "/");

	if ((!has_prefix(key, "host/") && !has_prefix(key, "virtual/")) || !node[node_len])
		return NULL;
	char_auto *cidr = network_of(node + node_len + 1, e);
	json_auto_t *empty = json_object();

	if (!cidr)
		return NULL;
	/* Calico v2 stored no value. */
	json_auto_t *spec = take_fields(value ? value : empty, e);
	char_auto *type = xstrndup(key, type_len), *host = xstrndup(node, node_len);
	char_auto *name = ipam_affinity_name(host, cidr);

	if (!spec)
		return NULL;
	json_object_set_new(spec, "node", json_string(host));
	json_object_set_new(spec, "cidr", json_string(cidr));
	if (strcmp(type, "host") != 0)
		json_object_set_new(spec, "type", json_string(type));
	/* In crd.projectcalico.org/v1 the field is a string. */
	json_object_set_new(spec, "deleted",
		json_string(json_is_true(json_object_get(value, "deleted")) ? "true" : "false"));
	return make(name, json_incref(spec), e);
}

char *ipam_handle_name(const char *id)
{
	char *name = xstrdup(id);

	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return name;
}

json_t *ipam_handle(const char *key, const json_t *value, struct err *e)
{
	if (!has_prefix(key, "handle/"))
		return NULL;
	const char *id = key + strlen("handle/");

	if (!*id || strchr(id, '/')) {
		err_set(e, ERR_FORMAT, 0, "the key has no handle's ID in it");
		return NULL;
	}
	json_auto_t *spec = take_fields(value, e);
	char_auto *name = ipam_handle_name(id);

	if (!spec)
		return NULL;
	json_object_set_new(spec, "handleID", json_string(id));
	return make(name, json_incref(spec), e);
}

static void rename_field(json_t *spec, const char *from, const char *to)
{
	json_object_set(spec, to, json_object_get(spec, from));
	json_object_del(spec, from);
}

json_t *ipam_config(const char *key, const json_t *value, struct err *e)
{
	json_auto_t *spec = NULL;

	if (strcmp(key, "config") != 0)
		return NULL;
	spec = take_fields(value, e);
	if (!spec)
		return NULL;
	rename_field(spec, "strict_affinity", "strictAffinity");
	rename_field(spec, "auto_allocate_blocks", "autoAllocateBlocks");
	return make("default", json_incref(spec), e);
}
