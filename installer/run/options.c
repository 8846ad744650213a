/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <getopt.h>
#include <string.h>

#include "run/run.h"

enum {
	DEFAULT_TIMEOUT_MS = 120000,
	DEFAULT_PARALLEL = 16,
	OTHER_A = 'a', /* calicoctl's letter for -A */
	LONG_ONLY = 256,
	TYPES = 15, /* bits of a row's type that are an option_type */
	SECRET = 1000,
	MAX_COUNT = 1000
};

enum option_type { FLAG, STRING, LIST, COUNT, DURATION, REQUEST, OUTPUT, COLOR, SET };

/* The one table of options, and where their values go; a command names those that it takes. */
static const struct option_row {
	const char *name;
	char letter; /* 0: none */
	const char *value; /* what help calls it; NULL: it takes none */
	unsigned type; /* an option_type, and the OPTION_ bits of run.h */
	size_t at; /* in struct options */
	const char *help;
} rows[] = {
#define AT(field) offsetof(struct options, field)
	{ "set", 0, "SET", SET, AT(set),
		"which CRDs of a release: crds, operator or v3 (default: install and plan "
		"take the set that the cluster has, others crds)" },
	{ "file", 'f', "FILE", STRING, AT(file),
		"a manifest, or a directory of them, instead of a release; - is standard input" },
	{ "config", 'c', "FILE", STRING, AT(config),
		"calicoctl's configuration (default: the environment, then " CLIENT_CONFIG_PATH
		")" },
	{ "show-secrets", 0, NULL, FLAG, AT(show_secrets),
		"print secrets that are in no file of their own" },
	{ "url", 0, "URL", STRING, AT(url),
		"a manifest from https:// or file://; http:// only with --sha256" },
	{ "sha256", 0, "HEX", STRING | OPTION_DOWNLOAD, AT(sha256),
		"SHA-256 that the download must have" },
	{ "allow-unpinned", 0, NULL, FLAG, AT(allow_unpinned),
		"fetch a release whose digests are not known" },
	{ "all-manifests", 0, NULL, FLAG, AT(all_manifests),
		"fetch every known manifest of the release that has CRDs" },
	{ "dir", 'd', "DIR", STRING, AT(dir), "write DIR/RELEASE/FILE (default: here)" },
	{ "mirror", 0, "TEMPLATE", STRING, AT(mirror),
		"address with RELEASE and FILE in it (default $CALICO_DATASTORE_MIRROR, then "
		"upstream's)" },
	{ "cacert", 0, "FILE", STRING | OPTION_DOWNLOAD, AT(cacert),
		"authorities to trust for the mirror (default $CURL_CA_BUNDLE, then "
		"$SSL_CERT_FILE)" },
	{ "insecure-mirror", 0, NULL, FLAG, AT(insecure_mirror), "the mirror may be http://" },
	{ "bundle", 0, "FILE", STRING, AT(bundle), "a bundle to take the release from" },
	{ "public-key", 0, "KEY", STRING | OPTION_SIGNED, AT(public_key),
		"key that signed the bundle or the backup: a file, or the key's text" },
	{ "key-dir", 0, "DIR", STRING | OPTION_SIGNED, AT(key_dir),
		"directory of such keys, *.pub" },
	{ "not-older-than", 0, "TIME", STRING | OPTION_SIGNED, AT(not_older_than),
		"refuse a bundle signed before this day, time or #SEQUENCE" },
	{ "allow-downgrade", 0, NULL, FLAG, AT(allow_downgrade),
		"install an older release or bundle than the one that is there" },
	{ "allow-group", 0, "GROUP", LIST, AT(foreign.groups),
		"allow CRDs of this group in a bundle or a backup; may be repeated" },
	{ "allow-webhook", 0, "CRD", LIST, AT(foreign.webhooks),
		"allow this CRD's conversion webhook in a bundle or a backup; may be repeated" },
	{ "sign", 0, "KEY", STRING, AT(sign), "sign with the secret key in this file" },
	{ "sequence", 0, "N", STRING, AT(sequence),
		"sequence number in the signature (default: the time)" },
	{ "password-file", 0, "FILE", STRING, AT(password_file),
		"read the key's password from here instead of the terminal" },
	{ "no-password", 0, NULL, FLAG, AT(no_password), "do not encrypt the secret key" },
	{ "exclude", 'x', "CRD", LIST, AT(exclude), "leave this CRD out; may be repeated" },
	{ "crds-only", 0, NULL, FLAG, AT(crds_only),
		"install only the CRDs of -f or --url, no other objects" },
	{ "dry-run", 0, NULL, FLAG, AT(dry_run), "plan, let the server judge, write nothing" },
	{ "backup", 0, "FILE", STRING, AT(backup),
		"save CRDs and objects here before the first write" },
	{ "no-backup", 0, NULL, FLAG, AT(no_backup),
		"make no backup, even before a breaking change" },
	{ "details", 0, NULL, FLAG, AT(details),
		"show every schema change, and every finding about objects" },
	{ "fix", 0, "FILE", STRING, AT(fix),
		"write the objects that known moves of fields can correct, for review" },
	{ "from", 0, "RELEASE|FILE", STRING, AT(from),
		"without a cluster: plan from the CRDs of this release or manifest" },
	{ "to", 0, "RELEASE|FILE", STRING, AT(to), "to the CRDs of this one" },
	{ "objects", 0, "FILE", STRING, AT(objects),
		"without a cluster: judge the objects of this backup" },
	{ "prune", 0, NULL, FLAG, AT(prune),
		"delete CRDs that the release has dropped and that have no objects" },
	{ "overwrite", 0, NULL, FLAG, AT(overwrite), "reset the objects that differ as well" },
	{ "ipam", 0, NULL, FLAG, AT(ipam),
		"restore IPAM's objects and datastoreReady as well: only before Calico runs" },
	{ "verbose", 'v', NULL, FLAG, AT(verbose),
		"list every object that is written, not only those with a problem" },
	{ "partial", 0, NULL, FLAG, AT(partial),
		"write the objects that fit the CRDs, although others do not" },
	{ "prose", 0, NULL, FLAG, AT(prose),
		"write CRDs whose descriptions or messages differ as well" },
	{ "accept-loss", 0, NULL, FLAG, AT(accept_loss),
		"go on, although stored objects lose data or cannot be changed any more" },
	{ "take-over", 0, NULL, FLAG, AT(take_over),
		"change CRDs that Helm, Argo CD, Flux or another controller manages" },
	{ "ignore-lock", 0, NULL, FLAG, AT(ignore_lock),
		"write, although a migration or calicoctl has locked the datastore" },
	{ "color", 0, "WHEN", COLOR, AT(color), "auto (on a terminal), always or never" },
	{ "output", 'o', "FORMAT", OUTPUT, AT(output), NULL },
	{ "kubeconfig", 0, "FILE", STRING | OPTION_CHOOSES, AT(cluster.kubeconfig),
		"kubeconfig file (default $KUBECONFIG, then ~/.kube/config)" },
	{ "context", 0, "NAME", STRING | OPTION_CHOOSES, AT(cluster.context),
		"context of the kubeconfig; several: a,b,c" },
	{ "all-contexts", 0, NULL, FLAG | OPTION_CHOOSES, AT(all_contexts),
		"run on every context of the kubeconfig, one row each" },
	{ "all-endpoints", 0, NULL, FLAG | OPTION_KUBERNETES, AT(all_endpoints),
		"run through every address of the server's name, one row each" },
	{ "for", 0, "VERDICT", STRING, AT(verdict),
		"served, readable or ready (default: ready, once it was initialised)" },
	{ "wait", 0, NULL, FLAG, AT(wait),
		"repeat until it succeeds or the time is over (exit 124)" },
	{ "parallel", 0, "N", COUNT, AT(parallel),
		"with several contexts: this many at a time (default 16)" },
	{ "cluster", 0, "NAME", STRING | OPTION_CHOOSES | OPTION_KUBECONFIG, AT(cluster.cluster),
		"cluster of the kubeconfig" },
	{ "user", 0, "NAME", STRING | OPTION_CHOOSES | OPTION_KUBECONFIG, AT(cluster.user),
		"user of the kubeconfig" },
	{ "server", 0, "URL", STRING | OPTION_CHOOSES, AT(cluster.server),
		"address of the API server" },
	{ "name", 0, "NAME", STRING, AT(name),
		"name of what is printed (default calico-datastore[-COMMAND])" },
	{ "namespace", 'n', "NAME", STRING, AT(namespace),
		"namespace (default: default; of rbac and job: kube-system)" },
	{ "all-namespaces", 'A', NULL, FLAG, AT(all_namespaces),
		"in every namespace; -a does the same, as in calicoctl" },
	{ "allow-version-mismatch", 0, NULL, FLAG, AT(allow_version_mismatch),
		"calicoctl's; not needed, since get reads every release" },
	{ "export", 0, NULL, FLAG, AT(export),
		"with a NAME: leave out namespace, uid, resourceVersion and times" },
	{ "release", 0, "RELEASE", STRING, AT(release),
		"the release of Calico whose fields and rules count" },
	{ "recursive", 'R', NULL, FLAG, AT(recursive),
		"look into the directories below a directory as well" },
	{ "filename", 0, "FILE", STRING, AT(file), "calicoctl's name of --file" },
	{ "skip-exists", 0, NULL, FLAG, AT(skip_exists), "leave objects alone that exist" },
	{ "skip-not-exists", 's', NULL, FLAG, AT(skip_not_exists),
		"an object that does not exist is no error" },
	{ "keep-going", 0, NULL, FLAG, AT(keep_going),
		"write the other objects, although some are refused" },
	{ "disable-first", 0, NULL, FLAG, AT(disable_first),
		"disable a pool with addresses in use, instead of refusing" },
	{ "skip-empty", 0, NULL, FLAG, AT(skip_empty), "no object at all is no error" },
	{ "discovery", 0, NULL, FLAG, AT(discovery),
		"add rights for discovery, if users of the cluster lack them" },
	{ "image", 0, "IMAGE", STRING, AT(image), "image with calico-datastore in its PATH" },
	{ "bundle-configmap", 0, "NAME/KEY", STRING, AT(bundle_configmap),
		"the pod finds the file in this key of a ConfigMap" },
	{ "bundle-claim", 0, "NAME/PATH", STRING, AT(bundle_claim),
		"the pod finds the file in the volume of this PersistentVolumeClaim" },
	{ "host-network", 0, NULL, FLAG, AT(host_network),
		"use the node's network: the cluster has no pod network yet" },
	{ "no-rbac", 0, NULL, FLAG, AT(no_rbac), "print the Job without the objects of rbac" },
	{ "certificate-authority", 0, "FILE", STRING | OPTION_KUBERNETES,
		AT(cluster.certificate_authority),
		"authority to trust instead of the kubeconfig's" },
	{ "insecure-skip-tls-verify", 0, NULL, FLAG | OPTION_KUBERNETES,
		AT(cluster.insecure_skip_tls_verify),
		"do not verify the server's certificate: for tests only" },
	{ "tls-server-name", 0, "NAME", STRING | OPTION_KUBERNETES | OPTION_KUBECONFIG,
		AT(cluster.tls_server_name),
		"the name that the server's certificate must have" },
	{ "proxy-url", 0, "URL", STRING | OPTION_KUBERNETES | OPTION_KUBECONFIG,
		AT(cluster.proxy_url),
		"http, https or socks5 proxy (default HTTPS_PROXY and NO_PROXY)" },
	{ "disable-compression", 0, NULL, FLAG, AT(cluster.disable_compression),
		"ask for answers without gzip" },
	{ "client-certificate", 0, "FILE", STRING | OPTION_KUBERNETES,
		AT(cluster.client_certificate),
		"certificate to show the server" },
	{ "client-key", 0, "FILE", STRING | OPTION_KUBERNETES, AT(cluster.client_key),
		"key of the client certificate" },
	{ "token-file", 0, "FILE", STRING | OPTION_KUBERNETES | OPTION_KUBECONFIG,
		AT(cluster.token_file),
		"bearer token; there is no --token, since all users see arguments" },
	{ "no-exec", 0, NULL, FLAG, AT(cluster.no_exec), "run no credential plugin" },
	{ "as", 0, "USER", STRING | OPTION_KUBERNETES | OPTION_KUBECONFIG, AT(cluster.as),
		"impersonate this user" },
	{ "as-group", 0, "GROUP", LIST | OPTION_KUBERNETES | OPTION_KUBECONFIG,
		AT(cluster.as_groups),
		"impersonate this group; may be repeated" },
	{ "as-uid", 0, "UID", STRING | OPTION_KUBERNETES | OPTION_KUBECONFIG, AT(cluster.as_uid),
		"impersonate this UID" },
	{ "request-timeout", 0, "DURATION", REQUEST, AT(cluster.request_ms),
		"give up one attempt of a request after this time (default 30s; 0: never)" },
	{ "timeout", 0, "DURATION", DURATION, AT(timeout_ms),
		"end the whole run after this time (default 2m)" },
	{ "quiet", 'q', NULL, FLAG, AT(quiet), "no notes and no progress on standard error" },
	{ "help", 'h', NULL, FLAG, AT(help), "show this help" },
#undef AT
};

