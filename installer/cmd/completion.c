/* SPDX-License-Identifier: Apache-2.0 */
/* Completions for shells, written from the tables of commands and options, so never behind. */
#include <string.h>

#include "cmd/commands.h"

/* What a value is, for a shell: "f" a file, "d" a directory, "" something it cannot know. */
static const char *kind_of_value(const struct option_text *t)
{
	if (!t->value)
		return "";
	return strstr(t->value, "FILE") || strcmp(t->value, "KEY") == 0 ? "f"
	       : strstr(t->value, "DIR")                                ? "d"
									: "";
}

static bool takes_release(const struct cmd *cmd)
{
	return strstr(cmd->args, "RELEASE") != NULL;
}

static const char *help_of(const struct option_text *t)
{
	return t->help ? t->help : "output format";
}

#define RELEASES "calico-datastore list 2>/dev/null | awk 'NR > 1 { print $1 }'"

/* bash */

/* Words that follow a word: "--file" is followed by files. */
static void bash_values(struct buf *out, const struct cmd *cmd)
{
	struct option_text texts[OPTIONS_MAX];
	size_t n = options_texts(cmd, texts);

	for (size_t i = 0; i < n; i++) {
		const struct option_text *t = &texts[i];

		if (!t->value)
			continue;
		buf_printf(out, "\t%s:--%s", cmd->name, t->name);
		if (t->letter)
			buf_printf(out, " | %s:-%c", cmd->name, t->letter);
		if (!t->help)
			buf_printf(out, ") COMPREPLY=($(compgen -W '%s' -- \"$word\")) ;;\n",
				cmd->outputs);
		else if (*kind_of_value(t))
			buf_printf(out, ") COMPREPLY=($(compgen -%s -- \"$word\")) ;;\n",
				kind_of_value(t));
		else
			buf_puts(out, ") COMPREPLY=() ;;\n");
	}
}

static void bash_words(struct buf *out, const struct cmd *cmd)
{
	struct option_text texts[OPTIONS_MAX];
	size_t n = options_texts(cmd, texts);

	buf_printf(out, "\t%s:-*) COMPREPLY=($(compgen -W '", cmd->name);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s--%s", i > 0 ? " " : "", texts[i].name);
	buf_puts(out, "' -- \"$word\")) ;;\n");
	if (takes_release(cmd))
		buf_printf(out,
			"\t%s:*) COMPREPLY=($(compgen -W \"$(" RELEASES ")\" -- \"$word\")) ;;\n",
			cmd->name);
}

