# shellcheck shell=bash disable=SC2034,SC2154 # variables of shell.sh and of the suites
# SPDX-License-Identifier: Apache-2.0
# Sourced after shell.sh: one run of the program, and what can be said of that run.

# run ARGUMENT...: sets status; output in $tmp/out and $tmp/err. A run that does not end by itself
# within 60 s is killed, which is no exit code that any claim expects.
run() {
	status=0
	timeout -s KILL 60 "$program" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

# says FILE PATTERN: the file has a line that matches; with "!" before the pattern, none has
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

# ended CODE [PATTERN...]: exit code of the last run, and what its standard error says
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

# printed PATTERN...: what standard output of the last run says
printed() {
	local pattern
	for pattern in "$@"; do
		says "$tmp/out" "$pattern" || return 1
	done
}

# said PATTERN...: the same of plans, whose text is folded at 80 columns
said() {
	local pattern
	tr -s ' \n' '  ' <"$tmp/out" >"$tmp/said"
	for pattern in "$@"; do
		says "$tmp/said" "$pattern" || return 1
	done
}

# lines N PATTERN: so many lines of standard output match
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
