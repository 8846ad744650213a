/* SPDX-License-Identifier: Apache-2.0 */
/* For validate_policy.c: judges the fields of one rule together. */
#ifndef CALICO_WRITE_VALIDATE_RULE_H
#define CALICO_WRITE_VALIDATE_RULE_H

#include "calico/write/subject.h"

/* rule: the path of the rule, "spec.egress[2]". */
void validate_rule(const struct subject *s, const char *rule, bool egress);
/* Refuses global() in a selector. alone: a selector that is only global() is accepted. */
void validate_no_global(const struct subject *s, const char *path, bool alone);

#endif
