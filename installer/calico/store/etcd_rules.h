/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the release of the objects in etcd. It is read in the same batch as the first objects. */
#ifndef CALICO_STORE_ETCD_RULES_H
#define CALICO_STORE_ETCD_RULES_H

#include "calico/store/etcd_client.h"

enum { ETCD_N_TELLING = 2 };

/* Makes ETCD_N_TELLING requests. */
void etcd_ask_rules(struct http_req *reqs);
/* Takes the answers. When no answer tells the release, the conventions of v3.29.1 hold. */
void etcd_take_rules(struct etcd *s, const struct http_req *reqs);

#endif
