/* SPDX-License-Identifier: Apache-2.0 */
/* Turns argv into a command, runs it, and returns the exit code. Only this file prints errors. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/digest.h"
#include "base/http.h"
#include "base/secret.h"
#include "base/signals.h"
#include "base/util.h"
#include "cmd/commands.h"
#include "run/document.h"

/*
 * Moves the command's name to the front: users of kubectl also put options before it
 * ("calico-datastore --context a plan"). Returns the index at which argv of the command begins.
 */
static int take_command(int argc, char **argv, const char **name)
{
	int at = options_find_command(argc, argv);

	if (at == 0) {
		bool version = argc == 2 && (strcmp(argv[1], "--version") == 0 ||
						    strcasecmp(argv[1], "-v") == 0);

		*name = version ? "version" : "help";
		return version ? 1 : 0;
	}
	*name = argv[at];
	memmove(&argv[2], &argv[1], (size_t)(at - 1) * sizeof(*argv));
	argv[1] = (char *)(uintptr_t)*name;
	return 1;
}

/*
 * kubectl runs its plugins by the name of the program, kubectl-NAME, and asks kubectl_complete-NAME
 * for completions (https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/).
 */
static char **as_plugin(int *argc, char **argv)
{
	const char *slash = *argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : *argc > 0 ? argv[0] : "";
	static char program[] = "calico-datastore", command[] = "completion", shell[] = "kubectl",
		    end[] = "--";
	static char *const words[] = { program, command, shell, end };
	char **line;

	if (has_prefix(name, "kubectl"))
		out_called_by("kubectl");
	if (strcmp(name, "kubectl_complete-calico_datastore") != 0)
		return argv;
	line = xcalloc((size_t)*argc + ARRAY_LEN(words), sizeof(*line));
	memcpy(line, words, sizeof(words));
	memcpy(line + ARRAY_LEN(words), argv + 1, (size_t)(*argc - 1) * sizeof(*argv));
	*argc += (int)ARRAY_LEN(words) - 1;
	return line; /* never freed: used until the program ends */
}

static int help(struct ctx *ctx, struct err *e)
{
	(void)e;
	options_help(&ctx->out.text, ctx->cmd);
	return 0;
}

static void show_waiting(void *arg, const char *text)
{
	out_progress(arg, "%s", text);
}

static void show_request(void *arg, const char *text)
{
	out_note(arg, "%s", text);
}

static int run(struct ctx *ctx, int argc, char **argv, struct err *e)
{
	const char *name;
	int skip = take_command(argc, argv, &name);

	ctx->words = argv;
	ctx->cmd = cmd_find(name, e);
	if (!ctx->cmd || options_parse(ctx, argc - skip, argv + skip, e) < 0 ||
		options_take_variables(ctx, e) < 0) {
		options_find_json(ctx, argc, argv);
		return document_run(ctx, NULL, e);
	}
	out_init(&ctx->out, ctx->opt.quiet, ctx->opt.color);
	http_watch(show_waiting, &ctx->out);
	http_trace(ctx->opt.verbose, show_request, &ctx->out);
	ctx->deadline = ctx->started + ctx->opt.timeout_ms;
	if (options_take(ctx->cmd, "timeout"))
		stop_set_deadline(ctx->deadline);
	if (ctx->opt.help && ctx->cmd != &cmd_help) {
		ctx->opt.output = OUTPUT_TEXT;
		return document_run(ctx, help, e);
	}
	return document_run(ctx, many_wanted(ctx) ? many_run : ctx->cmd->run, e);
}

/*
 * A closed stream gets /dev/null in a mode that makes its use fail. Otherwise a socket could get
 * its number and the report.
 */
static void hold_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(3);
}

int main(int argc, char **argv)
{
	struct ctx ctx = { .started = now_ms() };
	err_auto e = { 0 };
	int rc;

	digest_check_memory();
	hold_streams();
	out_init(&ctx.out, false, COLOR_AUTO); /* an error of the command line needs it */
	confine_memory(); /* the memory holds credentials */
	signals_catch();
	argv = as_plugin(&argc, argv);
	rc = run(&ctx, argc, argv, &e);
	if (rc < 0) {
		out_error(&ctx.out, e.msg);
		if (e.remedy)
			out_remedy(e.remedy);
	}
	ctx_release(&ctx);
	secret_forget();
	return rc < 0 ? err_exit_code(&e) : ctx.exit_code;
}
