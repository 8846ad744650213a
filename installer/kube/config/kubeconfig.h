/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubeconfig files: which ones, what an entry of a name is across them, and its fields, with errors
 * that name file and place but never a value. The struct owns paths and contents (which are
 * overwritten on release); an entry and the strings read from it borrow from the struct.
 */
#ifndef KUBE_CONFIG_KUBECONFIG_H
#define KUBE_CONFIG_KUBECONFIG_H

#include <jansson.h>

#include "base/buf.h"

enum kubeconfig_section { KUBECONFIG_CONTEXT, KUBECONFIG_CLUSTER, KUBECONFIG_USER };

struct kubeconfig_file {
	char *path;
	json_t *root; /* an object whose three sections have been checked */
};

struct kubeconfig {
	struct kubeconfig_file *files; /* the first one wins */
	size_t n;
	bool is_explicit; /* one file, asked for by name */
	json_t *notes; /* strings: what of the files does not count; NULL: none was read */
	char *nothing; /* why there is none, when there is none: a clause for an error */
};

/* Zero is an entry without fields. */
struct kubeconfig_entry {
	enum kubeconfig_section section;
	const char *file, *name;
	const json_t *fields; /* NULL: none */
	const char *inside; /* "exec." when fields are those of a map inside; for errors */
};

/* path: --kubeconfig or NULL for $KUBECONFIG, then ~/.kube/config. No file at all is no error. */
CHECKED int kubeconfig_load(struct kubeconfig *k, const char *path, struct err *e);
/* Files, colon-separated, of which one must exist; NULL: $KUBECONFIG. from: who names them. */
CHECKED int kubeconfig_load_list(
	struct kubeconfig *k, const char *list, const char *from, struct err *e);
/* The text of a file that has no path: its own paths are relative to the current directory. */
CHECKED int kubeconfig_load_text(struct kubeconfig *k, const char *text, struct err *e);
void kubeconfig_release(struct kubeconfig *k);

char *kubeconfig_paths(const struct kubeconfig *k); /* colon-separated */
bool kubeconfig_is_empty(const struct kubeconfig *k); /* nothing that could be selected */
const char *kubeconfig_current_context(const struct kubeconfig *k); /* NULL: none is set */
/* An unknown name is an error that tells the nearest one, or all. */
CHECKED int kubeconfig_find(const struct kubeconfig *k, enum kubeconfig_section section,
	const char *name, struct kubeconfig_entry *entry, struct err *e);
/* All names of a section, each once, in the order of the files: the keys of a new object. */
json_t *kubeconfig_name_set(const struct kubeconfig *k, enum kubeconfig_section section);
/* "a, b, c": what a section offers. */
char *kubeconfig_names(const struct kubeconfig *k, enum kubeconfig_section section);

/* Missing, null and empty are all NULL, and false. */
CHECKED int kubeconfig_string(
	const struct kubeconfig_entry *entry, const char *field, const char **value, struct err *e);
CHECKED int kubeconfig_bool(
	const struct kubeconfig_entry *entry, const char *field, bool *value, struct err *e);
/* Is there anything, of whatever type? */
bool kubeconfig_has(const struct kubeconfig_entry *entry, const char *field);
/* Prepends file, entry and field. */
int kubeconfig_blame(const struct kubeconfig_entry *entry, const char *field, struct err *e);
char *kubeconfig_where(const struct kubeconfig_entry *entry); /* cluster "c" of FILE */
/* A path of an entry as its file means it: relative to the directory of the file. */
char *kubeconfig_resolve(const struct kubeconfig_entry *entry, const char *path);

#endif
