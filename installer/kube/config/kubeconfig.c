/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/config/kubeconfig.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "kube/config/config.h"

enum { NAMES_SHOWN = 10 };

static const struct {
	const char *list, *item;
} sections[] = {
	[KUBECONFIG_CONTEXT] = { "contexts", "context" },
	[KUBECONFIG_CLUSTER] = { "clusters", "cluster" },
	[KUBECONFIG_USER] = { "users", "user" },
};

/* Contents */

static bool absent(const json_t *v)
{
	return !v || json_is_null(v);
}

static const char *type_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "a map";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	default:
		return "null";
	}
}

static int wrong_type(const json_t *v, const char *wanted, struct err *e)
{
	bool scalar = !json_is_object(v) && !json_is_array(v);

	return err_set(e, ERR_FORMAT, 0, "must be %s, but is %s%s", wanted, type_name(v),
		scalar && strcmp(wanted, "a string") == 0 ? "; put it in quotes" : "");
}

/* A string with a NUL is an error: every later reader would see only its beginning. */
static int get_string(const json_t *v, const char **value, struct err *e)
{
	*value = NULL;
	if (absent(v))
		return 0;
	if (!json_is_string(v))
		return wrong_type(v, "a string", e);
	if (strlen(json_string_value(v)) != json_string_length(v))
		return err_set(e, ERR_FORMAT, 0, "contains a NUL character; remove it");
	if (json_string_length(v) > 0)
		*value = json_string_value(v);
	return 0;
}

static int check_item(const json_t *item, const char *inner, json_t *seen, struct err *e)
{
	const json_t *fields = json_object_get(item, inner);
	const char *name;

	if (absent(item))
		return 0;
	if (!json_is_object(item))
		return wrong_type(item, "a map", e);
	if (get_string(json_object_get(item, "name"), &name, e) < 0)
		return err_wrap(e, "name");
	if (!absent(fields) && !json_is_object(fields)) {
		wrong_type(fields, "a map", e);
		return err_wrap(e, "%s", inner);
	}
	if (!name)
		return 0;
	if (json_object_get(seen, name))
		return err_set(e, ERR_FORMAT, 0,
			"the name \"%s\" occurs a second time in this list; rename or remove one",
			name);
	json_object_set_new(seen, name, json_true());
	return 0;
}

static int check_section(const json_t *root, enum kubeconfig_section section, struct err *e)
{
	const json_t *list = json_object_get(root, sections[section].list), *item;
	json_auto_t *seen = json_object();
	size_t i;

	if (absent(list))
		return 0;
	if (!json_is_array(list)) {
		wrong_type(list, "a list", e);
		return err_wrap(e, "%s", sections[section].list);
	}
	json_array_foreach(list, i, item)
		if (check_item(item, sections[section].item, seen, e) < 0)
			return err_wrap(e, "%s[%zu]", sections[section].list, i);
	return 0;
}

static int check_is(const json_t *root, const char *field, const char *wanted, struct err *e)
{
	const char *value;

	if (get_string(json_object_get(root, field), &value, e) < 0)
		return err_wrap(e, "%s", field);
	if (value && strcmp(value, wanted) != 0)
		return err_set(e, ERR_FORMAT, 0,
			"%s is \"%s\", not \"%s\"; this is not a kubeconfig file", field, value,
			wanted);
	return 0;
}

static int check_root(const json_t *root, struct err *e)
{
	const char *current;

	if (!json_is_object(root))
		return err_set(e, ERR_FORMAT, 0,
			"must be a map with clusters, users and contexts, but is %s; is this a "
			"kubeconfig file?",
			type_name(root));
	if (check_is(root, "kind", "Config", e) < 0 || check_is(root, "apiVersion", "v1", e) < 0)
		return -1;
	if (get_string(json_object_get(root, "current-context"), &current, e) < 0)
		return err_wrap(e, "current-context");
	for (size_t s = 0; s < ARRAY_LEN(sections); s++)
		if (check_section(root, (enum kubeconfig_section)s, e) < 0)
			return -1;
	return 0;
}

static int parse(struct kubeconfig_file *f, const struct buf *text, json_t *notes, struct err *e)
{
	json_t *documents = yaml_load_first(f->path, buf_str(text), text->len, notes, e);

	if (!documents)
		return err_wrap(e, "the kubeconfig file cannot be parsed");
	const json_t *first = json_array_get(documents, 0);
	int rc = absent(first) ? 0 : check_root(first, e);

	if (rc < 0) {
		json_wipe(documents);
		err_wrap(e, "%s", f->path);
	} else {
		f->root = absent(first) ? json_object() : json_incref((json_t *)(uintptr_t)first);
	}
	json_decref(documents);
	return rc;
}

/* Which files */

static int add_text(struct kubeconfig *k, char *path_take, const struct buf *text, struct err *e)
{
	struct kubeconfig_file f = { .path = path_take };

	if (!k->notes)
		k->notes = json_array();
	if (parse(&f, text, k->notes, e) < 0) {
		free(f.path);
		return -1;
	}
	k->files = xrealloc(k->files, k->n + 1, sizeof(*k->files));
	k->files[k->n++] = f;
	return 0;
}

