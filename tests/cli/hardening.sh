#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the program gives up before it sends credentials, and what others cannot read from it.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh

# The system calls of a run up to its connection, which fails.
traced() {
	strace -f -o "$tmp/trace" "$program" check --server https://127.0.0.1:1 --timeout 3s >"$tmp/out" 2>"$tmp/err"
	grep -q 'connect(.*sin_port=htons(1)' "$tmp/trace"
}

confined_before_it_connects() {
	awk '/landlock_restrict_self\(.* = 0/ { confined = 1 }
		/connect\(.*htons\(1\)/ { exit !confined }' "$tmp/trace"
}

filtered_before_it_connects() {
	awk '/prctl\(PR_SET_SECCOMP, SECCOMP_MODE_FILTER.* = 0/ { filtered = 1 }
		/connect\(.*htons\(1\)/ { exit !filtered }' "$tmp/trace"
}

# The run needs no call that the filter refuses: no call fails for lack of permission.
nothing_is_missing() {
	! sed '1,/PR_SET_SECCOMP/d' "$tmp/trace" | grep -E ' = -1 (EPERM|EACCES|ENOSYS)'
}

opens_nothing_for_writing() {
	! grep -E 'open(at)?\(.*(O_WRONLY|O_RDWR|O_CREAT)' "$tmp/trace" | grep -v /dev/null
}

no_memory_for_others() {
	grep -q 'prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) *= 0' "$tmp/trace" &&
		grep -qE 'RLIMIT_CORE, \{rlim_cur=0, rlim_max=0\}' "$tmp/trace"
}

if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
	skip 'credentials_are_sent_by_a_confined_process_only' 'strace is not permitted here'
else
	claim 'a_run_is_traced_to_its_first_connection' traced
	if grep -q 'landlock_create_ruleset(.* = -1' "$tmp/trace"; then
		skip 'files_are_given_up_before_the_first_connection' 'this kernel has no Landlock'
	else
		claim 'files_are_given_up_before_the_first_connection' confined_before_it_connects
	fi
	if ! grep -q 'PR_SET_SECCOMP' "$tmp/trace"; then
		skip 'calls_are_given_up_before_the_first_connection' 'not on this architecture, or with ASan'
	else
		claim 'calls_are_given_up_before_the_first_connection' filtered_before_it_connects
		claim 'a_check_makes_no_call_that_is_refused' nothing_is_missing
	fi
	claim 'a_check_opens_no_file_for_writing' opens_nothing_for_writing
	claim 'memory_is_neither_dumped_nor_read_by_others' no_memory_for_others
fi

# Another user of the directory has made every file whose name could be guessed.
prepared_names() {
	mkdir "$tmp/shared"
	: >"$tmp/shared/team.key.part"
	: >"$tmp/shared/team.pub.part"
	run keygen "$tmp/shared/team" --no-password
	ended 0 && [ ! -s "$tmp/shared/team.key.part" ] && [ ! -s "$tmp/shared/team.pub.part" ] &&
		[ -s "$tmp/shared/team.key" ] && [ "$(stat -c %a "$tmp/shared/team.key")" = 600 ]
}
claim 'a_prepared_name_gets_no_secret_key' prepared_names

too_large() {
	mkdir "$tmp/limited"
	(
		ulimit -f 1
		"$program" bundle create v3.29.1 -o "$tmp/limited/b.tar.xz" >"$tmp/out" 2>"$tmp/err"
	)
	[ "$?" = 3 ] && says "$tmp/err" 'b.tar.xz: cannot write: File too large' && [ -z "$(ls -A "$tmp/limited")" ]
}
claim 'a_limit_on_file_sizes_leaves_nothing' too_large

export CALICO_DATASTORE_BACKUP_DIR=
run install --server https://127.0.0.1:1
claim 'an_empty_directory_of_backups_is_refused' ended 2 'variable CALICO_DATASTORE_BACKUP_DIR is set, but empty'
unset CALICO_DATASTORE_BACKUP_DIR
for option in as as-group as-uid certificate-authority tls-server-name token-file client-key client-certificate \
	backup; do
	run install --server https://127.0.0.1:1 "--$option="
	claim "an_empty_option_${option}_is_refused" ended 2 "$option is empty"
done
finish
