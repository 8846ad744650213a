/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build tool: pack MANIFESTS OUT [RELEASE...] writes the archive that the binary embeds. The list
 * of releases comes first, so that reading it decompresses nothing else; then the surfaces, newest
 * first, behind a list of their fingerprints. A surface is stored as one compact JSON object a
 * line, which the YAML reader also reads.
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

static int add_surface(struct pack *p, const char *surface, struct err *e)
{
	char_auto *name = xasprintf("%s/crds.yaml", surface);
	char_auto *path = xasprintf("%s/%s", p->dir, name);
	buf_auto text = { 0 };
	struct buf json = { 0 };
	const json_t *crd;
	size_t i;

	for (i = FIRST_SURFACE; i < p->n; i++)
		if (strcmp(p->entries[i].name, name) == 0)
			return 0;
	if (buf_read_file(&text, path, YAML_MAX_BYTES, e) < 0)
		return -1;
	json_auto_t *documents = yaml_load(path, buf_str(&text), text.len, e);
	json_auto_t *crds = documents ? crd_set(documents, e) : NULL;

	if (!crds)
		return -1;
	json_array_foreach(crds, i, crd) {
		char hex[SHA256_HEX_SIZE];

		crd_fingerprint(crd, hex);
		buf_printf(&p->fingerprints, "%s %s %s\n", surface, crd_name(crd), hex);
		json_write(&json, crd, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
		buf_putc(&json, '\n');
	}
	set_entry(&p->entries[p->n++], steal(&name), &json);
	return 0;
}

static int check_wanted(const struct pack *p, struct err *e)
{
	for (size_t i = 0; i < p->n_wanted; i++)
		if (!catalog_find(&p->catalog, p->wanted[i], e))
			return -1;
	return 0;
}

static int pack(struct pack *p, const char *out, struct err *e)
{
	char_auto *list = xasprintf("%s/releases.txt", p->dir);
	buf_auto text = { 0 }, archive = { 0 };

	if (buf_read_file(&text, list, YAML_MAX_BYTES, e) < 0 ||
		catalog_parse(&p->catalog, buf_str(&text), e) < 0 || check_wanted(p, e) < 0)
		return -1;
	add_list(p);
	p->n = FIRST_SURFACE;
	for (size_t i = p->catalog.n; i-- > 0;) {
		const struct release *r = &p->catalog.releases[i];

		if (r->surface && is_wanted(p, r) && add_surface(p, r->surface, e) < 0)
			return -1;
	}
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

	if (argc < 3) {
		fputs("usage: pack MANIFESTS OUT [RELEASE...]\n", stderr);
		return 2;
	}
	p.dir = argv[1];
	p.wanted = (const char *const *)(argv + 3);
	p.n_wanted = (size_t)argc - 3;
	if (pack(&p, argv[2], &e) < 0) {
		fprintf(stderr, "pack: %s\n", e.msg);
		return err_exit_code(&e);
	}
	return 0;
}
