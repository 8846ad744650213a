# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by run: prints the samples as tables. Every row has one cell for each release.
# shellcheck disable=SC2154 # what run sets

# row TITLE CELL...
row() {
	printf '| %s ' "$1"
	shift
	printf '| %s ' "$@"
	printf '|\n'
}

# each TITLE FUNCTION ARGUMENT...: prints a row; each cell is FUNCTION RELEASE ARGUMENT...
each() {
	local title=$1 function=$2 r cells=()
	shift 2
	for r in "${releases[@]}"; do
		cells+=("$("$function" "$r" "$@")")
	done
	row "$title" "${cells[@]}"
}

# spread RELEASE NAME: median (least-most)
spread() {
	local name=$1.$2
	[ -s "$tmp/samples/$name" ] || { echo -; return; }
	echo "$(rounded "$(median "$name")") ($(rounded "$(least "$name")")-$(rounded "$(most "$name")"))"
}

# judged TEXT CONDITION
judged() {
	if [ "$(calc "($2) ? 1 : 0")" = 1 ]; then
		echo "$1, reached"
	else
		echo "$1, **missed**"
	fi
}

# faster RELEASE NAME OTHER TIMES: how many times faster NAME is than OTHER
faster() {
	local ratio
	ratio=$(calc "$(median "$1.$3") / $(median "$1.$2")")
	judged "$(rounded "$ratio")x" "$ratio >= $4"
}

# within RELEASE NAME OTHER TIMES: how many times as much NAME takes as OTHER
within() {
	local ratio
	ratio=$(calc "$(median "$1.$2") / $(median "$1.$3")")
	judged "$(printf '%.2fx' "$ratio")" "$ratio <= $4"
}

cold_faster() {
	local times=4
	[ "$1" = v3.29.1 ] || times=3
	faster "$1" cold kubectl_cold "$times"
}

below() {
	local value
	value=$(median "$1.$2")
	judged "$(rounded "$value")$4" "$value <= $3"
}

memory() {
	local ours kubectls
	ours=$(most "$1.memory")
	kubectls=$(most "$1.kubectl_memory")
	judged "$(calc "int($ours / 102.4) / 10") of $(calc "int($kubectls / 102.4) / 10") MiB" \
		"$ours * 4 <= $kubectls"
}

counts() {
	echo "$(median "$1.requests"), $(median "$1.floor_requests")"
}

machine() {
	echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs," \
		"Linux $(uname -r), kube-apiserver $("$tools/kube-apiserver" --version | cut -d' ' -f2)," \
		"$("$tools/etcd" --version | sed -n "s, Version: *, ,p" | head -n 1)," \
		"kubectl $("$tools/kubectl" version --client | sed -n 's/^Client Version: //p')," \
		"$(curl --version | cut -d' ' -f1,2 | head -n 1), $("$program" version | head -n 1)," \
		"$(date -u +%Y-%m-%d), \`$invocation\`."
}

table() {
	local r
	row "$1" "${releases[@]}"
	printf '|---'
	for r in "${releases[@]}"; do
		printf '|---'
	done
	printf '|\n'
}

times() {
	table "median (least-most), ms"
	each "clean server: kubectl apply, wait, two reads" spread kubectl_cold
	each "clean server: curl, ready-made requests" spread floor_cold
	each "clean server: **install**" spread cold
	each "again: kubectl apply" spread kubectl_again
	each "again: curl, the same requests" spread floor_again
	each "again: **install**" spread again
	each "again: requests of install, of curl" counts
	each "clean, far: kubectl apply, wait, two reads" spread far.kubectl_cold
	each "clean, far: **install**" spread far.cold
	each "again, far: kubectl apply" spread far.kubectl_again
	each "again, far: curl, the same requests" spread far.floor_again
	each "again, far: **install**" spread far.again
}

targets() {
	local trips=6 size no_cells=("${releases[@]:1}")
	no_cells=("${no_cells[@]/*/}")
	table "target"
	each "clean server: 4 times (v3.29.1), 3 times (others) as fast as kubectl" cold_faster
	each "clean server: at most 1.3 times curl" within cold floor_cold 1.3
	each "again: at most 1.5 times curl" within again floor_again 1.5
	each "again: 12 times as fast as kubectl apply" faster again kubectl_again 12
	each "clean, far: 5 times as fast as kubectl" faster far.cold far.kubectl_cold 5
	each "again, far: at most the time of $trips round trips" below far.again \
		$((trips * 2 * BENCH_DELAY)) ' ms'
	each "again, far: at most $trips round trips" below round_trips "$trips" ''
	each "peak memory on a clean server: a quarter of kubectl apply's" memory
	row "\`list\` in less than 10 ms" "$(judged "$(rounded "$(median list)") ms" "$(median list) < 10")" "${no_cells[@]}"
	row 'verify of a bundle with all releases in less than 100 ms' \
		"$(judged "$(rounded "$(median crossing.verify)") ms" "$(median crossing.verify) < 100")" "${no_cells[@]}"
	size=$(median size)
	row 'stripped binary below 500 kB' "$(judged "$(calc "int($size / 1000)") kB" "$size < 500000")" "${no_cells[@]}"
}

costs() {
	local name
	row "again, ${releases[0]}" 'CPU, ms' 'wall clock, ms' requests
	printf '|---|---|---|---|\n'
	for name in own foreign; do
		row "$([ "$name" = own ] && echo 0 || echo "$BENCH_FOREIGN") foreign CRDs" \
			"$(spread "$name" cpu)" "$(spread "$name" time)" "$(median "$name.requests")"
	done
}

crossing_rows() {
	row 'all releases across an air gap' 'median (least-most), ms'
	printf '|---|---|\n'
	[ ! -s "$tmp/samples/crossing.fetch" ] || row 'fetch from a local mirror' "$(spread crossing fetch)"
	row "bundle create, $(median crossing.size) bytes" "$(spread crossing create)"
	row 'bundle verify' "$(spread crossing verify)"
}

report() {
	echo "Samples: $BENCH_COLD on clean servers, $BENCH_FAR on far ones ($((2 * BENCH_DELAY)) ms a round trip)" \
		"and of kubectl far away, $BENCH_WARM otherwise, interleaved. kubectl applies what" \
		"\`show RELEASE\` prints; curl sends ready-made requests on one connection."
	echo
	times
	echo
	targets
	echo
	costs
	echo
	crossing_rows
}
