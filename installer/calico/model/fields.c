/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/model/fields.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/util.h"
#include "calico/model/fields_parts.h"

static const struct calico_struct owner_reference = FIELDS("OwnerReference",
	{ "apiVersion", FIELD_STRING | FIELD_ALWAYS },
	{ "kind", FIELD_STRING | FIELD_ALWAYS },
	{ "name", FIELD_STRING | FIELD_ALWAYS },
	{ "uid", FIELD_STRING | FIELD_ALWAYS },
	{ "controller", FIELD_BOOL | FIELD_POINTER },
	{ "blockOwnerDeletion", FIELD_BOOL | FIELD_POINTER });

static const struct calico_struct managed_fields_entry = FIELDS("ManagedFieldsEntry",
	{ "manager", FIELD_STRING },
	{ "operation", FIELD_STRING },
	{ "apiVersion", FIELD_STRING },
	{ "time", FIELD_TIME | FIELD_POINTER },
	{ "fieldsType", FIELD_STRING },
	{ "fieldsV1", FIELD_ANY },
	{ "subresource", FIELD_STRING });

const struct calico_struct calico_metadata = FIELDS("ObjectMeta",
	{ "name", FIELD_STRING },
	{ "generateName", FIELD_STRING },
	{ "namespace", FIELD_STRING },
	{ "selfLink", FIELD_STRING },
	{ "uid", FIELD_STRING },
	{ "resourceVersion", FIELD_STRING },
	{ "generation", FIELD_INT64 },
	{ "creationTimestamp", FIELD_TIME | FIELD_ALWAYS, .until = 3199 },
	{ "creationTimestamp", FIELD_TIME, .since = 3200 },
	{ "deletionTimestamp", FIELD_TIME | FIELD_POINTER },
	{ "deletionGracePeriodSeconds", FIELD_INT64 | FIELD_POINTER },
	{ "labels", FIELD_STRING | FIELD_MAP },
	{ "annotations", FIELD_STRING | FIELD_MAP },
	{ "ownerReferences", FIELD_STRUCT | FIELD_LIST, .of = &owner_reference },
	{ "finalizers", FIELD_STRING | FIELD_LIST },
	{ "managedFields", FIELD_STRUCT | FIELD_LIST, .of = &managed_fields_entry });

unsigned field_release(const char *version)
{
	unsigned minor, patch = 0;

	if (version && *version == 'v')
		version++;
	if (!version || sscanf(version, "3.%2u.%2u", &minor, &patch) < 1)
		return 0;
	return minor * 100 + patch;
}

enum field_type field_type(const struct calico_field *f)
{
	return (enum field_type)(f->type & FIELD_TYPE_MASK);
}

bool field_has_rule(const struct calico_field *f, const char *rule)
{
	size_t len = strlen(rule), n;

	for (const char *p = f->rules; p && *p; p += n + strspn(p + n, ", ")) {
		n = strcspn(p, ",");
		if (n == len && strncmp(p, rule, n) == 0)
			return true;
	}
	return false;
}

/* The hash ignores the case of letters. */
static size_t hash(const char *name)
{
	size_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ ((unsigned char)*name | 0x20)) * 16777619u;
	return h ^ h >> 15;
}

static bool is_in(const struct calico_field *f, unsigned release)
{
	return f->since <= release && (f->until == 0 || release <= f->until);
}

static void add_field(struct field_table *t, const struct calico_field *f)
{
	size_t at = hash(f->name) & t->mask;

	t->fields[t->n] = f;
	if (field_type(f) == FIELD_STRUCT)
		t->below[t->n] = field_table(f->of, t->release);
	while (t->slots[at])
		at = (at + 1) & t->mask;
	t->slots[at] = (unsigned short)++t->n;
}

static const struct json_wanted *wanted_member(const struct json_wanted *w, const char *key)
{
	/* wanted is the first member of t */
	const struct field_table *t = (const struct field_table *)w;
	int i = field_index(t, key);

	if (i < 0)
		return NULL;
	return t->below[i] && !(t->fields[i]->type & FIELD_MAP) ? &t->below[i]->wanted : &json_all;
}

static struct field_table *prepare(const struct calico_struct *s, unsigned release)
{
	struct field_table *t = xcalloc(1, sizeof(*t));
	size_t n = 0, size = 4;

	for (const struct calico_field *f = s->fields; f->name; f++)
		n++;
	if (n > FIELD_MAX_PER_STRUCT)
		abort(); /* one of our tables is too long: a bug */
	while (size < 2 * n)
		size *= 2;
	*t = (struct field_table){ .wanted = { wanted_member },
		.of = s,
		.release = release,
		.fields = xcalloc(n, sizeof(struct calico_field *)),
		.below = xcalloc(n, sizeof(struct field_table *)),
		.slots = xcalloc(size, sizeof(unsigned short)),
		.mask = size - 1 };
	for (const struct calico_field *f = s->fields; f->name; f++)
		if (is_in(f, release))
			add_field(t, f);
	return t;
}

const struct field_table *field_table(const struct calico_struct *s, unsigned release)
{
	static struct {
		const struct field_table **tables;
		size_t n;
	} all;

	if (release == 0)
		release = FIELD_DEFAULT_RELEASE;
	for (size_t i = 0; i < all.n; i++)
		if (all.tables[i]->of == s && all.tables[i]->release == release)
			return all.tables[i];
	const struct field_table *t = prepare(s, release);

	all.tables = xrealloc(all.tables, all.n + 1, sizeof(*all.tables));
	all.tables[all.n++] = t;
	return t;
}

int field_index(const struct field_table *t, const char *name)
{
	for (size_t at = hash(name) & t->mask; t->slots[at]; at = (at + 1) & t->mask)
		if (strcasecmp(t->fields[t->slots[at] - 1]->name, name) == 0)
			return t->slots[at] - 1;
	return -1;
}
