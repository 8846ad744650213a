/* SPDX-License-Identifier: Apache-2.0 */
#include "fault-script.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "tool.h"

enum { MAX_RULES = 4000, MAX_BODY = 64 << 20 };

struct fault_counts {
	atomic_llong requests;
	atomic_llong used[MAX_RULES];
};

static const struct {
	const char *name;
	enum fault_action action;
} actions[] = {
	{ "pass", FAULT_PASS },
	{ "pass-then-drop", FAULT_PASS_THEN_DROP },
	{ "reset before-body", FAULT_RESET_BEFORE_BODY },
	{ "reset before-answer", FAULT_RESET_BEFORE_ANSWER },
	{ "stall", FAULT_STALL },
};

struct reader {
	struct fault_script *script;
	const char *path;
	int line;
};

static char *where(const struct reader *r)
{
	return xasprintf("%s:%d", r->path, r->line);
}

static struct fault_rule *add_rule(struct reader *r)
{
	struct fault_script *s = r->script;

	if (s->n == MAX_RULES)
		die("%s:%d: more than %d rules", r->path, r->line, MAX_RULES);
	s->rules = xrealloc(s->rules, s->n + 1, sizeof(*s->rules));
	struct fault_rule *rule = &s->rules[s->n++];

	*rule = (struct fault_rule){
		.status = 200, .body_size = -1, .content_length = -1, .close_after = -1
	};
	return rule;
}

/* Cuts the next word off a line; never NULL. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t");
	char *end = word + strcspn(word, " \t");

	*line = *end ? end + 1 + strspn(end + 1, " \t") : end;
	*end = '\0';
	return word;
}

static void take_body_file(struct reader *r, struct fault_rule *rule, const char *path)
{
	err_auto e = { 0 };

	if (buf_read_file(&rule->body, path, MAX_BODY, &e) < 0)
		die("%s:%d: %s", r->path, r->line, e.msg);
}

static bool take_action(struct fault_rule *rule, const char *word, const char *rest)
{
	char_auto *whole = xasprintf("%s%s%s", word, *rest ? " " : "", rest);

	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (strcmp(whole, actions[i].name) == 0) {
			rule->action = actions[i].action;
			return true;
		}
	return false;
}

static bool take_number(
	struct reader *r, struct fault_rule *rule, const char *word, const char *rest)
{
	char_auto *at = where(r);

	if (strcmp(word, "times") == 0)
		rule->times = parse_number(at, rest, 1, LLONG_MAX);
	else if (strcmp(word, "status") == 0)
		rule->status = (int)parse_number(at, rest, 100, 999);
	else if (strcmp(word, "body-size") == 0)
		rule->body_size = parse_number(at, rest, 0, LLONG_MAX);
	else if (strcmp(word, "content-length") == 0)
		rule->content_length = parse_number(at, rest, 0, LLONG_MAX);
	else if (strcmp(word, "close-after-bytes") == 0)
		rule->close_after = parse_number(at, rest, 0, LLONG_MAX);
	else if (strcmp(word, "slow") == 0)
		rule->bytes_per_second = parse_number(at, rest, 1, 1 << 30);
	else
		return false;
	return true;
}

static void take_directive(struct reader *r, struct fault_rule *rule, char *line)
{
	const char *word = next_word(&line);

	if (strcmp(word, "header") == 0 && strchr(line, ':'))
		buf_printf(&rule->headers, "%s\r\n", line);
	else if (strcmp(word, "body") == 0)
		buf_puts(&rule->body, line);
	else if (strcmp(word, "body-file") == 0)
		take_body_file(r, rule, line);
	else if (strcmp(word, "hold") == 0 && *line && !rule->hold)
		rule->hold = xstrdup(line);
	else if (strcmp(word, "endless") == 0 && !*line)
		rule->endless = true;
	else if (strcmp(word, "endless-head") == 0 && !*line)
		rule->endless_head = true;
	else if (!take_number(r, rule, word, line) && !take_action(rule, word, line))
		die("%s:%d: \"%s %s\" is no directive", r->path, r->line, word, line);
}

static void take_line(struct reader *r, char *line)
{
	struct fault_script *s = r->script;

	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return;
	if (has_prefix(line, "on ")) {
		struct fault_rule *rule = add_rule(r);

		next_word(&line);
		rule->method = xstrdup(next_word(&line));
		rule->path = xstrdup(next_word(&line));
		if (!*rule->path || *line)
			die("%s:%d: it should be: on METHOD GLOB", r->path, r->line);
	} else if (has_prefix(line, "nth ")) {
		struct fault_rule *rule = add_rule(r);
		char_auto *at = where(r);

		next_word(&line);
		rule->nth = parse_number(at, next_word(&line), 1, LLONG_MAX);
		if (*line)
			take_directive(r, rule, line);
	} else if (s->n == 0) {
		die("%s:%d: a rule starts with \"on\" or \"nth\"", r->path, r->line);
	} else {
		take_directive(r, &s->rules[s->n - 1], line);
	}
}

void fault_script_load(struct fault_script *script, const char *path)
{
	struct reader r = { .script = script, .path = path };
	buf_auto text = { 0 };
	err_auto e = { 0 };

	*script = (struct fault_script){ .counts = mmap(NULL, sizeof(*script->counts),
						 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
						 -1, 0) };
	if (script->counts == MAP_FAILED)
		die("no shared memory for the counters");
	if (buf_read_file(&text, path, 16 << 20, &e) < 0)
		die("%s", e.msg);
	for (char *line = text.data; line && *line;) {
		char *end = line + strcspn(line, "\n");
		char *next = *end ? end + 1 : end;

		*end = '\0';
		r.line++;
		take_line(&r, line);
		line = next;
	}
}

void fault_script_release(struct fault_script *script)
{
	for (size_t i = 0; i < script->n; i++) {
		free(script->rules[i].method);
		free(script->rules[i].path);
		free(script->rules[i].hold);
		buf_release(&script->rules[i].headers);
		buf_release(&script->rules[i].body);
	}
	free(script->rules);
	munmap(script->counts, sizeof(*script->counts));
	*script = (struct fault_script){ 0 };
}

static bool matches(
	const struct fault_rule *rule, long long nth, const char *method, const char *path)
{
	if (rule->nth)
		return rule->nth == nth;
	return (strcmp(rule->method, "*") == 0 || strcmp(rule->method, method) == 0) &&
	       fnmatch(rule->path, path, 0) == 0;
}

const struct fault_rule *fault_script_match(
	struct fault_script *script, const char *method, const char *path)
{
	struct fault_counts *c = script->counts;
	long long nth = atomic_fetch_add(&c->requests, 1) + 1;

	for (size_t i = 0; i < script->n; i++) {
		const struct fault_rule *rule = &script->rules[i];

		if (matches(rule, nth, method, path) &&
			(!rule->times || atomic_fetch_add(&c->used[i], 1) < rule->times))
			return rule;
	}
	return NULL;
}