static int add_file(struct kubeconfig *k, const char *path, struct err *e)
{
	/* As in kubectl, "-" is a file of that name and not standard input. */
	char_auto *name = xasprintf("%s%s", strcmp(path, "-") ? "" : "./", path);
	struct buf text = { 0 };
	int rc = buf_read_file(&text, name, KUBE_CONFIG_MAX_FILE, e);

	if (rc == 0)
		rc = add_text(k, steal(&name), &text, e);
	buf_wipe(&text);
	return rc;
}

/* 1: there is no such file, which is no error. */
static int add_existing(struct kubeconfig *k, const char *path, struct err *e)
{
	err_auto failed = { 0 };

	if (add_file(k, path, &failed) == 0)
		return 0;
	if (failed.kind == ERR_IO && failed.code == ENOENT)
		return 1;
	err_move(e, &failed);
	return -1;
}

static int load_list(struct kubeconfig *k, const char *list, const char *from, struct err *e)
{
	json_auto_t *seen = json_object();
	buf_auto missing = { 0 };

	for (const char *end, *at = list; at; at = *end ? end + 1 : NULL) {
		end = strchrnul(at, ':');
		char_auto *path = xstrndup(at, (size_t)(end - at));

		if (!*path || json_object_get(seen, path))
			continue;
		/* a path may be no valid UTF-8 */
		json_object_set_new_nocheck(seen, path, json_true());
		int rc = add_existing(k, path, e);

		if (rc < 0)
			return err_wrap(e, "%s", from);
		if (rc > 0)
			buf_printf(&missing, "%s\"%s\"", missing.len ? ", " : "", path);
	}
	if (k->n == 0 && missing.len > 0)
		return err_set(e, ERR_IO, ENOENT,
			"%s names only files that do not exist: %s; correct it, or unset it to "
			"use ~/.kube/config",
			from, buf_str(&missing));
	if (k->n == 0)
		k->nothing = xasprintf("%s names no file", from);
	return 0;
}

static int load_home(struct kubeconfig *k, struct err *e)
{
	const char *home = getenv("HOME");

	if (!home || !*home) {
		k->nothing = xstrdup("neither KUBECONFIG nor HOME is set");
		return 0;
	}
	char_auto *path = xasprintf("%s/.kube/config", home);
	int rc = add_existing(k, path, e);

	if (rc > 0)
		k->nothing = xasprintf("KUBECONFIG is not set and %s does not exist", path);
	return rc < 0 ? -1 : 0;
}

static int settle(struct kubeconfig *k, int rc)
{
	if (rc == 0 && k->n > 0 && kubeconfig_is_empty(k)) {
		char_auto *paths = kubeconfig_paths(k);

		k->nothing = xasprintf("%s has no contexts, clusters or users", paths);
	}
	if (rc < 0)
		kubeconfig_release(k);
	return rc;
}

int kubeconfig_load(struct kubeconfig *k, const char *path, struct err *e)
{
	if (!path)
		return kubeconfig_load_list(k, NULL, NULL, e);
	*k = (struct kubeconfig){ .is_explicit = true };
	return settle(k, add_file(k, path, e) < 0 ? err_blame(e, "kubeconfig") : 0);
}

int kubeconfig_load_list(struct kubeconfig *k, const char *list, const char *from, struct err *e)
{
	const char *variable = getenv("KUBECONFIG");
	char_auto *name = from ? xasprintf("kubeconfig of %s", from) : xstrdup("KUBECONFIG");

	*k = (struct kubeconfig){ 0 };
	if (!list)
		list = variable && *variable ? variable : KUBE_CONFIG_HOME;
	return settle(k, strcmp(list, KUBE_CONFIG_HOME) == 0 ? load_home(k, e)
							     : load_list(k, list, name, e));
}

int kubeconfig_load_text(struct kubeconfig *k, const char *text, struct err *e)
{
	struct buf bytes = { 0 };

	*k = (struct kubeconfig){ 0 };
	buf_puts(&bytes, text);
	int rc = add_text(k, xstrdup("kubeconfigInline"), &bytes, e);

	buf_wipe(&bytes);
	return settle(k, rc);
}

void kubeconfig_release(struct kubeconfig *k)
{
	for (size_t i = 0; i < k->n; i++) {
		json_wipe(k->files[i].root);
		json_decref(k->files[i].root);
		free(k->files[i].path);
	}
	free(k->files);
	free(k->nothing);
	json_decref(k->notes);
	*k = (struct kubeconfig){ 0 };
}

char *kubeconfig_paths(const struct kubeconfig *k)
{
	struct buf paths = { 0 };

	for (size_t i = 0; i < k->n; i++)
		buf_printf(&paths, "%s%s", i ? ":" : "", k->files[i].path);
	return buf_steal(&paths);
}

/* Entries */

static const json_t *section_list(const struct kubeconfig_file *f, enum kubeconfig_section s)
{
	return json_object_get(f->root, sections[s].list);
}

