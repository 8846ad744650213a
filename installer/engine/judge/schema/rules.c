/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluates the CEL rules (x-kubernetes-validations) of a value, as the server does on a write
 * (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel, release 1.34).
 */
#include <string.h>

#include "engine/judge/cel/cel.h"
#include "engine/judge/schema/schema.h"

static const char keyword[] = "x-kubernetes-validations";

struct ruling {
	struct schema_judge *judge;
	const struct schema_place *place;
	struct schema_findings *findings;
	struct cel_input input;
	const struct schema_rule *rule;
};

/* The server's message for a broken rule. */
static char *message_of(const struct ruling *r)
{
	const struct schema_rule *rule = r->rule;
	char *text = NULL;

	if (rule->message_program)
		text = cel_text(rule->message_program, &r->input);
	if (text && *text && !strchr(text, '\n'))
		return text;
	free(text);
	return rule->message ? xstrdup(rule->message) : NULL;
}

/* why: the reason of an error; freed here. */
static void note(
	struct ruling *r, enum schema_class class, enum cel_verdict verdict, bool always, char *why)
{
	struct schema_finding *f;
	json_auto_t *text = json_string(r->rule->text);

	if (class == SCHEMA_NOT_EVALUATED || class == SCHEMA_CREATE)
		f = schema_note(r->findings, r->place, class, keyword, text);
	else
		f = schema_refuse(r->judge, r->findings, r->place, keyword, text, always);
	if (f) {
		f->text = r->rule->text;
		f->message = verdict == CEL_FALSE ? message_of(r) : steal(&why);
		schema_sanitize(f->message);
	}
	free(why);
}

/*
 * An update may leave a value unchanged that breaks a rule. Two cases are always refused: a rule
 * that reads the old value, and an evaluation that ends with an error.
 */
static void judge_update(struct ruling *r, enum cel_verdict *verdict)
{
	bool old = cel_uses_old_self(r->rule->program);
	char *why;

	*verdict = cel_judge(r->rule->program, &r->input, &why);
	if (*verdict == CEL_UNKNOWN)
		note(r, SCHEMA_NOT_EVALUATED, *verdict, false, why);
	else if (*verdict != CEL_TRUE)
		note(r, SCHEMA_ANY_CHANGE, *verdict, old || *verdict == CEL_ERROR, why);
}

/* A rule that accepts an absent old value may give another result on creation. */
static void judge_create(struct ruling *r)
{
	enum cel_verdict verdict;
	char *why;

	r->input.old_self = NULL;
	verdict = cel_judge(r->rule->program, &r->input, &why);
	if (verdict == CEL_UNKNOWN || verdict == CEL_TRUE)
		free(why);
	else
		note(r, SCHEMA_CREATE, verdict, false, why);
}

/* Without an identity, or when the server cannot find it, a list item has no old value. */
static void judge_rule(struct ruling *r, struct schema_rule *rule, const json_t *value)
{
	const json_t *old = r->place->fixed || r->place->unmatched ? NULL : value;
	enum cel_verdict verdict = CEL_TRUE;

	if (!rule->program)
		rule->program = cel_program_new(rule->text);
	if (rule->message_text && !rule->message_program)
		rule->message_program = cel_program_new(rule->message_text);
	r->rule = rule;
	r->input.old_self = old;
	r->input.optional_old_self = rule->optional_old_self;
	if (cel_uses_old_self(rule->program) && !old && !rule->optional_old_self)
		return;
	judge_update(r, &verdict);
	if (verdict == CEL_TRUE && cel_uses_old_self(rule->program) && old &&
		rule->optional_old_self)
		judge_create(r);
}

void schema_check_rules(struct schema_judge *judge, const struct schema_node *schema,
	const json_t *value, const struct schema_place *place, struct schema_findings *findings)
{
	bool is_root = place->path.len == 0;
	struct ruling r = {
		.judge = judge,
		.place = place,
		.findings = findings,
		.input = { .self = value,
			.schema = schema->types ? schema->types : schema,
			.root = is_root || schema->embedded,
			.patterns = &judge->patterns,
			.steps = &judge->steps },
	};

	for (size_t i = 0; i < schema->n_rules; i++)
		judge_rule(&r, &schema->rules[i], value);
}
