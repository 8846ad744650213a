/* SPDX-License-Identifier: Apache-2.0 */
/* Backups from outside: what they may hold, and what is refused before anything is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/look/backup.h"

static const char pools[] = "ippools.crd.projectcalico.org";

/* What differs from a proper backup; NULL: nothing does. */
struct content {
	const char *crd_path, *name, *group, *plural, *kind, *scope, *conversion;
	const char *page_path, *object;
	const char *more_path, *more; /* an entry besides */
	const char *allow_group, *allow_webhook;
};

static const char *or(const char *given, const char *otherwise)
{
	return given ? given : otherwise;
}

static void add(struct bundle_stream *s, const char *path, const char *text)
{
	err_auto e = { 0 };

	assert_int_equal(bundle_stream_add(s, path, text, strlen(text), &e), 0);
}

static void add_crd(struct bundle_stream *s, const struct content *c)
{
	const char *name = or(c->name, pools);
	char_auto *path = xasprintf("crds/%s.json", name);
	char_auto *crd = xasprintf(
		"{\"apiVersion\": \"apiextensions.k8s.io/v1\", \"kind\": "
		"\"CustomResourceDefinition\", \"metadata\": {\"name\": \"%s\"}, \"spec\": "
		"{\"group\": \"%s\", \"names\": {\"plural\": \"%s\", \"kind\": \"%s\"}, "
		"\"scope\": \"%s\", \"conversion\": %s, \"versions\": [{\"name\": \"v1\", "
		"\"served\": true, \"storage\": true, \"schema\": {\"openAPIV3Schema\": "
		"{\"type\": \"object\"}}}]}}",
		name, or(c->group, "crd.projectcalico.org"), or(c->plural, "ippools"),
		or(c->kind, "IPPool"), or(c->scope, "Cluster"), or(c->conversion, "null"));

	add(s, or(c->crd_path, path), crd);
}

static int make(const struct content *c)
{
	static const char one[] = "{\"apiVersion\": \"crd.projectcalico.org/v1\", \"kind\": "
				  "\"IPPool\", \"metadata\": {\"name\": \"one\"}}";
	int fd = memfd_create("backup", MFD_CLOEXEC);
	char_auto *page = xasprintf("objects/%s/000001.json", or(c->name, pools));
	char_auto *list = xasprintf("{\"items\": [%s]}", or(c->object, one));
	err_auto e = { 0 };
	struct bundle_stream *s = bundle_stream_new(fd, NULL, &e);

	assert_non_null(s);
	add_crd(s, c);
	add(s, or(c->page_path, page), list);
	if (c->more_path)
		add(s, c->more_path, c->more);
	add(s, "backup.json", "{\"kind\": \"Backup\"}");
	assert_int_equal(bundle_stream_close(s, &e), 0);
	bundle_stream_free(s);
	return fd;
}

static int open_fd(struct backup_file *f, int fd, const struct content *c, struct err *e)
{
	const struct foreign foreign = {
		.groups = { (const char **)(uintptr_t)&c->allow_group, c->allow_group != NULL },
		.webhooks = { (const char **)(uintptr_t)&c->allow_webhook,
			c->allow_webhook != NULL },
	};
	const struct trust none = { 0 };
	char_auto *path = xasprintf("/proc/self/fd/%d", fd);

	return backup_open(f, path, &none, &foreign, e);
}

static void refused(const struct content *c, const char *why)
{
	backup_file_auto f = { .fd = -1 };
	err_auto e = { 0 };
	int fd = make(c);

	assert_int_equal(open_fd(&f, fd, c, &e), -1);
	close(fd);
	if (!strstr(e.msg, why))
		print_error("%s\n", e.msg);
	assert_non_null(strstr(e.msg, why));
	assert_int_equal(e.kind, ERR_VERIFY);
}

static void taken(const struct content *c)
{
	backup_file_auto f = { .fd = -1 };
	err_auto e = { 0 };
	int fd = make(c);

	if (open_fd(&f, fd, c, &e) < 0)
		print_error("%s\n", e.msg);
	assert_int_equal(json_array_size(f.crds), 1);
	assert_int_equal(f.objects, 1);
	close(fd);
}

#define OBJECT(version, kind, metadata) \
	"{\"apiVersion\": \"" version "\", \"kind\": \"" kind "\", \"metadata\": " metadata "}"

