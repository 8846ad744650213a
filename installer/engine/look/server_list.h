/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's list of a kind, read beside another list of the same objects. Both follow the order
 * of etcd's keys, so one page of each is enough. In another order, or when the list ends early, the
 * result is "not known". A zero struct is a list that has not begun. The struct owns what it holds.
 */
#ifndef ENGINE_LOOK_SERVER_LIST_H
#define ENGINE_LOOK_SERVER_LIST_H

#include "kube/pages.h"

struct server_list {
	const json_t *crd; /* borrowed; another CRD begins another list */
	struct kube_pages pages;
	json_t *ahead; /* key -> object: read, but not yet passed */
	char *passed; /* the last key read; NULL: none */
	char *begun; /* objects up to this key were forgotten; NULL: none were */
	char *wanted; /* the last key asked for */
	bool broken;
};

/* "NAMESPACE/NAME" or "NAME"; the caller frees it. */
char *server_list_key(const json_t *object);
/* Reads until the list passes key last, and forgets what was passed before. -1: the run is over. */
CHECKED int server_list_read(struct server_list *l, struct kube_api *api, const json_t *crd,
	const char *version, const char *last, struct err *e);
/*
 * The object with the key, borrowed; key is not after the last one. NULL: *known true: it does not
 * exist; false: not known.
 */
const json_t *server_list_find(const struct server_list *l, const char *key, bool *known);
void server_list_release(struct server_list *l);

#endif
