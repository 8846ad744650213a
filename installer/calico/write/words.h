/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that a single text must keep, by name: constant data and small tests. */
#ifndef CALICO_WRITE_WORDS_H
#define CALICO_WRITE_WORDS_H

#include "calico/write/findings.h"
#include "calico/write/target.h"

/* Judges a value by the rule of this name ("selector", "net"); adds what it finds. */
void words_judge(const char *rule, const char *path, const json_t *value,
	const struct write_target *t, struct write_findings *f);
/* One of the words of a list "A|B|C"; the nearest is proposed. */
void words_judge_list(const char *rule, const char *list, const char *path, const json_t *value,
	struct write_findings *f);

/* Kubernetes' forms of labels (k8s.io/apimachinery, validation). */
bool word_is_qualified_name(const char *text);
bool word_is_label_value(const char *text);
bool word_is_port_name(const char *text);
/* Whether Go's regexp compiles a pattern (RE2); *why, a constant, is set when it does not. */
bool word_is_regexp(const char *text, const char **why);

#endif
