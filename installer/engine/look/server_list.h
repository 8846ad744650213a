/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's list of a kind, read beside another list of the same objects: both are in the order
 * of etcd's keys, so that a page of each is enough. Where they are not, or the list ends early, it
 * says that it does not know. Zero is a list that has not begun; the struct owns what it holds.
 */
#ifndef ENGINE_LOOK_SERVER_LIST_H
#define ENGINE_LOOK_SERVER_LIST_H

#include "kube/pages.h"

struct server_list {
	const json_t *crd; /* borrowed; another one begins another list */
	struct kube_pages pages;
	json_t *ahead; /* key -> object that was read and not passed so far */
	char *passed; /* the last key that was read; NULL: none */
	char *begun; /* the key up to which objects were forgotten; NULL: none were */
	char *wanted; /* the last key that was asked for */
	bool broken;
};

/* "NAMESPACE/NAME" or "NAME"; the caller's. */
char *server_list_key(const json_t *object);
/* Reads on until this key is passed, and forgets what was passed before. -1: the run is over. */
CHECKED int server_list_read(struct server_list *l, struct kube_api *api, const json_t *crd,
	const char *version, const char *last, struct err *e);
/* An object up to the last key, borrowed; NULL: there is none when known, else nobody knows. */
const json_t *server_list_find(const struct server_list *l, const char *key, bool *known);
void server_list_release(struct server_list *l);

#endif
