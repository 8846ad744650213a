# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by run: samples, one number on each line of $tmp/samples/NAME, and their statistics.
# shellcheck disable=SC2154 # what run sets

mkdir "$tmp/samples"
gnu_time=$(type -P time) || die 'GNU time is missing; "scripts/deps bench" installs it'

# must COMMAND...: ends the bench with a message when the run fails; such a run is no sample
must() {
	"$@" >"$tmp/out" 2>"$tmp/err" && return
	echo "bench: failed: $*" >&2
	head -n 20 "$tmp/err" >&2
	exit 1
}

# add NAME VALUE
add() {
	echo "$2" >>"$tmp/samples/$1"
}

# timed NAME COMMAND...: wall-clock time, ms
timed() {
	local name=$1 from=${EPOCHREALTIME/./} to
	shift
	must "$@"
	to=${EPOCHREALTIME/./}
	add "$name" "$((to - from))e-3"
}

# peak NAME COMMAND...: the most memory that the command used, KiB
peak() {
	local name=$1
	shift
	"$gnu_time" -q -a -o "$tmp/samples/$name" -f %M "$@"
}

# cpu NAME COMMAND...: user and system time, ms
cpu() {
	local name=$1 spent TIMEFORMAT='%3U %3S'
	shift
	spent=$({ time must "$@"; } 2>&1) || die "$spent"
	add "$name" "$(calc "(${spent/ /+})*1000")"
}

calc() {
	awk "BEGIN { printf \"%.10g\", $1 }"
}

# median NAME; least NAME; most NAME
median() {
	sort -g "$tmp/samples/$1" |
		awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'
}

least() {
	sort -g "$tmp/samples/$1" | head -n 1
}

most() {
	sort -g "$tmp/samples/$1" | tail -n 1
}

# rounded NUMBER: rounds to the digits that the measurement supports
rounded() {
	awk -v v="$1" 'BEGIN { printf v < 20 ? "%.1f" : "%.0f", v }'
}
