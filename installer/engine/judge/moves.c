/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/moves.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "manifest/crd.h"

enum move_how { RENAME, DROP, VALUE, IPIP };

/* kind, field of spec, the release that dropped it, how to move it, replacement */
static const struct move {
	const char *kind, *field, *since;
	enum move_how how;
	const char *to, *hint;
} moves[] = {
	{ "IPPool", "ipip", "v3.32.0", IPIP, "ipipMode", "spec.ipipMode takes its place" },
	{ "IPPool", "nat-outgoing", "v3.32.0", RENAME, "natOutgoing",
		"spec.natOutgoing takes its place" },
	{ "FelixConfiguration", "iptablesLockFilePath", "v3.32.0", DROP, NULL,
		"nothing takes its place: iptables takes its lock by itself" },
	{ "FelixConfiguration", "iptablesLockTimeout", "v3.32.0", DROP, NULL,
		"nothing takes its place: iptables takes its lock by itself" },
	{ "FelixConfiguration", "bpfKubeProxyEndpointSlicesEnabled", "v3.32.0", DROP, NULL,
		"nothing takes its place: endpoint slices are always used" },
	/* In this release, Enabled includes what L2Only did. */
	{ "FelixConfiguration", "bpfRedirectToPeer", "v3.32.0", VALUE, "L2Only\0Enabled",
		"Enabled takes the place of L2Only" },
};

static bool is_calico(const json_t *crd)
{
	return strcmp(crd_group(crd), "crd.projectcalico.org") == 0 ||
	       strcmp(crd_group(crd), "projectcalico.org") == 0;
}

/* The word of an enum that differs from this word only in upper and lower case; NULL: none. */
static const char *respelled(const struct schema_node *node, const char *word, size_t len)
{
	const json_t *value;
	size_t i;

	json_array_foreach(node ? node->enumeration : NULL, i, value) {
		const char *text = json_string_value(value);

		if (text && strlen(text) == len && strncasecmp(text, word, len) == 0 &&
			strncmp(text, word, len) != 0)
			return text;
	}
	return NULL;
}

/* The hint for a word that is only wrong in upper and lower case; a finding's value is JSON. */
static const char *spelling_hint(const struct schema_finding *f)
{
	size_t n = f->value ? strlen(f->value) : 0;

	return strcmp(f->rule, "enum") == 0 && n >= 2 && f->value[0] == '"' &&
			       respelled(f->node, f->value + 1, n - 2)
		       ? "the same word, with its capitals"
		       : NULL;
}

static bool is_at(const struct move *m, const struct schema_finding *f)
{
	size_t n = strlen(m->field);

	return has_prefix(f->field, "spec.") && strncmp(f->field + 5, m->field, n) == 0 &&
	       strchr(".[", f->field[5 + n]);
}

const char *moves_hint(const json_t *crd, const struct schema_finding *finding)
{
	if (!is_calico(crd))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		const struct move *m = &moves[i];
		bool pruned = strcmp(finding->rule, "pruned") == 0;

		if (strcmp(m->kind, crd_kind(crd)) != 0 || !is_at(m, finding))
			continue;
		if (m->how == VALUE ? finding->value && strcmp(finding->rule, "enum") == 0 &&
					      strstr(finding->value, m->to)
				    : pruned)
			return m->hint;
	}
	return spelling_hint(finding);
}

/* {enabled, mode} from before v3: not enabled becomes Never. */
static json_t *ipip_mode(const json_t *ipip)
{
	static const char *const modes[] = { "Always", "CrossSubnet" };
	const char *mode = json_str(ipip, "mode");

	if (!json_is_true(json_object_get(ipip, "enabled")))
		return json_string("Never");
	for (size_t i = 0; mode && i < ARRAY_LEN(modes); i++)
		if (strcasecmp(mode, modes[i]) == 0 ||
			(i == 1 && strcasecmp(mode, "cross-subnet") == 0))
			return json_string(modes[i]);
	return mode && *mode ? NULL : json_string("Always");
}

