/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completions for shells. All of them run "completion reply -- WORD...", so they match the program.
 */
#include "cmd/commands.h"
#include "cmd/complete.h"

#include <string.h>

/* bash also splits words at "=" and ":". This script takes the words between blanks. */
static const char bash[] =
	"# bash completion for calico-datastore\n"
	"_calico_datastore() {\n"
	"\tlocal line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]}\n"
	"\tlocal kept reply file suffix\n"
	"\tlocal -a words files\n"
	"\tread -ra words <<<\"$line\"\n"
	"\tcase $line in *[[:blank:]]) words+=('') ;; esac\n"
	"\tcase $word in = | :) word= ;; esac\n"
	"\tkept=${words[${#words[@]} - 1]}\n"
	"\tkept=${kept%\"$word\"}\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS=$'\\t' read -r reply _; do\n"
	"\t\tcase $reply in\n"
	"\t\t:directories)\n"
	"\t\t\tmapfile -t files < <(compgen -d -- \"$word\")\n"
	"\t\t\tCOMPREPLY+=(\"${files[@]}\")\n"
	"\t\t\tcompopt -o filenames 2>/dev/null ;;\n"
	"\t\t:files*)\n"
	"\t\t\tmapfile -t files < <(compgen -f -- \"$word\")\n"
	"\t\t\tfor file in \"${files[@]}\"; do\n"
	"\t\t\t\tfor suffix in ${reply#:files}; do\n"
	"\t\t\t\t\tcase $file in *\"$suffix\") COMPREPLY+=(\"$file\") ;; esac\n"
	"\t\t\t\tdone\n"
	"\t\t\t\tif [ \"$reply\" = :files ] || [ -d \"$file\" ]; then COMPREPLY+=(\"$file\"); fi\n"
	"\t\t\tdone\n"
	"\t\t\tcompopt -o filenames 2>/dev/null ;;\n"
	"\t\t*) COMPREPLY+=(\"${reply#\"$kept\"}\") ;;\n"
	"\t\tesac\n"
	"\tdone < <(\"${1:-calico-datastore}\" completion reply -- \"${words[@]:1}\" 2>/dev/null)\n"
	"\tcase ${#COMPREPLY[@]}${COMPREPLY[0]} in 1*=) compopt -o nospace 2>/dev/null ;; esac\n"
	"}\n"
	"complete -F _calico_datastore calico-datastore\n";

static const char zsh[] =
	"#compdef calico-datastore\n"
	"_calico_datastore() {\n"
	"\tlocal line word\n"
	"\tlocal -a lines open closed\n"
	"\tlines=(\"${(@f)$(${words[1]} completion reply -- \"${(@Q)words[2,CURRENT]}\" \\\n"
	"\t\t2>/dev/null)}\")\n"
	"\tfor line in $lines; do\n"
	"\t\tword=${line%%$'\\t'*}\n"
	"\t\tcase $word in\n"
	"\t\t:*) ;;\n"
	"\t\t*=) open+=(\"$word\") ;;\n"
	"\t\t*) closed+=(\"${word//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t(($#open)) && compadd -S '' -- $open\n"
	"\t(($#closed)) && _describe calico-datastore closed\n"
	"\tcompset -P '--*='\n"
	"\tfor line in ${(M)lines:#:*}; do\n"
	"\t\tcase $line in\n"
	"\t\t:directories) _files -/ ;;\n"
	"\t\t:files) _files ;;\n"
	"\t\t*) _files -g \"*(${(j:|:)${=line#:files }})\" ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"}\n"
	"if [ \"$funcstack[1]\" = _calico_datastore ]; then\n"
	"\t_calico_datastore \"$@\"\n"
	"else\n"
	"\tcompdef _calico_datastore calico-datastore\n"
	"fi\n";

