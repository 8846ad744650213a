/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles. Kubernetes does not store them: they are made from namespaces and service accounts. */
#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/model/decode.h"

static json_t *allow_all(void)
{
	return json_pack("[{s:s, s:{}, s:{}}]", "action", "Allow", "source", "destination");
}

json_t *convert_default_profile(const struct calico_rules *rules)
{
	json_auto_t *profile = json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:o, s:o}}", "kind",
		"Profile", "apiVersion", CALICO_V3, "metadata", "name", CALICO_DEFAULT_PROFILE,
		"resourceVersion", rules->stored_names || rules->v3 ? "1" : "0", "spec", "ingress",
		allow_all(), "egress", allow_all());
	err_auto none = { 0 };

	return convert_typed(&profile_fields, profile, rules, 0, &none);
}

/* The labels of the resource and its name as a label, each with the prefix. */
static json_t *labels_to_apply(const json_t *metadata, const char *prefix)
{
	char_auto *own = xasprintf("%sprojectcalico.org/name", prefix);
	json_t *labels = json_object(), *value;
	const char *key;

	json_object_foreach(json_object_get(metadata, "labels"), key, value) {
		char_auto *name = xasprintf("%s%s", prefix, key);

		json_object_set(labels, name, value);
	}
	json_object_set(labels, own, json_object_get(metadata, "name"));
	return labels;
}

static json_t *make(const struct calico_kind *kind, const json_t *metadata, char *name,
	char *version, json_t *spec, const struct calico_rules *rules, struct err *e)
{
	json_auto_t *profile = json_pack("{s:s, s:s, s:{s:s, s:O?, s:s, s:O?}, s:o}", "kind",
		kind->kind, "apiVersion", CALICO_V3, "metadata", "name", name, "uid",
		json_object_get(metadata, "uid"), "resourceVersion", version, "creationTimestamp",
		json_object_get(metadata, "creationTimestamp"), "spec", spec);

	convert_uid(json_object_get(profile, "metadata"));
	return convert_typed(kind->fields, profile, rules, 0, e);
}

/* The metadata, decoded into their types. */
static json_t *metadata_of(
	const json_t *stored, const struct calico_rules *rules, struct err *e)
{
	json_auto_t *object =
		convert_typed(&core_object_fields, stored, rules, DECODE_NO_UNKNOWN, e);

	return object && !e->msg ? json_incref(json_object_get(object, "metadata")) : NULL;
}

static const char *text(const json_t *metadata, const char *key)
{
	const char *s = json_str(metadata, key);

	return s ? s : "";
}

json_t *convert_namespace(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e)
{
	json_auto_t *metadata = metadata_of(stored, rules, e);

	if (!metadata)
		return NULL;
	char_auto *name = xasprintf("kns.%s", text(metadata, "name"));
	char_auto *version = xasprintf("%s/", text(metadata, "resourceVersion"));

	return make(kind, metadata, name, version,
		json_pack("{s:o, s:o, s:o}", "ingress", allow_all(), "egress", allow_all(),
			"labelsToApply", labels_to_apply(metadata, "pcns.")),
		rules, e);
}

json_t *convert_service_account(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e)
{
	json_auto_t *metadata = metadata_of(stored, rules, e);

	if (!metadata)
		return NULL;
	char_auto *name =
		xasprintf("ksa.%s.%s", text(metadata, "namespace"), text(metadata, "name"));
	char_auto *version = xasprintf("/%s", text(metadata, "resourceVersion"));

	return make(kind, metadata, name, version,
		json_pack("{s:o}", "labelsToApply", labels_to_apply(metadata, "pcsa.")), rules,
		e);
}
