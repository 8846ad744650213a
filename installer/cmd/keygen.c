/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/commands.h"
#include "manifest/sign.h"

/* Half a pair is useless. Both files are written to the disk before one of them gets its name. */
static int make_pair(const char *secret_path, const struct buf *secret, const char *public_path,
	const struct buf *public, struct err *e)
{
	struct new_file to_keep, to_give;

	if (file_begin(&to_keep, secret_path, 0600, false, e) < 0)
		return -1;
	if (file_begin(&to_give, public_path, 0644, false, e) < 0) {
		file_drop(&to_keep);
		return -1;
	}
	if (file_put(&to_keep, secret->data, secret->len, e) < 0 ||
		file_put(&to_give, public->data, public->len, e) < 0) {
		file_drop(&to_keep);
		file_drop(&to_give);
		return -1;
	}
	if (file_keep(&to_keep, e) < 0) {
		file_drop(&to_give);
		return -1;
	}
	if (file_keep(&to_give, e) == 0)
		return 0;
	unlink(secret_path); /* this run created it */
	return -1;
}

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
		rc = make_pair(secret_path, &secret, public_path, &public, e);
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
