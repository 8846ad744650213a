/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"

static const struct {
	const char *name, *file;
} sets[SET_COUNT] = {
	[SET_CRDS] = { "crds", "crds.yaml" },
	[SET_OPERATOR] = { "operator", "operator-crds.yaml" },
	[SET_V3] = { "v3", "v3_projectcalico_org.yaml" },
};

const char *set_name(enum manifest_set set)
{
	return sets[set].name;
}

const char *set_file(enum manifest_set set)
{
	return sets[set].file;
}

enum manifest_set set_of_file(const char *file)
{
	enum manifest_set set = SET_CRDS;

	while (set < SET_COUNT && strcmp(sets[set].file, file) != 0)
		set++;
	return set;
}

int set_parse(const char *text, enum manifest_set *set, struct err *e)
{
	for (*set = SET_CRDS; *set < SET_COUNT; (*set)++)
		if (strcmp(sets[*set].name, text) == 0)
			return 0;
	return err_set(e, ERR_USAGE, 0, "--set %s: a set is crds, operator or v3", text);
}

static void add_file(struct release *r, const char *name, size_t bytes, size_t crds,
	const char *sha256, const char *surface, const char *kubernetes)
{
	r->files = xrealloc(r->files, r->n_files + 1, sizeof(*r->files));
	struct release_file *f = &r->files[r->n_files++];

	*f = (struct release_file){ .name = xstrdup(name), .bytes = bytes, .crds = crds };
	snprintf(f->sha256, sizeof(f->sha256), "%s", sha256);
	if (strcmp(surface, "-") != 0)
		f->surface = xstrdup(surface);
	if (*kubernetes)
		f->kubernetes = xstrdup(kubernetes);
}

static struct release *last_or_new(struct catalog *c, const char *version)
{
	if (c->n > 0 && strcmp(c->releases[c->n - 1].version, version) == 0)
		return &c->releases[c->n - 1];
	c->releases = xrealloc(c->releases, c->n + 1, sizeof(*c->releases));
	c->releases[c->n] = (struct release){ .version = xstrdup(version) };
	return &c->releases[c->n++];
}

int catalog_parse(struct catalog *c, const char *text, struct err *e)
{
	*c = (struct catalog){ 0 };
	for (int line = 1; *text; line++) {
		size_t len = strcspn(text, "\n"), bytes, crds;
		char_auto *row = xstrndup(text, len);
		char version[32], name[64], sha256[SHA256_HEX_SIZE], surface[32], end;
		char kubernetes[16] = "";

		text += len + (text[len] == '\n');
		if (row[0] == '#' || row[0] == '\0')
			continue;
		int columns = sscanf(row, "%31s %63s %zu %zu %64s %31s %15s %c", version, name,
			&bytes, &crds, sha256, surface, kubernetes, &end);

		if (columns != 6 && columns != 7) {
			catalog_release(c);
			return err_set(e, ERR_FORMAT, 0,
				"releases.txt:%d: a row is RELEASE FILE BYTES CRDS SHA256 SURFACE "
				"[KUBERNETES]",
				line);
		}
		add_file(last_or_new(c, version), name, bytes, crds, sha256, surface, kubernetes);
	}
	return 0;
}

void catalog_release(struct catalog *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct release *r = &c->releases[i];

		for (size_t k = 0; k < r->n_files; k++) {
			free(r->files[k].name);
			free(r->files[k].surface);
			free(r->files[k].kubernetes);
		}
		free(r->files);
		free(r->version);
	}
	free(c->releases);
	*c = (struct catalog){ 0 };
}

int version_compare(const char *a, const char *b)
{
	return strverscmp(a, b);
}

/* "v3.29" selects "v3.29.1": it is a prefix that ends at a dot. */
static bool selects(const char *selector, const char *version)
{
	size_t n = strlen(selector);

	return strncmp(selector, version, n) == 0 && (version[n] == '\0' || version[n] == '.');
}

/* True for the forms of releases, "v3.29.99" and "v3.29"; *len is the length of "v3.29". */
static bool is_written_as_one(const char *selector, size_t *len)
{
	size_t major = selector[0] == 'v' ? strspn(selector + 1, DIGITS) : 0;
	size_t minor = 0;

	if (major > 0 && selector[major + 1] == '.')
		minor = strspn(selector + major + 2, DIGITS);
	*len = major + minor + 2;
	return minor > 0;
}

/*
 * Names of the embedded releases of a minor version, newest first: users ask for new ones. minor
 * NULL: names of all.
 */
