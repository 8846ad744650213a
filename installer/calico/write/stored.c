/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/stored.h"

#include <string.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/model/decode.h"

#define METADATA_ANNOTATION "projectcalico.org/metadata"
#define V1 "crd.projectcalico.org/v1"

/* Names */

static bool is_as_given(const char *name)
{
	static const char *const prefixes[] = { "knp.default.", "kanp.adminnetworkpolicy.",
		"ossg." };

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (has_prefix(name, prefixes[i]))
			return true;
	return false;
}

/* Adds "default.": up to v3.28 to every name, up to v3.31 to names without a dot. */
static char *prefixed(const char *name, const struct calico_rules *rules)
{
	if (is_as_given(name) || (strchr(name, '.') && !rules->untiered))
		return xstrdup(name);
	return xasprintf("default.%s", name);
}

void stored_name_find(struct stored_name *names, enum stored_form form,
	const struct calico_kind *kind, const char *name, const struct calico_rules *rules)
{
	*names = (struct stored_name){ 0 };
	if (!calico_is_policy(kind) || form == STORED_V3) {
		names->name = xstrdup(name);
		return;
	}
	names->name = rules->stored_names ? xstrdup(name) : prefixed(name, rules);
	names->other = rules->stored_names ? prefixed(name, rules) : xstrdup(name);
	if (strcmp(names->name, names->other) == 0) {
		free(names->other);
		names->other = NULL;
	}
}

void stored_name_release(struct stored_name *names)
{
	free(names->name);
	free(names->other);
	*names = (struct stored_name){ 0 };
}

/* Metadata */

static json_t *borrowed(const json_t *value)
{
	return (json_t *)(uintptr_t)value;
}

/* calicoctl also puts labels and annotations with these keys on the resource itself. */
static bool is_ours(const char *key)
{
	return strstr(key, "projectcalico.org/") || strstr(key, "operator.tigera.io/");
}

/* A copy of a map, sorted by key; NULL: the map is empty. */
static json_t *sorted(const json_t *map)
{
	json_t *out = json_object();
	buf_auto text = { 0 };
	err_auto ignored = { 0 };

	if (json_object_size(map) > 0)
		json_write(&text, map, JSON_STYLE_SORT);
	json_auto_t *ordered = text.len ? json_parse_own(text.data, text.len, &ignored) : NULL;

	json_object_update(out, ordered);
	if (json_object_size(out) > 0)
		return out;
	json_decref(out);
	return NULL;
}

static const json_t *annotation(const json_t *stored)
{
	return json_at(stored, "metadata", "annotations", METADATA_ANNOTATION, NULL);
}

/* The metadata that calicoctl applied last; NULL: calicoctl did not write the object. */
static json_t *applied_before(const json_t *live)
{
	const json_t *text = annotation(live);
	err_auto ignored = { 0 };

	return text ? json_parse(json_string_value(text), json_string_length(text), &ignored)
		    : NULL;
}

/* Whether the API server's managedFields say that another client set a label or annotation. */
static bool is_set_by_others(const json_t *live, const char *map, const char *key)
{
	char_auto *field = xasprintf("f:%s", key), *fields = xasprintf("f:%s", map);
	const json_t *entry;
	size_t i;

	json_array_foreach(json_at(live, "metadata", "managedFields", NULL), i, entry) {
		const char *manager = json_str(entry, "manager");

		if (!json_at(entry, "fieldsV1", "f:metadata", fields, field, NULL))
			continue;
		return manager && !has_prefix(manager, "calicoctl") &&
		       !has_prefix(manager, "calico-datastore");
	}
	return false;
}

/*
 * The labels or annotations of the resource: those that others set, and those of wanted that belong
 * on the resource. before: what was applied last; without it, managedFields say who set them.
 */
static json_t *resource_map(const struct stored_request *r, const char *map, const json_t *before)
{
	const json_t *wanted = json_at(r->wanted, "metadata", map, NULL), *value;
	const json_t *live = json_at(r->live, "metadata", map, NULL);
	json_t *out = json_object();
	const char *key;

	json_object_foreach(borrowed(live), key, value) {
		json_t *now = json_object_get(wanted, key);
		bool theirs = r->form == STORED_V3 ? is_set_by_others(r->live, map, key)
						   : !json_object_get(before, key);

		if (now || theirs)
			json_object_set(out, key, now ? now : borrowed(value));
	}
	json_object_foreach(borrowed(wanted), key, value)
		if (r->form == STORED_V3 || is_ours(key))
			json_object_set(out, key, borrowed(value));
	json_object_del(out, METADATA_ANNOTATION);
	return out;
}

