/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of commands. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "run/run.h"

extern const struct cmd cmd_apply, cmd_backup, cmd_bootstrap, cmd_bundle, cmd_check,
	cmd_completion, cmd_config, cmd_create, cmd_delete, cmd_diff, cmd_fetch, cmd_get,
	cmd_help, cmd_initialise, cmd_install, cmd_job, cmd_keygen, cmd_list, cmd_migrate_storage,
	cmd_migrate_api,
	cmd_move, cmd_plan, cmd_rbac, cmd_replace, cmd_restore, cmd_rollback, cmd_show, cmd_status,
	cmd_validate, cmd_verify, cmd_version;
extern const struct cmd *const all_commands[]; /* in the order of help, closed by NULL */

/* ERR_USAGE: the message names the command for another tool's word, or the nearest command. */
CHECKED const struct cmd *cmd_find(const char *name, struct err *e);

#endif
