/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/complete.h"

#include <string.h>

#include "base/json.h"
#include "calico/model/kinds.h"
#include "cmd/commands.h"
#include "engine/look/rights.h"
#include "kube/config/config.h"
#include "kube/config/kubeconfig.h"
#include "manifest/surface.h"

#define MANIFESTS ":files .yaml .yml .json"
#define ARCHIVES ":files .tar.gz .tgz"
#define BUNDLES ":files .tar.xz .tar.gz .tar.zst .tar"

struct line {
	const char *const *words;
	size_t n; /* the last word is being typed */
	const struct cmd *cmd; /* NULL: no command is typed yet */
	size_t at; /* index of the command's word */
	struct option_text options[OPTIONS_MAX]; /* options of the command, or all options */
	size_t n_options;
	struct buf *out;
	const char *before; /* the part of the word that each candidate keeps: "--context=" */
	const char *typed; /* the part of the word after before */
};

static void offer(const struct line *l, const char *word, const char *text)
{
	if (has_prefix(word, l->typed))
		buf_printf(l->out, "%s%s\t%s\n", l->before, word, text ? text : "");
}

/* Candidates for the upper-case words of the tables */

static void releases(const struct line *l)
{
	catalog_auto catalog = { 0 };
	err_auto unread = { 0 };

	if (source_catalog(&catalog, &unread) < 0)
		return;
	offer(l, "latest", "the newest release");
	for (size_t i = catalog.n; i-- > 0;)
		if (release_is_embedded(&catalog.releases[i]))
			offer(l, catalog.releases[i].version, NULL);
}

static void crds(const struct line *l)
{
	surfaces_auto surfaces = { 0 };
	err_auto unread = { 0 };
	const json_t *name;
	size_t i;

	if (source_surfaces(&surfaces, NULL, &unread) < 0)
		return;
	json_auto_t *names = surfaces_names(&surfaces), *seen = json_object();

	json_array_foreach(names, i, name) {
		const char *text = json_string_value(name);
		char_auto *plural = xstrndup(text, strcspn(text, "."));

		if (strchr(l->typed, '.'))
			offer(l, text, NULL);
		else if (!json_object_get(seen, plural))
			offer(l, plural, NULL);
		json_object_set_new(seen, plural, json_true());
	}
}

static void kinds(const struct line *l)
{
	size_t n;
	const struct calico_kind *all = calico_kinds(&n);

	offer(l, "all", "how many objects of each kind there are");
	for (size_t i = 0; i < n; i++)
		offer(l, all[i].plural, all[i].kind);
}

static void commands(const struct line *l)
{
	for (size_t i = 0; all_commands[i]; i++)
		offer(l, all_commands[i]->name, all_commands[i]->summary);
}

/* Commands that need rights. */
static void rights(const struct line *l)
{
	for (const char *const *name = access_commands(); *name; name++)
		offer(l, *name, NULL);
}

static void command_operand(const struct line *l)
{
	if (l->cmd == &cmd_help)
		commands(l);
	else
		rights(l);
}

static void shells(const struct line *l)
{
	offer(l, "bash", NULL);
	offer(l, "zsh", NULL);
	offer(l, "fish", NULL);
}

/* The value of an option earlier in the line; NULL: it is not there. */
static const char *value_before(const struct line *l, const char *option)
{
	size_t len = strlen(option);

	for (size_t i = 0; i + 1 < l->n; i++) {
		const char *word = l->words[i];

		if (!has_prefix(word, "--") || strncmp(word + 2, option, len) != 0)
			continue;
		if (word[2 + len] == '=')
			return word + 3 + len;
		if (!word[2 + len] && i + 2 < l->n)
			return l->words[i + 1];
	}
	return NULL;
}

static void names_in_kubeconfig(const struct line *l, enum kubeconfig_section section)
{
	const struct kube_overrides overrides = { .kubeconfig = value_before(l, "kubeconfig") };
	struct kubeconfig k = { 0 };
	err_auto unread = { 0 };
	const char *name;
	json_t *unused;

	if (kube_config_files(&k, &overrides, &unread) == 0) {
		json_auto_t *names = kubeconfig_name_set(&k, section);

		json_object_foreach(names, name, unused)
			offer(l, name, NULL);
	}
	kubeconfig_release(&k);
}

