/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/rules.h"

#include <string.h>

#include "base/json.h"
#include "calico/write/words.h"

/* The state of a walk through an object. */
struct judge {
	const struct write_target *target;
	struct write_findings *findings;
	struct buf path; /* "spec.ingress[0]" */
};

/* Adds a key to the path. Returns a mark for leave, which restores the path. */
static size_t enter(struct judge *j, const char *key)
{
	size_t mark = j->path.len;

	buf_printf(&j->path, "%s%s", mark > 0 ? "." : "", key);
	return mark;
}

static size_t enter_item(struct judge *j, size_t i)
{
	size_t mark = j->path.len;

	buf_printf(&j->path, "[%zu]", i);
	return mark;
}

static void leave(struct judge *j, size_t mark)
{
	j->path.len = mark;
	j->path.data[mark] = '\0';
}

static bool is_empty(const json_t *v)
{
	return !v || json_is_null(v) || (json_is_string(v) && json_string_length(v) == 0) ||
	       (json_is_array(v) && json_array_size(v) == 0);
}

static void judge_word(struct judge *j, const char *rule, const json_t *v)
{
	words_judge(rule, buf_str(&j->path), v, j->target, j->findings);
}

static void judge_number(struct judge *j, const char *rule, const json_t *v)
{
	double bound = strtod(rule + strcspn(rule, "-0123456789"), NULL), n = json_number_value(v);
	bool holds = has_prefix(rule, ">=")   ? n >= bound
		     : has_prefix(rule, "<=") ? n <= bound
		     : *rule == '>'	      ? n > bound
					      : n < bound;

	if (json_is_number(v) && !holds)
		findings_add(j->findings, "range", buf_str(&j->path), v, NULL, "is not %s%.0f",
			has_prefix(rule, ">=")	 ? "at least "
			: has_prefix(rule, "<=") ? "at most "
			: *rule == '>'		 ? "above "
						 : "below ",
			bound);
}

static void judge_unique(struct judge *j, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		for (size_t k = 0; k < i; k++)
			if (json_same(json_array_get(list, i), json_array_get(list, k))) {
				findings_add(j->findings, "unique", buf_str(&j->path),
					json_array_get(list, i), "keep one", "is there twice");
				return;
			}
}

/* Judges min and max of a prefix length: 0 to the width of an address. */
static void judge_prefix_length(struct judge *j, const json_t *v, int width)
{
	double n = json_number_value(v);

	if (n < 0 || n > width)
		findings_add(j->findings, "range", buf_str(&j->path), v, NULL,
			"is no length of a prefix: 0 to %d", width);
}

/* Judges each text of a list by the rule. */
static void judge_each_word(struct judge *j, const char *rule, const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item) {
		size_t mark = enter_item(j, i);

		judge_word(j, rule, item);
		leave(j, mark);
	}
}

static void judge_gone(struct judge *j, const char *rule, const json_t *v)
{
	bool is_set = strcmp(rule, "mustBeFalse") == 0 ? json_is_true(v) : !json_is_null(v);

	if (is_set)
		findings_add(j->findings, "gone", buf_str(&j->path), v,
			"write ipipMode and natOutgoing", "is a field of the older API only");
}

/*
 * Judges rules that are no test of a text. False: judge_word judges the rule. "ipVersion" and
 * "bpfLogFilters" need no more.
 */
