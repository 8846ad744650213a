/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/source.h"

#include <string.h>

#include "base/yaml.h"
#include "manifest/bundle.h"
#include "manifest/crd.h"
#include "manifest/policy.h"
#include "manifest/surface.h"

extern const char embedded_bundle[], embedded_bundle_end[];

static int find_embedded(struct bundle_wanted *wanted, size_t n, struct err *e)
{
	if (bundle_find(embedded_bundle, (size_t)(embedded_bundle_end - embedded_bundle), wanted,
		    n, e) < 0)
		return err_wrap(e, "embedded releases");
	return 0;
}

static int embedded(const char *name, struct buf *content, struct err *e)
{
	struct bundle_wanted wanted = { .name = name };
	int rc = find_embedded(&wanted, 1, e);

	*content = wanted.content;
	return rc;
}

int source_catalog(struct catalog *c, struct err *e)
{
	buf_auto text = { 0 };

	if (embedded("releases.txt", &text, e) < 0)
		return -1;
	return catalog_parse(c, buf_str(&text), e);
}

int source_surfaces(struct surfaces *s, const struct catalog *c, struct err *e)
{
	buf_auto text = { 0 };

	if (embedded("surfaces.txt", &text, e) < 0)
		return -1;
	if (surfaces_parse(s, buf_str(&text), e) < 0)
		return -1;
	if (c)
		surfaces_take_releases(s, c);
	return 0;
}

/*
 * The path of a value with {{ }}; NULL: none. versions may contain braces: descriptions use them.
 */
static char *find_braces(const json_t *value, const char *path)
{
	const char *key, *text = json_string_value(value);
	char *found = NULL;
	json_t *member;
	size_t i;

	if (text && strstr(text, "{{") && strstr(text, "}}"))
		return xstrdup(path);
	json_object_foreach((json_t *)(uintptr_t)value, key, member) {
		char_auto *below = xasprintf("%s.%s", path, key);

		if (!found && strcmp(key, "versions") != 0)
			found = strstr(key, "{{") ? xstrdup(path) : find_braces(member, below);
	}
	json_array_foreach(value, i, member)
		if (!found)
			found = find_braces(member, path);
	return found;
}

/* Some templates are valid YAML. Their braces must not get into a cluster. */
static int refuse_template(const json_t *documents, struct err *e)
{
	const json_t *document;
	size_t i;

	json_array_foreach(documents, i, document) {
		char_auto *metadata =
			find_braces(json_object_get(document, "metadata"), "metadata");
		char_auto *spec = find_braces(json_object_get(document, "spec"), "spec");
		const char *where = metadata ? metadata : spec;

		if (where)
			return err_set(e, ERR_FORMAT, 0,
				"document %zu: %s has {{ }}: this is a template; render it first",
				i + 1, where);
	}
	return 0;
}

int source_parse(struct source *s, const char *name, const struct buf *bytes, bool crds_only,
	struct err *e)
{
	json_auto_t *documents = yaml_load(name, buf_str(bytes), bytes->len, e);

	if (!documents) {
		if (memmem(buf_str(bytes), bytes->len, "{{", 2))
			err_wrap(e, "this looks like a template; render it first");
		return -1;
	}
	if (crds_only)
		crd_drop_others(documents);
	if (refuse_template(documents, e) < 0)
		return err_wrap(e, "%s", name);
	json_auto_t *policies = policy_split(documents);

	s->policies = policy_set(policies, e);
	if (s->policies)
		s->crds = crd_set(documents, e);
	return s->crds ? 0 : err_wrap(e, "%s", name);
}

/* Appends all objects of a surface, in its order. */
static int embedded_objects(
	const struct surface_crd *objects, size_t n, struct buf *text, struct err *e)
{
	struct bundle_wanted *wanted = xcalloc(n + 1, sizeof(*wanted));
	int rc;

	for (size_t i = 0; i < n; i++)
		wanted[i].name = xasprintf("objects/%s/%s", objects[i].name, objects[i].form);
	rc = find_embedded(wanted, n, e);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && buf_add(text, buf_str(&wanted[i].content), wanted[i].content.len) <
				       0)
			rc = err_set(e, ERR_FORMAT, 0, "embedded releases: too large");
		free((char *)(uintptr_t)wanted[i].name);
		buf_release(&wanted[i].content);
	}
	free(wanted);
	return rc;
}