/* The value of the new field; NULL: not known, or no new field. */
static json_t *moved(const struct move *m, const json_t *old)
{
	return m->how == IPIP ? ipip_mode(old) : m->how == RENAME ? json_deep_copy(old) : NULL;
}

static void note(struct buf *notes, const char *field, const char *what, const json_t *value)
{
	buf_printf(notes, "spec.%s: %s", field, what);
	if (value) {
		buf_puts(notes, " ");
		json_write(notes, value, JSON_STYLE_COMPACT);
	}
	buf_putc(notes, '\n');
}

static bool change_value(const struct move *m, json_t *spec, struct buf *notes)
{
	const char *now = json_str(spec, m->field), *to = m->to + strlen(m->to) + 1;

	if (!now || strcmp(now, m->to) != 0)
		return false;
	json_object_set_new(spec, m->field, json_string(to));
	note(notes, m->field, "is", json_object_get(spec, m->field));
	return true;
}

/* True: the new schema still has the field. */
static bool is_kept(const struct move *m, const struct schema_node *new)
{
	const struct schema_node *spec = schema_node_property(new, "spec");

	return !spec || spec->preserve || schema_node_property(spec, m->field);
}

static bool apply(
	const struct move *m, const struct schema_node *new, json_t *spec, struct buf *notes)
{
	json_t *old = json_object_get(spec, m->field);

	if (m->how == VALUE)
		return is_kept(m, new) && change_value(m, spec, notes);
	if (!old || is_kept(m, new))
		return false;
	json_auto_t *value = moved(m, old);

	if (m->to && !json_object_get(spec, m->to)) {
		if (!value)
			return false;
		json_object_set(spec, m->to, value);
		note(notes, m->to, "is set, from the older field:", value);
	}
	note(notes, m->field, "is removed, it was", old);
	json_object_del(spec, m->field);
	return true;
}

static bool respell(const struct schema_node *node, json_t *value, struct buf *path,
	struct buf *notes);

static bool respell_member(const struct schema_node *below, json_t *member, struct buf *path,
	struct buf *notes, const char *name)
{
	size_t len = path->len;
	bool changed;

	buf_printf(path, "%s%s", len > 0 && *name != '[' ? "." : "", name);
	changed = respell(below, member, path, notes);
	path->len = len;
	path->data[len] = '\0';
	return changed;
}

static bool respell_list(const struct schema_node *node, json_t *list, struct buf *path,
	struct buf *notes)
{
	bool changed = false;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		char_auto *name = xasprintf("[%zu]", i);

		changed = respell_member(node->items, item, path, notes, name) || changed;
	}
	return changed;
}

/* Respells words of enums on all levels; changes a string in place. */
static bool respell(const struct schema_node *node, json_t *value, struct buf *path,
	struct buf *notes)
{
	bool changed = false, named;
	const char *word, *key;
	json_t *member;

	if (!node)
		return false;
	if (json_is_string(value)) {
		word = respelled(node, json_string_value(value), json_string_length(value));
		if (word) {
			buf_printf(notes, "%s: \"%s\" is \"%s\"\n", buf_str(path),
				json_string_value(value), word);
			json_string_set(value, word);
		}
		return word != NULL;
	}
	if (json_is_array(value))
		return respell_list(node, value, path, notes);
	json_object_foreach(value, key, member) {
		const struct schema_node *below = schema_node_member(node, key, &named);

		changed = respell_member(below, member, path, notes, key) || changed;
	}
	return changed;
}

bool moves_apply(
	const json_t *crd, const struct schema_node *new, json_t *object, struct buf *notes)
{
	json_t *spec = json_object_get(object, "spec");
	buf_auto path = { 0 };
	bool changed = false;

	if (!is_calico(crd) || !json_is_object(spec))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(moves); i++)
		if (strcmp(moves[i].kind, crd_kind(crd)) == 0)
			changed = apply(&moves[i], new, spec, notes) || changed;
	changed = respell_member(schema_node_property(new, "spec"), spec, &path, notes, "spec") ||
		  changed;
	return changed;
}
