/* SPDX-License-Identifier: Apache-2.0 */
#include "run/outcome.h"

/* "'IPPool' ", or "" for several kinds; the caller frees it. */
static char *kind_word(const struct outcome *o)
{
	return o->kind ? xasprintf("'%s' ", o->kind->kind) : xstrdup("");
}

void outcome_put(struct ctx *ctx, const struct outcome *o)
{
	char_auto *kind = kind_word(o);

	if (o->failed == 0)
		out_line(&ctx->out, STYLE_PLAIN, "Successfully %s %zu %sresource(s)", o->done,
			o->handled, kind);
	else if (o->handled > o->failed)
		out_line(&ctx->out, STYLE_PLAIN,
			"Partial success: %s the first %zu out of %zu %sresources:", o->done,
			o->handled, o->n, kind);
}

int outcome_fail(const struct outcome *o, const char *errors, struct err *e)
{
	char_auto *kind = kind_word(o);

	if (o->handled > 0)
		return err_set(e, ERR_REFUSED, 0, "hit error(s): %s", errors);
	if (o->n == 1)
		return err_set(e, ERR_REFUSED, 0, "failed to %s %sresource: %s", o->verb, kind,
			errors);
	return err_set(
		e, ERR_REFUSED, 0, "failed to %s any %sresources: %s", o->verb, kind, errors);
}
