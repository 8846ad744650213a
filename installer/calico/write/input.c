/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/input.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/yaml.h"
#include "calico/model/convert.h"
#include "calico/model/decode.h"
#include "calico/write/files.h"

#define CALICO_V1 "crd.projectcalico.org/v1"

enum { OBJECTS_MAX = 100000 };

/* The place that is read: file, document, item. */
struct reader {
	struct write_input *in;
	const struct input_options *o;
	const char *file; /* borrowed from in->files */
	size_t document, item;
};

static struct write_object *add(struct reader *r)
{
	struct write_input *in = r->in;

	if (in->n == in->room) {
		in->room = in->room ? 2 * in->room : 16;
		in->objects = xrealloc(in->objects, in->room, sizeof(*in->objects));
	}
	in->objects[in->n] = (struct write_object){
		.file = r->file, .document = r->document, .item = r->item
	};
	return &in->objects[in->n++];
}

/* The text of apiVersion or kind; "": there is none, or it is no text. */
static const char *word_of(const json_t *raw, const char *key)
{
	const char *text = json_str(raw, key);

	return text ? text : "";
}

/*
 * The kind that the user probably meant (letter case, plural, typing mistake); NULL: none is close.
 */
static const char *close_kind(const char *name)
{
	const char *names[64];
	size_t n, used = 0;
	const struct calico_kind *kinds = calico_kinds(&n);

	for (size_t i = 0; i < n && used < ARRAY_LEN(names); i++)
		if (!kinds[i].own)
			names[used++] = kinds[i].kind;
	for (size_t i = 0; i < used; i++)
		if (strcasecmp(names[i], name) == 0)
			return names[i];
	return nearest(name, names, used);
}

/*
 * Whether people write objects of this kind, and the release has it. Staged policies came with
 * v3.30.
 */
static bool is_written(const struct calico_kind *kind, const struct write_target *t)
{
	return kind && !kind->own &&
	       (!has_prefix(kind->kind, "Staged") || target_since(t, "v3.30"));
}

static void refuse_kind(const struct reader *r, struct write_object *o, const json_t *raw)
{
	const char *name = word_of(raw, "kind"), *close = close_kind(name);
	char_auto *remedy = close ? xasprintf("did you mean %s?", close) : NULL;

	if (!*name)
		findings_add(&o->findings, "kind", "kind", NULL, "write it, such as kind: IPPool",
			"is missing");
	else if (calico_kind_named(name) && !calico_kind_named(name)->own)
		findings_add(&o->findings, "kind", "kind", json_object_get(raw, "kind"), NULL,
			"is a kind that Calico %s does not have", r->o->target.release);
	else if (calico_kind_named(name))
		findings_add(&o->findings, "kind", "kind", json_object_get(raw, "kind"), NULL,
			"is a kind that Calico's own components write, and no person");
	else
		findings_add(&o->findings, "kind", "kind", json_object_get(raw, "kind"), remedy,
			"is no kind of %s", CALICO_V3);
}

static void refuse_version(struct write_object *o, const json_t *raw)
{
	const json_t *version = json_object_get(raw, "apiVersion");

	findings_add(&o->findings, "apiVersion", "apiVersion", version, "write " CALICO_V3,
		version ? "is no API version of Calico's objects" : "is missing");
}

/* Sets metadata.namespace: the object's own, else --namespace, else "default". */
static void settle_namespace(struct write_object *o, const char *wanted)
{
	json_t *metadata = json_object_get(o->object, "metadata");
	const json_t *value = json_object_get(metadata, "namespace");
	const char *given = json_string_value(value);

	if (!json_is_object(metadata))
		return;
	if (!o->kind->namespaced) {
		if (given && *given)
			findings_add(&o->findings, "namespace", "metadata.namespace", value,
				"leave it out", "is given, but a %s belongs to no namespace",
				o->kind->kind);
		else if (wanted)
			findings_add(&o->findings, "namespace", "metadata.namespace", NULL,
				"leave --namespace out",
				"is given by --namespace, but a %s belongs to no namespace",
				o->kind->kind);
		return;
	}
	if (given && *given) {
		if (wanted && strcmp(wanted, given) != 0)
			findings_add(&o->findings, "namespace", "metadata.namespace", value, NULL,
				"is not %s, which --namespace says", wanted);
		return;
	}
	json_object_set_new(metadata, "namespace", json_string(wanted ? wanted : "default"));
}

/*
 * Takes an object in the form that Kubernetes stores, and changes only an empty namespace. Such an
 * object is refused for etcd and for CRDs of projectcalico.org/v3.
 */