/* In a list "a,b," the names before the last comma stay. */
static void contexts(const struct line *l)
{
	const char *comma = strrchr(l->typed, ',');
	char_auto *before = comma ? xasprintf("%s%.*s,", l->before, (int)(comma - l->typed),
					    l->typed)
				  : xstrdup(l->before);
	struct line rest = *l;

	rest.before = before;
	rest.typed = comma ? comma + 1 : l->typed;
	names_in_kubeconfig(&rest, KUBECONFIG_CONTEXT);
}

static void clusters(const struct line *l)
{
	names_in_kubeconfig(l, KUBECONFIG_CLUSTER);
}

static void users(const struct line *l)
{
	names_in_kubeconfig(l, KUBECONFIG_USER);
}

static const struct {
	const char *word;
	void (*offer)(const struct line *l); /* NULL: the shell offers files */
	const char *shell;
} sources[] = {
	{ "RELEASE", releases, NULL },
	{ "CRD", crds, NULL },
	{ "KIND", kinds, NULL },
	{ "COMMAND", command_operand, NULL },
	{ "SHELL", shells, NULL },
	{ "CONTEXT", contexts, NULL },
	{ "CLUSTER", clusters, NULL },
	{ "USER", users, NULL },
	{ "FILE", NULL, ":files" },
	{ "DIR", NULL, ":directories" },
	{ "MANIFEST", NULL, MANIFESTS },
	{ "BUNDLE", NULL, BUNDLES },
	{ "ARCHIVE", NULL, ARCHIVES },
	{ "PUBLIC-KEY", NULL, ":files .pub" },
	{ "SECRET-KEY", NULL, ":files .key" },
	{ "CONFIG", NULL, ":files .cfg .yaml .yml" },
};

/*
 * "create|RELEASE|FILE": offers lower-case words themselves, and the table's candidates for others.
 */
static void offer_any(const struct line *l, const char *alternatives)
{
	for (const char *p = alternatives; *p; p += strspn(p, "|.")) {
		size_t len = strcspn(p, "|."), i;
		char_auto *word = xstrndup(p, len);

		p += len;
		for (i = 0; i < ARRAY_LEN(sources) && strcmp(sources[i].word, word) != 0; i++)
			;
		if (i < ARRAY_LEN(sources) && sources[i].offer)
			sources[i].offer(l);
		else if (i < ARRAY_LEN(sources))
			buf_printf(l->out, "%s\n", sources[i].shell);
		else if (*word >= 'a' && *word <= 'z')
			offer(l, word, NULL);
	}
}

/* Options */

/* Sources of values for which the value's name in --help is not enough. */
static const struct {
	const char *option, *values;
} known_values[] = {
	{ "context", "CONTEXT" },
	{ "cluster", "CLUSTER" },
	{ "user", "USER" },
	{ "color", "auto|always|never" },
	{ "set", "crds|operator|v3" },
	{ "file", "MANIFEST" },
	{ "bundle", "BUNDLE" },
	{ "public-key", "PUBLIC-KEY" },
	{ "sign", "SECRET-KEY" },
	{ "backup", "ARCHIVE" },
	{ "config", "CONFIG" },
	{ "kubeconfig", "FILE" },
	{ "allow-webhook", "" },
	{ "as", "" },
};

static void offer_outputs(const struct line *l)
{
	for (const char *p = l->cmd ? l->cmd->outputs : "text json"; *p; p += strspn(p, " ")) {
		char_auto *word = xstrndup(p, strcspn(p, " "));
		char *equals = strchr(word, '=');

		p += strcspn(p, " ");
		if (equals)
			equals[1] = '\0'; /* the user types the rest */
		if (strcmp(word, "FILE") == 0)
			buf_puts(l->out, BUNDLES "\n");
		else
			offer(l, word, NULL);
	}
}

static void offer_value(const struct line *l, const struct option_text *o)
{
	const char *values = o->value;

	for (size_t i = 0; i < ARRAY_LEN(known_values); i++)
		if (strcmp(known_values[i].option, o->name) == 0)
			values = known_values[i].values;
	if (!o->help)
		offer_outputs(l);
	else
		offer_any(l, values);
}

static void offer_options(const struct line *l)
{
	const char *text;

	for (size_t i = 0; i < l->n_options; i++) {
		const struct option_text *o = &l->options[i];
		char_auto *name = xasprintf("--%s", o->name);
		const char letter[] = { '-', o->letter, '\0' };

		text = o->help ? o->help : "output format";
		offer(l, name, text);
		if (o->letter && !has_prefix(l->typed, "--"))
			offer(l, letter, text);
	}
}

