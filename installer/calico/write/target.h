/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where objects are written to. The release of Calico, the datastore and the API group decide which
 * rules hold. Plain data, borrowed.
 */
#ifndef CALICO_WRITE_TARGET_H
#define CALICO_WRITE_TARGET_H

#include "base/util.h"

struct write_target {
	const char *release; /* "v3.32.1"; never NULL */
	bool etcd; /* the datastore is etcdv3; false: the Kubernetes API */
	bool v3; /* custom resources are projectcalico.org/v3 (Kubernetes only) */
};

/* Whether the target's release is at least this one: target_since(t, "v3.30"). */
bool target_since(const struct write_target *t, const char *release);

#endif
