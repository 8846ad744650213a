/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that are created or changed while an install runs. */
#include "cmd/install_parts.h"

/*
 * Judges objects that were created or changed since the look, for example during the backup: none
 * may be lost unnoticed.
 */
int install_look_before(struct run *r, struct err *e)
{
	if (r->ctx->opt.accept_loss || r->preflight.n_kinds == 0)
		return 0;
	if (preflight_again(&r->before, &r->preflight, r->ctx->at.cluster.api, &r->plan, e) < 0)
		return -1;
	if (plan_count(&r->plan, PLAN_BLOCKED) == 0)
		return 0;
	r->report.preflight = &r->before;
	return install_refuse_blocked(&r->plan, "CRDs", e);
}

/* Judges objects of the last moment before the server used the new schemas. */
int install_look_after(struct run *r, struct err *e)
{
	const struct preflight *p = &r->after;

	if (r->before.n_kinds == 0)
		return 0;
	r->after.accept = true; /* the writes are done: nothing can be blocked */
	if (preflight_again(&r->after, &r->before, r->ctx->at.cluster.api, &r->plan, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n_rows; i++)
		if (schema_class_is_severe(p->rows[i].class))
			return err_set(e, ERR_CONFLICT, 0,
				"the CRDs were written, and %zu objects that were created or "
				"changed meanwhile need you, such as %s of %s: %s (%s); \"plan\" "
				"does not show them any more",
				preflight_severe(p), p->rows[i].examples[0].object,
				p->rows[i].item->name, p->rows[i].field, p->rows[i].rule);
	return 0;
}
