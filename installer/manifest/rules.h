/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CEL rules in the words of this project: manifests/rules.txt has a sentence for each rule that
 * Calico publishes. The releases here leave out upstream's messages, and a user who breaks a rule
 * should not read an expression.
 */
#ifndef MANIFEST_RULES_H
#define MANIFEST_RULES_H

#include <jansson.h>

#include "base/err.h"

/* The sentence for a rule of this kind at this field ("spec.cidr"; "" is the object itself). */
char *rules_sentence(const char *kind, const char *field, const char *rule); /* NULL: none */
/* Gives each rule of the CRD that has no message its sentence, in place. */
void rules_fill(json_t *crd);
/* ERR_FORMAT names the first rule of the CRD for which there is no sentence. */
CHECKED int rules_check(const json_t *crd, struct err *e);

#endif
