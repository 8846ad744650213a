/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What calicoctl fills in before it writes an object, by kind and release: the same for a create
 * and for an update (libcalico-go lib/clientv3). With v3.32, that includes the defaults of the CRD
 * schemas, which etcd has nobody else for.
 */
#ifndef CALICO_WRITE_DEFAULTS_H
#define CALICO_WRITE_DEFAULTS_H

#include <jansson.h>

#include "calico/model/kinds.h"
#include "calico/write/target.h"

/* A typed v3 object of input_read, in place. Idempotent. Names stay as they were given. */
void defaults_apply(const struct calico_kind *kind, json_t *object, const struct write_target *t);

#endif