bool kubeconfig_is_empty(const struct kubeconfig *k)
{
	for (size_t i = 0; i < k->n; i++) {
		const char *current = json_str(k->files[i].root, "current-context");

		if (current && *current)
			return false;
		for (size_t s = 0; s < ARRAY_LEN(sections); s++)
			if (json_array_size(section_list(&k->files[i], s)) > 0)
				return false;
	}
	return true;
}

const char *kubeconfig_current_context(const struct kubeconfig *k)
{
	for (size_t i = 0; i < k->n; i++) {
		const char *current = json_str(k->files[i].root, "current-context");

		if (current && *current)
			return current;
	}
	return NULL;
}

json_t *kubeconfig_name_set(const struct kubeconfig *k, enum kubeconfig_section section)
{
	json_t *names = json_object();
	const json_t *item;
	size_t i;

	for (size_t f = 0; f < k->n; f++)
		json_array_foreach(section_list(&k->files[f], section), i, item) {
			const char *name = json_str(item, "name");

			if (name && *name)
				json_object_set_new(names, name, json_true());
		}
	return names;
}

char *kubeconfig_names(const struct kubeconfig *k, enum kubeconfig_section section)
{
	json_auto_t *names = kubeconfig_name_set(k, section);
	struct buf text = { 0 };
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(names, name, value) {
		if (n++ < NAMES_SHOWN)
			buf_printf(&text, "%s%s", text.len ? ", " : "", name);
	}
	if (n > NAMES_SHOWN)
		buf_printf(&text, " and %zu more", n - NAMES_SHOWN);
	return buf_steal(&text);
}

static int unknown(const struct kubeconfig *k, enum kubeconfig_section section, const char *name,
	struct err *e)
{
	json_auto_t *names = kubeconfig_name_set(k, section);
	const char **list = xcalloc(json_object_size(names), sizeof(*list)), *known;
	char_auto *paths = kubeconfig_paths(k), *all = kubeconfig_names(k, section);
	const char *where = k->n > 0 ? paths : "no kubeconfig file";
	json_t *value;
	size_t n = 0;

	json_object_foreach(names, known, value)
		list[n++] = known;
	const char *close = nearest(name, list, n);

	free(list);
	if (close)
		return err_set(e, ERR_FORMAT, 0,
			"there is no %s \"%s\" in %s; did you mean \"%s\"?", sections[section].item,
			name, where, close);
	if (n > 0)
		return err_set(e, ERR_FORMAT, 0, "there is no %s \"%s\" in %s; it has %s",
			sections[section].item, name, where, all);
	return err_set(e, ERR_FORMAT, 0, "there is no %s \"%s\", as %s%s", sections[section].item,
		name, k->nothing ? k->nothing : paths, k->nothing ? "" : " has none");
}

int kubeconfig_find(const struct kubeconfig *k, enum kubeconfig_section section, const char *name,
	struct kubeconfig_entry *entry, struct err *e)
{
	const json_t *item;
	size_t i;

	for (size_t f = 0; f < k->n; f++)
		json_array_foreach(section_list(&k->files[f], section), i, item) {
			const char *known = json_str(item, "name");

			if (!known || strcmp(known, name) != 0)
				continue;
			*entry = (struct kubeconfig_entry){
				.section = section,
				.file = k->files[f].path,
				.name = known,
				.fields = json_object_get(item, sections[section].item),
			};
			return 0;
		}
	return unknown(k, section, name, e);
}

int kubeconfig_blame(const struct kubeconfig_entry *entry, const char *field, struct err *e)
{
	return err_wrap(e, "%s: %s \"%s\": %s%s", entry->file, sections[entry->section].item,
		entry->name, entry->inside ? entry->inside : "", field);
}

int kubeconfig_string(
	const struct kubeconfig_entry *entry, const char *field, const char **value, struct err *e)
{
	return get_string(json_object_get(entry->fields, field), value, e) < 0
		       ? kubeconfig_blame(entry, field, e)
		       : 0;
}

int kubeconfig_bool(
	const struct kubeconfig_entry *entry, const char *field, bool *value, struct err *e)
{
	const json_t *v = json_object_get(entry->fields, field);

	*value = json_is_true(v);
	if (absent(v) || json_is_boolean(v))
		return 0;
	wrong_type(v, "true or false", e);
	return kubeconfig_blame(entry, field, e);
}

bool kubeconfig_has(const struct kubeconfig_entry *entry, const char *field)
{
	const json_t *v = json_object_get(entry->fields, field);

	return !absent(v) && !(json_is_string(v) && json_string_length(v) == 0) &&
	       !(json_is_array(v) && json_array_size(v) == 0);
}

char *kubeconfig_where(const struct kubeconfig_entry *entry)
{
	return xasprintf(
		"%s \"%s\" of %s", sections[entry->section].item, entry->name, entry->file);
}

char *kubeconfig_resolve(const struct kubeconfig_entry *entry, const char *path)
{
	const char *slash = strrchr(entry->file, '/');

	if (*path == '/')
		return xstrdup(path);
	if (!slash)
		return xasprintf("./%s", path);
	return xasprintf("%.*s/%s", (int)(slash - entry->file), entry->file, path);
}