static const struct option_row *row_of_name(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0)
			return &rows[i];
	return NULL;
}

static const struct option_row *row_of_letter(int letter)
{
	if (letter == OTHER_A)
		letter = 'A';
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (letter && rows[i].letter == letter)
			return &rows[i];
	return NULL;
}

const char *options_given(const struct options *o, unsigned bits)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const void *at = (const char *)o + rows[i].at;
		enum option_type type = rows[i].type & TYPES;

		if ((rows[i].type & bits) &&
			(type == FLAG       ? *(const bool *)at
				: type == LIST ? ((const struct string_list *)at)->n > 0
					       : *(const char *const *)at != NULL))
			return rows[i].name;
	}
	return NULL;
}

/* The rows that a command takes, in the order in which it names them. */
static size_t rows_of(const struct cmd *cmd, const struct option_row *taken[OPTIONS_MAX])
{
	size_t n = 0;

	_Static_assert(ARRAY_LEN(rows) < OPTIONS_MAX, "all of them fit");
	for (size_t i = 0; !cmd && i < ARRAY_LEN(rows); i++)
		taken[n++] = &rows[i];
	for (const char *p = cmd ? cmd->options : ""; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		taken[n++] = row_of_name(p, len);
		p += len;
	}
	if (cmd && n > 0)
		taken[n++] = row_of_name("color", strlen("color")); /* errors are text */
	return n;
}

