/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the objects of a backup back: what is missing is created, what differs is reset only when
 * asked for, nothing is ever deleted. Works page by page; the struct owns its results.
 */
#ifndef ENGINE_ACT_RESTORE_H
#define ENGINE_ACT_RESTORE_H

#include <jansson.h>

#include "calico/store/store.h"
#include "engine/judge/schema/schema.h"
#include "engine/look/server_list.h"
#include "kube/api.h"

struct restore_options {
	bool overwrite; /* reset what differs */
	bool ipam; /* IPAM kinds and ClusterInformation's datastoreReady as well */
	bool dry_run; /* the server judges each write and stores nothing */
	bool lines; /* each object that is written is a line, not only those with a problem */
};

struct restore {
	const struct restore_options *options;
	const json_t *crds; /* of the backup, array */
	json_t *absent; /* dry run: names of CRDs that are not there yet; an object as a set */
	json_t *lines; /* {resource, namespace, name, outcome, problem}, unchanged left out */
	json_t *kinds; /* CRD name -> outcome -> number of objects */
	struct server_list list; /* of the CRD whose objects come now */
	json_t *owners; /* "apiVersion/Kind/namespace/name" -> uid or null */
	struct err denied; /* the first request that was not permitted; zero: each was */
	size_t created, configured, unchanged, differing, skipped, failed;
	json_t *ready; /* datastoreReady of the backup, which was left out; NULL: it was not */
	size_t unfit; /* found by restore_judge_page */
	char *first_unfit; /* "PLURAL.GROUP/NAMESPACE/NAME: why" */
	/* what it judges by, and of which CRD that is */
	struct schema_judge judge;
	json_t *schemas;
	struct schema_node *old, *new;
	const json_t *judged;
	void (*progress)(void *arg, size_t done);
	void *arg;
};

void restore_init(struct restore *r, const struct restore_options *options, const json_t *crds);
/*
 * Before the first write, each page: an object that is to be written and that the server's CRD
 * (live: name -> CRD; without one, the backup's) would refuse or cut is a line, and counts as
 * unfit. Only such objects are looked at on the server.
 */
CHECKED int restore_judge_page(struct restore *r, struct kube_api *api, const json_t *live,
	const char *crd, const json_t *items, struct err *e);
/* One page of objects of a CRD: -1 only when the run is over; what fails is a line. */
CHECKED int restore_page(struct restore *r, struct kube_api *api, const char *crd,
	const json_t *items, struct err *e);
/*
 * One page of a backup of etcd, an array of keys of one kind. Keys that are missing are created,
 * byte for byte.
 */
CHECKED int restore_keys(struct restore *r, const struct calico_store *store, const char *what,
	const json_t *keys, struct err *e);
void restore_release(struct restore *r);

/* An object without what the server gives it: what two of the same content have in common. */
json_t *restore_content(const json_t *object, bool status);

#define restore_auto __attribute__((cleanup(restore_release))) struct restore

#endif
