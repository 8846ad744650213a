/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/rules.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "manifest/crd.h"

/* The text of the file after a newline, so that a newline is before each line. */
__asm__(".pushsection .rodata, \"a\"\n"
	"rules_text:\n"
	"	.byte 10\n"
	"	.incbin \"manifests/rules.txt\"\n"
	"	.byte 0\n"
	".popsection\n");
extern const char rules_text[] __attribute__((visibility("hidden")));

/* The first line of sentences below a rule; NULL: the rule is not in the file. */
static const char *sentences_of(const char *rule)
{
	char_auto *line = xasprintf("\n%s\n\t", rule);
	const char *found = strchr(rule, '\n') ? NULL : strstr(rules_text, line);

	return found ? found + strlen(line) - 1 : NULL;
}

/* A line that names a place is for that place. The last line names none and is for all others. */
char *rules_sentence(const char *kind, const char *field, const char *rule)
{
	char_auto *place = xasprintf("%s%s%s: ", kind, *field ? "." : "", field);
	const char *line = sentences_of(rule), *last = NULL;

	for (; line && *line == '\t'; line += strcspn(line, "\n"), line += *line == '\n') {
		last = ++line;
		if (has_prefix(line, place)) {
			last += strlen(place);
			break;
		}
	}
	return last ? xstrndup(last, strcspn(last, "\n")) : NULL;
}

/* A walk over the rules of a CRD, used for two purposes. When visit returns -1, it ends. */
struct walk {
	const char *kind;
	struct buf field;
	int (*visit)(const struct walk *w, json_t *rule, struct err *e);
};

static int walk(struct walk *w, json_t *schema, struct err *e);

static int walk_below(struct walk *w, json_t *schema, const char *key, struct err *e)
{
	size_t len = w->field.len;

	buf_printf(&w->field, "%s%s", len > 0 && *key != '[' ? "." : "", key);
	int rc = walk(w, schema, e);

	w->field.len = len;
	w->field.data[len] = '\0';
	return rc;
}

static int walk(struct walk *w, json_t *schema, struct err *e)
{
	json_t *child;
	const char *key;
	size_t i;

	json_array_foreach(json_object_get(schema, "x-kubernetes-validations"), i, child)
		if (json_str(child, "rule") && w->visit(w, child, e) < 0)
			return -1;
	json_object_foreach(json_object_get(schema, "properties"), key, child)
		if (walk_below(w, child, key, e) < 0)
			return -1;
	for (i = 0; i < 2; i++) {
		child = json_object_get(schema, i ? "additionalProperties" : "items");
		if (json_is_object(child) && walk_below(w, child, "[*]", e) < 0)
			return -1;
	}
	return 0;
}

static int walk_crd(const json_t *crd, int (*visit)(const struct walk *, json_t *, struct err *),
	struct err *e)
{
	struct walk w = { .kind = crd_kind(crd), .visit = visit };
	json_t *version;
	size_t i;
	int rc = 0;

	json_array_foreach(crd_versions(crd), i, version)
		if (rc == 0)
			rc = walk(&w,
				(json_t *)(uintptr_t)json_at(
					version, "schema", "openAPIV3Schema", NULL),
				e);
	buf_release(&w.field);
	return rc;
}

static char *sentence_of(const struct walk *w, const json_t *rule)
{
	return rules_sentence(w->kind, buf_str(&w->field), json_str(rule, "rule"));
}

static int fill(const struct walk *w, json_t *rule, struct err *e)
{
	char_auto *sentence = NULL;

	(void)e;
	if (json_object_get(rule, "message") || json_object_get(rule, "messageExpression"))
		return 0;
	sentence = sentence_of(w, rule);
	if (sentence)
		json_object_set_new(rule, "message", json_string(sentence));
	return 0;
}

void rules_fill(json_t *crd)
{
	err_auto unused = { 0 };

	if (walk_crd(crd, fill, &unused) < 0)
		return; /* cannot happen: fill returns 0 */
}

static int check(const struct walk *w, json_t *rule, struct err *e)
{
	char_auto *sentence = sentence_of(w, rule);

	if (sentence)
		return 0;
	return err_set(e, ERR_FORMAT, 0,
		"%s, %s: manifests/rules.txt has no sentence for this rule; add one: %s", w->kind,
		w->field.len ? buf_str(&w->field) : "(the object)", json_str(rule, "rule"));
}

int rules_check(const json_t *crd, struct err *e)
{
	return walk_crd(crd, check, e);
}
