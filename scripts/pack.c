/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build tool: pack MANIFESTS OUT [RELEASE... | --bundle FILE] writes the archive that the binary
 * embeds: the surfaces of manifests/, or the unchanged files of a bundle's sets. The list of
 * releases comes first, so that reading it decompresses nothing else. Then come the surfaces with
 * the fingerprints of their objects, then the objects: the set crds first, and newest releases
 * first. An object is one line of compact JSON, which the YAML reader also reads.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "engine/judge/needs.h"
#include "manifest/bundle.h"
#include "manifest/catalog.h"
#include "manifest/crd.h"
#include "manifest/freight.h"
#include "manifest/policy.h"

struct pack {
	const char *dir;
	struct catalog catalog;
	const char *const *wanted; /* releases to pack; none: all */
	size_t n_wanted;
	struct buf surfaces;
	json_t *taken; /* "objects/OBJECT/FORM" -> fingerprint */
	json_t *needs; /* "objects/OBJECT/FORM" -> minor version of Kubernetes */
	json_t *listed; /* file of a surface in the list -> minor version of Kubernetes */
	struct bundle_entry entries[BUNDLE_MAX_ENTRIES];
	size_t n;
};

enum { LIST, SURFACES, FIRST_OBJECT };

static bool is_wanted(const struct pack *p, const struct release *r)
{
	for (size_t i = 0; i < p->n_wanted; i++)
		if (strcmp(p->wanted[i], r->version) == 0)
			return true;
	return p->n_wanted == 0;
}

static void set_entry(struct bundle_entry *entry, char *name, struct buf *content)
{
	size_t len = content->len;

	*entry = (struct bundle_entry){ .name = name, .data = buf_steal(content), .len = len };
}

static char *surface_file(enum manifest_set set, const char *surface)
{
	return xasprintf("surfaces/%s/%s.txt", set_name(set), surface);
}

static void add_row(struct buf *list, const char *release, const struct release_file *f,
	const char *surface, unsigned needs)
{
	buf_printf(list, "%s %s %zu %zu %s %s", release, f->name, f->bytes, f->crds, f->sha256,
		surface ? surface : "-");
	if (surface)
		buf_printf(list, " 1.%u", needs);
	buf_putc(list, '\n');
}

static void add_list(struct pack *p)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < p->catalog.n; i++) {
		const struct release *r = &p->catalog.releases[i];

		for (size_t k = 0; k < r->n_files; k++) {
			const struct release_file *f = &r->files[k];
			const char *surface = is_wanted(p, r) ? f->surface : NULL;
			char_auto *key = surface_file(set_of_file(f->name), surface ? surface : "");

			add_row(&text, r->version, f, surface,
				(unsigned)json_integer_value(json_object_get(p->listed, key)));
		}
	}
	set_entry(&p->entries[LIST], xstrdup("releases.txt"), &text);
}

static int read_text(const struct pack *p, const char *name, struct buf *text, struct err *e)
{
	char_auto *path = xasprintf("%s/%s", p->dir, name);

	return buf_read_file(text, path, YAML_MAX_BYTES, e);
}

/* Adds one form of an object, once for all surfaces that have it. */
static int add_object(struct pack *p, const char *object, const char *form, struct err *e)
{
	char_auto *name = xasprintf("objects/%s/%s", object, form);
	char_auto *file = xasprintf("%s.yaml", name);
	char hex[SHA256_HEX_SIZE];
	buf_auto text = { 0 };
	struct buf json = { 0 };

	if (json_object_get(p->taken, name))
		return 0;
	if (p->n == BUNDLE_MAX_ENTRIES)
		return err_set(e, ERR_FORMAT, 0, "more than %d objects", BUNDLE_MAX_ENTRIES);
	if (read_text(p, file, &text, e) < 0)
		return -1;
	json_auto_t *documents = yaml_load(file, buf_str(&text), text.len, e);
	json_auto_t *split = policy_split(documents);
	json_auto_t *objects = policy_kind_of_key(object) ? json_incref(split)
			       : documents		  ? crd_set(documents, e)
							  : NULL;

	if (!objects || json_array_size(objects) != 1)
		return objects ? err_set(e, ERR_FORMAT, 0, "%s: one object is wanted", file) : -1;
	crd_fingerprint(json_array_get(objects, 0), hex);
	json_write(&json, json_array_get(objects, 0), JSON_STYLE_COMPACT | JSON_STYLE_SORT);
	buf_putc(&json, '\n');
	json_object_set_new(p->taken, name, json_string(hex));
	json_object_set_new(p->needs, name,
		json_integer(needs_kubernetes(json_array_get(objects, 0))));
	set_entry(&p->entries[p->n++], steal(&name), &json);
	return 0;
}

