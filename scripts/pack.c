/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build tool: pack MANIFESTS OUT [RELEASE... | --bundle FILE] writes the archive that the binary
 * embeds: the surfaces of manifests/, or the files of a bundle byte for byte. The list of releases
 * comes first, so that reading it decompresses nothing else; then the surfaces, newest first,
 * behind a list of their fingerprints. A surface is stored as one compact JSON object a line, which
 * the YAML reader also reads.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "manifest/bundle.h"
#include "manifest/catalog.h"
#include "manifest/crd.h"

struct pack {
	const char *dir;
	struct catalog catalog;
	const char *const *wanted; /* releases; none: all */
	size_t n_wanted;
	struct buf fingerprints;
	struct bundle_entry entries[BUNDLE_MAX_ENTRIES];
	size_t n;
};

enum { LIST, FINGERPRINTS, FIRST_SURFACE };

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

static void add_list(struct pack *p)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < p->catalog.n; i++) {
		const struct release *r = &p->catalog.releases[i];

		for (size_t k = 0; k < r->n_files; k++) {
			const struct release_file *f = &r->files[k];
			bool held =
				strcmp(f->name, "crds.yaml") == 0 && r->surface && is_wanted(p, r);

			buf_printf(&text, "%s %s %zu %zu %s %s\n", r->version, f->name, f->bytes,
				f->crds, f->sha256, held ? r->surface : "-");
		}
	}
	set_entry(&p->entries[LIST], xstrdup("releases.txt"), &text);
}

static int add_fingerprints(struct pack *p, const char *surface, const char *name, const char *text,
	size_t len, struct buf *json, struct err *e)
{
	json_auto_t *documents = yaml_load(name, text, len, e);
	json_auto_t *crds = documents ? crd_set(documents, e) : NULL;
	const json_t *crd;
	size_t i;

	if (!crds)
		return -1;
	json_array_foreach(crds, i, crd) {
		char hex[SHA256_HEX_SIZE];

		crd_fingerprint(crd, hex);
		buf_printf(&p->fingerprints, "%s %s %s\n", surface, crd_name(crd), hex);
		json_write(json, crd, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
		buf_putc(json, '\n');
	}
	return (int)json_array_size(crds);
}

static int add_surface(struct pack *p, const char *surface, struct err *e)
{
	char_auto *name = xasprintf("%s/crds.yaml", surface);
	char_auto *path = xasprintf("%s/%s", p->dir, name);
	buf_auto text = { 0 };
	struct buf json = { 0 };

	for (size_t i = FIRST_SURFACE; i < p->n; i++)
		if (strcmp(p->entries[i].name, name) == 0)
			return 0;
	if (buf_read_file(&text, path, YAML_MAX_BYTES, e) < 0)
		return -1;
	if (add_fingerprints(p, surface, path, buf_str(&text), text.len, &json, e) < 0)
		return -1;
	set_entry(&p->entries[p->n++], steal(&name), &json);
	return 0;
}

/* The release whose file in the bundle has the same bytes, the first of them. */
static const char *same_bytes(const struct bundle *b, const struct bundle_file *file)
{
	const struct bundle_file *f = b->files;

	while (strcmp(f->sha256, file->sha256) != 0 || !has_suffix(f->name, "/crds.yaml"))
		f++;
	return f->name;
}

/* Only crds.yaml of each release: what install takes. */
static int add_bundle(struct pack *p, const struct bundle *b, struct err *e)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < b->n; i++) {
		const struct bundle_file *file = &b->files[i];
		size_t len = strcspn(file->name, "/");
		const char *from = same_bytes(b, file);
		buf_auto unused = { 0 };
		int crds;

		if (strcmp(file->name + len, "/crds.yaml") != 0)
			continue;
		char_auto *release = xstrndup(file->name, len);
		char_auto *surface = xstrndup(from, strcspn(from, "/"));

		crds = add_fingerprints(
			p, surface, file->name, buf_str(&file->data), file->data.len, &unused, e);
		if (crds < 0)
			return -1;
		buf_printf(&list, "%s crds.yaml %zu %d %s %s\n", release, file->data.len, crds,
			file->sha256, surface);
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
	static struct bundle b; /* the entries are its bytes */
	buf_auto bytes = { .max = BUNDLE_MAX_FILE + 1 };

	if (buf_read_file(&bytes, path, BUNDLE_MAX_FILE, e) < 0)
		return -1;
	if (bundle_read(&b, buf_str(&bytes), bytes.len, e) < 0 || add_bundle(p, &b, e) < 0)
		return err_wrap(e, "%s", path);
	return p->n > FIRST_SURFACE
		       ? 0
		       : err_set(e, ERR_USAGE, 0, "%s: no RELEASE/crds.yaml in it", path);
}

static int check_wanted(const struct pack *p, struct err *e)
{
	for (size_t i = 0; i < p->n_wanted; i++)
		if (!catalog_find(&p->catalog, p->wanted[i], e))
			return -1;
	return 0;
}

static int read_manifests(struct pack *p, struct err *e)
{
	char_auto *list = xasprintf("%s/releases.txt", p->dir);
	buf_auto text = { 0 };

	if (buf_read_file(&text, list, YAML_MAX_BYTES, e) < 0 ||
		catalog_parse(&p->catalog, buf_str(&text), e) < 0 || check_wanted(p, e) < 0)
		return -1;
	add_list(p);
	for (size_t i = p->catalog.n; i-- > 0;) {
		const struct release *r = &p->catalog.releases[i];

		if (r->surface && is_wanted(p, r) && add_surface(p, r->surface, e) < 0)
			return -1;
	}
	return 0;
}

static int pack(struct pack *p, const char *out, const char *bundle, struct err *e)
{
	buf_auto archive = { 0 };

	p->n = FIRST_SURFACE;
	if ((bundle ? read_bundle(p, bundle, e) : read_manifests(p, e)) < 0)
		return -1;
	set_entry(&p->entries[FINGERPRINTS], xstrdup("surfaces.txt"), &p->fingerprints);
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
