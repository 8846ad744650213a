/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/surface.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"

static struct surface *last_or_new(struct surfaces *s, const char *version)
{
	if (s->n > 0 && strcmp(s->items[s->n - 1].version, version) == 0)
		return &s->items[s->n - 1];
	s->items = xrealloc(s->items, s->n + 1, sizeof(*s->items));
	s->items[s->n] = (struct surface){ .version = xstrdup(version), .last = xstrdup(version) };
	return &s->items[s->n++];
}

int surfaces_parse(struct surfaces *s, const char *text, struct err *e)
{
	*s = (struct surfaces){ 0 };
	for (int line = 1; *text; line++) {
		size_t len = strcspn(text, "\n");
		char_auto *row = xstrndup(text, len);
		char version[32], name[256], fingerprint[SHA256_HEX_SIZE], end;

		text += len + (text[len] == '\n');
		if (sscanf(row, "%31s %255s %64s %c", version, name, fingerprint, &end) != 3) {
			surfaces_release(s);
			return err_set(e, ERR_FORMAT, 0,
				"surfaces.txt:%d: a row is SURFACE CRD FINGERPRINT", line);
		}
		struct surface *f = last_or_new(s, version);

		f->crds = xrealloc(f->crds, f->n + 1, sizeof(*f->crds));
		f->crds[f->n] = (struct surface_crd){ .name = xstrdup(name) };
		memcpy(f->crds[f->n++].fingerprint, fingerprint, sizeof(fingerprint));
	}
	return 0;
}

void surfaces_release(struct surfaces *s)
{
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < s->items[i].n; k++)
			free(s->items[i].crds[k].name);
		free(s->items[i].crds);
		free(s->items[i].version);
		free(s->items[i].last);
	}
	free(s->items);
	*s = (struct surfaces){ 0 };
}

void surfaces_take_releases(struct surfaces *s, const struct catalog *c)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < c->n; k++) {
			const struct release *r = &c->releases[k];

			if (!r->surface || strcmp(r->surface, s->items[i].version) != 0)
				continue;
			free(s->items[i].last);
			s->items[i].last = xstrdup(r->version); /* oldest first */
		}
}

json_t *surfaces_names(const struct surfaces *s)
{
	json_auto_t *seen = json_object();
	json_t *names = json_array();

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->items[i].n; k++) {
			const char *name = s->items[i].crds[k].name;

			if (json_object_get(seen, name))
				continue;
			json_object_set_new(seen, name, json_true());
			json_array_append_new(names, json_string(name));
		}
	return names;
}

json_t *surfaces_fingerprints(const json_t *live)
{
	json_t *all = json_object(), *crd;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)live, name, crd) {
		char hex[SHA256_HEX_SIZE];

		crd_fingerprint(crd, hex);
		json_object_set_new(all, name, json_string(hex));
	}
	return all;
}

size_t surface_same(const struct surface *s, const json_t *fingerprints)
{
	size_t same = 0;

	for (size_t i = 0; i < s->n; i++) {
		const char *hex = json_str(fingerprints, s->crds[i].name);

		same += hex && strcmp(hex, s->crds[i].fingerprint) == 0;
	}
	return same;
}

const struct surface *surfaces_whole(const struct surfaces *s, const json_t *fingerprints)
{
	const struct surface *best = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct surface *f = &s->items[i];

		if (f->n > 0 && (!best || f->n > best->n) && surface_same(f, fingerprints) == f->n)
			best = f;
	}
	return best;
}

const struct surface_crd *surface_crd(const struct surface *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->crds[i].name, name) == 0)
			return &s->crds[i];
	return NULL;
}

struct surface_range surfaces_range(const struct surfaces *s, const json_t *crd)
{
	struct surface_range range = { 0 };
	char hex[SHA256_HEX_SIZE];

	crd_fingerprint(crd, hex);
	for (size_t i = 0; i < s->n; i++) {
		const struct surface_crd *have = surface_crd(&s->items[i], crd_name(crd));

		if (!have || strcmp(have->fingerprint, hex) != 0)
			continue;
		if (!range.newest)
			range.newest = s->items[i].last; /* newest first */
		range.oldest = s->items[i].version;
	}
	return range;
}

bool surface_range_is_newer(const struct surface_range *one, const struct surface_range *other)
{
	return one->oldest && other->newest && version_compare(one->oldest, other->newest) > 0;
}

char *surface_range_text(const struct surface_range *range)
{
	if (!range->oldest)
		return xstrdup("no release in this program");
	return strcmp(range->oldest, range->newest) == 0
		       ? xstrdup(range->oldest)
		       : xasprintf("%s..%s", range->oldest, range->newest);
}
