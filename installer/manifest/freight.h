/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a bundle that this program transports and never applies: the rest of an installation,
 * for kubectl. Their names are freight/NAME.yaml. They are digested and signed like all others.
 */
#ifndef MANIFEST_FREIGHT_H
#define MANIFEST_FREIGHT_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

#define FREIGHT "freight"

bool freight_is(const char *name); /* name: the name of an entry in a bundle */
/* Adds the images of all containers in the file to images, an object whose keys they are. */
CHECKED int freight_images(
	json_t *images, const char *name, const struct buf *text, struct err *e);

#endif
