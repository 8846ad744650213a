/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warning headers of an API server (RFC 7234, section 5.5; code 299 only, as with kubectl). Servers
 * warn of deprecated kinds; admission policies can warn, too.
 */
#ifndef KUBE_WARNING_H
#define KUBE_WARNING_H

#include <jansson.h>

#include "kube/config/exec.h"

enum {
	WARNINGS_MAX = 100, /* most different warnings in a run */
	WARNING_BYTES = 1000, /* most bytes of one warning; the rest is cut off */
};

/*
 * values: the headers of one answer, a line each. seen: an object whose keys are the warnings
 * reported before.
 */
void kube_warn(json_t *seen, const char *values, const struct kube_notes *notes);

#endif
