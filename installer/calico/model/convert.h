/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts what the Kubernetes API stores to projectcalico.org/v3, as calicoctl shows it. Stored
 * objects are borrowed and never changed; results are new references. A call can return a result
 * and an error: the result can be shown, and the error says what calicoctl refuses in the stored
 * object.
 */
#ifndef CALICO_MODEL_CONVERT_H
#define CALICO_MODEL_CONVERT_H

#include "calico/model/kinds.h"

#define CALICO_V3 "projectcalico.org/v3"
/* The annotation with the metadata that calicoctl wrote, as JSON. */
#define CALICO_METADATA_ANNOTATION "projectcalico.org/metadata"

/* The first releases that show the interfaces of nodes, and the traffic limits of endpoints. */
enum { CALICO_NODE_INTERFACES = 3200, CALICO_QOS = 3000 };

/*
 * Takes a custom resource of crd.projectcalico.org/v1, or of projectcalico.org/v3 with rules->v3.
 */
CHECKED json_t *convert_resource(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);
/* Takes an object of projectcalico.org/v3: sorts the fields and fills in defaults. */
CHECKED json_t *convert_v3(const struct calico_kind *kind, const json_t *object,
	const struct calico_rules *rules, struct err *e);
/* Takes a core/v1 Node: its annotations hold the Calico data. */
CHECKED json_t *convert_node(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);
/* Whether calicoctl crashes on this Node, and so on every list of nodes; e says why. */
bool convert_node_panics(const json_t *stored, const struct calico_rules *rules, struct err *e);
/* Makes a WorkloadEndpoint from a core/v1 Pod; NULL without an error: the pod has no endpoint. */
CHECKED json_t *convert_pod(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);
/* Profiles: of a Namespace, of a ServiceAccount, and the default profile, which always exists. */
CHECKED json_t *convert_namespace(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);
CHECKED json_t *convert_service_account(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e);
json_t *convert_default_profile(const struct calico_rules *rules);

/* Replaces a policy's stored name by the name that is shown; annotation NULL: none. */
void convert_policy_name(
	json_t *object, const json_t *annotation, const struct calico_rules *rules);

/* The same for an etcd value. Its annotation only keeps the name, and is removed. */
void convert_kept_name(json_t *object, const struct calico_rules *rules);

/*
 * The inverse of convert_node: a new object, stored with the annotations of the v3 Node. When a
 * field has the value that stored shows already, its annotation stays unchanged.
 */
CHECKED json_t *convert_node_back(const struct calico_kind *kind, const json_t *node,
	const json_t *stored, const struct calico_rules *rules, struct err *e);

#define CALICO_DEFAULT_PROFILE "projectcalico-default-allow"

/*
 * Turns the uid of a resource into the uid of its v3 object, in place. Called twice, it is undone.
 */
void convert_uid(json_t *metadata);
/* The name of a pod's endpoint, "node--1-k8s-web--0-eth0". The caller frees it. */
char *convert_endpoint_name(const char *node, const char *pod);
/* The pod in the name of an endpoint; the caller frees it. NULL: this is no such name. */
char *convert_endpoint_pod(const char *name);
/*
 * The traffic limits ("quality of service") that the annotations of a pod set. Values beyond
 * calicoctl's limits are moved to the limit. NULL: the annotations set none.
 */
json_t *convert_qos(const json_t *annotations);
/*
 * The canonical form of an IP address or network, with a prefix. The caller frees it; NULL: the
 * text is neither.
 */
char *convert_network(const char *text, bool *v6);

/*
 * Decodes a value into the types of a struct; the result may share parts with value. how has the
 * flags of model/decode.h. NULL: value is not a map. A part that calicoctl refuses stays unchanged,
 * and e says what it is.
 */
CHECKED json_t *convert_typed(const struct calico_struct *fields, const json_t *value,
	const struct calico_rules *rules, unsigned how, struct err *e);

/* A new map: below with the members of above on top; both may be NULL. */
json_t *convert_overlay(const json_t *below, const json_t *above);

#endif
