/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object-maker RELEASE SEED N KIND...: prints N valid objects of each kind, as a List in JSON. KIND
 * "all" is every kind that both datastores have; "etcd" is every kind.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "generate.h"
#include "manifest/source.h"
#include "tool.h"

static void make_kind(struct generator *g, const char *kind, unsigned n, json_t *items)
{
	if (strcmp(kind, "KubeControllersConfiguration") == 0)
		n = 1;
	for (unsigned i = 0; i < n; i++) {
		json_t *object = generate_object(g, kind, i);

		if (object)
			json_array_append_new(items, object);
	}
}

static void make(struct generator *g, const char *word, unsigned n, json_t *items)
{
	bool all = strcmp(word, "all") == 0, etcd = strcmp(word, "etcd") == 0;

	if (!all && !etcd)
		make_kind(g, word, n, items);
	for (const char *const *kind = generated_kinds; *kind && (all || etcd); kind++)
		if (etcd || (strcmp(*kind, "Node") != 0 && strcmp(*kind, "Profile") != 0))
			make_kind(g, *kind, n, items);
}

int main(int argc, char **argv)
{
	err_auto e = { 0 };
	catalog_auto catalog = { 0 };
	source_auto crds = { 0 };

	if (argc < 5)
		die("object-maker RELEASE SEED N KIND...");
	if (source_catalog(&catalog, &e) < 0)
		die("%s", e.msg);
	const struct release *release = catalog_find(&catalog, SET_CRDS, argv[1], &e);

	if (!release || source_embedded(&crds, release, SET_CRDS, &e) < 0)
		die("%s", e.msg);
	fit_auto fit = { .crds = crds.crds };
	struct generator g = { .target = { .release = release->version, .etcd = true },
		.fit = &fit,
		.state = (unsigned long long)parse_number("SEED", argv[2], 1, 1000000) };
	json_auto_t *items = json_array();

	for (int i = 4; i < argc; i++)
		make(&g, argv[i], (unsigned)parse_number("N", argv[3], 1, 255), items);
	json_auto_t *list =
		json_pack("{s:s, s:s, s:O}", "apiVersion", "v1", "kind", "List", "items", items);
	buf_auto text = { 0 };

	json_write(&text, list, JSON_STYLE_COMPACT);
	puts(buf_str(&text));
	return 0;
}
