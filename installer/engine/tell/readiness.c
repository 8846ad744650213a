/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tell/report.h"

/* Leaves out failed reads, which have lines of their own. */
void readiness_text(
	struct buf *out, const struct readiness *r, enum readiness_verdict asked, size_t width)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct readiness_finding *f = &r->findings[i];

		if (f->verdict != READINESS_READY)
			continue;
		buf_printf(out, "%-*s  %s  %s%s%s\n", (int)width, f->object,
			f->unknown ? "UNKNOWN" : asked == READINESS_READY ? "FAILED" : "missing",
			f->problem, f->remedy ? "; " : "", f->remedy ? f->remedy : "");
	}
}

void readiness_words(struct buf *out, const struct readiness *r)
{
	int reached = -1;

	while (reached + 1 < READINESS_VERDICTS &&
		readiness_holds(r, (enum readiness_verdict)(reached + 1)) == 1)
		reached++;
	if (reached >= 0)
		buf_puts(out, readiness_name((enum readiness_verdict)reached));
	if (reached == READINESS_READY)
		return;
	const char *next = readiness_name((enum readiness_verdict)(reached + 1));
	bool known = readiness_holds(r, (enum readiness_verdict)(reached + 1)) == 0;

	buf_puts(out, reached >= 0 ? ", " : "");
	if (reached == READINESS_READABLE && r->initialised_known && !r->initialised)
		buf_puts(out, "not initialised");
	else
		buf_printf(out, known ? "not %s" : "not known to be %s", next);
}

static json_t *holds_json(const struct readiness *r, enum readiness_verdict verdict)
{
	int holds = readiness_holds(r, verdict);

	return holds < 0 ? json_null() : json_boolean(holds);
}

void readiness_json(json_t *json, const struct readiness *r)
{
	json_t *missing = json_array();

	for (size_t i = 0; i < r->n; i++) {
		const struct readiness_finding *f = &r->findings[i];

		json_array_append_new(missing,
			json_pack("{s:s, s:b, s:s, s:s, s:s?}", "verdict",
				readiness_name(f->verdict), "known", !f->unknown, "object",
				f->object, "problem", f->problem, "remedy", f->remedy));
	}
	json_object_set_new(json, "initialised",
		r->initialised_known ? json_boolean(r->initialised) : json_null());
	json_object_set_new(json, "ready", holds_json(r, READINESS_READY));
	json_object_set_new(json, "missing", missing);
}

void readiness_verdicts_json(json_t *json, const struct readiness *r)
{
	json_t *verdicts = json_object();

	for (size_t i = 0; i < READINESS_VERDICTS; i++) {
		enum readiness_verdict verdict = (enum readiness_verdict)i;

		json_object_set_new(verdicts, readiness_name(verdict), holds_json(r, verdict));
	}
	json_object_set_new(json, "verdicts", verdicts);
	readiness_json(json, r);
}