/* Adds a surface to the list of surfaces. Each row of its file is OBJECT FORM. */
static int add_surface(struct pack *p, enum manifest_set set, const char *surface, struct err *e)
{
	char_auto *key = surface_file(set, surface);
	char object[256], form[64];
	buf_auto text = { 0 };
	json_int_t needs = 0;
	int used;

	if (json_object_get(p->listed, key))
		return 0;
	if (read_text(p, key, &text, e) < 0)
		return -1;
	for (const char *row = buf_str(&text);
		sscanf(row, "%255s %63s%n", object, form, &used) == 2; row += used) {
		char_auto *name = xasprintf("objects/%s/%s", object, form);

		if (add_object(p, object, form, e) < 0)
			return err_wrap(e, "%s", key);
		json_int_t of_object = json_integer_value(json_object_get(p->needs, name));

		needs = of_object > needs ? of_object : needs;
		buf_printf(&p->surfaces, "%s %s %s %s %s\n", surface, set_name(set), object, form,
			json_str(p->taken, name));
	}
	json_object_set_new(p->listed, key, json_integer(needs));
	return 0;
}

/* The name of the first file of the same set with the same bytes. */
static const char *same_bytes(const struct bundle *b, const struct bundle_file *file)
{
	const struct bundle_file *f = b->files;

	while (strcmp(f->sha256, file->sha256) != 0 ||
		strcmp(strchr(f->name, '/'), strchr(file->name, '/')) != 0)
		f++;
	return f->name;
}

/* Adds the row for an object of a file that is packed unchanged. */
static void put_row(struct pack *p, const char *surface, enum manifest_set set, const char *name,
	const json_t *object)
{
	char hex[SHA256_HEX_SIZE];

	crd_fingerprint(object, hex);
	buf_printf(&p->surfaces, "%s %s %s - %s\n", surface, set_name(set), name, hex);
}

static int list_crds(struct pack *p, const struct bundle_file *file, const char *surface,
	enum manifest_set set, unsigned *needs, struct err *e)
{
	json_auto_t *documents = yaml_load(file->name, buf_str(&file->data), file->data.len, e);
	json_auto_t *split = policy_split(documents);
	json_auto_t *policies = policy_set(split, e);
	json_auto_t *crds = documents && policies ? crd_set(documents, e) : NULL;
	const json_t *crd, *policy;
	size_t i;

	*needs = 0;
	json_array_foreach(crds, i, crd) {
		unsigned of_crd = needs_kubernetes(crd);

		*needs = of_crd > *needs ? of_crd : *needs;
		put_row(p, surface, set, crd_name(crd), crd);
	}
	json_array_foreach(policies, i, policy) {
		char_auto *key = policy_key(policy);

		put_row(p, surface, set, key, policy);
	}
	return crds ? (int)json_array_size(crds) : -1;
}

