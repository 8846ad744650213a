# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# Recorded cases of calicoctl's writes (SHARED/calicoctl/writes/writes/*.case), taken apart. Sourced.

recorded=${SHARED:-../shared}/calicoctl/writes/writes

# recorded_split CASE DIR: the files of a case into DIR/files, its steps as lines "N<TAB>ENVS<TAB>COMMAND" into
# DIR/steps (ENVS "-": all), and what each environment gave into DIR/exit.N.ENV, stdout.N.ENV, stderr.N.ENV and
# stored.N.ENV; nothing was given where there is no file.
recorded_split() {
	mkdir -p "$2/files"
	: >"$2/steps"
	awk -v dir="$2" '
		function begin(path) { n_outs = 1; outs[1] = path; printf "" >path }
		function begin_envs(what, list,   envs, i) {
			n_outs = split(list, envs, ",")
			for (i = 1; i <= n_outs; i++) { outs[i] = dir "/" what "." step "." envs[i]; printf "" >outs[i] }
		}
		function flush_line(end,   i) { if (held) for (i = 1; i <= n_outs; i++) printf "%s%s", line, end >outs[i]; held = 0 }
		function close_all(   i) { for (i = 1; i <= n_outs; i++) close(outs[i]); n_outs = 0 }
		/^=== / {
			flush_line("\n"); close_all()
			heading = substr($0, 5); sub(/\r$/, "", heading)
			if (heading ~ /^file /) {
				path = dir "/files/" substr(heading, 6); folder = path; sub("/[^/]*$", "", folder)
				system("mkdir -p \"" folder "\""); begin(path)
			} else if (heading ~ /^step /) {
				step = heading; sub(/^step /, "", step); command = step
				sub(/:.*/, "", step); sub(/^[0-9]+: /, "", command); envs = "-"
				if (command ~ /^\[/) { envs = command; sub(/^\[/, "", envs); sub(/\].*/, "", envs); sub(/^\[[^]]*\] /, "", command) }
				print step "\t" envs "\t" command >(dir "/steps")
			} else if (heading ~ /^exit /) {
				code = heading; sub(/.*: /, "", code); list = heading; sub(/^exit /, "", list); sub(/:.*/, "", list)
				begin_envs("exit", list); line = code; held = 1; flush_line("\n"); close_all()
			} else if (heading ~ /^(stdout|stderr|stored) /) {
				what = heading; sub(/ .*/, "", what); list = heading; sub(/^[a-z]* /, "", list); sub(/:$/, "", list)
				begin_envs(what, list)
			}
			next
		}
		$0 == "\\ no newline at end" { flush_line(""); next }
		{ flush_line("\n"); line = $0; held = 1 }
		END { flush_line("\n"); close_all() }' "$1"
}
