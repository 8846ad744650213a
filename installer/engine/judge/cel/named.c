/* SPDX-License-Identifier: Apache-2.0 */
/* format.dns1123Label() and the like: named formats for texts. */
#include <string.h>

#include "engine/judge/cel/parts.h"
#include "engine/judge/schema/schema.h"

#define LABEL "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define QUALIFIED "[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"

/* Either pattern, for a text of at most "most" bytes, or schema: a format of schemas. */
struct cel_named {
	const char *name, *pattern, *schema;
	size_t most;
	bool prefix; /* a dash at the end is also allowed */
};

static const struct cel_named formats[] = {
	{ "dns1123Label", "^" LABEL "$", NULL, 63, false },
	{ "dns1123LabelPrefix", "^" LABEL "$", NULL, 63, true },
	{ "dns1123Subdomain", "^" LABEL "(\\." LABEL ")*$", NULL, 253, false },
	{ "dns1123SubdomainPrefix", "^" LABEL "(\\." LABEL ")*$", NULL, 253, true },
	{ "dns1035Label", "^[a-z]([-a-z0-9]*[a-z0-9])?$", NULL, 63, false },
	{ "dns1035LabelPrefix", "^[a-z]([-a-z0-9]*[a-z0-9])?$", NULL, 63, true },
	{ "labelValue", "^(" QUALIFIED ")?$", NULL, 63, false },
	{ "qualifiedName", "^" QUALIFIED "$", NULL, 63, false },
	{ "uri", NULL, NULL, 0, false },
	{ "uuid", NULL, "uuid", 0, false },
	{ "byte", NULL, "byte", 0, false },
	{ "date", NULL, "date", 0, false },
	{ "datetime", NULL, "date-time", 0, false },
};

static enum schema_match match_pattern(struct cel_run *run, const struct cel_named *format,
	const char *s, size_t n)
{
	return n <= format->most ? schema_pattern_match(run->input->patterns, format->pattern, s, n)
				 : SCHEMA_NO_MATCH;
}

static enum schema_match match_prefix(
	struct cel_run *run, const struct cel_named *format, const struct cel_text *t)
{
	char *copy = cel_copy(&run->arena, t->s, t->n);

	if (!copy)
		return SCHEMA_MATCH_UNKNOWN;
	/* The server replaces the last two characters by a letter. */
	copy[t->n - 2] = 'a';
	return match_pattern(run, format, copy, t->n - 1);
}

/* Matches PREFIX/NAME, or only NAME. */
static enum schema_match match_qualified(
	struct cel_run *run, const struct cel_named *format, const struct cel_text *t)
{
	const char *slash = t->n > 0 ? memchr(t->s, '/', t->n) : NULL;
	size_t prefix = slash ? (size_t)(slash - t->s) : 0;
	size_t name = slash ? prefix + 1 : 0;

	if (slash && match_pattern(run, &formats[2], t->s, prefix) != SCHEMA_MATCH)
		return SCHEMA_NO_MATCH;
	return match_pattern(run, format, t->s + name, t->n - name);
}

static enum schema_match match(
	struct cel_run *run, const struct cel_named *format, const struct cel_text *t)
{
	bool known, good;

	if (!format->pattern && !format->schema) {
		good = cel_is_url(run, t, &known);
		return !known ? SCHEMA_MATCH_UNKNOWN : good ? SCHEMA_MATCH : SCHEMA_NO_MATCH;
	}
	if (format->schema)
		return schema_format_match(run->input->patterns, format->schema, t->s, t->n);
	if (strcmp(format->name, "qualifiedName") == 0)
		return match_qualified(run, format, t);
	if (format->prefix && t->n > 1 && t->s[t->n - 1] == '-')
		return match_prefix(run, format, t);
	return match_pattern(run, format, t->s, t->n);
}

static struct cel_value value_of(const struct cel_named *format)
{
	return (struct cel_value){ .type = CEL_V_FORMAT, .format = format };
}

bool cel_find_format(const char *name, size_t n, struct cel_value *found)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strlen(formats[i].name) == n && memcmp(formats[i].name, name, n) == 0) {
			*found = value_of(&formats[i]);
			return true;
		}
	return false;
}

static struct cel_value named(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value found;

	(void)n;
	if (args[0].type != CEL_V_STRING)
		return cel_no_overload();
	return cel_optional(run,
		cel_find_format(args[0].text.s, args[0].text.n, &found) ? &found : NULL);
}

/*
 * Returns an empty optional when the text matches. Else the optional holds a list of faults, in
 * words that only the server knows.
 */
static struct cel_value validate(struct cel_run *run, const struct cel_value *args, size_t n)
{
	struct cel_value words = cel_unknown(run, "the words of validate()");
	enum schema_match verdict;

	(void)n;
	if (args[0].type != CEL_V_FORMAT || args[1].type != CEL_V_STRING)
		return cel_no_overload();
	if (!cel_spend(run, 1000 + args[1].text.n))
		return cel_exhausted();
	verdict = match(run, args[0].format, &args[1].text);
	if (verdict == SCHEMA_MATCH_UNKNOWN)
		return cel_unknown(run, "this format");
	return cel_optional(run, verdict == SCHEMA_MATCH ? NULL : &words);
}

const struct cel_function cel_named_functions[] = {
	{ "format.named", false, 1, 1, named },
	{ "validate", true, 2, 2, validate },
	{ 0 },
};
