/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <getopt.h>
#include <string.h>

#include "run/options_parts.h"

enum {
	DEFAULT_TIMEOUT_MS = 120000,
	DEFAULT_PARALLEL = 16,
	WIDTH = 80, /* columns of --help */
	HELP_COLUMN = 35,
	OTHER_A = 'a', /* the letter of calicoctl for -A */
	LONG_ONLY = 256,
	SECRET = 1000,
	MAX_COUNT = 1000
};

static const struct option_row *row_of_name(const char *name, size_t len)
{
	for (size_t i = 0; i < option_rows_n; i++)
		if (strlen(option_rows[i].name) == len &&
			strncmp(option_rows[i].name, name, len) == 0)
			return &option_rows[i];
	return NULL;
}

static const struct option_row *row_of_letter(int letter)
{
	if (letter == OTHER_A)
		letter = 'A';
	for (size_t i = 0; i < option_rows_n; i++)
		if (letter && option_rows[i].letter == letter)
			return &option_rows[i];
	return NULL;
}

const char *options_given(const struct options *o, unsigned bits)
{
	for (size_t i = 0; i < option_rows_n; i++) {
		const void *at = (const char *)o + option_rows[i].at;
		enum option_type type = option_rows[i].type & TYPES;

		if ((option_rows[i].type & bits) &&
			(type == FLAG       ? *(const bool *)at
				: type == LIST ? ((const struct string_list *)at)->n > 0
					       : *(const char *const *)at != NULL))
			return option_rows[i].name;
	}
	return NULL;
}

/* The rows of the options that a command has, in the order of its list. */
static size_t rows_of(const struct cmd *cmd, const struct option_row *taken[OPTIONS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; !cmd && i < option_rows_n; i++)
		taken[n++] = &option_rows[i];
	for (const char *p = cmd ? cmd->options : ""; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		taken[n++] = row_of_name(p, len);
		p += len;
	}
	if (cmd && n > 0)
		taken[n++] = row_of_name("color", strlen("color")); /* errors are text */
	return n;
}

/* Go's duration syntax, as in kubectl: "90s", "1m30s", "500ms"; a bare number is seconds. */
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
		/* strtod would also accept exponents and hexadecimal numbers. */
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

/* True when word is one of the space-separated words. */
static bool has_word(const char *words, const char *word)
{
	char_auto *padded = xasprintf(" %s ", words);
	char_auto *wanted = xasprintf(" %s ", word);

	return strstr(padded, wanted) != NULL;
}

/* "custom-columns=NAME", for a command that has "custom-columns=HEADING,...". */
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
	/* other names that calicoctl has for them */
	static const char *const same[][2] = { { "ps", "table" }, { "yml", "yaml" } };

	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		if (strcmp(same[i][0], value) == 0 && has_word(ctx->cmd->outputs, same[i][1]))
			value = same[i][1];
	ctx->opt.output_name = value;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, value) == 0 && has_word(ctx->cmd->outputs, value)) {
			ctx->opt.output = known[i].output;
			ctx->opt.as_yaml = known[i].output == OUTPUT_YAML &&
					   has_prefix(ctx->cmd->outputs, "text");
			if (ctx->opt.as_yaml)
				ctx->opt.output = OUTPUT_JSON;
			return 0;
		}
	/* The command checks a FILE and the text after "custom-columns=". */
	if (has_word(ctx->cmd->outputs, "FILE") || is_parametrized(ctx->cmd->outputs, value))
		return 0;
	return err_set(e, ERR_USAGE, 0, "-o %s: %s prints one of: %s%s", value, ctx->cmd->name,
		ctx->cmd->outputs,
		has_prefix(value, "go-template") || has_prefix(value, "jsonpath")
			? "; instead of a template or a path, -o json | jq"
			: "");
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
		/* The second file would replace the first one silently. */
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
	case LEVEL:
		*(int *)at += *(int *)at < 3;
		return 0;
	case SET:
		((struct set_choice *)at)->given = true;
		return set_parse(value, &((struct set_choice *)at)->set, e);
	}
	return 0;
}