static bool is_time(const char *text)
{
	return text && *text && !has_prefix(text, "0001-");
}

static const char *created(const struct stored_request *r, const json_t *before)
{
	const char *first = json_str(before, "creationTimestamp");
	const char *live = json_str(json_object_get(r->live, "metadata"), "creationTimestamp");

	return is_time(first) ? first : is_time(live) ? live : r->birth.time;
}

/* Since v3.29.4 an annotation keeps the name that the user gave, beside the stored name. */
static bool keeps_name(const struct stored_request *r)
{
	return calico_is_policy(r->kind) && r->rules->plain_names && !r->rules->untiered;
}

static void set_unless_null(json_t *object, const char *key, json_t *value)
{
	if (value)
		json_object_set_new(object, key, value);
}

/*
 * The metadata in an annotation: fields in the order of Kubernetes' ObjectMeta, as calicoctl writes
 * them.
 */
static char *metadata_text(const struct stored_request *r, const json_t *before)
{
	static const char *const kept[] = { "ownerReferences", "finalizers" };
	const json_t *wanted = json_object_get(r->wanted, "metadata");
	json_auto_t *meta = json_object();
	struct buf text = { 0 };

	if (keeps_name(r))
		json_object_set(meta, "name", json_object_get(wanted, "name"));
	set_unless_null(meta, "creationTimestamp", json_string(created(r, before)));
	set_unless_null(meta, "labels", sorted(json_object_get(wanted, "labels")));
	set_unless_null(meta, "annotations", sorted(json_object_get(wanted, "annotations")));
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		json_object_set(meta, kept[i], json_object_get(before, kept[i]));
	json_write(&text, meta, JSON_STYLE_HTML);
	return buf_steal(&text);
}

static void set_map(json_t *metadata, const char *key, json_t *map)
{
	if (json_object_size(map) > 0)
		json_object_set(metadata, key, map);
	else
		json_object_del(metadata, key);
	json_decref(map);
}

static json_t *resource_metadata(const struct stored_request *r)
{
	const json_t *live = json_object_get(r->live, "metadata");
	const json_t *ns = json_at(r->wanted, "metadata", "namespace", NULL);
	json_auto_t *before = r->form == STORED_V1 ? applied_before(r->live) : NULL;
	json_t *meta = live ? json_copy(borrowed(live)) : json_object();
	json_t *annotations =
		resource_map(r, "annotations", json_object_get(before, "annotations"));

	json_object_del(meta, "managedFields");
	json_object_set_new(meta, "name", json_string(r->name));
	if (ns && r->kind->namespaced)
		json_object_set(meta, "namespace", borrowed(ns));
	if (r->form == STORED_V1) {
		char_auto *text = metadata_text(r, before);

		json_object_set_new(annotations, METADATA_ANNOTATION, json_string(text));
	}
	set_map(meta, "labels", resource_map(r, "labels", json_object_get(before, "labels")));
	set_map(meta, "annotations", annotations);
	return meta;
}

/* The metadata of an etcd value. Only calicoctl writes there, so the value has all metadata. */
static json_t *value_metadata(const struct stored_request *r)
{
	const json_t *wanted = json_object_get(r->wanted, "metadata");
	const json_t *live = json_object_get(r->live, "metadata");
	const char *uid = json_str(live, "uid");
	json_t *meta = live ? json_copy(borrowed(live)) : json_object();
	json_t *annotations = convert_overlay(json_object_get(wanted, "annotations"), NULL);

	json_object_del(meta, "resourceVersion");
	json_object_set_new(meta, "name", json_string(r->name));
	if (r->kind->namespaced)
		json_object_set(meta, "namespace", json_object_get(wanted, "namespace"));
	json_object_set_new(meta, "uid", json_string(uid ? uid : r->birth.uid));
	json_object_set_new(meta, "creationTimestamp", json_string(created(r, NULL)));
	set_map(meta, "labels", convert_overlay(json_object_get(wanted, "labels"), NULL));
	if (keeps_name(r)) {
		json_auto_t *name = json_pack("{s:O}", "name", json_object_get(wanted, "name"));
		buf_auto text = { 0 };

		json_write(&text, name, JSON_STYLE_HTML);
		json_object_set_new(annotations, METADATA_ANNOTATION, json_string(buf_str(&text)));
	}
	set_map(meta, "annotations", annotations);
	return meta;
}

/* Objects */

/*
 * Whether the resource is one of Kubernetes itself. Annotations store its fields, see model/node.c.
 */
static bool is_native(const struct stored_request *r)
{
	return r->form != STORED_ETCD && !*r->kind->resources[0].group;
}

