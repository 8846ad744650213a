/* SPDX-License-Identifier: Apache-2.0 */
/* Sources that crossed an air gap: bundles, and the check of manifests from outside. */
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "manifest/bundle.h"
#include "manifest/crd.h"
#include "manifest/foreign.h"
#include "manifest/freight.h"
#include "manifest/source.h"
#include "manifest/trust.h"

/* The releases of a bundle that have the set, as a catalog, so that catalog_find can choose one. */
static void list_releases(const struct bundle *b, enum manifest_set set, struct catalog *c)
{
	*c = (struct catalog){ 0 };
	c->releases = xcalloc(b->n, sizeof(*c->releases));
	for (size_t i = 0; i < b->n; i++) {
		const char *name = b->files[i].name, *slash = strchr(name, '/');

		if (freight_is(name) || strcmp(slash + 1, set_file(set)) != 0)
			continue;
		struct release *r = &c->releases[c->n++];

		r->version = xstrndup(name, (size_t)(slash - name));
		r->files = xcalloc(1, sizeof(*r->files));
		r->files[r->n_files++] = (struct release_file){ .name = xstrdup(slash + 1),
			.surface = xstrdup(r->version) };
	}
}

/* "v3.29.1", "v3.29", "latest", or "v3.32.1/v3_projectcalico_org.yaml"; NULL: the newest. */
static const struct bundle_file *choose(
	const struct bundle *b, enum manifest_set set, const char *selector, struct err *e)
{
	const char *wanted = set_file(set);
	catalog_auto c = { 0 };
	const struct release *r;

	for (size_t i = 0; selector && i < b->n; i++)
		if (strcmp(b->files[i].name, selector) == 0)
			return &b->files[i];
	if (selector && bundle_get(b, selector, wanted))
		return bundle_get(b, selector, wanted);
	list_releases(b, set, &c);
	if (c.n == 0 && b->n == 1 && !selector)
		return &b->files[0];
	if (c.n == 0) {
		err_set(e, ERR_USAGE, 0,
			"no release in it has a file %s, which is the set %s; name a file of it, "
			"such as %s",
			wanted, set_name(set), b->files[0].name);
		return NULL;
	}
	r = catalog_find(&c, set, selector ? selector : "latest", e);
	return r ? bundle_get(b, r->version, wanted) : NULL;
}

/* A published file may not be in a bundle under the name of another release. */
int source_check_published(const struct catalog *c, const char *name, const char *sha256,
	bool *published, struct err *e)
{
	const struct release_file *file;
	const struct release *r = catalog_by_digest(c, sha256, &file);

	*published = false;
	if (!r)
		return 0;
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->releases[i].n_files; k++) {
			const struct release_file *f = &c->releases[i].files[k];
			char_auto *path = xasprintf("%s/%s", c->releases[i].version, f->name);

			if (strcmp(f->sha256, sha256) == 0 && strcmp(path, name) == 0) {
				*published = true;
				return 0;
			}
		}
	return err_set(e, ERR_VERIFY, 0, "entry %s: it is upstream's %s of %s under another name",
		name, file->name, r->version);
}

static int name_source(
	struct source *s, const struct catalog *c, const struct bundle_file *file, struct err *e)
{
	const char *slash = strchr(file->name, '/');

	memcpy(s->sha256, file->sha256, sizeof(s->sha256));
	if (source_check_published(c, file->name, file->sha256, &s->published, e) < 0)
		return -1;
	enum manifest_set set = set_of_file(slash + 1);

	s->name = set == SET_CRDS ? xstrndup(file->name, (size_t)(slash - file->name))
				  : xstrdup(file->name);
	s->set = set < SET_COUNT ? set_name(set) : NULL;
	if (s->signed_by)
		s->proof = xasprintf("signature of %s%s", s->signed_by,
			s->published ? " and upstream's digest" : "");
	s->verified_by = s->proof ? s->proof : s->published ? "upstream's digest" : NULL;
	return 0;
}

int source_bundle(struct source *s, const struct catalog *c, const char *path,
	enum manifest_set set, const char *selector, const struct trust *t, struct err *e)
{
	buf_auto bytes = { .max = BUNDLE_MAX_FILE + 1 };
	struct signature signature;
	bundle_auto b = { 0 };

	*s = (struct source){
		.origin = xstrdup(strcmp(path, "-") == 0 ? "standard input" : path),
		.signed_time = -1,
		.signed_sequence = -1,
	};
	if (buf_read_file(&bytes, path, BUNDLE_MAX_FILE, e) < 0)
		return -1;
	if (t->n > 0) {
		if (trust_check(t, path, buf_str(&bytes), bytes.len, &signature, e) < 0)
			return -1;
		s->signed_by = xstrdup(signature.key_id);
		s->signed_time = signature.time;
		s->signed_sequence = signature.sequence;
	}
	if (bundle_read(&b, buf_str(&bytes), bytes.len, e) < 0)
		return err_wrap(e, "%s", s->origin);
	const struct bundle_file *file = choose(&b, set, selector, e);

	if (!file)
		return err_wrap(e, "%s", s->origin);
	if (freight_is(file->name))
		return err_set(e, ERR_USAGE, 0,
			"%s: %s is for kubectl, and never applied here; \"bundle extract\" "
			"writes it",
			s->origin, file->name);
	if (name_source(s, c, file, e) < 0)
		return err_wrap(e, "%s", s->origin);
	return source_parse(s, file->name, &file->data, false, e);
}

int source_check_foreign(const struct source *s, const struct foreign *f, struct err *e)
{
	const json_t *crd;
	size_t i;

	if (s->published)
		return 0;
	json_array_foreach(s->crds, i, crd)
		if ((f ? foreign_check_crd(f, s->origin, crd, e)
		       : foreign_check_kubernetes(s->origin, crd, e)) < 0)
			return -1;
	return 0;
}