static size_t embedded_of(
	const struct catalog *c, enum manifest_set set, const char *minor, const char **names)
{
	size_t n = 0;

	for (size_t i = c->n; i-- > 0;)
		if (release_surface(&c->releases[i], set) &&
			(!minor || selects(minor, c->releases[i].version)))
			names[n++] = c->releases[i].version;
	return n;
}

/* True, with an error, when the release is built in but upstream published no such set for it. */
static bool lacks_set(const struct catalog *c, enum manifest_set set, const char *selector,
	struct err *e)
{
	const struct release *first = NULL, *meant = NULL;

	for (size_t i = c->n; i-- > 0;) {
		const struct release *r = &c->releases[i];

		if (release_surface(r, set))
			first = r;
		if (!meant && release_is_embedded(r) && selects(selector, r->version))
			meant = r;
	}
	if (!meant || !strchr(selector, '.'))
		return false;
	err_set(e, ERR_USAGE, ENOENT, "%s has no set %s: %s%s", meant->version, set_name(set),
		first ? "the first release that has it is " : "no release here has it",
		first ? first->version : "");
	return true;
}

/* Suggests releases of the same minor version only: another minor version has other CRDs. */
static int unknown(
	const struct catalog *c, enum manifest_set set, const char *selector, struct err *e)
{
	if (lacks_set(c, set, selector, e))
		return -1;
	const char **names = xcalloc(c->n + 1, sizeof(*names));
	size_t len, all = embedded_of(c, set, NULL, names), n;
	bool numbered = is_written_as_one(selector, &len);
	char_auto *minor = numbered ? xstrndup(selector, len) : NULL;
	char_auto *range = all > 0 ? xasprintf("%s to %s", names[all - 1], names[0])
				   : xstrdup("none");
	const char *close = NULL;

	if (numbered) {
		n = embedded_of(c, set, minor, names);
		close = nearest(selector, names, n);
		if (!close && n > 0)
			close = names[0];
	} else if (all > 0) {
		names[all] = "latest";
		close = nearest(selector, names, all + 1);
	}
	if (close)
		err_set(e, ERR_USAGE, 0,
			"unknown release \"%s\"; did you mean %s? \"list\" shows all", selector,
			close);
	else if (numbered)
		err_set(e, ERR_USAGE, 0,
			"unknown release \"%s\": no %s is known here; the known releases are %s "
			"(\"list\" shows all)",
			selector, minor, range);
	else
		err_set(e, ERR_USAGE, 0,
			"unknown release \"%s\": a release is written v3.29.1, v3.29 or latest; "
			"the known releases are %s (\"list\" shows all)",
			selector, range);
	free(names);
	return -1;
}

const struct release *catalog_find(
	const struct catalog *c, enum manifest_set set, const char *selector, struct err *e)
{
	const struct release *best = NULL;
	char_auto *wanted =
		xasprintf("%s%s", selector[0] >= '0' && selector[0] <= '9' ? "v" : "", selector);
	bool latest = strcmp(selector, "latest") == 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct release *r = &c->releases[i];

		if (release_surface(r, set) && (latest || selects(wanted, r->version)) &&
			(!best || version_compare(best->version, r->version) < 0))
			best = r;
	}
	/* "v3" selects too many releases. */
	if (!best || (!latest && !strchr(selector, '.'))) {
		unknown(c, set, wanted, e);
		return NULL;
	}
	return best;
}

const struct release *catalog_by_version(const struct catalog *c, const char *version)
{
	version += *version == 'v';
	size_t len = strcspn(version, "-");

	for (size_t i = 0; i < c->n; i++)
		if (strncmp(c->releases[i].version + 1, version, len) == 0 &&
			!c->releases[i].version[1 + len])
			return &c->releases[i];
	return NULL;
}

const struct release *catalog_by_digest(
	const struct catalog *c, const char *sha256, const struct release_file **file)
{
	for (size_t i = c->n; i-- > 0;)
		for (size_t k = 0; k < c->releases[i].n_files; k++)
			if (strcmp(c->releases[i].files[k].sha256, sha256) == 0) {
				*file = &c->releases[i].files[k];
				return &c->releases[i];
			}
	return NULL;
}

const struct release_file *release_set(const struct release *r, enum manifest_set set)
{
	for (size_t i = 0; i < r->n_files; i++)
		if (strcmp(r->files[i].name, set_file(set)) == 0)
			return &r->files[i];
	return NULL;
}

const char *release_surface(const struct release *r, enum manifest_set set)
{
	const struct release_file *f = release_set(r, set);

	return f ? f->surface : NULL;
}

bool release_is_embedded(const struct release *r)
{
	for (size_t i = 0; i < r->n_files; i++)
		if (r->files[i].surface)
			return true;
	return false;
}