/*
 * Options of kubectl that this program refuses. They are in the table, because getopt would
 * otherwise accept --token as short for --token-file.
 */
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

/* A remedy for an option that calicoctl or kubectl has and "get" lacks. */
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
	char_auto *page = strcmp(cmd->name, "help") == 0 ? xstrdup("help COMMAND")
							 : xasprintf("%s --help", cmd->name);

	return err_set(e, ERR_USAGE, 0,
		"%s has no option %s%s%s%s; \"calico-datastore %s\" shows all", cmd->name, word,
		known ? known : "", close ? "; did you mean --" : "", close ? close : "", page);
}

/*
 * After a '?', optopt is 0 for an unknown word, else the letter of the option. For "--quiet=5" it
 * is the value of the option's row in getopt_long's table.
 */
static int bad_option(const struct cmd *cmd, const char *word, struct err *e)
{
	const char letter[] = { '-', (char)optopt, '\0' };

	if (optopt >= LONG_ONLY)
		return err_set(e, ERR_USAGE, 0, "--%s takes no value",
			option_rows[optopt - LONG_ONLY].name);
	return unknown_option(cmd, optopt ? letter : word, e);
}

/* Fills getopt_long's tables with the options that the command has. */
static void build(const struct cmd *cmd, struct option *longs, char *shorts)
{
	const struct option_row *taken[OPTIONS_MAX];
	size_t n = rows_of(cmd, taken);

	*longs++ = secrets[0];
	*longs++ = secrets[1];
	*shorts++ = ':'; /* getopt_long reports a missing value as ':', not as '?' */
	for (size_t i = 0; i < n; i++) {
		const struct option_row *row = taken[i];

		*longs++ = (struct option){ .name = row->name,
			.has_arg = row->value ? required_argument : no_argument,
			.val = LONG_ONLY + (int)(row - option_rows) };
		if (row->letter)
			*shorts++ = row->letter;
		if (row->letter == 'A')
			*shorts++ = OTHER_A;
		if (row->letter && row->value)
			*shorts++ = ':';
	}
}

/*
 * The row of a word such as "--context", "--context=a" or "-ojson". *joined: the word has the
 * value.
 */
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