static void take_stored(struct reader *r, struct write_object *o, const json_t *raw)
{
	o->stored = true;
	o->object = json_deep_copy(raw);
	if (r->o->target.etcd || r->o->target.v3)
		findings_add(&o->findings, "apiVersion", "apiVersion",
			json_object_get(raw, "apiVersion"), "write the object as " CALICO_V3,
			"is what Kubernetes stores as custom resources, and this datastore is %s",
			r->o->target.etcd ? "etcd" : "one with CRDs of " CALICO_V3);
	if (!json_is_object(json_object_get(raw, "metadata"))) {
		findings_add(&o->findings, "type", "metadata", json_object_get(raw, "metadata"),
			NULL, "is no map with the name of the object");
		return;
	}
	settle_namespace(o, r->o->namespace);
}

/*
 * Takes a v3 object. Fields that the release does not have are refused; values get their canonical
 * form.
 */
static void take_v3(struct reader *r, struct write_object *o, const json_t *raw)
{
	unsigned release = field_release(r->o->target.release);
	struct decode d = { .how = DECODE_STRICT | DECODE_NO_UNKNOWN };

	o->object = decode_object(
		field_table(o->kind->fields, release ? release : FIELD_NEWEST), raw, &d);
	for (size_t i = 0; i < d.n && i < DECODE_MAX_PROBLEMS; i++)
		findings_add_text(&o->findings, "decode", d.problems[i].path, d.problems[i].value,
			NULL, "%s", d.problems[i].why);
	if (d.n > DECODE_MAX_PROBLEMS)
		o->findings.cut += d.n - DECODE_MAX_PROBLEMS;
	decode_release(&d);
	json_object_del(json_object_get(o->object, "metadata"), "creationTimestamp");
	settle_namespace(o, r->o->namespace);
}

static void take_object(struct reader *r, const json_t *raw)
{
	struct write_object *o = add(r);
	const char *version = word_of(raw, "apiVersion");

	if (!json_is_object(raw)) {
		findings_add(&o->findings, "type", "", raw,
			"an object begins with apiVersion and kind", "is no object");
		return;
	}
	o->kind = calico_kind_named(word_of(raw, "kind"));
	if (strcmp(version, CALICO_V1) == 0 && o->kind) {
		take_stored(r, o, raw);
		return;
	}
	if (strcmp(version, CALICO_V3) != 0)
		refuse_version(o, raw);
	if (!is_written(o->kind, &r->o->target))
		refuse_kind(r, o, raw);
	if (o->findings.n == 0)
		take_v3(r, o, raw);
}

/* An item of "IPPoolList" without apiVersion and kind is an IPPool. */
static json_t *complete_item(const json_t *list, const json_t *item)
{
	const char *kind = word_of(list, "kind");
	json_t *copy;

	if (!json_is_object(item) || strcmp(word_of(list, "apiVersion"), CALICO_V3) != 0)
		return json_incref((json_t *)(uintptr_t)item);
	copy = json_object();
	if (!json_object_get(item, "kind"))
		json_object_set_new(copy, "kind", json_stringn(kind, strlen(kind) - 4));
	if (!json_object_get(item, "apiVersion"))
		json_object_set_new(copy, "apiVersion", json_string(CALICO_V3));
	json_object_update(copy, (json_t *)(uintptr_t)item);
	return copy;
}

static bool is_list(const json_t *raw)
{
	const char *kind = word_of(raw, "kind"), *version = word_of(raw, "apiVersion");

	return (strcmp(kind, "List") == 0 && strcmp(version, "v1") == 0) ||
	       (has_suffix(kind, "List") && strlen(kind) > 4 && has_prefix(version, "") &&
		       (strcmp(version, CALICO_V3) == 0 || strcmp(version, CALICO_V1) == 0));
}

/* Refuses fields of a list that would not be written. */
static void check_list(struct reader *r, const json_t *raw)
{
	static const char *const known[] = { "apiVersion", "kind", "metadata", "items" };
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)raw, key, value) {
		bool is_known = false;

		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			is_known = is_known || strcmp(known[i], key) == 0;
		if (!is_known)
			findings_add(&add(r)->findings, "unknown-field", key, value, NULL,
				"is no field of a list");
	}
}

static void take_items(struct reader *r, const json_t *list, const json_t *items)
{
	json_t *item;

	json_array_foreach((json_t *)(uintptr_t)items, r->item, item) {
		json_auto_t *whole = list ? complete_item(list, item) : json_incref(item);

		r->item++;
		take_object(r, whole);
		r->item--;
	}
	r->item = 0;
}

