/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for single texts, by name: constant data and small tests. */
#ifndef CALICO_WRITE_WORDS_H
#define CALICO_WRITE_WORDS_H

#include "calico/write/findings.h"
#include "calico/write/target.h"

/* Judges a value by the rule of this name ("selector", "net"); adds findings. */
void words_judge(const char *rule, const char *path, const json_t *value,
	const struct write_target *t, struct write_findings *f);
/* Judges whether a value is one of the words "A|B|C". The finding proposes the nearest word. */
void words_judge_list(const char *rule, const char *list, const char *path, const json_t *value,
	struct write_findings *f);

/* Tests of Kubernetes' label syntax (k8s.io/apimachinery, validation). */
bool word_is_qualified_name(const char *text);
bool word_is_label_value(const char *text);
bool word_is_port_name(const char *text);
/* Whether Go's regexp package compiles a pattern (RE2). *why is a constant; it is set on false. */
bool word_is_regexp(const char *text, const char **why);

#endif