/* The option that a word names: "--file", "-f" or "--file=...". */
static const struct option_text *option_of(const struct line *l, const char *word)
{
	for (size_t i = 0; i < l->n_options; i++) {
		const struct option_text *o = &l->options[i];
		size_t len = strlen(o->name);
		bool named = has_prefix(word, "--") && strncmp(word + 2, o->name, len) == 0 &&
			     (!word[2 + len] || word[2 + len] == '=');

		if (named || (word[0] == '-' && o->letter && word[1] == o->letter))
			return o;
	}
	return NULL;
}

/* True when the next word is the value of this option. */
static bool waits_for_value(const struct line *l, const char *word)
{
	const struct option_text *o = *word == '-' ? option_of(l, word) : NULL;

	return o && o->value && (has_prefix(word, "--") ? !strchr(word, '=') : !word[2]);
}

/* Operands */

/* The alternatives for operand i of "create RELEASE|FILE..., list FILE"; NULL: none. */
static char *operand(const char *args, size_t wanted)
{
	const char *last = "";
	size_t i = 0, last_len = 0;

	for (const char *p = args; *p; p += strspn(p, "[] "), i++) {
		p += strspn(p, "[] ");
		size_t len = strcspn(p, "[] ");

		if (len > 0 && i == wanted)
			return xstrndup(p, len);
		last = p;
		last_len = len;
		p += len;
	}
	if (last_len > 3 && strncmp(last + last_len - 3, "...", 3) == 0)
		return xstrndup(last, last_len);
	return NULL;
}

/*
 * "create RELEASE..., list FILE": offers the operands of the sub-command, which is the first
 * operand.
 */
static void offer_sub(const struct line *l, const char *first, size_t i)
{
	for (const char *p = l->cmd->args; *p;) {
		size_t len = strcspn(p, ",");
		char_auto *one = xstrndup(p, len);
		char_auto *name = xstrndup(one, strcspn(one, " "));

		p += len;
		p += strspn(p, ", ");
		if (!first) {
			offer(l, name, NULL);
		} else if (strcmp(first, name) == 0) {
			char_auto *rest = operand(one, i);

			if (rest)
				offer_any(l, rest);
		}
	}
}

static void offer_operand(const struct line *l)
{
	const char *first = NULL;
	size_t i = 0;

	for (size_t k = l->at + 1; k + 1 < l->n; k++) {
		if (waits_for_value(l, l->words[k])) {
			k++;
		} else if (*l->words[k] != '-') {
			first = first ? first : l->words[k];
			i++;
		}
	}
	if (strstr(l->cmd->args, ", ")) {
		offer_sub(l, first, i);
		return;
	}
	char_auto *wanted = operand(l->cmd->args, i);

	if (wanted)
		offer_any(l, wanted);
	/* The first operand may be a release instead of a command. */
	if (i == 0 && wanted && strcmp(wanted, "COMMAND") == 0 && strstr(l->cmd->args, "RELEASE"))
		releases(l);
}

/* The line */

static void find_command(struct line *l)
{
	char **argv = xcalloc(l->n + 1, sizeof(*argv)), nothing[] = "";

	argv[0] = nothing;
	for (size_t i = 0; i + 1 < l->n; i++)
		argv[i + 1] = (char *)(uintptr_t)l->words[i];
	int at = options_find_command((int)l->n, argv);

	if (at > 0) {
		err_auto unknown = { 0 };

		l->cmd = cmd_find(argv[at], &unknown);
		l->at = (size_t)at - 1;
	}
	free(argv);
	l->n_options = options_texts(l->cmd, l->options);
}

void complete_reply(struct buf *out, const char *const *words, size_t n)
{
	struct line l = { .words = words, .n = n, .out = out, .before = "" };
	const char *word = n > 0 ? words[n - 1] : "", *equals = strchr(word, '=');

	if (n == 0)
		return;
	l.typed = word;
	find_command(&l);
	const struct option_text *o = *word == '-' && equals ? option_of(&l, word) : NULL;
	char_auto *before = o ? xstrndup(word, (size_t)(equals - word) + 1) : NULL;

	if (o && o->value) {
		l.before = before;
		l.typed = equals + 1;
		offer_value(&l, o);
	} else if (n > 1 && waits_for_value(&l, words[n - 2])) {
		offer_value(&l, option_of(&l, words[n - 2]));
	} else if (*word == '-') {
		offer_options(&l);
	} else if (l.cmd) {
		offer_operand(&l);
	} else if (l.at == 0) {
		commands(&l);
	}
}
