/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where desired state comes from: bytes with their origin, digest and proof, and the CRDs parsed
 * from those same bytes. The struct owns everything.
 */
#ifndef MANIFEST_SOURCE_H
#define MANIFEST_SOURCE_H

#include <jansson.h>

#include "manifest/catalog.h"

struct source {
	char *name; /* "v3.29.1", or the file's name */
	char *origin; /* "embedded", a path, "standard input" */
	const char *verified_by; /* how the bytes were proven; NULL: they were not */
	char sha256[SHA256_HEX_SIZE]; /* of upstream's file for an embedded release */
	json_t *crds; /* checked, sorted by name */
};

/* The binary's own list of releases. */
CHECKED int source_catalog(struct catalog *c, struct err *e);
struct surfaces;
CHECKED int source_surfaces(struct surfaces *s, struct err *e);
CHECKED int source_embedded(struct source *s, const struct release *r, struct err *e);
/* "-" is standard input. The catalog tells whether it is a published file. */
CHECKED int source_file(struct source *s, const struct catalog *c, const char *path, struct err *e);
/* Leaves out the CRD of that name; ERR_USAGE when there is none. */
CHECKED int source_exclude(struct source *s, const char *name, struct err *e);
void source_release(struct source *s);

#define source_auto __attribute__((cleanup(source_release))) struct source
#define catalog_auto __attribute__((cleanup(catalog_release))) struct catalog

#endif
