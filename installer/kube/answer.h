/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the fields that all answers of an API server have in common. Only kube/api.c uses this. */
#ifndef KUBE_ANSWER_H
#define KUBE_ANSWER_H

#include "kube/api.h"

/* ERR_FORMAT: the message names the field that is missing or has a wrong type. */
CHECKED int kube_answer_check(const struct kube_call *call, const json_t *body, struct err *e);

#endif
