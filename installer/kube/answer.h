/* SPDX-License-Identifier: Apache-2.0 */
/* What every answer of an API server has, whatever was asked; for kube/api.c only. */
#ifndef KUBE_ANSWER_H
#define KUBE_ANSWER_H

#include "kube/api.h"

/* ERR_FORMAT says what is missing or of a wrong type. */
CHECKED int kube_answer_check(const struct kube_call *call, const json_t *body, struct err *e);

#endif
