/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of objects as people write them for calicoctl and kubectl: YAML or JSON, several documents,
 * <Kind>List, kubectl's v1 List, arrays, directories, standard input. Each object is decoded
 * strictly into the types of its kind: unknown fields are refused, numbers and durations get their
 * canonical form, empty values are left out.
 */
#ifndef CALICO_WRITE_INPUT_H
#define CALICO_WRITE_INPUT_H

#include "calico/model/kinds.h"
#include "calico/write/findings.h"
#include "calico/write/target.h"

struct write_object {
	const struct calico_kind *kind;
	json_t *object; /* typed projectcalico.org/v3; of a stored form: as it was read */
	bool stored; /* crd.projectcalico.org/v1: what Kubernetes stores, never converted */
	const char *file; /* where it is from, borrowed from the input; "standard input" */
	size_t document, item; /* 1 is the first; item 0: the document is the object itself */
	struct write_findings findings; /* one or more: the object must not be written */
};

struct write_input {
	struct write_object *objects; /* in the order of the files */
	size_t n, room;
	size_t refused; /* objects that have findings */
	json_t *files; /* names, as they were read */
};

struct input_options {
	struct write_target target;
	bool recursive; /* -R: directories below, too */
	bool skip_empty; /* no object at all is fine */
	const char *namespace; /* -n; NULL: "default" for objects that name none */
};

/*
 * path: a file, a directory or "-". A file that cannot be read or is no YAML ends it (ERR_IO,
 * ERR_FORMAT); what is wrong with single objects is in their findings, which input_check turns
 * into one error.
 */
CHECKED int input_read(
	struct write_input *in, const char *path, const struct input_options *o, struct err *e);
/* The same for a text; name is for messages and copied. */
CHECKED int input_text(struct write_input *in, const char *name, const char *text, size_t len,
	const struct input_options *o, struct err *e);
/* ERR_FORMAT with every finding of every object, "FILE, document N, field: why" line by line. */
CHECKED int input_check(const struct write_input *in, struct err *e);
/* "pools.yaml, document 2": the caller's. */
char *input_place(const struct write_object *o);
/* "IPPool(a)", "NetworkPolicy(production/a)": the caller's. */
char *input_id(const struct write_object *o);
/* The kind that all objects have; NULL: they have several, or there is none. */
const struct calico_kind *input_kind(const struct write_input *in);
void input_release(struct write_input *in);

#define input_auto __attribute__((cleanup(input_release))) struct write_input

#endif
