/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/commands.h"

#include <string.h>

const struct cmd *const all_commands[] = { &cmd_bootstrap, &cmd_install, &cmd_initialise,
	&cmd_plan, &cmd_status, &cmd_check, &cmd_get, &cmd_create, &cmd_apply, &cmd_replace,
	&cmd_delete, &cmd_diff, &cmd_config, &cmd_backup, &cmd_restore, &cmd_rollback,
	&cmd_move, &cmd_migrate_storage, &cmd_migrate_api, &cmd_validate, &cmd_fetch, &cmd_verify,
	&cmd_bundle, &cmd_keygen, &cmd_list, &cmd_show, &cmd_rbac, &cmd_job, &cmd_version,
	&cmd_completion, &cmd_help, NULL };
#define INITIALISE "\"initialise [RELEASE]\" creates ClusterInformation and the built-in tiers"
#define INSTALL \
	"\"install [RELEASE]\" creates the CRDs that are missing and updates those that differ"
#define PLAN "\"plan [RELEASE]\" shows what install would write"
#define JUDGE \
	"\"check\" proves that a datastore works; \"verify FILE\" says which release a file is of"
#define KEEP \
	"nothing here deletes Calico's CRDs, since the API server deletes every object of a CRD " \
	"with it: all pools, policies and nodes; \"install RELEASE --prune\" deletes only CRDs " \
	"that RELEASE has dropped and that have no objects"
#define OBJECTS "\"get KIND NAME -o yaml\" shows an object, \"apply -f FILE\" changes it"

/* Words that other tools use, and the command here that does the same. */
static const struct word {
	const char *word, *answer;
} words[] = {
	{ "upgrade", INSTALL },
	{ "update", INSTALL },
	{ "sync", INSTALL },
	{ "preview", PLAN },
	{ "dry-run", PLAN },
	{ "lint", JUDGE },
	{ "test", JUDGE },
	{ "uninstall", KEEP },
	{ "deinstall", KEEP },
	{ "remove", KEEP },
	{ "destroy", KEEP },
	{ "purge", KEEP },
	{ "prune", KEEP },
	{ "edit", OBJECTS },
	{ "patch", OBJECTS },
	{ "label", OBJECTS },
	{ "describe", "\"get KIND NAME -o yaml\" shows an object, \"show RELEASE CRD\" a CRD" },
	{ "download", "\"fetch RELEASE\" downloads manifests, \"bundle create\" packs them" },
	{ "pull", "\"fetch RELEASE\" downloads manifests" },
	{ "export", "\"backup FILE\" saves the CRDs and all objects" },
	{ "import", "\"restore FILE\" puts back what a backup has" },
	{ "init", INITIALISE },
	{ "initialize", INITIALISE },
	{ "undo", "\"rollback FILE\" puts the CRDs back as they were when a backup was made" },
	{ "releases", "\"list\" shows the releases that are built in" },
	{ "versions", "\"list\" shows the releases that are built in" },
	{ "migrate", "\"move\" takes a datastore from etcd to Kubernetes; \"migrate-api\" moves "
		     "objects to projectcalico.org/v3; \"migrate-storage\" rewrites them in the "
		     "storage version of their CRDs" },
	{ "datastore", "\"move\" takes a datastore from etcd to Kubernetes" },
	{ "ipam", "\"get ipamblocks\" shows what is allocated; calicoctl ipam does the rest" },
};

/* Operands that the user typed in the place of the command. */
static bool is_release(const char *s)
{
	s += *s == 'v';
	return *s >= '0' && *s <= '9';
}

static bool is_manifest(const char *s)
{
	return has_suffix(s, ".yaml") || has_suffix(s, ".yml") || has_suffix(s, ".json");
}

static const char *answer_to(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].answer;
	return NULL;
}

static void refuse(const char *name, const char *close, struct err *e)
{
	const char *answer = answer_to(name);

	if (answer)
		err_set(e, ERR_USAGE, 0, "there is no command \"%s\": %s", name, answer);
	else if (is_release(name))
		err_set(e, ERR_USAGE, 0,
			"%s is a release; the command comes before it, as in "
			"\"calico-datastore plan %s\"",
			name, name);
	else if (is_manifest(name))
		err_set(e, ERR_USAGE, 0,
			"%s is a file; give it to a command with -f, as in "
			"\"calico-datastore plan -f %s\"",
			name, name);
	else if (close && answer_to(close))
		err_set(e, ERR_USAGE, 0, "there is no command \"%s\", nor \"%s\": %s", name, close,
			answer_to(close));
	else
		err_set(e, ERR_USAGE, 0,
			"unknown command \"%s\"%s%s; \"calico-datastore help\" shows all", name,
			close ? "; did you mean " : "", close ? close : "");
}

const struct cmd *cmd_find(const char *name, struct err *e)
{
	const char *names[ARRAY_LEN(all_commands) + ARRAY_LEN(words)];
	size_t n = 0;

	for (; all_commands[n]; n++) {
		if (strcmp(all_commands[n]->name, name) == 0)
			return all_commands[n];
		names[n] = all_commands[n]->name;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		names[n++] = words[i].word;
	refuse(name, nearest(name, names, n), e);
	return NULL;
}
