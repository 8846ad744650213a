/* SPDX-License-Identifier: Apache-2.0 */
/* What the backup of a cluster and that of etcd share. */
#ifndef ENGINE_LOOK_BACKUP_PARTS_H
#define ENGINE_LOOK_BACKUP_PARTS_H

#include "engine/look/backup.h"

/* The file of backup_write, which fill writes into and closes; its -1 leaves no file behind. */
CHECKED int backup_write_file(const char *path, const struct signer *signer,
	int (*fill)(void *arg, struct bundle_stream *stream, struct err *e), void *arg,
	struct err *e);
CHECKED int backup_add_json(
	struct bundle_stream *stream, const char *name, const json_t *value, struct err *e);

/* Whether an entry "keys/WHAT/NNNNNN.json" holds nothing but keys of Calico. */
CHECKED int backup_judge_keys(
	struct backup_file *f, const char *name, const json_t *page, struct err *e);

#endif
