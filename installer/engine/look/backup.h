/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backup: the CRDs of Calico and every object of them at one revision of the datastore, streamed
 * page by page into a verifiable archive (manifest/bundle_stream.h):
 *   crds/NAME.json                  as the server has it
 *   objects/CRD/NNNNNN.json         a List of up to 500 objects, as stored
 *   backup.json                     what it is of: cluster, revision, time, counts
 *   SHA256SUMS
 * Of etcd, in the place of crds and objects, the keys as they are: whatever a release wrote comes
 * back byte for byte, and what it means in Kubernetes is decided when it is moved there.
 *   keys/KIND/NNNNNN.json           {keys: [{key, value, base64}]}, up to 500 of them; base64 is
 *                                   true where one of the two is no UTF-8. KIND is a plural, or
 *                                   "others". Kinds that others need come first.
 * It has no Secret in it: Calico's objects only refer to them.
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

/* A new file in the directory, by cluster (NULL: unnamed) and time, that no other run names. */
char *backup_path(const char *dir, const char *context);
/*
 * Of live CRDs, at one revision. The file appears under its name when it is whole; a file that is
 * there is not overwritten. signer NULL: it is not signed; else PATH.minisig appears before it.
 */
CHECKED int backup_write(struct kube_api *api, const json_t *crds, const char *path,
	const struct signer *signer, backup_progress *progress, void *arg, struct backup *result,
	struct err *e);
/* The same of etcd: every key of Calico, of this release by its own word. */
CHECKED int backup_write_etcd(const struct calico_store *store, const char *release,
	const char *path, const struct signer *signer, backup_progress *progress, void *arg,
	struct backup *result, struct err *e);
/*
 * What such a backup holds, without a file: every key of Calico at one revision, those that others
 * need first. take gets a plural, or "others", and a page.
 */
CHECKED int backup_read_etcd(const struct calico_store *store, int64_t *revision,
	int (*take)(void *arg, const char *what, const struct etcd_page *page, struct err *e),
	void *arg, struct err *e);
void backup_release(struct backup *b);

/* Key and value of an item of keys, as bytes. ERR_VERIFY when it is none. */
CHECKED int backup_key(const json_t *item, struct buf *key, struct buf *value, struct err *e);

#define backup_auto __attribute__((cleanup(backup_release))) struct backup

/* An open backup that was verified as a whole, and holds nothing but what it may. */
struct backup_file {
	int fd;
	char *path;
	struct stream_proof proof;
	struct signature signature; /* when proof.is_signed */
	json_t *summary;
	json_t *crds; /* array, as they were live; of etcd empty */
	size_t objects; /* of etcd: keys */
	bool etcd;
};

/*
 * Nothing is sent before all of it was judged: the signature when there are keys, the digests,
 * every CRD and every object (manifest/foreign.h). ERR_VERIFY says what is wrong with it.
 */
CHECKED int backup_open(struct backup_file *f, const char *path, const struct trust *trust,
	const struct foreign *foreign, struct err *e);
/*
 * Each page of objects: the CRD's name and an array; verified again while it is read. Of etcd, the
 * plural and an array of keys.
 */
CHECKED int backup_each_page(struct backup_file *f,
	int (*take)(void *arg, const char *crd, const json_t *items, struct err *e), void *arg,
	struct err *e);
void backup_close(struct backup_file *f);

#define backup_file_auto __attribute__((cleanup(backup_close))) struct backup_file

#endif
