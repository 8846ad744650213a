/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/api_move.h"

#include <string.h>

#include "base/json.h"
#include "engine/judge/initial.h"

#define TIER_LABEL "projectcalico.org/tier"
#define STAGED_KUBERNETES "StagedKubernetesNetworkPolicy"

bool api_move_has(const struct calico_kind *kind)
{
	return strcmp(kind->resources[0].group, "crd.projectcalico.org") == 0;
}

char *api_move_key(const json_t *object)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const char *ns = json_str(metadata, "namespace"), *name = json_str(metadata, "name");

	return xasprintf("%s%s%s", ns ? ns : "", ns ? "/" : "", name ? name : "");
}

/* Content */

static bool is_empty(const json_t *value)
{
	return json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0) ||
	       (json_is_object(value) && json_object_size(value) == 0);
}

/* Drops members without a value. Keeps items of lists, since an empty rule is a rule. */
static void drop_empty(json_t *value)
{
	const char *key;
	json_t *member;
	void *next;
	size_t i;

	json_object_foreach_safe(value, next, key, member)
	{
		drop_empty(member);
		if (is_empty(member))
			json_object_del(value, key);
	}
	json_array_foreach(value, i, member)
		drop_empty(member);
}

static bool has_types(const struct calico_kind *kind)
{
	return calico_is_policy(kind) || strcmp(kind->kind, STAGED_KUBERNETES) == 0;
}

static const char *types_field(const struct calico_kind *kind)
{
	return strcmp(kind->kind, STAGED_KUBERNETES) == 0 ? "policyTypes" : "types";
}

bool api_move_is_untyped(const struct calico_kind *kind, const json_t *object)
{
	const json_t *spec = json_object_get(object, "spec");

	return has_types(kind) && json_array_size(json_object_get(spec, types_field(kind))) == 0;
}

/* The same as policytypes.policy.projectcalico.org and tierlabel.policy.projectcalico.org do. */
static void fill_policy(const struct calico_kind *kind, json_t *spec)
{
	bool kubernetes = strcmp(kind->kind, STAGED_KUBERNETES) == 0;
	bool ingress = json_object_get(spec, "ingress"), egress = json_object_get(spec, "egress");
	const char *field = types_field(kind);

	if (!json_object_get(spec, field))
		json_object_set_new(spec, field,
			egress && (ingress || kubernetes)
				? json_pack("[s, s]", "Ingress", "Egress")
				: json_pack("[s]", egress ? "Egress" : "Ingress"));
	if (!kubernetes && !json_object_get(spec, "tier"))
		json_object_set_new(spec, "tier", json_string("default"));
}

/* The field is text in v1 and a boolean in v3. */
static void as_boolean(json_t *spec, const char *field)
{
	const char *text = json_str(spec, field);

	if (text)
		json_object_set_new(spec, field, json_boolean(strcmp(text, "true") == 0));
}

json_t *api_move_created(const struct calico_kind *kind, const json_t *object)
{
	json_t *spec = json_deep_copy(json_object_get(object, "spec"));

	if (strcmp(kind->kind, "BlockAffinity") == 0)
		as_boolean(spec, "deleted");
	return json_pack("{s:s, s:s, s:{s:O?}, s:o?}", "apiVersion", "projectcalico.org/v3", "kind",
		kind->kind, "metadata", "name", json_at(object, "metadata", "name", NULL), "spec",
		spec);
}

json_t *api_move_content(const struct calico_kind *kind, const json_t *object)
{
	json_t *content = json_object();
	json_t *spec = json_deep_copy(json_object_get(object, "spec"));
	json_t *labels = json_deep_copy(json_at(object, "metadata", "labels", NULL));

	spec = spec ? spec : json_object();
	labels = json_is_object(labels) ? labels : (json_decref(labels), json_object());
	json_object_del(labels, TIER_LABEL);
	if (strcmp(kind->kind, "BlockAffinity") == 0 || strcmp(kind->kind, "IPAMHandle") == 0 ||
		strcmp(kind->kind, "IPAMBlock") == 0)
		as_boolean(spec, "deleted");
	if (json_is_false(json_object_get(spec, "deleted")))
		json_object_del(spec, "deleted");
	if (strcmp(kind->kind, "ClusterInformation") == 0)
		json_object_del(spec, "datastoreReady");
	drop_empty(spec);
	if (has_types(kind))
		fill_policy(kind, spec);
	json_object_set_new(content, "labels", labels);
	json_object_set_new(content, "spec", spec);
	return content;
}

void api_move_digest(const json_t *content, char hex[SHA256_HEX_SIZE])
{
	buf_auto text = { 0 };

	json_write(&text, content, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
	sha256_hex(buf_str(&text), text.len, hex);
}

/* Problems */

/* The controller waits until these three tiers have their original order and action. */
static char *bad_tier(const json_t *object)
{
	const char *name = json_str(json_object_get(object, "metadata"), "name");
	const json_t *spec = json_object_get(object, "spec");
	const char *action = json_str(spec, "defaultAction");
	size_t n;
	const struct initial_tier *tiers = initial_tiers(&n);

	for (size_t i = 0; i < n; i++) {
		const struct initial_tier *t = &tiers[i];

		if (!name || strcmp(t->name, name) != 0 || t->until)
			continue;
		if (json_number_value(json_object_get(spec, "order")) == (double)t->order &&
			action && strcmp(action, t->action) == 0)
			return NULL;
		return xasprintf("has to have the order %ld and the default action %s; the "
				 "controller waits until it has",
			t->order, t->action);
	}
	return NULL;
}

/* The controller uses the id of the handle as the name in v3. */
static char *bad_handle(const json_t *object)
{
	const char *id = json_str(json_object_get(object, "spec"), "handleID");

	return !id || is_dns_subdomain(id)
		       ? NULL
		       : xasprintf("its handleID \"%.100s\" becomes its name in v3, and the API "
				   "server takes lower case alone: the migration would stay locked "
				   "in the phase Migrating",
				 id);
}

char *api_move_problem(const struct calico_kind *kind, const json_t *object)
{
	if (strcmp(kind->kind, "Tier") == 0)
		return bad_tier(object);
	if (strcmp(kind->kind, "IPAMHandle") == 0)
		return bad_handle(object);
	return NULL;
}

/* projectcalico/calico issues 13422, 13421, 13426, 13449: corrected in v3.32.2 */
const char *api_move_defects(const char *release)
{
	if (!release || (strcmp(release, "v3.32.0") != 0 && strcmp(release, "v3.32.1") != 0))
		return NULL;
	return "what is written between the removal of the APIService and the lock is lost "
	       "(calico#13422); a lock that fails is not noticed (#13421); other built-in tiers "
	       "fail while objects are copied (#13426); a second DatastoreMigration on a migrated "
	       "cluster deletes all migrated objects (#13449)";
}
