/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/object_plan.h"

#include <string.h>

#include "base/json.h"

static struct stored_request request(
	const struct object_item *item, const struct object_terms *terms, const char *uid)
{
	return (struct stored_request){ .form = terms->form,
		.kind = item->kind,
		.rules = terms->rules,
		.release = terms->release,
		.wanted = item->wanted,
		.live = item->live,
		.name = item->stored_name,
		.birth = { .time = terms->time, .uid = uid } };
}

void object_refuse(struct object_item *item, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char_auto *why = xvasprintf(fmt, ap);
	va_end(ap);
	err_release(&item->err);
	item->err = (struct err){ 0 };
	err_set(&item->err, kind, 0, "%s: %s", item->id, why);
	item->verdict = OBJECT_REFUSED;
}

static void show_live(struct object_item *item, const struct stored_request *r)
{
	err_auto bad = { 0 };

	json_decref(item->shown);
	item->shown = item->live ? stored_read(r, item->live, &bad) : NULL;
}

/*
 * A resource in kubectl's form: its spec, and its labels and annotations added to the stored ones.
 */
static json_t *raw_target(const struct object_item *item)
{
	static const char *const maps[] = { "labels", "annotations" };
	json_t *out = json_deep_copy(item->live ? item->live : item->wanted);
	json_t *metadata = json_object_get(out, "metadata");
	const json_t *wanted = json_object_get(item->wanted, "metadata");

	json_object_del(metadata, "managedFields");
	if (!item->live)
		return out;
	json_object_set(out, "spec", json_object_get(item->wanted, "spec"));
	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		json_t *map = json_object_get(metadata, maps[i]);

		if (map)
			json_object_update(map, json_object_get(wanted, maps[i]));
		else if (json_object_get(wanted, maps[i]))
			json_object_set(metadata, maps[i], json_object_get(wanted, maps[i]));
	}
	return out;
}

static void plan_target(struct object_item *item, const struct stored_request *r)
{
	err_auto bad = { 0 };

	json_decref(item->target);
	item->target = item->raw ? raw_target(item) : stored_make(r, &bad);
	item->judged = false;
	if (!item->target) {
		object_refuse(item, ERR_FORMAT, "%s", bad.msg);
		return;
	}
	item->verdict = item->live ? OBJECT_UPDATE : OBJECT_CREATE;
	if (item->live && stored_same(r, item->live, item->target))
		item->verdict = OBJECT_UNCHANGED;
}

static void remake(struct object_item *item)
{
	json_t *made = item->make(item->arg, item->shown);

	json_decref(item->wanted);
	item->wanted = made;
	item->ns = json_str(json_object_get(made, "metadata"), "namespace");
	item->name = json_str(json_object_get(made, "metadata"), "name");
}

static const char *wanted_revision(const struct object_item *item)
{
	const char *from = json_str(json_object_get(item->wanted, "metadata"), "resourceVersion");

	return from && *from ? from : NULL;
}

/*
 * The file may name the revision that it was made from. Then an edit since that is not overwritten.
 */
static bool is_outdated(const struct object_item *item)
{
	const char *from = wanted_revision(item);

	return from && item->live && item->revision && strcmp(from, item->revision) != 0;
}

static void decide_write(
	struct object_item *item, const struct object_terms *terms, const char *uid)
{
	if (item->verb == OBJECTS_CREATE && !item->make && wanted_revision(item)) {
		object_refuse(item, ERR_REFUSED,
			"metadata.resourceVersion: a new object has none; leave it out");
		return;
	}
	if (item->verb == OBJECTS_CREATE && item->live && item->accept_same) {
		struct stored_request r = request(item, terms, uid);

		plan_target(item, &r);
		if (item->verdict == OBJECT_UPDATE)
			object_refuse(item, ERR_CONFLICT,
				"something else is stored under its name");
		return;
	}
	if (item->verb == OBJECTS_CREATE && item->live) {
		item->verdict = OBJECT_SKIPPED;
		if (!item->accept_present)
			object_refuse(item, ERR_REFUSED,
				"it already exists; \"apply\" changes it, \"create --skip-exists\" "
				"leaves it as it is");
		return;
	}
	if (item->verb == OBJECTS_REPLACE && !item->live) {
		object_refuse(item, ERR_REFUSED,
			"it does not exist, so it cannot be replaced; \"apply\" creates it");
		return;
	}
	if (is_outdated(item)) {
		object_refuse(item, ERR_REFUSED,
			"it was changed since the file was made: metadata.resourceVersion is %s "
			"there and %s in the datastore; get it again and repeat your change, or "
			"leave resourceVersion out",
			wanted_revision(item), item->revision);
		return;
	}
	struct stored_request r = request(item, terms, uid);

	plan_target(item, &r);
}