/* Go's duration syntax, as kubectl takes it: "90s", "1m30s", "500ms"; a bare number is seconds. */
static int parse_duration(const char *option, const char *text, int64_t *ms, struct err *e)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
	double total = 0;
	const char *p = text;

	while (*p) {
		char *end;
		double value = strtod(p, &end), scale = *end || p > text ? 0 : 1000;
		size_t used = 0;

		for (size_t i = 0; i < ARRAY_LEN(units) && scale == 0; i++) {
			used = strlen(units[i].name);
			if (strncmp(end, units[i].name, used) == 0 &&
				!isalpha((unsigned char)end[used]))
				scale = units[i].ms;
		}
		/* strtod takes exponents and hexadecimal numbers as well. */
		if (end == p || strspn(p, "0123456789.") != (size_t)(end - p) ||
			!isdigit((unsigned char)*p) || scale == 0)
			goto bad;
		total += value * scale;
		p = *end ? end + used : end;
	}
	if (!(total >= 1 && total <= 86400000.0))
		goto bad;
	*ms = (int64_t)total;
	return 0;
bad:
	return err_set(e, ERR_USAGE, 0,
		"--%s %s: not a duration between 1ms and 24h; write it as 30s or 2m", option, text);
}

static int parse_count(const char *option, const char *text, size_t *n, struct err *e)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || value < 1 || value > MAX_COUNT)
		return err_set(e, ERR_USAGE, 0, "--%s %s: not a number between 1 and %d", option,
			text, MAX_COUNT);
	*n = value;
	return 0;
}