static const char fish[] =
	"# fish completion for calico-datastore\n"
	"function __calico_datastore\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l word (commandline -ct)\n"
	"\tset -l path (string replace -r -- '^--[^=]*=' '' $word)\n"
	"\tset -l kept (string match -r -- '^--[^=]*=' $word)\n"
	"\tfor line in ($words[1] completion reply -- $words[2..-1] \"$word\" 2>/dev/null)\n"
	"\t\tswitch $line\n"
	"\t\t\tcase ':directories'\n"
	"\t\t\t\tstring replace -r '^' -- \"$kept\" (__fish_complete_directories \"$path\")\n"
	"\t\t\tcase ':files'\n"
	"\t\t\t\tstring replace -r '^' -- \"$kept\" (__fish_complete_path \"$path\")\n"
	"\t\t\tcase ':files *'\n"
	"\t\t\t\tset -l suffixes (string split ' ' -- (string replace ':files ' '' -- $line))\n"
	"\t\t\t\tfor file in (__fish_complete_path \"$path\")\n"
	"\t\t\t\t\tfor suffix in / $suffixes\n"
	"\t\t\t\t\t\tstring match -q -- \"*$suffix\" (string split -f1 \\t -- $file)\n"
	"\t\t\t\t\t\t\tand echo -- \"$kept$file\"\n"
	"\t\t\t\t\tend\n"
	"\t\t\t\tend\n"
	"\t\t\tcase '*'\n"
	"\t\t\t\techo -- $line\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"complete -c calico-datastore -f -a '(__calico_datastore)'\n";

/* ":files .tar.gz .tgz": writes a line for each suffix, without its first dot */
static void put_suffixes(struct buf *out, const char *line)
{
	for (const char *at = strchr(line, '.'); at; at = strchr(at, '.')) {
		size_t end = strcspn(++at, " ");

		buf_printf(out, "%.*s\n", (int)end, at);
		at += end;
	}
}

/*
 * The answer that kubectl expects: candidates, then ":" and a number, the sum of directives for the
 * shell (https://pkg.go.dev/github.com/spf13/cobra#ShellCompDirective).
 */
static void reply_to_kubectl(struct buf *out, const char *const *words, size_t n)
{
	enum { NO_SPACE = 2, NO_FILES = 4, SUFFIXES = 8, DIRECTORIES = 16 };
	buf_auto reply = { 0 };
	int directive = NO_FILES;

	complete_reply(&reply, words, n);
	for (const char *p = reply.len ? reply.data : ""; *p; p += strspn(p, "\n")) {
		size_t len = strcspn(p, "\n");
		char_auto *line = xstrndup(p, len);

		p += len;
		if (strcmp(line, ":directories") == 0)
			directive = DIRECTORIES;
		else if (strcmp(line, ":files") == 0)
			directive = 0;
		else if (has_prefix(line, ":files "))
			directive = SUFFIXES;
		else
			buf_printf(out, "%s\n", line);
		if (directive == SUFFIXES)
			put_suffixes(out, line);
		if (strstr(line, "=\t"))
			directive |= NO_SPACE;
	}
	buf_printf(out, ":%d\n", directive);
}

static int run(struct ctx *ctx, struct err *e)
{
	static const struct {
		const char *name, *script;
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	if (strcmp(ctx->args[0], "reply") == 0) {
		complete_reply(&ctx->out.text, ctx->args + 1, ctx->n_args - 1);
		return 0;
	}
	if (strcmp(ctx->args[0], "kubectl") == 0) {
		reply_to_kubectl(&ctx->out.text, ctx->args + 1, ctx->n_args - 1);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(shells) && ctx->n_args == 1; i++)
		if (strcmp(ctx->args[0], shells[i].name) == 0) {
			buf_puts(&ctx->out.text, shells[i].script);
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
		   "  calico-datastore completion fish \\\n"
		   "      >~/.config/fish/completions/calico-datastore.fish\n",
	.options = "help",
	.outputs = "text",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.run = run,
};
