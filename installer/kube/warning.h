/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warning headers of an API server (RFC 7234, section 5.5; code 299 only, as with kubectl): what it
 * says of deprecated kinds and of admission policies that warn.
 */
#ifndef KUBE_WARNING_H
#define KUBE_WARNING_H

#include <jansson.h>

#include "kube/config/exec.h"

enum {
	WARNINGS_MAX = 100, /* different ones in a run */
	WARNING_BYTES = 1000, /* of one; the rest is cut off */
};

/* values: those of one answer's headers, a line each. seen: an object, its keys are those told. */
void kube_warn(json_t *seen, const char *values, const struct kube_notes *notes);

#endif
