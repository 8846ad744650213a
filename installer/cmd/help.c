/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/commands.h"

static void overview(struct buf *out)
{
	buf_puts(out, "calico-datastore makes a Calico datastore ready and proves it.\n\n"
		      "Usage: calico-datastore COMMAND [operands] [options]\n\nCommands:\n");
	for (size_t i = 0; all_commands[i]; i++)
		buf_printf(out, "  %-15s %s\n", all_commands[i]->name, all_commands[i]->summary);
	buf_puts(out,
		"\nOptions that take a variable, CALICO_DATASTORE_CONTEXT for --context:\n");
	options_put_variables(out);
	buf_puts(out,
		"\n\"calico-datastore COMMAND --help\" shows operands, options and examples.\n"
		"Exit codes: ");
#define PUT_CODE(id, name, code, meaning) \
	buf_printf(out, "%s%d %s", code == 0 ? "" : code == 6 ? ",\n" : ", ", code, name);
	ERR_KINDS(PUT_CODE)
#undef PUT_CODE
	buf_puts(out, " + number.\n");
}

static int run(struct ctx *ctx, struct err *e)
{
	if (ctx->n_args == 0) {
		overview(&ctx->out.text);
		return 0;
	}
	const struct cmd *cmd = cmd_find(ctx->args[0], e);

	if (!cmd)
		return -1;
	options_help(&ctx->out.text, cmd);
	return 0;
}

const struct cmd cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "show what the commands are, or all about one",
	.options = "help",
	.outputs = "text",
	.max_args = 1,
	.run = run,
};
