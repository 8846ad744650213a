/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <getopt.h>
#include <string.h>

#include "cmd/cmd.h"

enum { DEFAULT_TIMEOUT_MS = 120000, MAX_OPTIONS = 32 };

/* The one table of options: a command names the ids it takes. Lower-case letters are also short. */
static const struct option_row {
	char id;
	const char *name, *value, *help;
} rows[] = {
	{ 'f', "file", "FILE",
		"a manifest of one's own instead of a release; - is standard input" },
	{ 'x', "exclude", "CRD", "leave this CRD out; may be repeated" },
	{ 'D', "dry-run", NULL, "plan, let the server judge, write nothing" },
	{ 'P', "prose", NULL, "descriptions and messages that differ are a reason to write, too" },
	{ 'o', "output", "FORMAT", NULL },
	{ 'K', "kubeconfig", "FILE", "kubeconfig file (default $KUBECONFIG, then ~/.kube/config)" },
	{ 'C', "context", "NAME", "context of the kubeconfig" },
	{ 'L', "cluster", "NAME", "cluster of the kubeconfig" },
	{ 'U', "user", "NAME", "user of the kubeconfig" },
	{ 'S', "server", "URL", "address of the API server" },
	{ 'T', "timeout", "DURATION", "end the whole run after this time (default 2m)" },
	{ 'q', "quiet", NULL, "no notes and no progress on standard error" },
	{ 'h', "help", NULL, "show this help" },
};

static const struct option_row *row_of(int id)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

/* Go's duration syntax, as kubectl takes it: "90s", "1m30s", "500ms"; a bare number is seconds. */
static int parse_duration(const char *text, int64_t *ms, struct err *e)
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
		"--timeout %s: not a duration between 1ms and 24h; write it as 30s or 2m", text);
}

static int parse_output(struct ctx *ctx, const char *value, struct err *e)
{
	static const struct {
		const char *name;
		enum output output;
	} known[] = { { "text", OUTPUT_TEXT }, { "table", OUTPUT_TEXT }, { "wide", OUTPUT_WIDE },
		{ "json", OUTPUT_JSON }, { "yaml", OUTPUT_YAML }, { "name", OUTPUT_NAME } };
	char_auto *padded = xasprintf(" %s ", ctx->cmd->outputs);
	char_auto *word = xasprintf(" %s ", value);

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, value) == 0 && strstr(padded, word)) {
			ctx->opt.output = known[i].output;
			return 0;
		}
	return err_set(e, ERR_USAGE, 0, "-o %s: %s prints one of: %s", value, ctx->cmd->name,
		ctx->cmd->outputs);
}

static int set_option(struct ctx *ctx, int id, const char *value, struct err *e)
{
	struct options *o = &ctx->opt;

	switch (id) {
	case 'f':
		o->file = value;
		return 0;
	case 'x':
		o->exclude = xrealloc(o->exclude, o->n_exclude + 1, sizeof(*o->exclude));
		o->exclude[o->n_exclude++] = value;
		return 0;
	case 'D':
		o->dry_run = true;
		return 0;
	case 'P':
		o->prose = true;
		return 0;
	case 'o':
		return parse_output(ctx, value, e);
	case 'K':
		o->cluster.kubeconfig = value;
		return 0;
	case 'C':
		o->cluster.context = value;
		return 0;
	case 'L':
		o->cluster.cluster = value;
		return 0;
	case 'U':
		o->cluster.user = value;
		return 0;
	case 'S':
		o->cluster.server = value;
		return 0;
	case 'T':
		return parse_duration(value, &o->timeout_ms, e);
	case 'q':
		o->quiet = true;
		return 0;
	default:
		o->help = true;
		return 0;
	}
}

static int unknown_option(const struct cmd *cmd, const char *word, struct err *e)
{
	const char *names[MAX_OPTIONS], *close;
	size_t n = 0;

	for (const char *id = cmd->options; *id; id++)
		names[n++] = row_of(*id)->name;
	close = has_prefix(word, "--") ? nearest(word + 2, names, n) : NULL;
	return err_set(e, ERR_USAGE, 0,
		"%s has no option %s%s%s; \"calico-datastore %s --help\" shows all", cmd->name,
		word, close ? "; did you mean --" : "", close ? close : "", cmd->name);
}

