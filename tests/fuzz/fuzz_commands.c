/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole commands with the answers of a hostile server. The first letter of the input chooses the
 * command. Each further line is PART STATUS BODY: the answer to a request whose path ends with
 * PART.
 */
#include "session.h"

static const char wanted[] =
	"{\"apiVersion\": \"apiextensions.k8s.io/v1\", \"kind\": \"CustomResourceDefinition\", "
	"\"metadata\": {\"name\": \"ippools.crd.projectcalico.org\"}, \"spec\": {\"group\": "
	"\"crd.projectcalico.org\", \"scope\": \"Cluster\", \"names\": {\"plural\": \"ippools\", "
	"\"kind\": \"IPPool\", \"singular\": \"ippool\", \"listKind\": \"IPPoolList\"}, "
	"\"versions\": [{\"name\": \"v1\", \"served\": true, \"storage\": true, \"schema\": "
	"{\"openAPIV3Schema\": {\"type\": \"object\", \"properties\": {\"spec\": {\"type\": "
	"\"object\", \"required\": [\"cidr\"], \"properties\": {\"cidr\": {\"type\": \"string\", "
	"\"format\": \"cidr\"}, \"blockSize\": {\"type\": \"integer\", \"maximum\": 128}, "
	"\"nodeSelector\": {\"type\": \"string\", \"maxLength\": 20}}, "
	"\"x-kubernetes-validations\": [{\"rule\": \"self.cidr.size() > 1\", \"message\": "
	"\"m\"}]}}}}}]}}";

/* "MANIFEST" and "BACKUP" are replaced with paths of files. */
static const char *const commands[][WORDS_MAX] = {
	{ "plan", "-f", "MANIFEST", "--details" },
	{ "install", "-f", "MANIFEST", "--no-backup", "--accept-loss" },
	{ "status" },
	{ "status", "-o", "json" },
	{ "restore", "BACKUP", "--overwrite", "--partial" },
	{ "plan", "-o", "json" },
	{ "check", "-f", "MANIFEST" },
	{ "get", "ippools,nodes,tiers", "-o", "wide" },
	{ "get", "all" },
	{ "migrate-storage", "--dry-run" },
	{ "initialise", "--dry-run" },
};

static const char *file_of(const char *word)
{
	static char *manifest, *backup;
	const char *tests = getenv("TESTS_DIR");

	if (strcmp(word, "MANIFEST") == 0) {
		if (!manifest)
			manifest = make_file(wanted);
		return manifest;
	}
	if (strcmp(word, "BACKUP") != 0)
		return word;
	if (!backup)
		backup = xasprintf("%s/fuzz/corpus/backup/one-crd", tests ? tests : "tests");
	return backup;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *words[WORDS_MAX] = { 0 };

	if (size < 2 || data[0] < 'a' || data[0] >= 'a' + (int)ARRAY_LEN(commands))
		return 0;
	char_auto *text = xstrndup((const char *)data + 1, size - 1);

	session.answer = answer_by_lines;
	take_lines(text);
	for (size_t i = 0; commands[data[0] - 'a'][i]; i++)
		words[i] = file_of(commands[data[0] - 'a'][i]);
	run_command(words);
	return 0;
}
