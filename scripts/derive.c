/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build tool: derive KINDS FILE DIR writes each CRD and admission policy of an upstream manifest to
 * DIR/NAME.yaml, in the form of manifests/. It prints the names: PLURAL.GROUP of a CRD, PLURAL/NAME
 * of a policy. It replaces the descriptions with one sentence of this project for each kind (KINDS:
 * a line "KIND: SENTENCE"). It drops all annotations that the API server does not need.
 * scripts/add-release calls it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"
#include "manifest/crd.h"
#include "manifest/policy.h"
#include "manifest/rules.h"

static void keep_needed_annotations(json_t *crd)
{
	json_t *metadata = json_object_get(crd, "metadata");
	json_t *annotations = json_object_get(metadata, "annotations"), *value;
	const char *key;
	void *next;

	json_object_foreach_safe(
		annotations, next, key, value) if (strcmp(key, CRD_APPROVED_ANNOTATION) != 0)
		json_object_del(annotations, key);
	if (json_object_size(annotations) == 0)
		json_object_del(metadata, "annotations");
	json_object_del(metadata, "labels");
}

static int describe(json_t *crd, const char *kinds, struct err *e)
{
	char_auto *key = xasprintf("\n%s: ", crd_kind(crd));
	const char *line = strstr(kinds, key);
	json_t *version;
	size_t i;

	if (!line)
		return err_set(e, ERR_FORMAT, 0,
			"the list of kinds has no sentence for %s; add one", crd_kind(crd));
	line += strlen(key);
	char_auto *sentence = xstrndup(line, strcspn(line, "\n"));

	json_array_foreach(crd_versions(crd), i, version)
		json_object_set_new(
			(json_t *)(uintptr_t)json_at(version, "schema", "openAPIV3Schema", NULL),
			"description", json_string(sentence));
	return 0;
}

/* The file of "PLURAL/NAME" is in the folder PLURAL. */
static int write_object(const char *dir, const char *name, const json_t *object, struct err *e)
{
	char_auto *path = xasprintf("%s/%s.yaml", dir, name);
	buf_auto text = { 0 };

	yaml_write(&text, object);
	if (file_replace(path, text.data, text.len, 0644, e) < 0)
		return -1;
	puts(name);
	return 0;
}

static int write_policies(const char *dir, json_t *policies, struct err *e)
{
	json_t *policy;
	size_t i;

	json_array_foreach(policies, i, policy) {
		char_auto *key = policy_key(policy);
		char_auto *folder = xasprintf("%s/%s", dir, policy_kind(policy)->plural);

		json_object_del(json_object_get(policy, "metadata"), "labels");
		if (mkdir(folder, 0755) < 0 && errno != EEXIST)
			return err_set(e, ERR_IO, errno, "%s: %s", folder, strerror(errno));
		if (write_object(dir, key, policy, e) < 0)
			return -1;
	}
	return 0;
}

static int derive(const char *kinds_file, const char *file, const char *dir, struct err *e)
{
	buf_auto kinds = { 0 }, text = { 0 };
	json_t *crd;
	size_t i;

	buf_putc(&kinds, '\n');
	if (buf_read_file(&kinds, kinds_file, YAML_MAX_BYTES, e) < 0 ||
		buf_read_file(&text, file, YAML_MAX_BYTES, e) < 0)
		return -1;
	json_auto_t *documents = yaml_load(file, buf_str(&text), text.len, e);
	if (!documents)
		return -1;
	json_auto_t *split = policy_split(documents);
	json_auto_t *policies = policy_set(split, e);
	json_auto_t *set = policies ? crd_set(documents, e) : NULL;

	if (!set || write_policies(dir, policies, e) < 0)
		return -1;
	json_array_foreach(set, i, crd) {
		crd_drop_prose(crd);
		keep_needed_annotations(crd);
		if (describe(crd, buf_str(&kinds), e) < 0 || rules_check(crd, e) < 0 ||
			write_object(dir, crd_name(crd), crd, e) < 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	err_auto e = { 0 };

	if (argc != 4) {
		fputs("usage: derive KINDS FILE DIR\n", stderr);
		return 2;
	}
	if (derive(argv[1], argv[2], argv[3], &e) < 0) {
		fprintf(stderr, "derive: %s\n", e.msg);
		return err_exit_code(&e);
	}
	return fflush(stdout) == 0 ? 0 : 3;
}
