/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Go types that calicoctl decodes objects into, one row a field. All of it is constant data, in
 * the order in which calicoctl prints the fields. One table holds every release of Calico: a row
 * says since and until which release its field exists. A release is a number: 3201 is v3.32.1.
 */
#ifndef CALICO_MODEL_FIELDS_H
#define CALICO_MODEL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

enum field_type {
	FIELD_STRING, /* also Go types that only give a string a name */
	FIELD_BOOL,
	FIELD_INT, /* 64 bits */
	FIELD_INT32,
	FIELD_INT64,
	FIELD_UINT8,
	FIELD_UINT16,
	FIELD_UINT32,
	FIELD_UINT64,
	FIELD_FLOAT,
	FIELD_TIME, /* RFC 3339 */
	FIELD_DURATION, /* as Go writes it: "1m30s" */
	FIELD_PORT, /* a number, a range "80:90" or a name */
	FIELD_PROTOCOL, /* a number of 8 bits or any string */
	FIELD_AS_NUMBER, /* a number of 32 bits, the same number as text, or "1.10" */
	FIELD_DSCP, /* a number of 8 bits or any string */
	FIELD_INT_OR_STRING, /* a signed number of 32 bits, or any string */
	FIELD_STRUCT,
	FIELD_ANY,
};

enum {
	FIELD_TYPE_MASK = 0xff,
	FIELD_LIST = 1 << 8, /* a list of the type */
	FIELD_MAP = 1 << 9, /* a map from strings to the type */
	/* printed when it is set; other fields are printed when they are not zero */
	FIELD_POINTER = 1 << 10,
	FIELD_ITEM_POINTER = 1 << 11, /* items of the list may be null */
	FIELD_ALWAYS = 1 << 12, /* printed even when it is not set */
	FIELD_MAX_PER_STRUCT = 256,
};

struct calico_struct;

struct calico_field {
	const char *name;
	unsigned type; /* an enum field_type and flags */
	const struct calico_struct *of; /* the struct of FIELD_STRUCT */
	const char *rules; /* calicoctl's checks, comma-separated: "each, net"; NULL: none */
	unsigned short since, until; /* releases, both included; 0: no bound */
};

struct calico_struct {
	const char *name; /* Go's name: "BGPPeerSpec" */
	const struct calico_field *fields; /* the last one has the name NULL */
};

/* The fields of each kind, including kind, apiVersion and metadata. */
extern const struct calico_struct bgp_configuration_fields;
extern const struct calico_struct bgp_filter_fields;
extern const struct calico_struct bgp_peer_fields;
extern const struct calico_struct block_affinity_fields;
extern const struct calico_struct calico_node_status_fields;
extern const struct calico_struct cluster_information_fields;
extern const struct calico_struct felix_configuration_fields;
extern const struct calico_struct global_network_policy_fields;
extern const struct calico_struct global_network_set_fields;
extern const struct calico_struct host_endpoint_fields;
extern const struct calico_struct ip_pool_fields;
extern const struct calico_struct ip_reservation_fields;
extern const struct calico_struct ipam_block_fields;
extern const struct calico_struct ipam_config_fields;
extern const struct calico_struct ipam_handle_fields;
extern const struct calico_struct kube_controllers_configuration_fields;
extern const struct calico_struct network_policy_fields;
extern const struct calico_struct network_set_fields;
extern const struct calico_struct node_fields;
extern const struct calico_struct profile_fields;
extern const struct calico_struct staged_global_network_policy_fields;
extern const struct calico_struct staged_kubernetes_network_policy_fields;
extern const struct calico_struct staged_network_policy_fields;
extern const struct calico_struct tier_fields;
extern const struct calico_struct workload_endpoint_fields;

extern const struct calico_struct calico_metadata;
/* The fields of Kubernetes' own objects that are read. core_object_fields has only the metadata. */
extern const struct calico_struct core_object_fields;
extern const struct calico_struct core_node_fields;
extern const struct calico_struct core_pod_fields;

/* The fields of one struct in one release, prepared for looking them up. */
struct field_table {
	struct json_wanted wanted; /* for parsers: keep only members that are fields */
	const struct calico_struct *of;
	unsigned release;
	size_t n;
	const struct calico_field **fields; /* in the order of printing */
	/* the table of fields[i]; NULL unless the field is a struct */
	const struct field_table **below;
	unsigned short *slots; /* hash table: index + 1; 0: free */
	size_t mask;
};

enum { FIELD_NEWEST = 0xffff, FIELD_DEFAULT_RELEASE = 2901 };

/* "v3.32.1" gives 3201, "3.32" gives 3200; 0: the text is no release. */
unsigned field_release(const char *version);
/*
 * Borrowed: the table lives as long as the program. release FIELD_NEWEST: the newest release of the
 * table; 0: v3.29.1.
 */
const struct field_table *field_table(const struct calico_struct *s, unsigned release);
/* The index of a field; letter case is ignored, as in Go's JSON. -1: there is no such field. */
int field_index(const struct field_table *t, const char *name);
enum field_type field_type(const struct calico_field *f);
/* Whether the rules of the field include this rule: field_has_rule(f, "each"). */
bool field_has_rule(const struct calico_field *f, const char *rule);

#endif