/* Whether space-separated words have this one. */
static bool has_word(const char *words, const char *word)
{
	char_auto *padded = xasprintf(" %s ", words);
	char_auto *wanted = xasprintf(" %s ", word);

	return strstr(padded, wanted) != NULL;
}

/* "custom-columns=NAME" where the command prints "custom-columns=HEADING,...". */
static bool is_parametrized(const char *outputs, const char *value)
{
	size_t n = strcspn(value, "=") + 1;

	for (const char *p = outputs; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (memchr(p, '=', len) && strlen(value) > n && strncmp(p, value, n) == 0)
			return true;
		p += len;
	}
	return false;
}

static int parse_output(struct ctx *ctx, const char *value, struct err *e)
{
	static const struct {
		const char *name;
		enum output output;
	} known[] = { { "text", OUTPUT_TEXT }, { "table", OUTPUT_TEXT }, { "wide", OUTPUT_WIDE },
		{ "json", OUTPUT_JSON }, { "yaml", OUTPUT_YAML }, { "name", OUTPUT_NAME },
		{ "markdown", OUTPUT_MARKDOWN }, { "env", OUTPUT_ENV } };
	/* calicoctl's other words for them */
	static const char *const same[][2] = { { "ps", "table" }, { "yml", "yaml" } };

	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		if (strcmp(same[i][0], value) == 0 && has_word(ctx->cmd->outputs, same[i][1]))
			value = same[i][1];
	ctx->opt.output_name = value;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, value) == 0 && has_word(ctx->cmd->outputs, value)) {
			ctx->opt.output = known[i].output;
			return 0;
		}
	/* The command knows when it is one, and what may follow "custom-columns=". */
	if (has_word(ctx->cmd->outputs, "FILE") || is_parametrized(ctx->cmd->outputs, value))
		return 0;
	return err_set(e, ERR_USAGE, 0, "-o %s: %s prints one of: %s%s", value, ctx->cmd->name,
		ctx->cmd->outputs,
		has_prefix(value, "go-template") ? "; instead of a template, -o json | jq" : "");
}

