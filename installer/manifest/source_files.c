/* SPDX-License-Identifier: Apache-2.0 */
/* Sources other than one local file: an address, and the manifests of a directory. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/yaml.h"
#include "manifest/crd.h"
#include "manifest/fetch.h"
#include "manifest/policy.h"
#include "manifest/source.h"

int source_url(struct source *s, const struct catalog *c, const char *url, const char *sha256,
	const struct fetch_options *o, bool crds_only, struct err *e)
{
	struct fetch_file f = { .url = xstrdup(url), .sha256 = sha256 };
	int rc = -1;

	*s = (struct source){ .origin = xstrdup(url), .signed_time = -1, .signed_sequence = -1 };
	if (fetch_files(&f, 1, o, NULL, NULL, e) < 0)
		goto out;
	if (f.err.kind != ERR_NONE) {
		err_move(e, &f.err);
		goto out;
	}
	source_identify(s, c, f.digest);
	if (sha256)
		s->verified_by = s->published ? "upstream's digest and --sha256" : "--sha256";
	rc = source_parse(s, s->origin, &f.data, crds_only, e);
out:
	fetch_file_release(&f);
	return rc;
}

/* Directories */

static int is_manifest(const struct dirent *entry)
{
	return entry->d_name[0] != '.' &&
	       (has_suffix(entry->d_name, ".yaml") || has_suffix(entry->d_name, ".yml") ||
		       has_suffix(entry->d_name, ".json"));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool source_is_directory(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int source_list_directory(json_t *paths, const char *path, struct err *e)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_manifest, by_name);

	if (n < 0)
		return err_set(e, ERR_IO, errno, "%s: cannot read the directory: %s", path,
			strerror(errno));
	for (int i = 0; i < n; i++) {
		char_auto *file = xasprintf(
			"%s%s%s", path, has_suffix(path, "/") ? "" : "/", entries[i]->d_name);

		if (!source_is_directory(file))
			json_array_append_new(paths, json_string(file));
		free(entries[i]);
	}
	free(entries);
	return 0;
}

struct gathering {
	const struct catalog *catalog;
	json_t *documents, *policies;
	struct buf sums; /* in the form that sha256sum prints */
	size_t total;
	bool published, crds_only;
};

static int gather(struct gathering *g, const char *path, struct err *e)
{
	buf_auto bytes = { .max = YAML_MAX_BYTES + 1 };
	const struct release_file *file;
	char hex[SHA256_HEX_SIZE];

	if (buf_read_file(&bytes, path, YAML_MAX_BYTES - g->total, e) < 0)
		return -1;
	g->total += bytes.len;
	sha256_hex(buf_str(&bytes), bytes.len, hex);
	g->published = g->published && catalog_by_digest(g->catalog, hex, &file);
	buf_printf(&g->sums, "%s  %s\n", hex, strrchr(path, '/') + 1);
	json_auto_t *documents = yaml_load(path, buf_str(&bytes), bytes.len, e);

	if (!documents)
		return -1;
	if (g->crds_only)
		crd_drop_others(documents);
	json_auto_t *policies = policy_split(documents);

	/* Checks each file alone, so that an error names the file. Later only names can clash. */
	json_auto_t *crds = json_array_size(documents) > 0 ? crd_set(documents, e) : json_array();

	if (!crds)
		return err_wrap(e, "%s", path);
	json_array_extend(g->documents, documents);
	json_array_extend(g->policies, policies);
	return 0;
}

int source_directory(
	struct source *s, const struct catalog *c, const char *path, bool crds_only, struct err *e)
{
	json_auto_t *paths = json_array(), *documents = json_array(), *policies = json_array();
	struct gathering g = { .catalog = c,
		.documents = documents,
		.policies = policies,
		.published = true,
		.crds_only = crds_only };
	const json_t *file;
	size_t i;
	int rc = source_list_directory(paths, path, e);

	*s = (struct source){ .name = xstrdup(path),
		.origin = xstrdup(path),
		.signed_time = -1,
		.signed_sequence = -1 };
	if (rc == 0 && json_array_size(paths) == 0)
		rc = err_set(e, ERR_IO, 0,
			"%s: no *.yaml, *.yml or *.json in this directory; those below it are not "
			"looked into",
			path);
	json_array_foreach(paths, i, file)
		if (rc == 0)
			rc = gather(&g, json_string_value(file), e);
	if (rc == 0) {
		sha256_hex(buf_str(&g.sums), g.sums.len, s->sha256);
		s->published = g.published;
		s->verified_by = g.published ? "upstream's digests" : NULL;
		s->policies = policy_set(policies, e);
		s->crds = s->policies ? crd_set(documents, e) : NULL;
		rc = s->crds ? 0 : err_wrap(e, "%s", path);
	}
	buf_release(&g.sums);
	return rc;
}