/* After a '?': optopt is 0 for an unknown word, else a letter, or the id of "--quiet=5". */
static int bad_option(const struct cmd *cmd, const char *word, struct err *e)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	const struct option_row *row = optopt ? row_of(optopt) : NULL;
	size_t n = strcspn(word, "=");

	if (row && !row->value && word[n] == '=' && has_prefix(word, "--") &&
		strncmp(word + 2, row->name, n - 2) == 0)
		return err_set(e, ERR_USAGE, 0, "--%s takes no value", row->name);
	return unknown_option(cmd, optopt ? letter : word, e);
}

/* getopt_long's tables for the options that the command takes. */
static void build(const struct cmd *cmd, struct option *longs, char *shorts)
{
	*shorts++ = ':'; /* tell a missing value from an unknown option */
	for (const char *id = cmd->options; *id; id++) {
		const struct option_row *row = row_of(*id);

		*longs++ = (struct option){ .name = row->name,
			.has_arg = row->value ? required_argument : no_argument,
			.val = row->id };
		if (islower((unsigned char)row->id)) {
			*shorts++ = row->id;
			if (row->value)
				*shorts++ = ':';
		}
	}
}

/* The row of a word such as "--context", "--context=a", "-ojson"; *joined: its value is in it. */
static const struct option_row *row_of_word(const char *word, bool *joined)
{
	size_t n = strcspn(word, "=");

	*joined = word[n] == '=';
	if (has_prefix(word, "--")) {
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			if (strlen(rows[i].name) == n - 2 &&
				strncmp(rows[i].name, word + 2, n - 2) == 0)
				return &rows[i];
		return NULL;
	}
	*joined = word[1] && word[2];
	return islower((unsigned char)word[1]) ? row_of(word[1]) : NULL;
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

int options_parse(struct ctx *ctx, int argc, char **argv, struct err *e)
{
	struct option longs[MAX_OPTIONS] = { 0 };
	char shorts[2 * MAX_OPTIONS + 2] = { 0 };
	int id;

	ctx->opt.timeout_ms = DEFAULT_TIMEOUT_MS;
	build(ctx->cmd, longs, shorts);
	opterr = 0;
	optind = 0; /* anew, whatever was parsed before */
	while ((id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (id == ':')
			return err_set(e, ERR_USAGE, 0, "%s needs a value", argv[optind - 1]);
		if (id == '?')
			return bad_option(ctx->cmd, argv[optind - 1], e);
		if (set_option(ctx, id, optarg, e) < 0)
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

void options_help(struct buf *out, const struct cmd *cmd)
{
	buf_printf(out, "Usage: calico-datastore %s%s%s [options]\n\n%s\n", cmd->name,
		*cmd->args ? " " : "", cmd->args, cmd->summary);
	if (cmd->details)
		buf_printf(out, "\n%s", cmd->details);
	buf_puts(out, "\nOptions:\n");
	for (const char *id = cmd->options; *id; id++) {
		const struct option_row *row = row_of(*id);
		char_auto *name = xasprintf(
			"--%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");

		buf_printf(out, islower((unsigned char)*id) ? "  -%c, " : "      ", *id);
		if (row->help)
			buf_printf(out, "%-22s %s\n", name, row->help);
		else
			buf_printf(out, "%-22s one of: %s\n", name, cmd->outputs);
	}
}

const struct cmd *cmd_find(const char *name, struct err *e)
{
	const char *names[MAX_OPTIONS], *close;
	size_t n = 0;

	for (; all_commands[n]; n++) {
		if (strcmp(all_commands[n]->name, name) == 0)
			return all_commands[n];
		names[n] = all_commands[n]->name;
	}
	close = nearest(name, names, n);
	err_set(e, ERR_USAGE, 0, "unknown command \"%s\"%s%s; \"calico-datastore help\" shows all",
		name, close ? "; did you mean " : "", close ? close : "");
	return NULL;
}
