# shellcheck shell=bash disable=SC2034,SC2154 # variables of shell.sh and of the suites
# SPDX-License-Identifier: Apache-2.0
# Sourced: plays recorded sessions of calicoctl (SHARED/calicoctl/writes) to this program. It
# compares the exit code, the result lines, and what each step changes in the store.

corpus=$SHARED/calicoctl/writes/writes

# corpus_split ENV DIR: writes every case as files: DIR/CASE/files/NAME, DIR/CASE/N.cmd, and ENV's
# N.exit, N.stdout and N.stored
corpus_split() {
	mkdir -p "$2"
	awk -v env="$1" -v dir="$2" '
		function has(list) { return index("," list ",", "," env ",") }
		function into(file) { close(out); out = file; printf "" >out }
		FNR == 1 { close(out); out = ""; n = FILENAME; sub(/.*\//, "", n); sub(/\.case$/, "", n)
			at = dir "/" n; system("mkdir -p " at "/files") }
		/^=== file / { f = at "/files/" substr($0, 10); d = f; sub(/\/[^\/]*$/, "", d)
			if (d != at "/files") system("mkdir -p " d); into(f); next }
		/^=== step / { match($0, /step [0-9]+/); step = substr($0, RSTART + 5, RLENGTH - 5)
			text = substr($0, RSTART + RLENGTH + 2); here = 1
			if (match(text, /^\[[a-z0-9,]*\] /)) {
				here = has(substr(text, 2, RLENGTH - 3)); text = substr(text, RLENGTH + 1) }
			close(out); out = ""
			if (here) { into(at "/" step ".cmd"); print text >out; close(out); out = "" }
			next }
		/^=== (exit|stdout|stderr|stored) / { match($0, /[a-z]+ [a-z0-9,]+:/)
			split(substr($0, RSTART, RLENGTH - 1), w, " "); close(out); out = ""
			if (!has(w[2]) || !here) next
			if (w[1] == "exit") { c = $0; sub(/.*: /, "", c); print c >(at "/" step ".exit")
				close(at "/" step ".exit"); next }
			into(at "/" step "." w[1]); next }
		/^=== / { close(out); out = ""; next }
		out != "" { print >out }' "$corpus"/${CASES:-*}.case
}

# Values that differ each time.
corpus_mask='s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/<TIME>/g
	s/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/<UID>/g
	s/(resourceVersion: )"[0-9]+"/\1"<RV>"/g'

# corpus_ranges: prints the key ranges of this environment's store, FIRST and END on each line
corpus_ranges() {
	case $environment in
	e*) printf '/calico/ /calico0\n' ;;
	v3) printf '/registry/projectcalico.org/ /registry/projectcalico.org0\n' ;;
	*) printf '/registry/crd.projectcalico.org/ /registry/crd.projectcalico.org0\n' ;;
	esac
}

# corpus_dump: prints the store as etcd's gateway does; for a case with nodes, also nodes and pods
corpus_dump() {
	ask_etcd kv/range "$corpus_range"
	[ -z "$natives" ] || kubectl get nodes,pods -A -o json
}

# corpus_reset: restores the store to its state before the case
corpus_reset() {
	[ -z "$natives" ] || kubectl delete pods,nodes --all -A --force --grace-period=0 >"$tmp/log" 2>&1
	ask_etcd kv/deleterange "$corpus_range" >"$tmp/log.$environment"
	ask_etcd kv/txn "$corpus_base" >"$tmp/log.$environment"
}

# corpus_begin: each case will begin with what is stored now
corpus_begin() {
	local first end
	read -r first end < <(corpus_ranges)
	corpus_range=$(jq -cn --arg k "$first" --arg e "$end" '{key: ($k | @base64), range_end: ($e | @base64)}')
	corpus_base=$(ask_etcd kv/range "$corpus_range" | jq -c '{success: [.kvs[] | {requestPut: {key, value}}]}')
}

# corpus_play DIR: plays every case in the current environment; N.is.* are beside the recorded files
corpus_play() {
	local case step natives
	for case in "$1"/*/; do
		natives=
		[[ $environment == e* ]] || ! grep -rqE 'kind: (Node|Pod)$|kubectl create -f (node|pod)' "$case" || natives=1
		corpus_dump >"${case}0.dump"
		for step in $(cd "$case" && ls ./*.cmd | sed 's,^./,,; s,\.cmd$,,' | sort -n); do
			(cd "$case/files" && bash -c "$(cat "../$step.cmd")") \
				>"$case$step.is.stdout" 2>"$case$step.is.stderr" </dev/null
			echo $? >"$case$step.is.exit"
			corpus_dump >"$case$step.dump"
		done
		corpus_reset
	done
}

# corpus_changes DIR: makes N.is.stored of every step from the dumps
corpus_changes() {
	# shellcheck disable=SC2046 # names of cases have no spaces
	(cd "$1" && jq -r -n -f "$root/tests/lib/corpus.jq" $(printf "%s\n" */*.dump | sort -V)) | sed -E "$corpus_mask
		s/(clusterGUID[\\\\]*\":[\\\\]*\")[0-9a-f]{32}/\1<GUID>/g" | awk -F'\t' -v dir="$1" '
		function flush(  k, file) {
			if (name == "") return
			if (step > 0) {
				file = dir "/" name "/" step ".is.stored"; printf "" >file
				for (k in now) {
					if (!(k in before)) print "+ " k " " now[k] >file
					else if (now[k] != before[k]) print "~ " k " " now[k] >file
					else if (revision[k] != earlier[k]) print "= " k >file
				}
				for (k in before) if (!(k in now)) print "- " k >file
				close(file)
			}
			delete before; delete earlier
			for (k in now) { before[k] = now[k]; earlier[k] = revision[k] }
			delete now; delete revision
		}
		{ split($1, w, "/"); sub(/\.dump$/, "", w[2]) }
		w[1] != name || w[2] != step { if (w[1] != name) { flush(); delete before; delete earlier } else flush()
			name = w[1]; step = w[2] + 0 }
		$2 != "" { now[$2] = $4; revision[$2] = $3 }
		END { flush() }'
}

# corpus_compare DIR ENV DIFFERENCES: prints a line for each step that differs from the recording,
# with "intended" at its end when the list DIFFERENCES has the step
corpus_compare() {
	local case step what name is wanted
	for case in "$1"/*/; do
		name=$(basename "$case")
		for step in $(cd "$case" && ls ./*.cmd | sed 's,^./,,; s,\.cmd$,,' | sort -n); do
			grep -q '^kubectl\|^curl\|^etc()' "$case$step.cmd" && continue
			[ -f "$case$step.exit" ] || continue # this step is not recorded
			for what in exit stdout stored; do
				wanted=$case$step.$what is=$case$step.is.$what
				[ -f "$wanted" ] || wanted=/dev/null
				if [ "$what" = exit ]; then # this program has more codes: docs/exit-codes
					[ "$(($(cat "$is") != 0))" = "$(($(cat "$wanted") != 0))" ] && continue
				elif [ "$what" = stdout ]; then
					sed -E "$corpus_mask" "$is" | cmp -s - "$wanted" && continue
				else # "=": calicoctl writes an unchanged object again; this program does not
					LC_ALL=C sort "$is" | cmp -s - <(grep -v '^= ' "$wanted" | LC_ALL=C sort) && continue
				fi
				echo "$name $2 $step $what"
			done
		done
	done
}
