/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "run/run.h"

int source_date(int64_t otherwise, int64_t *seconds, struct err *e)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");

	*seconds = otherwise;
	if (!text || !*text)
		return 0;
	if (strlen(text) > 12 || text[strspn(text, "0123456789")])
		return err_set(e, ERR_USAGE, 0, "SOURCE_DATE_EPOCH: not a number of seconds");
	*seconds = strtoll(text, NULL, 10);
	return 0;
}

static int load_key(const struct ctx *ctx, struct sign_secret_key *key, struct err *e)
{
	struct buf text = { 0 }, password = { 0 };
	int rc = buf_read_file(&text, ctx->opt.sign, SIGN_MAX_FILE, e);
	bool encrypted = rc == 0 && sign_secret_key_is_encrypted(buf_str(&text));

	if (rc == 0 && encrypted)
		rc = password_read(ctx, false, &password, e);
	if (rc == 0 && sign_secret_key_parse(
			       key, buf_str(&text), encrypted ? buf_str(&password) : NULL, e) < 0)
		rc = err_wrap(e, "%s", ctx->opt.sign);
	buf_wipe(&password);
	buf_wipe(&text);
	return rc;
}

static int trusted_comment(const struct ctx *ctx, const char *path, char **comment, struct err *e)
{
	const char *name = strrchr(path, '/'), *sequence = ctx->opt.sequence;
	int64_t seconds;

	*comment = NULL;
	if (sequence && !ctx->opt.sign)
		return err_set(
			e, ERR_USAGE, 0, "--sequence is part of a signature; give --sign KEY as "
				"well");
	if (sequence &&
		(strlen(sequence) > 18 || !*sequence || sequence[strspn(sequence, "0123456789")]))
		return err_set(e, ERR_USAGE, 0, "--sequence %s: not a number", sequence);
	if (!ctx->opt.sign)
		return 0;
	if (source_date((int64_t)time(NULL), &seconds, e) < 0)
		return -1;
	*comment = xasprintf("timestamp:%lld\tfile:%s\tsequence:%lld", (long long)seconds,
		name ? name + 1 : path,
		sequence ? strtoll(sequence, NULL, 10) : (long long)seconds);
	return 0;
}

int signer_load(struct signer *s, const struct ctx *ctx, const char *path, struct err *e)
{
	*s = (struct signer){ 0 };
	if (trusted_comment(ctx, path, &s->comment, e) < 0)
		return -1;
	return ctx->opt.sign ? load_key(ctx, &s->key, e) : 0;
}

void signer_release(struct signer *s)
{
	sign_secret_key_wipe(&s->key);
	free(s->comment);
	*s = (struct signer){ 0 };
}