static void groups_of_calico_are_taken(void **state)
{
	static const struct content own[] = {
		{ 0 },
		{ .name = "pools.projectcalico.org",
			.group = "projectcalico.org",
			.plural = "pools",
			.object = OBJECT("projectcalico.org/v1", "IPPool",
				"{\"name\": \"a.b-c\"}") },
		{ .name = "installations.operator.tigera.io",
			.group = "operator.tigera.io",
			.plural = "installations",
			.object = OBJECT("operator.tigera.io/v1", "IPPool", "{\"name\": \"a\"}") },
		{ .name = "datastoremigrations.migration.projectcalico.org",
			.group = "migration.projectcalico.org",
			.plural = "datastoremigrations",
			.object = OBJECT("migration.projectcalico.org/v1", "IPPool",
				"{\"name\": \"a\"}") },
		{ .name = "adminnetworkpolicies.policy.networking.k8s.io",
			.group = "policy.networking.k8s.io",
			.plural = "adminnetworkpolicies",
			.object = OBJECT("policy.networking.k8s.io/v1", "IPPool",
				"{\"name\": \"a\"}") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		taken(&own[i]);
}

static struct content crd_of(char **name, const char *plural, const char *group)
{
	*name = xasprintf("%s.%s", plural, group);
	return (struct content){ .name = *name, .plural = plural, .group = group };
}

static void groups_of_kubernetes_are_refused_always(void **state)
{
	static const char *const groups[] = { "rbac.authorization.k8s.io",
		"admissionregistration.k8s.io", "apiregistration.k8s.io", "apiextensions.k8s.io",
		"networking.k8s.io", "certificates.k8s.io", "new.k8s.io", "k8s.io",
		"gateway.networking.k8s.io", "x.policy.networking.k8s.io", "node.kubernetes.io",
		"kubernetes.io", "apps", "batch", "autoscaling", "policy", "extensions" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		char_auto *name = NULL;
		struct content c = crd_of(&name, "clusterrolebindings", groups[i]);

		refused(&c, "is of a group of Kubernetes itself");
		c.allow_group = groups[i];
		refused(&c, "no option allows it");
	}
}

static void other_groups_need_to_be_allowed_as_a_whole(void **state)
{
	static const char *const groups[] = { "example.org", "crd.projectcalico.org.example.org",
		"xcrd.projectcalico.org", "a.crd.projectcalico.org", "tigera.io",
		"x.operator.tigera.io" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		char_auto *name = NULL;
		char_auto *object = xasprintf("{\"apiVersion\": \"%s/v1\", \"kind\": \"IPPool\", "
					      "\"metadata\": {\"name\": \"one\"}}",
			groups[i]);
		struct content c = crd_of(&name, "ippools", groups[i]);

		c.object = object;
		refused(&c, "--allow-group ");
		c.allow_group = "projectcalico.example.org";
		refused(&c, "--allow-group ");
		c.allow_group = groups[i];
		taken(&c);
	}
	refused(&(struct content){ .name = "networkpolicies.policy.networking.k8s.io",
			.group = "policy.networking.k8s.io",
			.plural = "networkpolicies" },
		"no release of Calico has the CRD networkpolicies.policy.networking.k8s.io");
}

static void names_must_be_of_their_group_and_plural(void **state)
{
	(void)state;
	refused(&(struct content){ .name = "clusterrolebindings.rbac.authorization.k8s.io" },
		"metadata.name must be");
	refused(&(struct content){ .group = "rbac.authorization.k8s.io" }, "metadata.name must be");
	refused(&(struct content){ .plural = "pods" }, "metadata.name must be");
	/* The parts could be put together elsewhere. */
	refused(&(struct content){ .plural = "ippools.crd", .group = "projectcalico.org" },
		"must be one word");
	refused(&(struct content){ .plural = "../../api/v1/pods" }, "must be one word");
	refused(&(struct content){ .group = "../api" }, "must be one word");
	refused(&(struct content){ .crd_path = "crds/other.json" }, "CRD of another name");
	refused(&(struct content){ .scope = "Everywhere" }, "spec.scope");
}

static void objects_must_be_of_their_crd(void **state)
{
	static const struct {
		const char *object, *why;
	} cases[] = {
		{ OBJECT("rbac.authorization.k8s.io/v1", "IPPool", "{\"name\": \"a\"}"),
			"apiVersion" },
		{ OBJECT("crd.projectcalico.org/v2", "IPPool", "{\"name\": \"a\"}"), "apiVersion" },
		{ OBJECT("crd.projectcalico.org/v1", "ClusterRoleBinding", "{\"name\": \"a\"}"),
			"its kind" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool", "{\"name\": \"../a\"}"), "name" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool", "{\"name\": \"..\"}"), "name" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool", "{\"name\": \"a/status\"}"),
			"name" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool", "{\"name\": \"a?b\"}"), "name" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool", "{\"name\": \"A\"}"), "name" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool", "{\"name\": \"\"}"), "name" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool", "{}"), "name" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool", "null"), "no metadata" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool",
			  "{\"name\": \"a\", \"namespace\": \"kube-system\"}"),
			"has a namespace" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool",
			  "{\"name\": \"a\", \"ownerReferences\": [{\"apiVersion\": "
			  "\"../../api/v1/secrets\", \"kind\": \"A\", \"name\": \"a\", \"uid\": "
			  "\"u\"}]}"),
			"ownerReferences" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool",
			  "{\"name\": \"a\", \"ownerReferences\": [{\"apiVersion\": \"v1\", "
			  "\"kind\": \"A\", \"name\": \"..\", \"uid\": \"u\"}]}"),
			"ownerReferences" },
		{ OBJECT("crd.projectcalico.org/v1", "IPPool",
			  "{\"name\": \"a\", \"ownerReferences\": {}}"),
			"ownerReferences" },
		{ "7", "no metadata" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(&(struct content){ .object = cases[i].object }, cases[i].why);
	refused(&(struct content){ .scope = "Namespaced" }, "metadata.namespace");
	refused(&(struct content){ .scope = "Namespaced",
			.object = OBJECT("crd.projectcalico.org/v1", "IPPool",
				"{\"name\": \"a\", \"namespace\": \"a/../b\"}") },
		"metadata.namespace");
}

