/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backup: the CRDs of Calico and all their objects at one revision of the datastore. They are
 * streamed page by page into a verifiable archive (manifest/bundle_stream.h):
 *   crds/NAME.json                  the CRD as the server has it
 *   objects/CRD/NNNNNN.json         a List of up to 500 objects, as stored
 *   backup.json                     the backup's cluster, revision, time and counts
 *   SHA256SUMS
 * A backup of etcd has the unchanged keys instead of crds and objects. A restore to etcd writes the
 * same bytes again. Only a move to Kubernetes converts them.
 *   keys/KIND/NNNNNN.json           {keys: [{key, value, base64}]}, up to 500 of them; base64 is
 *                                   true where key or value is not UTF-8. KIND is a plural, or
 *                                   "others". Kinds that others need come first.
 * A backup holds no Secret: Calico's objects only refer to Secrets.
 */
#ifndef ENGINE_LOOK_BACKUP_H
#define ENGINE_LOOK_BACKUP_H

#include <jansson.h>

#include "calico/store/etcd_answer.h"
#include "calico/store/store.h"
#include "kube/api.h"
#include "manifest/bundle_stream.h"
#include "manifest/foreign.h"
#include "manifest/trust.h"

struct backup {
	json_t *summary; /* the content of backup.json */
	size_t crds, objects;
};

typedef void backup_progress(void *arg, size_t objects);

/*
 * Name of a new file in the directory, from the cluster's name (NULL: none) and the time. No other
 * run uses the same name.
 */
char *backup_path(const char *dir, const char *context);
/*
 * Writes the live CRDs and their objects at one revision. The file gets its name when it is
 * complete; an existing file is not overwritten. signer NULL: no signature; else PATH.minisig
 * appears before the file.
 */
CHECKED int backup_write(struct kube_api *api, const json_t *crds, const char *path,
	const struct signer *signer, backup_progress *progress, void *arg, struct backup *result,
	struct err *e);
/* The same for etcd: every key of Calico. release is what the datastore itself says. */
CHECKED int backup_write_etcd(const struct calico_store *store, const char *release,
	const char *path, const struct signer *signer, backup_progress *progress, void *arg,
	struct backup *result, struct err *e);
/*
 * Reads what such a backup holds, without a file: every key of Calico at one revision. Kinds that
 * others need come first. take gets a plural, or "others", and a page.
 */
CHECKED int backup_read_etcd(const struct calico_store *store, int64_t *revision,
	int (*take)(void *arg, const char *what, const struct etcd_page *page, struct err *e),
	void *arg, struct err *e);
void backup_release(struct backup *b);

/* Key and value, as bytes, from an item of keys. ERR_VERIFY when the item is malformed. */
CHECKED int backup_key(const json_t *item, struct buf *key, struct buf *value, struct err *e);

#define backup_auto __attribute__((cleanup(backup_release))) struct backup

/* An open backup. All of it is verified, and it holds only what a backup may hold. */
struct backup_file {
	int fd;
	char *path;
	struct stream_proof proof;
	struct signature signature; /* set when proof.is_signed */
	json_t *summary;
	json_t *crds; /* array of the CRDs as the cluster had them; empty for etcd */
	size_t objects; /* objects; for etcd, keys */
	bool etcd;
};

/*
 * Judges the whole file before anything is sent: the signature when there are keys, the digests,
 * every CRD and every object (manifest/foreign.h). ERR_VERIFY says what is wrong.
 */
CHECKED int backup_open(struct backup_file *f, const char *path, const struct trust *trust,
	const struct foreign *foreign, struct err *e);
/*
 * Calls take for each page of objects, with the CRD's name and an array; for etcd, with the plural
 * and an array of keys. Each page is verified again while it is read.
 */
CHECKED int backup_each_page(struct backup_file *f,
	int (*take)(void *arg, const char *crd, const json_t *items, struct err *e), void *arg,
	struct err *e);
void backup_close(struct backup_file *f);

#define backup_file_auto __attribute__((cleanup(backup_close))) struct backup_file

#endif
