/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/model/convert.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "calico/model/decode.h"

#define STORED_VERSION "crd.projectcalico.org/v1"
#define NO_TIME "0001-01-01T00:00:00Z" /* Go's zero time */

enum { UUID_TEXT = 36, UUID_BYTES = 16 };

static bool parse_uuid(const char *text, unsigned char bytes[UUID_BYTES])
{
	size_t n = 0;

	if (strlen(text) != UUID_TEXT)
		return false;
	for (const char *p = text; *p;) {
		size_t at = (size_t)(p - text);

		if (at == 8 || at == 13 || at == 18 || at == 23) {
			if (*p++ != '-')
				return false;
			continue;
		}
		int high = hex_digit(p[0]), low = high < 0 ? -1 : hex_digit(p[1]);

		if (low < 0)
			return false;
		bytes[n++] = (unsigned char)(high << 4 | low);
		p += 2;
	}
	return true;
}

static unsigned char reversed(unsigned char byte)
{
	unsigned char out = 0;

	for (int bit = 0; bit < 8; bit++)
		out |= (unsigned char)((byte >> bit & 1) << (7 - bit));
	return out;
}

/*
 * The v3 object must not have the same uid as the custom resource that stores it. So calicoctl
 * reverses the bits of every byte, except the two bytes with the UUID's version and variant. A uid
 * that is no UUID stays.
 */
void convert_uid(json_t *owner)
{
	unsigned char b[UUID_BYTES];
	const char *uid = json_str(owner, "uid");
	char text[UUID_TEXT + 1];
	size_t len = 0;

	if (!uid || !parse_uuid(uid, b))
		return;
	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[len++] = '-';
		unsigned char byte = i == 6 || i == 8 ? b[i] : reversed(b[i]);

		text[len++] = "0123456789abcdef"[byte >> 4];
		text[len++] = "0123456789abcdef"[byte & 15];
	}
	text[len] = '\0';
	json_object_set_new(owner, "uid", json_string(text));
}

json_t *convert_overlay(const json_t *below, const json_t *above)
{
	json_t *map = json_object();

	json_object_update(map, (json_t *)(uintptr_t)below);
	json_object_update(map, (json_t *)(uintptr_t)above);
	return map;
}

json_t *convert_typed(const struct calico_struct *fields, const json_t *value,
	const struct calico_rules *rules, unsigned how, struct err *e)
{
	struct decode d = { .how = how };
	json_t *typed = decode_object(field_table(fields, rules->release), value, &d);

	if (!e->msg) /* only the first problem is reported */
		(void)decode_error(&d, e);
	decode_release(&d);
	return typed;
}

/* The metadata in the annotation, in their Go types. */
static json_t *embedded_metadata(
	const json_t *text, const struct calico_rules *rules, struct err *e)
{
	json_auto_t *parsed = json_parse(json_string_value(text), json_string_length(text), e);

	if (json_is_null(parsed))
		return json_object();
	json_auto_t *typed = parsed ? convert_typed(&calico_metadata, parsed, rules,
					      DECODE_NO_UNKNOWN, e)
				    : NULL;

	return typed && !e->msg ? json_copy(typed) : NULL;
}

static void convert_owners(json_t *meta)
{
	json_t *owner;
	size_t i;

	json_array_foreach(json_object_get(meta, "ownerReferences"), i, owner) {
		const char *version = json_str(owner, "apiVersion");

		if (strcmp(version, STORED_VERSION) != 0 && strcmp(version, CALICO_V3) != 0)
			continue;
		json_object_set_new(owner, "apiVersion", json_string(CALICO_V3));
		convert_uid(owner);
	}
}

/*
 * calicoctl writes the metadata of the v3 object into an annotation. These metadata replace the
 * metadata of the custom resource. Its namespace, name, uid and version stay, and so do labels and
 * annotations that others set.
 */