static int parse_color(const char *value, enum out_color *color, struct err *e)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(value, names[i]) == 0) {
			*color = (enum out_color)i;
			return 0;
		}
	return err_set(e, ERR_USAGE, 0, "--color %s: it is one of: auto always never", value);
}

static int set_option(
	struct ctx *ctx, const struct option_row *row, const char *value, struct err *e)
{
	void *at = (char *)&ctx->opt + row->at;
	struct string_list *list = at;

	switch ((enum option_type)(row->type & TYPES)) {
	case FLAG:
		*(bool *)at = true;
		return 0;
	case STRING:
		/* The first of two files would be left out without a word. */
		if (row->at == offsetof(struct options, file) && ctx->opt.file)
			return err_set(e, ERR_USAGE, 0,
				"-f is given twice; put the files into one directory, or run the "
				"command for each");
		*(const char **)at = value;
		return 0;
	case LIST:
		list->items = xrealloc(list->items, list->n + 1, sizeof(*list->items));
		list->items[list->n++] = value;
		return 0;
	case COUNT:
		return parse_count(row->name, value, at, e);
	case DURATION:
		return parse_duration(row->name, value, at, e);
	case REQUEST:
		if (strcmp(value, "0") != 0 && strcmp(value, "0s") != 0)
			return parse_duration(row->name, value, at, e);
		*(int64_t *)at = -1;
		return 0;
	case OUTPUT:
		return parse_output(ctx, value, e);
	case COLOR:
		return parse_color(value, at, e);
	case SET:
		((struct set_choice *)at)->given = true;
		return set_parse(value, &((struct set_choice *)at)->set, e);
	}
	return 0;
}

/* kubectl's, and not ours. Known by name, so that getopt takes none for short for --token-file. */
static const struct option secrets[] = {
	{ "token", optional_argument, NULL, SECRET },
	{ "password", optional_argument, NULL, SECRET + 1 },
};

static int refuse_secret(int id, struct err *e)
{
	return err_set(e, ERR_USAGE, 0,
		"there is no --%s, since all users of this machine see a program's "
		"arguments; %s",
		secrets[id - SECRET].name,
		id == SECRET ? "write the token to a file and give --token-file FILE"
			     : "set username and password of a user in a kubeconfig");
}

