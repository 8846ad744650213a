/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills in what calicoctl fills in before it writes an object, by kind and release (libcalico-go
 * lib/clientv3). A create and an update get the same. From v3.32 on this includes the defaults of
 * the CRD schemas, which nothing else sets in etcd.
 */
#ifndef CALICO_WRITE_DEFAULTS_H
#define CALICO_WRITE_DEFAULTS_H

#include <jansson.h>

#include "calico/model/kinds.h"
#include "calico/write/target.h"

/*
 * Changes a typed v3 object of input_read, in place. A second call changes nothing. Names stay
 * unchanged.
 */
void defaults_apply(const struct calico_kind *kind, json_t *object, const struct write_target *t);

#endif
