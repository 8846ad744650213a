/* SPDX-License-Identifier: Apache-2.0 */
/* For validate_policy.c: rules between the fields of one rule. */
#ifndef CALICO_WRITE_VALIDATE_RULE_H
#define CALICO_WRITE_VALIDATE_RULE_H

#include "calico/write/subject.h"

/* rule is its path, "spec.egress[2]". */
void validate_rule(const struct subject *s, const char *rule, bool egress);
/* A selector that global() must not be in; alone: it may be the whole of it. */
void validate_no_global(const struct subject *s, const char *path, bool alone);

#endif