static void decide_delete(struct object_item *item)
{
	item->verdict = OBJECT_DELETE;
	if (item->live && is_outdated(item)) {
		object_refuse(item, ERR_REFUSED,
			"it was changed since the file was made: metadata.resourceVersion is not "
			"the one in the datastore; leave it out to delete the object as it is");
	} else if (!item->live) {
		item->verdict = OBJECT_SKIPPED;
		if (!item->accept_absent)
			object_refuse(item, ERR_REFUSED,
				"it does not exist; \"delete --skip-not-exists\" accepts that");
	}
}

void object_decide(struct object_item *item, const struct object_terms *terms, const char *uid)
{
	struct stored_request r = request(item, terms, uid);

	show_live(item, &r);
	if (item->make && item->live && !item->shown) {
		object_refuse(item, ERR_FORMAT,
			"what is stored cannot be read, so nothing can be filled in; correct or "
			"delete the object");
		return;
	}
	if (item->make) {
		remake(item);
		if (!item->wanted) {
			item->verdict = OBJECT_UNCHANGED;
			return;
		}
	}
	if (item->verb == OBJECTS_DELETE)
		decide_delete(item);
	else
		decide_write(item, terms, uid);
}

void object_judge(
	struct object_item *item, const struct object_terms *terms, const json_t *answer)
{
	struct stored_request r = request(item, terms, NULL);

	item->judged = true;
	if (item->live && stored_same(&r, item->live, answer))
		item->verdict = OBJECT_UNCHANGED;
}

bool object_is_as_written(const struct object_item *item, const struct object_terms *terms)
{
	struct stored_request r = request(item, terms, NULL);

	/* A deleted object may exist for a while, until its finalizers are done. */
	if (item->verdict == OBJECT_DELETE)
		return true;
	return item->live && stored_same(&r, item->live, item->target);
}

/* Order */

int object_rank(const struct calico_kind *kind)
{
	static const struct {
		const char *kind;
		int rank;
	} rows[] = {
		{ "ClusterInformation", 0 },
		{ "Tier", 1 },
		{ "BGPFilter", 1 },
		{ "Node", 1 },
		{ "Profile", 1 },
		{ "BGPConfiguration", 2 },
		{ "FelixConfiguration", 2 },
		{ "KubeControllersConfiguration", 2 },
		{ "IPPool", 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].kind, kind->kind) == 0)
			return rows[i].rank;
	return 3;
}

/* Changes */

static void put_value(struct buf *out, const json_t *value)
{
	buf_auto text = { 0 };

	if (!value) {
		buf_puts(out, "(none)");
		return;
	}
	json_write(&text, value, JSON_STYLE_SORT);
	if (text.len > 200)
		buf_printf(out, "%.200s...", buf_str(&text));
	else
		buf_puts(out, buf_str(&text));
}

static void compare(const char *path, const json_t *a, const json_t *b, json_t *lines)
{
	const char *key;
	json_t *value;

	if (a == b || (a && b && json_same(a, b)))
		return;
	if (json_is_object(a) && json_is_object(b)) {
		json_object_foreach((json_t *)(uintptr_t)a, key, value) {
			char_auto *at = xasprintf("%s%s%s", path, *path ? "." : "", key);

			compare(at, value, json_object_get(b, key), lines);
		}
		json_object_foreach((json_t *)(uintptr_t)b, key, value) {
			char_auto *at = xasprintf("%s%s%s", path, *path ? "." : "", key);

			if (!json_object_get(a, key))
				compare(at, NULL, value, lines);
		}
		return;
	}
	buf_auto line = { 0 };

	buf_printf(&line, "%s: ", path);
	put_value(&line, a);
	buf_puts(&line, " -> ");
	put_value(&line, b);
	json_array_append_new(lines, json_string(buf_str(&line)));
}

json_t *object_changes(const struct object_item *item, const struct object_terms *terms)
{
	static const char *const parts[] = { "metadata", "spec", "status" };
	struct stored_request r = request(item, terms, "");
	json_t *lines = json_array();
	err_auto ignored = { 0 };

	if (item->verdict != OBJECT_UPDATE || !item->shown)
		return lines;
	json_auto_t *after = stored_read(&r, item->target, &ignored);

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		compare(parts[i], json_object_get(item->shown, parts[i]),
			json_object_get(after, parts[i]), lines);
	return lines;
}

bool object_is_write(const struct object_item *item)
{
	return item->verdict == OBJECT_CREATE || item->verdict == OBJECT_UPDATE ||
	       item->verdict == OBJECT_DELETE;
}

const char *object_verdict_name(enum object_verdict verdict)
{
	static const char *const names[] = { "unchanged", "create", "update", "delete", "skipped",
		"refused" };

	return names[verdict];
}

void object_item_release(struct object_item *item)
{
	json_decref(item->wanted);
	json_decref(item->meaning);
	json_decref(item->live);
	json_decref(item->shown);
	json_decref(item->target);
	stored_name_release(&item->names);
	free(item->id);
	free(item->place);
	free(item->revision);
	err_release(&item->err);
	*item = (struct object_item){ 0 };
}
