/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the command line of another run on the same source and cluster. */
#include <string.h>

#include "run/run.h"

void run_put_option(struct buf *text, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(text, " %s ", name);
	if (value[strcspn(value, " \t\n'\"\\$`*?[]{}()<>|&;#~!")] || !*value)
		buf_quote(text, value);
	else
		buf_puts(text, value);
}

char *run_again(const struct ctx *ctx, const char *command)
{
	const struct options *o = &ctx->opt;
	struct buf text = { 0 };

	buf_puts(&text, command);
	if (ctx->n_args > 0)
		buf_printf(&text, " %s", ctx->args[0]);
	run_put_option(&text, "--set", o->set.given ? set_name(o->set.set) : NULL);
	run_put_option(&text, "-f", o->file);
	run_put_option(&text, "--url", o->url);
	run_put_option(&text, "--bundle", o->bundle);
	run_put_option(&text, "--kubeconfig", o->cluster.kubeconfig);
	run_put_option(&text, "--context", o->cluster.context);
	run_put_option(&text, "--public-key", o->public_key);
	run_put_option(&text, "--key-dir", o->key_dir);
	for (size_t i = 0; i < o->foreign.groups.n; i++)
		run_put_option(&text, "--allow-group", o->foreign.groups.items[i]);
	for (size_t i = 0; i < o->foreign.webhooks.n; i++)
		run_put_option(&text, "--allow-webhook", o->foreign.webhooks.items[i]);
	for (size_t i = 0; i < o->exclude.n; i++)
		run_put_option(&text, "-x", o->exclude.items[i]);
	buf_printf(&text, "%s%s%s%s", o->crds_only ? " --crds-only" : "",
		o->allow_downgrade ? " --allow-downgrade" : "",
		o->take_over ? " --take-over" : "", o->ignore_lock ? " --ignore-lock" : "");
	buf_puts(&text, o->without_policies ? " --without-policies" : "");
	return buf_steal(&text);
}
