# shellcheck shell=bash disable=SC2034,SC2154 # variables of shell.sh and of the suites
# SPDX-License-Identifier: Apache-2.0
# Sourced after shell.sh: runs the program once, and checks that run.

# run ARGUMENT...: sets status; output is in $tmp/out and $tmp/err. A run that takes more than 60 s
# is killed, and no claim expects its exit code.
run() {
	status=0
	timeout -s KILL 60 "$program" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

# says FILE PATTERN: a line of the file matches; with "!" before the pattern, no line matches
says() {
	local pattern=$2
	case $pattern in
	!*) grep -q -e "${pattern#!}" "$1" || return 0 ;;
	*) grep -q -e "$pattern" "$1" && return ;;
	esac
	echo "expected \"$pattern\" of this output:" >&2
	head -n 40 "$1" >&2
	return 1
}

# ended CODE [PATTERN...]: the last run ended with CODE, and its standard error matches
ended() {
	local code=$1 pattern
	shift
	if [ "$status" != "$code" ]; then
		echo "exit code $status, not $code" >&2
		head -n 40 "$tmp/err" >&2
		return 1
	fi
	for pattern in "$@"; do
		says "$tmp/err" "$pattern" || return 1
	done
}

# printed PATTERN...: standard output of the last run matches
printed() {
	local pattern
	for pattern in "$@"; do
		says "$tmp/out" "$pattern" || return 1
	done
}

# said PATTERN...: the same for plans, whose text is folded at 80 columns
said() {
	local pattern
	tr -s ' \n' '  ' <"$tmp/out" >"$tmp/said"
	for pattern in "$@"; do
		says "$tmp/said" "$pattern" || return 1
	done
}

# lines N PATTERN: N lines of standard output match
lines() {
	local n
	n=$(grep -c -e "$2" "$tmp/out") || true
	[ "$n" = "$1" ] && return
	echo "$n lines match \"$2\", not $1:" >&2
	head -n 60 "$tmp/out" >&2
	return 1
}

# holds FILTER: jq's filter is true for the JSON on standard output of the last run
holds() {
	jq -e "$1" "$tmp/out" >/dev/null && return
	echo "does not hold: $1" >&2
	head -c 4000 "$tmp/out" >&2
	return 1
}
