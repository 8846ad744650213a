/* SPDX-License-Identifier: Apache-2.0 */
/* Which release the objects in etcd are of: read with the first objects, in the same batch. */
#ifndef CALICO_STORE_ETCD_RULES_H
#define CALICO_STORE_ETCD_RULES_H

#include "calico/store/etcd_client.h"

enum { ETCD_N_TELLING = 2 };

/* Makes ETCD_N_TELLING requests. */
void etcd_ask_rules(struct http_req *reqs);
/* Their answers. Where nothing tells, v3.29.1's conventions hold. */
void etcd_take_rules(struct etcd *s, const struct http_req *reqs);

#endif
