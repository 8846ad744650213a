/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/install_parts.h"
#include "run/document.h"

static void put_summary(struct buf *out, const struct run *r)
{
	bool configured = false;

	for (size_t i = 0; i < r->plan.n; i++)
		configured = configured || r->plan.items[i].outcome == OUTCOME_CONFIGURED;
	buf_puts(out, "# ");
	report_verdict(out, &r->report);
	buf_printf(out, ", %.2f s\n", r->report.seconds);
	if (r->backup) {
		buf_printf(out, "# as it was before: %s\n", r->backup);
		buf_puts(out, "# to go back: calico-datastore");
		run_put_option(out, "rollback", r->backup);
		buf_putc(out, '\n');
	}
	if (configured)
		buf_puts(out,
			"# a changed schema takes effect on every API server within moments\n");
}

void install_put_text(struct run *r, int rc)
{
	struct buf *out = &r->ctx->out.text;

	if (!r->report.plan)
		return;
	if (!r->report.writes || plan_count(&r->plan, PLAN_BLOCKED) > 0 ||
		plan_count(&r->policy_plan, PLAN_BLOCKED) > 0) {
		report_plan_text(&r->ctx->out, &r->report);
		return;
	}
	report_apply_text(&r->ctx->out, &r->report);
	report_prune_text(&r->ctx->out, &r->report);
	if (check_failed(&r->check) > 0)
		report_check_text(&r->ctx->out, &r->report);
	report_missing_text(out, &r->report);
	report_losses_text(&r->ctx->out, &r->report);
	if (rc == 0) {
		put_summary(out, r);
		config_put_hint(out, r->ctx);
	}
}
