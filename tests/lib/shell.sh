# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Every suite sources this file: claims and what they need. A suite is an executable file that runs
# from the root of the tree. It prints a line for each claim and ends with "finish".
#   program  the program under test    tmp   a directory that is removed at the end of the suite
#   root     the tree                  SHARED  upstream's files, when they are available
set -u

root=$PWD
program=${CALICO_DATASTORE:-build/calico-datastore}
case $program in
/*) ;;
*) program=$root/$program ;;
esac
: "${SHARED:=$root/../shared}"
tmp=$(mktemp -d)
suite=$(basename "$0" .sh)
# Upgrades save what they change. The backups must not go into the tree.
export CALICO_DATASTORE_BACKUP_DIR=$tmp
export program SHARED
claims_passed=0
claims_failed=0
claims_skipped=0
finished=
exit_commands=()

# at_exit COMMAND...: runs the command when the suite ends; the last one runs first
at_exit() {
	exit_commands+=("$(printf '%q ' "$@")")
}

at_exit_kill() {
	at_exit kill "$1"
}

leave() {
	local code=$? i
	for ((i = ${#exit_commands[@]} - 1; i >= 0; i--)); do
		eval "${exit_commands[i]}" >/dev/null 2>&1 || true
	done
	rm -rf "$tmp"
	# Claims that did not run must not look like claims that passed.
	if [ "$code" -eq 0 ] && [ -z "$finished" ]; then
		echo "not ok - $suite: ended before \"finish\""
		code=1
	fi
	exit "$code"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# eventually COMMAND...: repeats the command until it succeeds, for a minute at most
eventually() {
	local until=$((SECONDS + 60))
	until "$@"; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.05
	done
}

passed() {
	echo "ok - $suite: $1"
	claims_passed=$((claims_passed + 1))
}

# failed TEXT: reports a failed claim; $tmp/claim.log says what happened
failed() {
	echo "not ok - $suite: $1"
	head -n 60 "$tmp/claim.log" | sed 's/^/    /'
	claims_failed=$((claims_failed + 1))
}

# claim TEXT COMMAND...: passes when the command succeeds
claim() {
	local text=$1
	shift
	if "$@" >"$tmp/claim.log" 2>&1; then
		passed "$text"
	else
		echo "exit code $? of: $*" >>"$tmp/claim.log"
		failed "$text"
	fi
}

# claim_fails CODE TEXT COMMAND...: passes when the command exits with this code
claim_fails() {
	local code=$1 text=$2 got=0
	shift 2
	"$@" >"$tmp/claim.log" 2>&1 || got=$?
	if [ "$got" = "$code" ]; then
		passed "$text"
	else
		echo "exit code $got, not $code, of: $*" >>"$tmp/claim.log"
		failed "$text"
	fi
}

# skip TEXT REASON
skip() {
	echo "skip - $suite: $1 # SKIPPED: $2"
	claims_skipped=$((claims_skipped + 1))
}

# finish: prints the last line; its result is the exit code of the suite
finish() {
	finished=1
	echo "$suite: $claims_passed passed, $claims_failed failed, $claims_skipped skipped"
	[ "$claims_failed" -eq 0 ]
	exit
}
