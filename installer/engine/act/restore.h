/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Restores the objects of a backup. Missing objects are created; objects that differ are reset only
 * on request; nothing is ever deleted. Works page by page. The struct owns its results.
 */
#ifndef ENGINE_ACT_RESTORE_H
#define ENGINE_ACT_RESTORE_H

#include <jansson.h>

#include "calico/store/store.h"
#include "engine/judge/schema/schema.h"
#include "engine/look/server_list.h"
#include "kube/api.h"

struct restore_options {
	bool overwrite; /* reset objects that differ */
	bool ipam; /* also restore IPAM kinds, and datastoreReady of ClusterInformation */
	bool dry_run; /* the server judges each write and stores nothing */
	bool lines; /* one line for each written object, not only for problems */
};

struct restore {
	const struct restore_options *options;
	const json_t *crds; /* array of the backup's CRDs */
	json_t *absent; /* dry run: names of CRDs that do not exist yet, as keys of an object */
	/* {resource, namespace, name, outcome, problem}; without unchanged objects */
	json_t *lines;
	json_t *kinds; /* CRD name -> outcome -> number of objects */
	struct server_list list; /* objects of the CRD whose pages are read now */
	json_t *owners; /* "apiVersion/Kind/namespace/name" -> uid or null */
	struct err denied; /* the first request that was not permitted; zero: all were permitted */
	size_t created, configured, unchanged, differing, skipped, failed;
	json_t *ready; /* datastoreReady of the backup, when it was left out; else NULL */
	size_t unfit; /* number found by restore_judge_page */
	char *first_unfit; /* "PLURAL.GROUP/NAMESPACE/NAME: why" */
	/* how objects are judged, and the CRD for which that holds */
	struct schema_judge judge;
	json_t *schemas;
	struct schema_node *old, *new;
	const json_t *judged;
	void (*progress)(void *arg, size_t done);
	void *arg;
};

void restore_init(struct restore *r, const struct restore_options *options, const json_t *crds);
/*
 * Called with each page before the first write. An object to be written that the server's CRD would
 * refuse or prune is a line, and counts as unfit. live: name -> CRD; where a CRD is missing, the
 * backup's CRD decides. Reads only such objects from the server.
 */
CHECKED int restore_judge_page(struct restore *r, struct kube_api *api, const json_t *live,
	const char *crd, const json_t *items, struct err *e);
/* Restores one page of objects of a CRD. -1 only when the run is over; a failure is a line. */
CHECKED int restore_page(struct restore *r, struct kube_api *api, const char *crd,
	const json_t *items, struct err *e);
/*
 * Restores one page of a backup of etcd: an array of keys of one kind. Creates missing keys, byte
 * for byte.
 */
CHECKED int restore_keys(struct restore *r, const struct calico_store *store, const char *what,
	const json_t *keys, struct err *e);
void restore_release(struct restore *r);

/*
 * The object without the fields that the server sets. Two objects with the same content are equal
 * in this form.
 */
json_t *restore_content(const json_t *object, bool status);

#define restore_auto __attribute__((cleanup(restore_release))) struct restore

#endif