static int embedded_set(
	const char *surface, enum manifest_set set, struct buf *text, struct err *e)
{
	surfaces_auto surfaces = { 0 };

	if (source_surfaces(&surfaces, NULL, e) < 0)
		return -1;
	const struct surface *f = surfaces_find(&surfaces, set, surface);
	char_auto *whole = xasprintf("%s/%s", surface, set_file(set));

	if (!f || f->n == 0)
		return err_set(e, ERR_FORMAT, 0,
			"built-in releases: there is no set of CRDs %s", whole);
	if (strcmp(f->crds[0].form, "-") == 0)
		return embedded(whole, text, e);
	return embedded_objects(f->crds, f->n, text, e) < 0
		       ? -1
		       : embedded_objects(f->policies, f->n_policies, text, e);
}

int source_embedded(
	struct source *s, const struct release *r, enum manifest_set set, struct err *e)
{
	buf_auto bytes = { 0 };

	*s = (struct source){
		.name = xstrdup(r->version),
		.origin = xstrdup("embedded"),
		.verified_by = "built in",
		.published = true,
		.set = set_name(set),
	};
	memcpy(s->sha256, release_set(r, set)->sha256, sizeof(s->sha256));
	return embedded_set(release_surface(r, set), set, &bytes, e) < 0
		       ? -1
		       : source_parse(s, s->origin, &bytes, false, e);
}

void source_identify(struct source *s, const struct catalog *c, const char *sha256)
{
	const struct release_file *file;
	const struct release *r = catalog_by_digest(c, sha256, &file);

	memcpy(s->sha256, sha256, sizeof(s->sha256));
	s->published = r != NULL;
	if (r)
		s->verified_by = "upstream's digest";
	s->name = r ? xasprintf("%s (%s)", r->version, file->name) : xstrdup(s->origin);
}

int source_file(struct source *s, const struct catalog *c, const char *path, bool crds_only,
	struct err *e)
{
	buf_auto bytes = { .max = YAML_MAX_BYTES + 1 };
	char hex[SHA256_HEX_SIZE];

	if (has_prefix(path, "https://") || has_prefix(path, "http://"))
		return err_set(e, ERR_USAGE, 0,
			"-f takes a file or a directory; give the address with --url %s", path);
	if (source_is_directory(path))
		return source_directory(s, c, path, crds_only, e);
	*s = (struct source){ .origin = xstrdup(strcmp(path, "-") == 0 ? "standard input" : path) };
	if (buf_read_file(&bytes, path, YAML_MAX_BYTES, e) < 0)
		return -1;
	sha256_hex(buf_str(&bytes), bytes.len, hex);
	source_identify(s, c, hex);
	return source_parse(s, s->origin, &bytes, crds_only, e);
}

int source_exclude(struct source *s, const char *name, struct err *e)
{
	size_t n = json_array_size(s->crds);
	const char **names = xcalloc(n, sizeof(*names));
	const char *close;

	for (size_t i = 0; i < n; i++) {
		const json_t *crd = json_array_get(s->crds, i);

		names[i] = strchr(name, '.') ? crd_name(crd) : crd_plural(crd);
		if (strcmp(name, names[i]) == 0) {
			free(names);
			if (!s->excluded)
				s->excluded = json_array();
			json_array_append(s->excluded, (json_t *)(uintptr_t)crd);
			json_array_remove(s->crds, i);
			return 0;
		}
	}
	close = nearest(name, names, n);
	err_set(e, ERR_USAGE, 0, "--exclude %s: %s has no CRD of that name%s%s", name, s->name,
		close ? "; did you mean " : "; \"show\" prints them", close ? close : "");
	free(names);
	return -1;
}

const struct surface *source_surface(
	const struct source *s, const struct catalog *c, const struct surfaces *all)
{
	const struct release_file *file;
	const struct release *r = s->published ? catalog_by_digest(c, s->sha256, &file) : NULL;
	const struct surface *f =
		r && file->surface ? surfaces_find(all, set_of_file(file->name), file->surface)
				   : NULL;
	size_t found = 0;

	for (size_t k = 0; f && k < f->n; k++)
		found += crd_find(s->crds, f->crds[k].name) ||
			 crd_find(s->excluded, f->crds[k].name);
	return f && found == f->n ? f : NULL;
}

void source_release(struct source *s)
{
	free(s->name);
	free(s->origin);
	free(s->proof);
	free(s->signed_by);
	json_decref(s->crds);
	json_decref(s->policies);
	json_decref(s->excluded);
	*s = (struct source){ 0 };
}
