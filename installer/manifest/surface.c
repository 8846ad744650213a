/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/surface.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"

static struct surface *add_surface(
	struct surfaces *s, enum manifest_set set, const char *version, const char *last)
{
	s->items = xrealloc(s->items, s->n + 1, sizeof(*s->items));
	s->items[s->n] = (struct surface){
		.version = xstrdup(version), .last = xstrdup(last), .set = set
	};
	return &s->items[s->n++];
}

static struct surface *last_or_new(
	struct surfaces *s, enum manifest_set set, const char *version)
{
	struct surface *last = s->n > 0 ? &s->items[s->n - 1] : NULL;

	return last && last->set == set && strcmp(last->version, version) == 0
		       ? last
		       : add_surface(s, set, version, version);
}

static void add_object(
	struct surface *f, const char *name, const char *form, const char *fingerprint)
{
	bool policy = strchr(name, '/') != NULL;
	struct surface_crd **list = policy ? &f->policies : &f->crds;
	size_t *n = policy ? &f->n_policies : &f->n;

	*list = xrealloc(*list, *n + 1, sizeof(**list));
	struct surface_crd *object = &(*list)[(*n)++];

	*object = (struct surface_crd){ .name = xstrdup(name), .form = xstrdup(form) };
	snprintf(object->fingerprint, sizeof(object->fingerprint), "%s", fingerprint);
}

int surfaces_parse(struct surfaces *s, const char *text, struct err *e)
{
	*s = (struct surfaces){ 0 };
	for (int line = 1; *text; line++) {
		size_t len = strcspn(text, "\n");
		char_auto *row = xstrndup(text, len);
		char version[32], set[16], name[256], form[64], fingerprint[SHA256_HEX_SIZE], end;
		enum manifest_set of;

		text += len + (text[len] == '\n');
		if (sscanf(row, "%31s %15s %255s %63s %64s %c", version, set, name, form,
			    fingerprint, &end) != 5 ||
			set_parse(set, &of, e) < 0) {
			surfaces_release(s);
			return err_set(e, ERR_FORMAT, 0,
				"surfaces.txt:%d: a row is SURFACE SET OBJECT FORM FINGERPRINT",
				line);
		}
		add_object(last_or_new(s, of, version), name, form, fingerprint);
	}
	return 0;
}

static void release_objects(struct surface_crd *objects, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(objects[i].name);
		free(objects[i].form);
	}
	free(objects);
}

static void release_surface_item(struct surface *f)
{
	release_objects(f->crds, f->n);
	release_objects(f->policies, f->n_policies);
	free(f->version);
	free(f->last);
}

void surfaces_release(struct surfaces *s)
{
	for (size_t i = 0; i < s->n; i++)
		release_surface_item(&s->items[i]);
	free(s->items);
	*s = (struct surfaces){ 0 };
}

void surfaces_take_releases(struct surfaces *s, const struct catalog *c)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < c->n; k++) {
			const struct release *r = &c->releases[k];
			const char *surface = release_surface(r, s->items[i].set);

			if (!surface || strcmp(surface, s->items[i].version) != 0)
				continue;
			free(s->items[i].last);
			/* releases are sorted, oldest first */
			s->items[i].last = xstrdup(r->version);
		}
}

static bool same_crds(const struct surface *a, const struct surface *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct surface_crd *other = surface_crd(b, a->crds[i].name);

		if (!other || strcmp(other->fingerprint, a->crds[i].fingerprint) != 0)
			return false;
	}
	return true;
}

static void replace_if(char **version, const char *with, int wanted)
{
	int order = version_compare(with, *version);

	if ((wanted < 0 && order >= 0) || (wanted > 0 && order <= 0))
		return;
	free(*version);
	*version = xstrdup(with);
}

/* Removes the last surface when it is empty or equal to an earlier one. */
static void merge_last(struct surfaces *s)
{
	struct surface *last = &s->items[s->n - 1];
	bool drop = last->n == 0;

	for (size_t i = 0; i + 1 < s->n && !drop; i++) {
		if (!same_crds(&s->items[i], last))
			continue;
		replace_if(&s->items[i].version, last->version, -1);
		replace_if(&s->items[i].last, last->last, 1);
		drop = true;
	}
	if (!drop)
		return;
	release_surface_item(last);
	s->n--;
}

void surfaces_select(struct surfaces *to, const struct surfaces *from, enum manifest_set set,
	const char *group)
{
	*to = (struct surfaces){ 0 };
	for (size_t i = 0; i < from->n; i++) {
		const struct surface *f = &from->items[i];

		if (f->set != set)
			continue;
		struct surface *copy = add_surface(to, set, f->version, f->last);

		for (size_t k = 0; k < f->n; k++) {
			const struct surface_crd *crd = &f->crds[k];

			if (!group || strcmp(strchr(crd->name, '.') + 1, group) == 0)
				add_object(copy, crd->name, crd->form, crd->fingerprint);
		}
		for (size_t k = 0; !group && k < f->n_policies; k++)
			add_object(copy, f->policies[k].name, f->policies[k].form,
				f->policies[k].fingerprint);
		if (group)
			merge_last(to);
	}
}

const struct surface *surfaces_find(
	const struct surfaces *s, enum manifest_set set, const char *version)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].set == set && strcmp(s->items[i].version, version) == 0)
			return &s->items[i];
	return NULL;
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
		if (!range.newest || version_compare(s->items[i].last, range.newest) > 0)
			range.newest = s->items[i].last;
		if (!range.oldest || version_compare(s->items[i].version, range.oldest) < 0)
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