static void bash(struct buf *out)
{
	buf_puts(out, "# bash completion for calico-datastore\n"
		      "_calico_datastore() {\n"
		      "\tlocal word=${COMP_WORDS[COMP_CWORD]} command= i\n"
		      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		      "\t\tcase ${COMP_WORDS[i]} in -*) ;; *) command=${COMP_WORDS[i]}; break ;; "
		      "esac\n"
		      "\tdone\n"
		      "\tcase $command:${COMP_WORDS[COMP_CWORD-1]} in\n");
	for (size_t i = 0; all_commands[i]; i++)
		bash_values(out, all_commands[i]);
	buf_puts(out, "\t*) _calico_datastore_words ;;\n\tesac\n}\n"
		      "_calico_datastore_words() {\n"
		      "\tcase $command:$word in\n\t:*) COMPREPLY=($(compgen -W '");
	for (size_t i = 0; all_commands[i]; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", all_commands[i]->name);
	buf_puts(out, "' -- \"$word\")) ;;\n");
	for (size_t i = 0; all_commands[i]; i++)
		bash_words(out, all_commands[i]);
	buf_puts(out, "\tesac\n}\ncomplete -o default -F _calico_datastore calico-datastore\n");
}

/* zsh: in an _arguments spec, brackets and colons of a text are escaped. */
static void zsh_text(struct buf *out, const char *s)
{
	buf_auto plain = { 0 };

	for (; *s; s++) {
		if (strchr("[]:\\", *s))
			buf_putc(&plain, '\\');
		buf_putc(&plain, *s);
	}
	for (s = buf_str(&plain); *s; s++)
		if (*s == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, *s);
}

static void zsh_option(struct buf *out, const struct cmd *cmd, const struct option_text *t)
{
	buf_printf(out, " \\\n\t\t\t'--%s%s[", t->name, t->value ? "=" : "");
	zsh_text(out, help_of(t));
	buf_putc(out, ']');
	if (t->value)
		buf_printf(out, ":%s:", t->value);
	if (t->value && !t->help)
		buf_printf(out, "(%s)", cmd->outputs);
	else if (t->value && *kind_of_value(t))
		buf_puts(out, *kind_of_value(t) == 'd' ? "_files -/" : "_files");
	buf_putc(out, '\'');
}

static void zsh_command(struct buf *out, const struct cmd *cmd)
{
	struct option_text texts[OPTIONS_MAX];
	size_t n = options_texts(cmd, texts);

	buf_printf(out, "\t%s)\n\t\t_arguments", cmd->name);
	for (size_t i = 0; i < n; i++)
		zsh_option(out, cmd, &texts[i]);
	buf_printf(out, " \\\n\t\t\t'*: :%s' ;;\n",
		takes_release(cmd) ? "compadd -- ${(f)\"$(calico-datastore list 2>/dev/null | awk "
				     "\"NR > 1 { print \\$1 }\")\"}"
				   : "_files");
}

static void zsh(struct buf *out)
{
	buf_puts(out, "#compdef calico-datastore\n_calico_datastore() {\n"
		      "\tif ((CURRENT == 2)); then\n\t\tlocal -a commands=(");
	for (size_t i = 0; all_commands[i]; i++) {
		buf_printf(out, "\n\t\t\t'%s:", all_commands[i]->name);
		zsh_text(out, all_commands[i]->summary);
		buf_putc(out, '\'');
	}
	buf_puts(out, ")\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
		      "\tlocal command=$words[2]\n\tshift words\n\t((CURRENT--))\n"
		      "\tcase $command in\n");
	for (size_t i = 0; all_commands[i]; i++)
		zsh_command(out, all_commands[i]);
	buf_puts(out, "\tesac\n}\n_calico_datastore \"$@\"\n");
}

/* fish: within quotes only \' and \\ are special. */
static void fish_text(struct buf *out, const char *s)
{
	buf_putc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *s);
	}
	buf_putc(out, '\'');
}

static void fish_command(struct buf *out, const struct cmd *cmd)
{
	char_auto *when = xasprintf("complete -c calico-datastore -n "
				    "'__fish_seen_subcommand_from %s'",
		cmd->name);
	struct option_text texts[OPTIONS_MAX];
	size_t n = options_texts(cmd, texts);

	buf_printf(out, "complete -c calico-datastore -n __fish_use_subcommand -f -a %s -d ",
		cmd->name);
	fish_text(out, cmd->summary);
	buf_putc(out, '\n');
	for (size_t i = 0; i < n; i++) {
		const struct option_text *t = &texts[i];

		buf_printf(out, "%s -l %s", when, t->name);
		if (t->letter)
			buf_printf(out, " -s %c", t->letter);
		if (t->value)
			buf_puts(out, *kind_of_value(t) ? " -r -F" : " -x");
		if (!t->help)
			buf_printf(out, " -a '%s'", cmd->outputs);
		buf_puts(out, " -d ");
		fish_text(out, help_of(t));
		buf_putc(out, '\n');
	}
	if (takes_release(cmd))
		buf_printf(out,
			"%s -f -a \"("
			"calico-datastore list 2>/dev/null | "
			"string match -r '^v[0-9.]+')\"\n",
			when);
}

static void fish(struct buf *out)
{
	buf_puts(out, "# fish completion for calico-datastore\n");
	for (size_t i = 0; all_commands[i]; i++)
		fish_command(out, all_commands[i]);
}

static int run(struct ctx *ctx, struct err *e)
{
	static const struct {
		const char *name;
		void (*write)(struct buf *out);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (strcmp(ctx->args[0], shells[i].name) == 0) {
			shells[i].write(&ctx->out.text);
			return 0;
		}
	return err_set(e, ERR_USAGE, 0, "completion %s: there are completions for bash, zsh, fish",
		ctx->args[0]);
}

const struct cmd cmd_completion = {
	.name = "completion",
	.args = "SHELL",
	.summary = "write completions for bash, zsh or fish",
	.details = "Examples:\n"
		   "  . <(calico-datastore completion bash)\n"
		   "  calico-datastore completion fish > "
		   "~/.config/fish/completions/calico-datastore.fish\n",
	.options = "help",
	.outputs = "text",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
