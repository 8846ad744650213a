/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what the Kubernetes API stores to projectcalico.org/v3, as calicoctl shows it. Stored
 * objects are borrowed and never changed; results are new references. A result and an error: this
 * can be shown, and the error says what calicoctl refuses of it.
 */
#ifndef CALICO_MODEL_CONVERT_H
#define CALICO_MODEL_CONVERT_H

#include "calico/model/kinds.h"

#define CALICO_V3 "projectcalico.org/v3"
/* The metadata that calicoctl wrote, as JSON. */
#define CALICO_METADATA_ANNOTATION "projectcalico.org/metadata"

/* Since when nodes show their interfaces, and endpoints what limits their traffic. */
enum { CALICO_NODE_INTERFACES = 3200, CALICO_QOS = 3000 };

/* A custom resource of crd.projectcalico.org/v1, or as rules say of projectcalico.org/v3. */
CHECKED json_t *convert_resource(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);
/* An object that is projectcalico.org/v3 already: its fields in order, and defaults. */
CHECKED json_t *convert_v3(const struct calico_kind *kind, const json_t *object,
	const struct calico_rules *rules, struct err *e);
/* A core/v1 Node, whose Calico data are annotations. */
CHECKED json_t *convert_node(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);
/* Whether calicoctl crashes on such a Node, and with it on every list of nodes; e says why. */
bool convert_node_panics(const json_t *stored, const struct calico_rules *rules, struct err *e);
/* A core/v1 Pod to a WorkloadEndpoint; NULL without an error for one that has no endpoint. */
CHECKED json_t *convert_pod(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);
/* Profiles: of a Namespace, of a ServiceAccount, and the one that is always there. */
CHECKED json_t *convert_namespace(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);
CHECKED json_t *convert_service_account(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);
json_t *convert_default_profile(const struct calico_rules *rules);

/* The name that is shown of a policy, in place, from that of its key; annotation NULL: none. */
void convert_policy_name(
	json_t *object, const json_t *annotation, const struct calico_rules *rules);

/* The same of an etcd value, whose annotation serves for the name alone and goes. */
void convert_kept_name(json_t *object, const struct calico_rules *rules);

/*
 * The inverse of convert_node: stored with the annotations that the v3 Node says, a new object. A
 * field that has the value that is shown of stored already leaves its annotation alone.
 */
CHECKED json_t *convert_node_back(const struct calico_kind *kind, const json_t *node,
	const json_t *stored, const struct calico_rules *rules, struct err *e);

#define CALICO_DEFAULT_PROFILE "projectcalico-default-allow"

/* The uid of a v3 object from that of the resource that stores it, in place; its own inverse. */
void convert_uid(json_t *metadata);
/* "node--1-k8s-web--0-eth0": the name of a pod's endpoint, the caller's. */
char *convert_endpoint_name(const char *node, const char *pod);
/* The pod in such a name, the caller's; NULL when it is none. */
char *convert_endpoint_pod(const char *name);
/*
 * What the annotations of a pod say of its traffic ("quality of service"), in the limits of
 * calicoctl; NULL: nothing.
 */
json_t *convert_qos(const json_t *annotations);
/* IP addresses and networks in the canonical form, with a prefix; NULL: it is neither. */
char *convert_network(const char *text, bool *v6);

/*
 * A value in the types of a struct, new or shared (model/decode.h, which has the flags); NULL: it
 * is no map. What calicoctl refuses stays as it is and is in e.
 */
CHECKED json_t *convert_typed(const struct calico_struct *fields, const json_t *value,
	const struct calico_rules *rules, unsigned how, struct err *e);

/* Overlays a map with another one; both may be NULL. */
json_t *convert_overlay(const json_t *below, const json_t *above);

#endif
