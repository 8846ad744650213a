/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/commands.h"

#include <string.h>

const struct cmd *const all_commands[] = { &cmd_install, &cmd_plan, &cmd_status, &cmd_check,
	&cmd_get, &cmd_config, &cmd_backup, &cmd_restore, &cmd_rollback, &cmd_migrate_storage,
	&cmd_fetch, &cmd_verify, &cmd_bundle, &cmd_keygen, &cmd_list, &cmd_show, &cmd_rbac,
	&cmd_job, &cmd_version, &cmd_completion, &cmd_help, NULL };

const struct cmd *cmd_find(const char *name, struct err *e)
{
	const char *names[sizeof(all_commands) / sizeof(*all_commands)], *close;
	size_t n = 0;

	for (; all_commands[n]; n++) {
		if (strcmp(all_commands[n]->name, name) == 0)
			return all_commands[n];
		names[n] = all_commands[n]->name;
	}
	close = nearest(name, names, n);
	err_set(e, ERR_USAGE, 0, "unknown command \"%s\"%s%s; \"calico-datastore help\" shows all",
		name, close ? "; did you mean " : "", close ? close : "");
	return NULL;
}