static void take_document(struct reader *r, const json_t *raw)
{
	const json_t *items = json_object_get(raw, "items");

	if (json_is_array(raw)) {
		take_items(r, NULL, raw);
		return;
	}
	if (!is_list(raw)) {
		take_object(r, raw);
		return;
	}
	check_list(r, raw);
	if (items && !json_is_array(items) && !json_is_null(items))
		findings_add(&add(r)->findings, "type", "items", items, NULL, "is not a list");
	else
		take_items(r, raw, items);
}

int input_text(struct write_input *in, const char *name, const char *text, size_t len,
	const struct input_options *o, struct err *e)
{
	json_auto_t *documents = yaml_load(name, text, len, e);
	struct reader r = { .in = in, .o = o };
	size_t first = in->n;
	json_t *raw;

	if (!documents) {
		if (e->kind == ERR_FORMAT)
			e->kind = ERR_REFUSED; /* refused like any other fault of the input */
		return -1;
	}
	if (!in->files)
		in->files = json_array();
	json_array_append_new(in->files, json_string(name));
	r.file = json_string_value(
		json_array_get(in->files, json_array_size(in->files) - 1));
	json_array_foreach(documents, r.document, raw) {
		r.document++;
		take_document(&r, raw);
		r.document--;
		if (in->n > OBJECTS_MAX)
			return err_set(e, ERR_FORMAT, 0,
				"%s: more than %d objects; split the input", name, OBJECTS_MAX);
	}
	if (in->n == first && !o->skip_empty)
		return err_set(e, ERR_REFUSED, 0,
			"%s holds no object; --skip-empty takes an empty file for none", name);
	for (size_t i = first; i < in->n; i++)
		in->refused += in->objects[i].findings.n > 0;
	return 0;
}

static int read_file(struct write_input *in, const char *path, size_t *total,
	const struct input_options *o, struct err *e)
{
	buf_auto text = { .max = YAML_MAX_BYTES + 1 };

	if (buf_read_file(&text, path, YAML_MAX_BYTES - *total, e) < 0)
		return -1;
	*total += text.len;
	return input_text(in, strcmp(path, "-") == 0 ? "standard input" : path, buf_str(&text),
		text.len, o, e);
}

int input_read(
	struct write_input *in, const char *path, const struct input_options *o, struct err *e)
{
	json_auto_t *paths = json_array();
	const json_t *file;
	size_t i, total = 0;

	if (files_find(paths, path, o->recursive, e) < 0)
		return -1;
	if (json_array_size(paths) == 0 && !o->skip_empty)
		return err_set(e, ERR_REFUSED, 0,
			"%s: no *.yaml, *.yml or *.json in this directory%s", path,
			o->recursive ? "" : "; -R looks into those below it");
	json_array_foreach(paths, i, file)
		if (read_file(in, json_string_value(file), &total, o, e) < 0)
			return -1;
	return 0;
}

char *input_place(const struct write_object *o)
{
	if (o->item > 0)
		return xasprintf("%s, document %zu, item %zu", o->file, o->document, o->item);
	return xasprintf("%s, document %zu", o->file, o->document);
}

char *input_id(const struct write_object *o)
{
	const json_t *metadata = json_object_get(o->object, "metadata");
	const char *name = word_of(metadata, "name"), *namespace = word_of(metadata, "namespace");

	if (!o->kind)
		return xstrdup("an object");
	if (o->kind->namespaced && *namespace)
		return xasprintf("%s(%s/%s)", o->kind->kind, namespace, name);
	return xasprintf("%s(%s)", o->kind->kind, name);
}

int input_check(const struct write_input *in, struct err *e)
{
	buf_auto text = { 0 };
	size_t lines = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct write_object *o = &in->objects[i];
		char_auto *place = input_place(o);

		for (size_t k = 0; k < o->findings.n; k++, lines++) {
			buf_printf(&text, "%s%s, ", lines > 0 ? "\n" : "", place);
			finding_text(&text, &o->findings.items[k]);
		}
	}
	return lines > 0 ? err_set(e, ERR_REFUSED, 0, "%s", buf_str(&text)) : 0;
}

const struct calico_kind *input_kind(const struct write_input *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->objects[i].kind != in->objects[0].kind)
			return NULL;
	return in->n > 0 ? in->objects[0].kind : NULL;
}

void input_release(struct write_input *in)
{
	for (size_t i = 0; i < in->n; i++) {
		json_decref(in->objects[i].object);
		findings_release(&in->objects[i].findings);
	}
	free(in->objects);
	json_decref(in->files);
	*in = (struct write_input){ 0 };
}