/*
 * Refuses abbreviations: getopt takes "--na" for "--name" until another option begins with "--na".
 */
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
	optind = 0; /* getopt starts anew after an earlier command line */
	while ((id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (id == ':')
			return err_set(e, ERR_USAGE, 0, "%s needs a value", argv[optind - 1]);
		if (id >= SECRET)
			return refuse_secret(id, e);
		if (id == '?')
			return bad_option(ctx->cmd, argv[optind - 1], e);
		if (set_option(ctx,
			    id < LONG_ONLY ? row_of_letter(id) : &option_rows[id - LONG_ONLY],
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

/* Turns "token-file" into "CALICO_DATASTORE_TOKEN_FILE". */
static char *variable_of(const struct option_row *row)
{
	char *name = xasprintf("CALICO_DATASTORE_%s", row->name);

	for (char *p = name; *p; p++)
		*p = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));
	return name;
}

/* "true" switches a flag on, "false" off. A level is 0 to 3. */
static int set_flag(void *at, enum option_type type, const char *value, struct err *e)
{
	bool off = strcmp(value, "false") == 0 || strcmp(value, "0") == 0;
	bool on = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;

	if (type == LEVEL && strlen(value) == 1 && *value >= '0' && *value <= '3')
		*(int *)at = *value - '0';
	else if (on || off)
		type == LEVEL ? (*(int *)at = on) : (*(bool *)at = on);
	else
		return err_set(e, ERR_USAGE, 0, "\"%s\" is not %s", value,
			type == LEVEL ? "a number from 0 to 3" : "true or false");
	return 0;
}

static bool was_given(const struct options *given, const struct option_row *row)
{
	static const struct options none;
	const size_t size = (row->type & TYPES) == FLAG    ? sizeof(bool)
			    : (row->type & TYPES) == LEVEL ? sizeof(int)
			    : (row->type & TYPES) == SET   ? sizeof(struct set_choice)
			    : (row->type & TYPES) == COLOR ? sizeof(enum out_color)
							   : sizeof(const char *);

	if (row->at == offsetof(struct options, timeout_ms))
		return given->timeout_ms != DEFAULT_TIMEOUT_MS;
	if (row->at == offsetof(struct options, parallel))
		return given->parallel != DEFAULT_PARALLEL;
	return memcmp((const char *)given + row->at, (const char *)&none + row->at, size) != 0;
}

int options_take_variables(struct ctx *ctx, struct err *e)
{
	const struct option_row *taken[OPTIONS_MAX];
	size_t n = rows_of(ctx->cmd, taken);

	for (size_t i = 0; i < n; i++) {
		const struct option_row *row = taken[i];
		const enum option_type type = row->type & TYPES;

		/*
		 * --all-contexts ignores the variable of --context, which would leave one context.
		 */
		if (!(row->type & OPTION_VARIABLE) || was_given(&ctx->opt, row) ||
			(ctx->opt.all_contexts && strcmp(row->name, "context") == 0))
			continue;
		char_auto *name = variable_of(row);
		const char *value;

		if (select_setting(row->name, NULL, name, &value, e) < 0)
			return -1;
		if (!value)
			continue;
		int rc = type == FLAG || type == LEVEL
				 ? set_flag((char *)&ctx->opt + row->at, type, value, e)
				 : set_option(ctx, row, value, e);

		if (rc < 0)
			return err_wrap(e, "the variable %s", name);
	}
	return 0;
}

void options_put_variables(struct buf *out)
{
	size_t column = 0;

	for (size_t i = 0; i < option_rows_n; i++) {
		const char *name = option_rows[i].name;

		if (!(option_rows[i].type & OPTION_VARIABLE))
			continue;
		if (column > 0 && column + strlen(name) + 4 > WIDTH - 2) {
			buf_puts(out, "\n");
			column = 0;
		}
		buf_printf(out, "%s--%s", column ? " " : "  ", name);
		column += strlen(name) + 4;
	}
	buf_puts(out, "\n");
}

const char *options_name(size_t i)
{
	return i < option_rows_n ? option_rows[i].name : NULL;
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

/* Writes words from this column on, and folds them into lines of 80 columns. */
static void put_folded(struct buf *out, const char *text, size_t column, size_t indent)
{
	for (const char *p = text; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (column > indent && column + 1 + len > WIDTH) {
			buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		buf_printf(out, "%s%.*s", column > indent ? " " : "", (int)len, p);
		column += len + (column > indent);
		p += len;
	}
	buf_putc(out, '\n');
}

void options_help(struct buf *out, const struct cmd *cmd)
{
	struct option_text texts[OPTIONS_MAX];
	size_t n = options_texts(cmd, texts);

	char_auto *usage = xasprintf("calico-datastore %s%s%s [options]", cmd->name,
		*cmd->args ? " " : "", cmd->args);

	buf_puts(out, "Usage: ");
	put_folded(out, usage, strlen("Usage: "), strlen("Usage: "));
	buf_printf(out, "\n%s\n", cmd->summary);
	if (cmd->details)
		buf_printf(out, "\n%s", cmd->details);
	buf_puts(out, "\nOptions:\n");
	for (size_t i = 0; i < n; i++) {
		const struct option_text *t = &texts[i];
		char_auto *name = xasprintf(
			"--%s%s%s", t->name, t->value ? " " : "", t->value ? t->value : "");

		char_auto *help = t->help ? xstrdup(t->help)
					  : xasprintf("one of: %s", cmd->outputs);

		buf_printf(out, t->letter ? "  -%c, " : "      ", t->letter);
		buf_printf(out, "%-28s ", name);
		put_folded(out, help, HELP_COLUMN, HELP_COLUMN);
	}
}

void options_release(struct options *o)
{
	free(o->exclude.items);
	free(o->foreign.groups.items);
	free(o->foreign.webhooks.items);
	free(o->cluster.as_groups.items);
}
