/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads files of objects as people write them for calicoctl and kubectl: YAML or JSON, several
 * documents, <Kind>List, kubectl's v1 List, arrays, directories, standard input. Each object is
 * decoded strictly into the types of its kind. Unknown fields are refused, numbers and durations
 * get their canonical form, and empty values are left out.
 */
#ifndef CALICO_WRITE_INPUT_H
#define CALICO_WRITE_INPUT_H

#include "calico/model/kinds.h"
#include "calico/write/findings.h"
#include "calico/write/target.h"

struct write_object {
	const struct calico_kind *kind;
	/* typed projectcalico.org/v3; when stored is set, the object as it was read */
	json_t *object;
	/* the form that Kubernetes stores, crd.projectcalico.org/v1; never converted */
	bool stored;
	const char *file; /* file of the object, or "standard input"; borrowed from the input */
	size_t document, item; /* counted from 1; item 0: the object is the whole document */
	/* with one finding or more, the object must not be written */
	struct write_findings findings;
};

struct write_input {
	struct write_object *objects; /* in the order of the files */
	size_t n, room;
	size_t refused; /* number of objects that have findings */
	json_t *files; /* names in the order of reading */
};

struct input_options {
	struct write_target target;
	bool recursive; /* -R: also directories below */
	bool skip_empty; /* input without any object is accepted */
	const char *namespace; /* -n; NULL: "default" for objects without a namespace */
};

/*
 * Reads a file, a directory or "-". A file that cannot be read or is no YAML ends the reading
 * (ERR_IO, ERR_FORMAT, ERR_REFUSED). What is wrong with single objects goes to their findings;
 * input_check makes one error of these.
 */
CHECKED int input_read(
	struct write_input *in, const char *path, const struct input_options *o, struct err *e);
/* The same for a text. name is used in messages and copied. */
CHECKED int input_text(struct write_input *in, const char *name, const char *text, size_t len,
	const struct input_options *o, struct err *e);
/*
 * Fails with every finding of every object, one a line: "FILE, document N, field: why".
 * ERR_REFUSED.
 */
CHECKED int input_check(const struct write_input *in, struct err *e);
/* The place of an object, "pools.yaml, document 2". The caller frees it. */
char *input_place(const struct write_object *o);
/* An object in messages, "IPPool(a)" or "NetworkPolicy(production/a)". The caller frees it. */
char *input_id(const struct write_object *o);
/* The kind of all objects; NULL: there are several kinds, or no objects. */
const struct calico_kind *input_kind(const struct write_input *in);
void input_release(struct write_input *in);

#define input_auto __attribute__((cleanup(input_release))) struct write_input

#endif
