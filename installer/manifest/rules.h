/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences for CEL rules: manifests/rules.txt has one for each rule that Calico publishes. The
 * built-in manifests omit upstream's messages, and a user who breaks a rule should not have to read
 * an expression.
 */
#ifndef MANIFEST_RULES_H
#define MANIFEST_RULES_H

#include <jansson.h>

#include "base/err.h"

/* The sentence for a rule of this kind at this field ("spec.cidr"; "": the object itself). */
char *rules_sentence(const char *kind, const char *field, const char *rule); /* NULL: none */
/* Gives each rule of the CRD without a message its sentence, in place. */
void rules_fill(json_t *crd);
/* ERR_FORMAT names the first rule of the CRD that has no sentence. */
CHECKED int rules_check(const json_t *crd, struct err *e);

#endif
