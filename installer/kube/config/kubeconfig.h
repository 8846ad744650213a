/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubeconfig files: chooses the files, finds entries by name in all of them, and reads their
 * fields. Errors name file and place, but never a value. The struct owns paths and contents, and
 * overwrites the contents on release. An entry and its strings borrow from the struct.
 */
#ifndef KUBE_CONFIG_KUBECONFIG_H
#define KUBE_CONFIG_KUBECONFIG_H

#include <jansson.h>

#include "base/buf.h"

enum kubeconfig_section { KUBECONFIG_CONTEXT, KUBECONFIG_CLUSTER, KUBECONFIG_USER };

struct kubeconfig_file {
	char *path;
	json_t *root; /* an object; its three sections have been checked */
};

struct kubeconfig {
	struct kubeconfig_file *files; /* for each entry the first file wins */
	size_t n;
	bool is_explicit; /* one file, which the user named */
	json_t *notes; /* strings: ignored parts of the files; NULL: no file was read */
	char *nothing; /* when nothing can be selected, the reason: a clause for an error */
};

/* Zero is an entry without fields. */
struct kubeconfig_entry {
	enum kubeconfig_section section;
	const char *file, *name;
	const json_t *fields; /* NULL: none */
	/* for errors: "exec." when fields are those of the map exec; NULL: the entry's own */
	const char *inside;
};

/*
 * path: --kubeconfig; NULL: $KUBECONFIG, else ~/.kube/config. Without any file there is no error.
 */
CHECKED int kubeconfig_load(struct kubeconfig *k, const char *path, struct err *e);
/* list: colon-separated files, one of which must exist; NULL: $KUBECONFIG. from: who names them. */
CHECKED int kubeconfig_load_list(
	struct kubeconfig *k, const char *list, const char *from, struct err *e);
/* Reads the text of a file without a path. Paths in it are relative to the current directory. */
CHECKED int kubeconfig_load_text(struct kubeconfig *k, const char *text, struct err *e);
void kubeconfig_release(struct kubeconfig *k);

char *kubeconfig_paths(const struct kubeconfig *k); /* colon-separated */
bool kubeconfig_is_empty(const struct kubeconfig *k); /* no entry can be selected */
const char *kubeconfig_current_context(const struct kubeconfig *k); /* NULL: none is set */
/* For an unknown name, the error names the nearest one, or all. */
CHECKED int kubeconfig_find(const struct kubeconfig *k, enum kubeconfig_section section,
	const char *name, struct kubeconfig_entry *entry, struct err *e);
/* All names of a section, each once, in the order of the files: the keys of a new object. */
json_t *kubeconfig_name_set(const struct kubeconfig *k, enum kubeconfig_section section);
/* "a, b, c": the names of a section, for messages; the caller frees it. */
char *kubeconfig_names(const struct kubeconfig *k, enum kubeconfig_section section);

/* A field that is missing, null or empty gives NULL, or false. */
CHECKED int kubeconfig_string(
	const struct kubeconfig_entry *entry, const char *field, const char **value, struct err *e);
CHECKED int kubeconfig_bool(
	const struct kubeconfig_entry *entry, const char *field, bool *value, struct err *e);
/* True when the field has a value of any type that is not empty. */
bool kubeconfig_has(const struct kubeconfig_entry *entry, const char *field);
/* Puts file, entry and field before the message. */
int kubeconfig_blame(const struct kubeconfig_entry *entry, const char *field, struct err *e);
char *kubeconfig_where(const struct kubeconfig_entry *entry); /* cluster "c" of FILE */
/* Resolves a path of an entry relative to the directory of its file. The caller frees it. */
char *kubeconfig_resolve(const struct kubeconfig_entry *entry, const char *path);

#endif