/* What calicoctl and kubectl do with it. */
static const char *hint(const struct cmd *cmd, const char *word)
{
	static const struct {
		const char *options, *hint;
	} of_get[] = {
		{ "-f --file --filename", "; get reads the datastore and no file: give KIND and "
					  "NAME instead, as in \"get ippool NAME\"" },
		{ "-w --watch", "; get shows what is there now: run it again" },
		{ "-l --selector", "; get takes no selector: give -o json to jq" },
	};

	for (size_t i = 0; i < ARRAY_LEN(of_get) && strcmp(cmd->name, "get") == 0; i++) {
		char_auto *plain = xstrndup(word, strcspn(word, "="));

		if (has_word(of_get[i].options, plain))
			return of_get[i].hint;
	}
	return NULL;
}

static int unknown_option(const struct cmd *cmd, const char *word, struct err *e)
{
	const char *known = hint(cmd, word);
	const struct option_row *taken[OPTIONS_MAX];
	const char *names[OPTIONS_MAX], *close;
	size_t n = rows_of(cmd, taken);

	for (size_t i = 0; i < n; i++)
		names[i] = taken[i]->name;
	close = has_prefix(word, "--") && !known ? nearest(word + 2, names, n) : NULL;
	return err_set(e, ERR_USAGE, 0,
		"%s has no option %s%s%s%s; \"calico-datastore %s --help\" shows all", cmd->name,
		word, known ? known : "", close ? "; did you mean --" : "", close ? close : "",
		cmd->name);
}

/* After a '?': optopt is 0 for an unknown word, else a letter, or the value of "--quiet=5". */
static int bad_option(const struct cmd *cmd, const char *word, struct err *e)
{
	const char letter[] = { '-', (char)optopt, '\0' };

	if (optopt >= LONG_ONLY)
		return err_set(
			e, ERR_USAGE, 0, "--%s takes no value", rows[optopt - LONG_ONLY].name);
	return unknown_option(cmd, optopt ? letter : word, e);
}

/* getopt_long's tables for the options that the command takes. */
static void build(const struct cmd *cmd, struct option *longs, char *shorts)
{
	const struct option_row *taken[OPTIONS_MAX];
	size_t n = rows_of(cmd, taken);

	*longs++ = secrets[0];
	*longs++ = secrets[1];
	*shorts++ = ':'; /* tell a missing value from an unknown option */
	for (size_t i = 0; i < n; i++) {
		const struct option_row *row = taken[i];

		*longs++ = (struct option){ .name = row->name,
			.has_arg = row->value ? required_argument : no_argument,
			.val = LONG_ONLY + (int)(row - rows) };
		if (row->letter)
			*shorts++ = row->letter;
		if (row->letter == 'A')
			*shorts++ = OTHER_A;
		if (row->letter && row->value)
			*shorts++ = ':';
	}
}

/* The row of a word such as "--context", "--context=a", "-ojson"; *joined: its value is in it. */
static const struct option_row *row_of_word(const char *word, bool *joined)
{
	size_t n = strcspn(word, "=");

	*joined = word[n] == '=';
	if (has_prefix(word, "--"))
		return row_of_name(word + 2, n - 2);
	*joined = word[1] && word[2];
	return row_of_letter(word[1]);
}

int options_find_command(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		bool joined;

		if (argv[i][0] != '-')
			return i;
		const struct option_row *row = row_of_word(argv[i], &joined);

		if (row && row->value && !joined)
			i++;
	}
	return 0;
}

/* getopt takes "--na" for "--name", until there is another option that begins so. */
static int refuse_abbreviations(const struct cmd *cmd, int argc, char **argv, struct err *e)
{
	struct option longs[OPTIONS_MAX + ARRAY_LEN(secrets) + 1] = { 0 };
	char shorts[2 * OPTIONS_MAX + 2] = { 0 };

	build(cmd, longs, shorts);
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		bool exact = false, begins = false, joined;

		if (!has_prefix(argv[i], "--"))
			continue;
		const char *name = argv[i] + 2;
		size_t n = strcspn(name, "=");

		for (const struct option *o = longs; o->name; o++) {
			begins = begins || strncmp(o->name, name, n) == 0;
			exact = exact || (strlen(o->name) == n && strncmp(o->name, name, n) == 0);
		}
		if (begins && !exact)
			return unknown_option(cmd, argv[i], e);
		const struct option_row *row = row_of_word(argv[i], &joined);

		i += row && row->value && !joined;
	}
	return 0;
}