static bool judge_special(struct judge *j, const char *rule, const json_t *v)
{
	if (strcmp(rule, "unique") == 0)
		judge_unique(j, v);
	else if (strchr("<>", *rule) || has_prefix(rule, "lt="))
		judge_number(j, rule, v);
	else if (strcmp(rule, "bgpFilterPrefixLengthV4") == 0)
		judge_prefix_length(j, v, 32);
	else if (strcmp(rule, "bgpFilterPrefixLengthV6") == 0)
		judge_prefix_length(j, v, 128);
	else if (strcmp(rule, "cidrs") == 0)
		judge_each_word(j, "cidr", v);
	else if (strcmp(rule, "ifaceFilterSlice") == 0)
		judge_each_word(j, "ifaceFilter", v);
	else if (has_prefix(rule, "mustBe"))
		judge_gone(j, rule, v);
	else if (strcmp(rule, "ipVersion") == 0 && json_integer_value(v) != 4 &&
		 json_integer_value(v) != 6)
		findings_add(j->findings, rule, buf_str(&j->path), v, NULL, "is not 4 or 6");
	else if (strcmp(rule, "reachableBy") == 0)
		judge_word(j, "ip", v);
	else
		return strcmp(rule, "ipVersion") == 0 || strcmp(rule, "bpfLogFilters") == 0;
	return true;
}

static void judge_rule(struct judge *j, const char *rule, const json_t *v)
{
	if (has_prefix(rule, "one of "))
		words_judge_list("one-of", rule + strlen("one of "), buf_str(&j->path), v,
			j->findings);
	else if (!judge_special(j, rule, v))
		judge_word(j, rule, v);
}

/* A rule that follows "each" judges the items of a list. */
static void judge_items(struct judge *j, const char *rule, const json_t *v)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)v, i, item) {
		size_t mark = enter_item(j, i);

		judge_rule(j, rule, item);
		leave(j, mark);
	}
}

/*
 * Whether a value is judged. An empty text is judged only when Go's type has no omitempty and the
 * rule refuses empty texts.
 */
static bool counts(const struct calico_field *f, const json_t *v)
{
	static const char *const rules[] = { "name", "action", "portName", "ip" };

	if (!is_empty(v))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (f->type & FIELD_ALWAYS && json_is_string(v) && field_has_rule(f, rules[i]))
			return true;
	return false;
}

static void judge_field(struct judge *j, const struct calico_field *f, const json_t *v)
{
	char_auto *rules = f->rules ? xstrdup(f->rules) : NULL;
	bool each = false, count = counts(f, v);
	char *state = NULL;

	for (char *rule = rules ? strtok_r(rules, ",", &state) : NULL; rule;
		rule = strtok_r(NULL, ",", &state)) {
		rule += strspn(rule, " ");
		if (strcmp(rule, "required") == 0) {
			if (is_empty(v))
				findings_add(j->findings, "required", buf_str(&j->path), NULL,
					NULL, "is missing");
		} else if (strcmp(rule, "each") == 0) {
			each = true;
		} else if (count && each) {
			judge_items(j, rule, v);
		} else if (count) {
			judge_rule(j, rule, v);
		}
	}
}

static void judge_struct(struct judge *j, const struct field_table *t, const json_t *object);

static void judge_below(
	struct judge *j, const struct calico_field *f, const struct field_table *t, const json_t *v)
{
	const json_t *item;
	size_t i;

	if (!(f->type & FIELD_LIST)) {
		if (json_is_object(v))
			judge_struct(j, t, v);
		return;
	}
	json_array_foreach((json_t *)(uintptr_t)v, i, item) {
		size_t mark = enter_item(j, i);

		judge_struct(j, t, item);
		leave(j, mark);
	}
}

static void judge_struct(struct judge *j, const struct field_table *t, const json_t *object)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct calico_field *f = t->fields[i];
		const json_t *v = json_object_get(object, f->name);

		if (!f->rules && (!v || !t->below[i]))
			continue;
		size_t mark = enter(j, f->name);

		judge_field(j, f, v);
		if (t->below[i] && v)
			judge_below(j, f, t->below[i], v);
		leave(j, mark);
	}
}

void rules_judge(const struct calico_struct *type, const json_t *object,
	const struct write_target *t, struct write_findings *f)
{
	struct judge j = { .findings = f, .target = t };
	unsigned release = field_release(t->release);

	judge_struct(&j, field_table(type, release ? release : FIELD_NEWEST), object);
	buf_release(&j.path);
}
