/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML and JSON text to and from jansson values, typed the way Kubernetes tooling types them
 * (YAML 1.1 booleans and octals, merge keys, timestamps kept as strings). The array that
 * yaml_load returns is the caller's.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <jansson.h>

#include "base/buf.h"

/* Ceilings for hostile input. */
enum {
	YAML_MAX_BYTES = 16 << 20,
	YAML_MAX_DEPTH = 100,
	YAML_MAX_DOCUMENTS = 1000,
	YAML_MAX_NODES = 2000000, /* after the expansion of aliases */
};

/*
 * All documents of a text as one JSON array, empty documents (and null ones) left out. Text that
 * starts with '{' or '[' may also be one or more JSON values in a row. An error says
 * "NAME:line:column: what", kind ERR_FORMAT, and never quotes a value. Duplicate keys, bad UTF-8,
 * NaN and infinities, and tags other than !!str, !!int, !!float, !!bool, !!null and !!binary are
 * errors. A map's own keys win over those that "<<" merges in, wherever they stand; kubectl lets
 * the later one win.
 */
CHECKED json_t *yaml_load(const char *name, const char *text, size_t len, struct err *e);

/*
 * Reads only the first document, as kubectl reads a kubeconfig: when a key stands twice, the last
 * value counts, and later documents are not read. notes: an array that gets a string for each of
 * these. An empty document is kept as null, so that [] means an empty text.
 */
CHECKED json_t *yaml_load_first(
	const char *name, const char *text, size_t len, json_t *notes, struct err *e);

/*
 * One value as a YAML document without "---": keys in the order of Kubernetes tooling, two spaces,
 * sequences not indented, text folded behind column 80.
 */
void yaml_write(struct buf *out, const json_t *value);

/* False for text that a plain scalar would turn into another type, as in "yes", "0123", "1e3". */
bool yaml_plain_is_string(const char *s, size_t len);

#endif