int options_parse(struct ctx *ctx, int argc, char **argv, struct err *e)
{
	struct option longs[OPTIONS_MAX + ARRAY_LEN(secrets) + 1] = { 0 };
	char shorts[2 * OPTIONS_MAX + 2] = { 0 };
	int id;

	ctx->opt.timeout_ms = DEFAULT_TIMEOUT_MS;
	ctx->opt.parallel = DEFAULT_PARALLEL;
	if (refuse_abbreviations(ctx->cmd, argc, argv, e) < 0)
		return -1;
	build(ctx->cmd, longs, shorts);
	opterr = 0;
	optind = 0; /* anew, whatever was parsed before */
	while ((id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (id == ':')
			return err_set(e, ERR_USAGE, 0, "%s needs a value", argv[optind - 1]);
		if (id >= SECRET)
			return refuse_secret(id, e);
		if (id == '?')
			return bad_option(ctx->cmd, argv[optind - 1], e);
		if (set_option(ctx, id < LONG_ONLY ? row_of_letter(id) : &rows[id - LONG_ONLY],
			    optarg, e) < 0)
			return -1;
	}
	ctx->args = (const char *const *)(argv + optind);
	ctx->n_args = (size_t)(argc - optind);
	if (ctx->opt.help)
		return 0;
	if (ctx->n_args < ctx->cmd->min_args || ctx->n_args > ctx->cmd->max_args)
		return err_set(e, ERR_USAGE, 0,
			"usage: calico-datastore %s %s [options]; %zu operands given",
			ctx->cmd->name, ctx->cmd->args, ctx->n_args);
	return 0;
}

const char *options_name(size_t i)
{
	return i < ARRAY_LEN(rows) ? rows[i].name : NULL;
}

bool options_take(const struct cmd *cmd, const char *name)
{
	const struct option_row *taken[OPTIONS_MAX];
	size_t n = rows_of(cmd, taken);

	for (size_t i = 0; i < n; i++)
		if (strcmp(taken[i]->name, name) == 0)
			return true;
	return false;
}

void options_find_json(struct ctx *ctx, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		bool joined;
		const struct option_row *row =
			argv[i][0] == '-' ? row_of_word(argv[i], &joined) : NULL;
		const char *value = NULL;

		if (!row || !row->value)
			continue;
		if (!joined)
			value = argv[++i]; /* argv ends with NULL */
		else
			value = has_prefix(argv[i], "--") ? strchr(argv[i], '=') + 1 : argv[i] + 2;
		if (row->type == OUTPUT && value && strcmp(value, "json") == 0 &&
			(!ctx->cmd || has_word(ctx->cmd->outputs, "json")))
			ctx->opt.output = OUTPUT_JSON;
		if (!value)
			return;
	}
}

size_t options_texts(const struct cmd *cmd, struct option_text texts[OPTIONS_MAX])
{
	const struct option_row *taken[OPTIONS_MAX];
	size_t n = rows_of(cmd, taken);

	for (size_t i = 0; i < n; i++)
		texts[i] = (struct option_text){ .name = taken[i]->name,
			.value = taken[i]->value,
			.help = taken[i]->help,
			.letter = taken[i]->letter };
	return n;
}

void options_help(struct buf *out, const struct cmd *cmd)
{
	struct option_text texts[OPTIONS_MAX];
	size_t n = options_texts(cmd, texts);

	buf_printf(out, "Usage: calico-datastore %s%s%s [options]\n\n%s\n", cmd->name,
		*cmd->args ? " " : "", cmd->args, cmd->summary);
	if (cmd->details)
		buf_printf(out, "\n%s", cmd->details);
	buf_puts(out, "\nOptions:\n");
	for (size_t i = 0; i < n; i++) {
		const struct option_text *t = &texts[i];
		char_auto *name = xasprintf(
			"--%s%s%s", t->name, t->value ? " " : "", t->value ? t->value : "");

		buf_printf(out, t->letter ? "  -%c, " : "      ", t->letter);
		if (t->help)
			buf_printf(out, "%-28s %s\n", name, t->help);
		else
			buf_printf(out, "%-28s one of: %s\n", name, cmd->outputs);
	}
}

void options_release(struct options *o)
{
	free(o->exclude.items);
	free(o->foreign.groups.items);
	free(o->foreign.webhooks.items);
	free(o->cluster.as_groups.items);
}