static int restore_metadata(json_t *object, const struct calico_rules *rules, struct err *e)
{
	static const char *const kept[] = { "namespace", "uid", "resourceVersion", "name" };
	size_t n_kept = ARRAY_LEN(kept);
	const json_t *stored = json_object_get(object, "metadata");
	const json_t *theirs = json_object_get(stored, "annotations");
	const json_t *text = json_object_get(theirs, CALICO_METADATA_ANNOTATION);

	if (!json_is_string(text))
		return 0;
	json_auto_t *meta = embedded_metadata(text, rules, e);

	if (!meta)
		return err_wrap(e, "the annotation " CALICO_METADATA_ANNOTATION);
	/* Since v3.32 the name in the annotation is the name that is shown. */
	if (rules->stored_names && json_string_length(json_object_get(meta, "name")) > 0)
		n_kept--;
	for (size_t i = 0; i < n_kept; i++) {
		json_object_del(meta, kept[i]);
		json_object_set(meta, kept[i], json_object_get(stored, kept[i]));
	}
	json_t *annotations = convert_overlay(theirs, NULL);

	json_object_del(annotations, CALICO_METADATA_ANNOTATION);
	json_object_update(annotations, json_object_get(meta, "annotations"));
	json_object_set_new(meta, "annotations", annotations);
	json_t *labels = json_object_get(stored, "labels");

	labels = convert_overlay(labels, json_object_get(meta, "labels"));
	json_object_set_new(meta, "labels", labels);
	const char *created = json_str(meta, "creationTimestamp");

	if (!created || !*created || strcmp(created, NO_TIME) == 0)
		json_object_set(
			meta, "creationTimestamp", json_object_get(stored, "creationTimestamp"));
	convert_owners(meta);
	json_object_set(object, "metadata", meta);
	return 0;
}

/* A copy whose metadata and spec may be changed, too; NULL: stored is not an object. */
static json_t *writable(const json_t *stored, struct err *e)
{
	static const char *const parts[] = { "metadata", "spec" };
	json_t *object;

	if (!json_is_object(stored)) {
		err_set(e, ERR_FORMAT, 0, "it is no object");
		return NULL;
	}
	object = json_copy((json_t *)(uintptr_t)stored);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		json_t *part = json_object_get(object, parts[i]);

		if (!part || json_is_null(part))
			json_object_set_new(object, parts[i], json_object());
		else
			json_object_set_new(object, parts[i], json_copy(part));
	}
	return object;
}

static json_t *finish(const struct calico_kind *kind, json_t *object,
	const struct calico_rules *rules, struct err *e)
{
	json_object_set_new(object, "kind", json_string(kind->kind));
	json_object_set_new(object, "apiVersion", json_string(CALICO_V3));
	json_object_del(json_object_get(object, "metadata"), "selfLink");
	if (kind->fill)
		kind->fill(object, rules);
	return convert_typed(kind->fields, object, rules, 0, e);
}

json_t *convert_v3(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e)
{
	json_auto_t *object = writable(stored, e);

	return object ? finish(kind, object, rules, e) : NULL;
}

/*
 * A policy is stored under a name with its tier. Up to v3.28 the part before the first dot is not
 * shown. Later, the name in the annotation is shown; without that name, the tier "default" is left
 * out.
 */
void convert_policy_name(json_t *object, const json_t *annotation, const struct calico_rules *rules)
{
	const char *tier = json_str(json_object_get(object, "spec"), "tier");
	json_t *metadata = json_object_get(object, "metadata");
	const char *name = json_str(metadata, "name");
	err_auto ignored = { 0 };
	json_auto_t *kept = json_is_string(annotation)
				    ? json_parse(json_string_value(annotation),
					      json_string_length(annotation), &ignored)
				    : NULL;
	const char *own = json_str(kept, "name");

	if (rules->untiered && name && strchr(name, '.') && !has_prefix(name, "knp.") &&
		!has_prefix(name, "ossg."))
		json_object_set_new(metadata, "name", json_string(strchr(name, '.') + 1));
	else if (own && *own)
		json_object_set_new(metadata, "name", json_string(own));
	else if (name && has_prefix(name, "default.") &&
		 (!tier || !*tier || strcmp(tier, "default") == 0))
		json_object_set_new(metadata, "name", json_string(name + strlen("default.")));
}

void convert_kept_name(json_t *object, const struct calico_rules *rules)
{
	json_t *metadata = json_object_get(object, "metadata");
	json_t *annotations = json_object_get(metadata, "annotations");
	json_auto_t *text = json_incref(json_object_get(annotations, CALICO_METADATA_ANNOTATION));

	json_object_del(annotations, CALICO_METADATA_ANNOTATION);
	convert_policy_name(object, text, rules);
}

json_t *convert_resource(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e)
{
	const json_t *annotation = NULL;

	if (rules->v3)
		return convert_v3(kind, stored, rules, e);
	json_auto_t *object = writable(stored, e);

	if (!object)
		return NULL;
	convert_uid(json_object_get(object, "metadata"));
	if (restore_metadata(object, rules, e) < 0)
		return NULL;
	annotation = json_at(stored, "metadata", "annotations", CALICO_METADATA_ANNOTATION, NULL);
	if (rules->plain_names && has_suffix(kind->plural, "policies") &&
		(annotation || rules->untiered))
		convert_policy_name(object, annotation, rules);
	return finish(kind, object, rules, e);
}
