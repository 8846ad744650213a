/* SPDX-License-Identifier: Apache-2.0 */
/* What the backups of a cluster and of etcd share. */
#ifndef ENGINE_LOOK_BACKUP_PARTS_H
#define ENGINE_LOOK_BACKUP_PARTS_H

#include "engine/look/backup.h"

/*
 * Creates the file of backup_write; fill writes the entries and closes the stream. When fill
 * returns -1, no file remains.
 */
CHECKED int backup_write_file(const char *path, const struct signer *signer,
	int (*fill)(void *arg, struct bundle_stream *stream, struct err *e), void *arg,
	struct err *e);
CHECKED int backup_add_json(
	struct bundle_stream *stream, const char *name, const json_t *value, struct err *e);

/* Refuses an entry "keys/WHAT/NNNNNN.json" that holds a key which is not Calico's. */
CHECKED int backup_judge_keys(
	struct backup_file *f, const char *name, const json_t *page, struct err *e);

#endif
