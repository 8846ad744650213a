/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of generated objects of every kind and several releases: what is written and read again has all
 * of the object, beside what readers fill in; and writing what was read changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/generate.h"
#include "base/json.h"
#include "calico/write/defaults.h"
#include "calico/write/stored.h"
#include "manifest/source.h"

enum { OBJECTS = 6 }; /* of each kind */

static struct {
	struct generator generator;
	struct calico_rules rules;
	unsigned release;
	size_t tried, fields; /* how much was generated: a test of few fields proves little */
} now;

static size_t count_fields(const json_t *value)
{
	const char *key;
	json_t *item;
	size_t i, n = 0;

	json_object_foreach((json_t *)(uintptr_t)value, key, item)
		n += 1 + count_fields(item);
	json_array_foreach((json_t *)(uintptr_t)value, i, item)
		n += count_fields(item);
	return n;
}

/* As a file is read. */
static json_t *typed(const json_t *object)
{
	const struct input_options o = { .target = now.generator.target };
	buf_auto json = { 0 };
	input_auto in = { 0 };
	err_auto e = { 0 };

	json_write(&json, object, JSON_STYLE_COMPACT);
	if (input_text(&in, "generated", buf_str(&json), json.len, &o, &e) < 0 ||
		input_check(&in, &e) < 0)
		fail_msg("%s: %s", buf_str(&json), e.msg);
	defaults_apply(in.objects[0].kind, in.objects[0].object, &now.generator.target);
	return json_incref(in.objects[0].object);
}

/* Whether a has all of b; what is empty says nothing. */
static bool has_all(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_array(b) && json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach((json_t *)(uintptr_t)b, i, value)
		if (!has_all(json_array_get(a, i), value))
			return false;
	json_object_foreach((json_t *)(uintptr_t)b, key, value)
		if (!has_all(json_object_get(a, key), value))
			return false;
	return json_is_array(b) || json_is_object(b) || json_same(a, b);
}

static void assert_same(const char *what, const json_t *a, const json_t *b)
{
	buf_auto one = { 0 }, two = { 0 };

	if (json_same(a, b))
		return;
	json_write(&one, a, JSON_STYLE_SORT);
	json_write(&two, b, JSON_STYLE_SORT);
	fail_msg("%s, %s:\n%s\n%s", now.generator.target.release, what, buf_str(&one),
		buf_str(&two));
}

static json_t *make(const struct stored_request *r)
{
	err_auto e = { 0 };
	json_t *stored = stored_make(r, &e);

	if (!stored)
		fail_msg("%s", e.msg);
	return stored;
}

static json_t *shown(const struct stored_request *r, const json_t *stored)
{
	err_auto e = { 0 };
	json_t *object = stored_read(r, stored, &e);

	if (!object)
		fail_msg("%s", e.msg);
	return object;
}

static void try_form(const struct calico_kind *kind, const json_t *wanted, enum stored_form form)
{
	struct stored_request r = { .form = form,
		.kind = kind,
		.rules = &now.rules,
		.release = now.release,
		.wanted = wanted,
		.birth = { "2026-01-02T03:04:05Z", "00000000-0000-4000-8000-000000000000" } };
	struct stored_name names;

	stored_name_find(&names, form, kind,
		json_str(json_object_get(wanted, "metadata"), "name"), &now.rules);
	r.name = names.name;
	json_auto_t *stored = make(&r);
	json_auto_t *read = shown(&r, stored);
	json_auto_t *file = typed(read);

	/* Up to v3.29.3 readers see the name that is stored. */
	if (form != STORED_V3 && !now.rules.plain_names && calico_is_policy(kind))
		json_object_set_new(json_object_get(read, "metadata"), "name",
			json_string(json_str(json_object_get(wanted, "metadata"), "name")));
	if (!has_all(read, wanted))
		assert_same("read(write(x)) lacks something of x", read, wanted);
	r.wanted = file;
	r.live = stored;
	json_auto_t *again = make(&r);
	json_auto_t *last = shown(&r, again);

	if (form != STORED_V3 && !now.rules.plain_names && calico_is_policy(kind))
		json_object_set_new(json_object_get(last, "metadata"), "name",
			json_string(json_str(json_object_get(wanted, "metadata"), "name")));
	assert_true(stored_same(&r, stored, again));
	assert_same("read(write(read(write(x)))) is not read(write(x))", last, read);
	stored_name_release(&names);
}

static void try_kind(const char *name)
{
	const struct calico_kind *kind = calico_kind_named(name);
	bool custom = *kind->resources[0].group;

	for (unsigned i = 0; i < OBJECTS; i++) {
		json_auto_t *object = generate_object(&now.generator, name, i);
		json_auto_t *wanted = object ? typed(object) : NULL;

		if (!object)
			return;

		now.tried++;
		now.fields += count_fields(json_object_get(wanted, "spec"));
		now.rules.v3 = false;
		try_form(kind, wanted, STORED_ETCD);
		if (custom && strcmp(name, "Profile") != 0)
			try_form(kind, wanted, STORED_V1);
		now.rules.v3 = true;
		if (custom && strcmp(name, "Profile") != 0 && now.release >= 3200)
			try_form(kind, wanted, STORED_V3);
	}
}

static void try_release(const char *version)
{
	err_auto e = { 0 };
	catalog_auto catalog = { 0 };
	source_auto crds = { 0 };

	assert_int_equal(source_catalog(&catalog, &e), 0);
	const struct release *release = catalog_find(&catalog, SET_CRDS, version, &e);

	assert_non_null(release);
	assert_int_equal(source_embedded(&crds, release, SET_CRDS, &e), 0);
	fit_auto fit = { .crds = crds.crds };

	memset(&now, 0, sizeof(now));
	now.generator = (struct generator){ .target = { .release = version, .etcd = true },
		.fit = &fit,
		.state = 42 };
	now.release = field_release(version);
	calico_rules_learn(&now.rules, version);
	for (const char *const *kind = generated_kinds; *kind; kind++)
		try_kind(*kind);
	assert_true(now.tried >= 14 * OBJECTS);
	assert_true(now.fields > 6 * now.tried);
}

static void v3_28(void **state)
{
	(void)state;
	try_release("v3.28.0");
}

static void v3_29(void **state)
{
	(void)state;
	try_release("v3.29.1");
}

static void v3_30(void **state)
{
	(void)state;
	try_release("v3.30.7");
}

static void v3_32(void **state)
{
	(void)state;
	try_release("v3.32.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v3_28),
		cmocka_unit_test(v3_29),
		cmocka_unit_test(v3_30),
		cmocka_unit_test(v3_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