static const char *api_version(const struct stored_request *r)
{
	return r->form == STORED_V1 ? V1 : CALICO_V3;
}

/* The object with the fields of the release, in their order, without empty fields. */
static json_t *typed(const struct stored_request *r, const json_t *object, struct err *e)
{
	struct decode d = { .how = DECODE_STORED };
	unsigned release = r->release ? r->release : FIELD_NEWEST;
	json_auto_t *out = decode_object(field_table(r->kind->fields, release), object, &d);
	int rc = decode_error(&d, e);

	decode_release(&d);
	return rc == 0 ? steal(&out) : NULL;
}

/*
 * A rule as calicoctl writes it into etcd: with source and destination in this order, even when
 * they are empty.
 */
static json_t *whole_rule(const json_t *rule)
{
	static const char *const fields[] = { "action", "ipVersion", "protocol", "icmp",
		"notProtocol", "notICMP", "source", "destination" };
	json_t *out = json_object();

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		json_object_set(out, fields[i], json_object_get(rule, fields[i]));
	if (!json_object_get(out, "source")) {
		json_object_del(out, "destination");
		json_object_set_new(out, "source", json_object());
		json_object_set(out, "destination", json_object_get(rule, "destination"));
	}
	if (!json_object_get(out, "destination"))
		json_object_set_new(out, "destination", json_object());
	json_object_update_missing(out, borrowed(rule));
	return out;
}

static json_t *etcd_value(const struct stored_request *r, const json_t *object, struct err *e)
{
	static const char *const directions[] = { "ingress", "egress" };
	json_t *out = typed(r, object, e), *rule;
	size_t i;

	if (!out || (!calico_is_policy(r->kind) && strcmp(r->kind->kind, "Profile") != 0))
		return out;
	for (size_t k = 0; k < ARRAY_LEN(directions); k++) {
		json_t *spec = json_object_get(out, "spec");
		json_t *rules = json_object_get(spec, directions[k]);
		json_t *whole = json_array();

		json_array_foreach(rules, i, rule)
			json_array_append_new(whole, whole_rule(rule));
		if (rules)
			json_object_set(spec, directions[k], whole);
		json_decref(whole);
	}
	return out;
}

json_t *stored_make(const struct stored_request *r, struct err *e)
{
	const json_t *status = json_object_get(r->live, "status");

	if (is_native(r))
		return convert_node_back(r->kind, r->wanted, r->live, r->rules, e);
	json_auto_t *object = typed(r, r->wanted, e);

	if (!object)
		return NULL;
	json_auto_t *out = json_object();

	json_object_set_new(out, "kind", json_string(r->kind->kind));
	json_object_set_new(out, "apiVersion", json_string(api_version(r)));
	json_object_set_new(out, "metadata",
		r->form == STORED_ETCD ? value_metadata(r) : resource_metadata(r));
	json_object_set(out, "spec", json_object_get(object, "spec"));
	if (!status)
		status = json_object_get(object, "status");
	/*
	 * The API server warns about a status when the CRD has none, so an empty status is left
	 * out.
	 */
	if (r->form == STORED_ETCD ? status != NULL : json_object_size(status) > 0)
		json_object_set(out, "status", borrowed(status));
	return r->form == STORED_ETCD ? etcd_value(r, out, e) : steal(&out);
}

json_t *stored_read(const struct stored_request *r, const json_t *stored, struct err *e)
{
	const struct calico_resource *resource = &r->kind->resources[0];

	if (r->form != STORED_ETCD)
		return resource->to_v3(r->kind, stored, r->rules, e);
	json_auto_t *copy = json_deep_copy(stored);

	if (r->rules->plain_names && calico_is_policy(r->kind))
		convert_kept_name(copy, r->rules);
	return convert_v3(r->kind, copy, r->rules, e);
}

/* Drops what readers do not use, and what the server changes by itself. */
static void drop_passing(json_t *object)
{
	static const char *const passing[] = { "resourceVersion", "generation", "managedFields",
		"creationTimestamp", "uid", "selfLink" };
	json_t *metadata = json_object_get(object, "metadata");

	for (size_t i = 0; i < ARRAY_LEN(passing); i++)
		json_object_del(metadata, passing[i]);
	json_object_del(object, "status");
}

bool stored_same(const struct stored_request *r, const json_t *a, const json_t *b)
{
	err_auto ignored = { 0 };

	json_auto_t *one = stored_read(r, a, &ignored);
	json_auto_t *two = one ? stored_read(r, b, &ignored) : NULL;

	if (!two)
		return false;
	drop_passing(one);
	drop_passing(two);
	return json_same(one, two);
}