static void entries_are_those_of_a_backup(void **state)
{
	(void)state;
	refused(&(struct content){
			.page_path = "objects/roles.rbac.authorization.k8s.io/1.json" },
		"the CRD of these objects is not in the backup");
	refused(&(struct content){ .more_path = "more.json", .more = "{}" }, "no such entry");
	refused(&(struct content){ .more_path = "backup.json", .more = "{}" }, "occurs twice");
	refused(&(struct content){ .more_path = "objects/ippools.crd.projectcalico.org/2.json",
			.more = "{\"items\": {}}" },
		"no list of objects");
	refused(&(struct content){ .more_path = "crds/x.json", .more = "[" }, "entry crds/x.json");
}

static void a_webhook_needs_to_be_allowed(void **state)
{
	struct content c = { .conversion = "{\"strategy\": \"Webhook\", \"webhook\": {}}" };

	(void)state;
	refused(&c, "--allow-webhook ippools.crd.projectcalico.org");
	c.allow_webhook = "ippools";
	refused(&c, "--allow-webhook");
	c.allow_webhook = pools;
	taken(&c);
}

static void nothing_may_follow_its_end(void **state)
{
	const struct content c = { 0 };
	char bytes[65536];

	(void)state;
	for (int what = 0; what < 4; what++) {
		int fd = make(&c);
		ssize_t n = pread(fd, bytes, sizeof(bytes), 0);
		size_t more = what == 0 ? (size_t)n : what == 1 ? 1 : 512;
		backup_file_auto f = { .fd = -1 };
		err_auto e = { 0 };

		if (what > 0)
			memset(bytes, what == 3 ? 0 : 'x', sizeof(bytes));
		lseek(fd, 0, SEEK_END);
		assert_int_equal(write(fd, bytes, more), more);
		assert_int_equal(open_fd(&f, fd, &c, &e), -1);
		assert_non_null(strstr(e.msg, "data follows the end"));
		assert_int_equal(e.kind, ERR_VERIFY);
		close(fd);
	}
}

struct seen {
	int fd;
	size_t pages;
};

static int count_page(void *arg, const char *crd, const json_t *items, struct err *e)
{
	struct seen *s = arg;

	(void)e;
	assert_string_equal(crd, pools);
	assert_int_equal(json_array_size(items), 1);
	s->pages++;
	return 0;
}

static void a_file_that_changes_after_it_was_judged_is_refused(void **state)
{
	const struct content c = { 0 },
			     other = { .object = OBJECT("crd.projectcalico.org/v1", "IPPool",
						"{\"name\": \"two\"}") };
	backup_file_auto f = { .fd = -1 };
	err_auto e = { 0 };
	struct seen seen = { .fd = make(&c) };
	int changed = make(&other);
	char bytes[65536];

	(void)state;
	assert_int_equal(open_fd(&f, seen.fd, &c, &e), 0);
	assert_int_equal(backup_each_page(&f, count_page, &seen, &e), 0);
	assert_int_equal(seen.pages, 1);
	ssize_t n = pread(changed, bytes, sizeof(bytes), 0);

	assert_int_equal(ftruncate(seen.fd, 0), 0);
	assert_int_equal(pwrite(seen.fd, bytes, (size_t)n, 0), n);
	assert_int_equal(backup_each_page(&f, count_page, &seen, &e), -1);
	assert_non_null(strstr(e.msg, "changed while it was read"));
	assert_int_equal(seen.pages, 1);
	close(changed);
	close(seen.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_of_calico_are_taken),
		cmocka_unit_test(groups_of_kubernetes_are_refused_always),
		cmocka_unit_test(other_groups_need_to_be_allowed_as_a_whole),
		cmocka_unit_test(names_must_be_of_their_group_and_plural),
		cmocka_unit_test(objects_must_be_of_their_crd),
		cmocka_unit_test(entries_are_those_of_a_backup),
		cmocka_unit_test(a_webhook_needs_to_be_allowed),
		cmocka_unit_test(nothing_may_follow_its_end),
		cmocka_unit_test(a_file_that_changes_after_it_was_judged_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