/* Adds only the sets of each release: install needs no other files. */
static int add_bundle(struct pack *p, const struct bundle *b, struct err *e)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < b->n; i++) {
		const struct bundle_file *file = &b->files[i];
		size_t len = strcspn(file->name, "/");
		enum manifest_set set = set_of_file(file->name + len + 1);

		if (set == SET_COUNT || freight_is(file->name))
			continue;
		const char *from = same_bytes(b, file);
		char_auto *release = xstrndup(file->name, len);
		char_auto *surface = xstrndup(from, strcspn(from, "/"));
		unsigned needs;
		int crds = list_crds(p, file, surface, set, &needs, e);

		if (crds < 0)
			return -1;
		struct release_file row = { .name = (char *)(uintptr_t)set_file(set),
			.bytes = file->data.len,
			.crds = (size_t)crds };

		snprintf(row.sha256, sizeof(row.sha256), "%s", file->sha256);
		add_row(&list, release, &row, surface, needs);
		if (from == file->name)
			p->entries[p->n++] = (struct bundle_entry){ .name = file->name,
				.data = buf_str(&file->data),
				.len = file->data.len };
	}
	set_entry(&p->entries[LIST], xstrdup("releases.txt"), &list);
	return 0;
}

static int read_bundle(struct pack *p, const char *path, struct err *e)
{
	static struct bundle b; /* static: the entries point into it */
	buf_auto bytes = { .max = BUNDLE_MAX_FILE + 1 };

	if (buf_read_file(&bytes, path, BUNDLE_MAX_FILE, e) < 0)
		return -1;
	if (bundle_read(&b, buf_str(&bytes), bytes.len, e) < 0 || add_bundle(p, &b, e) < 0)
		return err_wrap(e, "%s", path);
	return p->n > FIRST_OBJECT
		       ? 0
		       : err_set(e, ERR_USAGE, 0, "%s: no RELEASE/crds.yaml in it", path);
}

static int check_wanted(const struct pack *p, struct err *e)
{
	for (size_t i = 0; i < p->n_wanted; i++)
		if (!catalog_find(&p->catalog, SET_CRDS, p->wanted[i], e))
			return -1;
	return 0;
}

/* The sets that most users need come first. The operator's CRDs are by far the largest. */
static int add_sets(struct pack *p, struct err *e)
{
	static const enum manifest_set order[] = { SET_CRDS, SET_V3, SET_OPERATOR };

	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		for (size_t i = p->catalog.n; i-- > 0;) {
			const struct release *r = &p->catalog.releases[i];
			const char *surface = release_surface(r, order[k]);

			if (surface && is_wanted(p, r) &&
				add_surface(p, order[k], surface, e) < 0)
				return -1;
		}
	return 0;
}

static int read_manifests(struct pack *p, struct err *e)
{
	buf_auto text = { 0 };

	if (read_text(p, "releases.txt", &text, e) < 0 ||
		catalog_parse(&p->catalog, buf_str(&text), e) < 0 || check_wanted(p, e) < 0)
		return -1;
	int rc = add_sets(p, e);

	add_list(p);
	return rc;
}

static int pack(struct pack *p, const char *out, const char *bundle, struct err *e)
{
	buf_auto archive = { 0 };

	p->n = FIRST_OBJECT;
	p->taken = json_object();
	p->needs = json_object();
	p->listed = json_object();
	if ((bundle ? read_bundle(p, bundle, e) : read_manifests(p, e)) < 0)
		return -1;
	set_entry(&p->entries[SURFACES], xstrdup("surfaces.txt"), &p->surfaces);
	if (bundle_write(&archive, p->entries, p->n, BUNDLE_XZ, 0, e) < 0)
		return -1;
	FILE *f = fopen(out, "we");

	if (!f || fwrite(archive.data, 1, archive.len, f) != archive.len || fclose(f) != 0)
		return err_set(e, ERR_IO, 0, "%s: cannot write", out);
	return 0;
}

int main(int argc, char **argv)
{
	static struct pack p;
	err_auto e = { 0 };

	bool bundle = argc == 5 && strcmp(argv[3], "--bundle") == 0;

	if (argc < 3) {
		fputs("usage: pack MANIFESTS OUT [RELEASE... | --bundle FILE]\n", stderr);
		return 2;
	}
	p.dir = argv[1];
	p.wanted = (const char *const *)(argv + 3);
	p.n_wanted = (size_t)argc - 3;
	if (pack(&p, argv[2], bundle ? argv[4] : NULL, &e) < 0) {
		fprintf(stderr, "pack: %s\n", e.msg);
		return err_exit_code(&e);
	}
	return 0;
}
