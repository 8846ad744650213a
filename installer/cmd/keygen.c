/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/commands.h"
#include "manifest/sign.h"

static int run(struct ctx *ctx, struct err *e)
{
	char_auto *secret_path = xasprintf("%s.key", ctx->args[0]);
	char_auto *public_path = xasprintf("%s.pub", ctx->args[0]);
	struct buf secret = { 0 }, password = { 0 };
	buf_auto public = { 0 };
	int rc = 0;

	if (!ctx->opt.no_password) {
		rc = password_read(ctx, true, &password, e);
		if (rc == 0 && password.len == 0)
			rc = err_set(e, ERR_USAGE, 0,
				"the password is empty; --no-password makes a key without one");
	}
	if (rc == 0)
		rc = sign_generate(
			&secret, &public, ctx->opt.no_password ? NULL : buf_str(&password), e);
	if (rc == 0)
		rc = file_create(secret_path, secret.data, secret.len, 0600, e);
	if (rc == 0 && file_create(public_path, public.data, public.len, 0644, e) < 0) {
		unlink(secret_path); /* of this run; half a pair is of no use */
		rc = -1;
	}
	buf_wipe(&secret);
	buf_wipe(&password);
	if (rc == 0)
		buf_printf(&ctx->out.text, "%s: keep it secret\n%s: give it to those who verify\n",
			secret_path, public_path);
	return rc;
}

const struct cmd cmd_keygen = {
	.name = "keygen",
	.args = "NAME",
	.summary = "make a pair of keys for bundles: NAME.key and NAME.pub",
	.details = "The files are minisign's. No file is overwritten.\n\n"
		   "Example:\n"
		   "  calico-datastore keygen platform\n",
	.options = "password-file no-password quiet help",
	.outputs = "text",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
