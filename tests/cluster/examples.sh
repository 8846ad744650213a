#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The files of examples/. Each is read by its own tool, when that tool can be installed. The
# commands in them run on a server.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

: "${BUILD:=build}"
scripts/deps examples 2>"$tmp/log"
# All examples name this release.
release=v3.32.1
mkdir "$tmp/bin" && ln -s "$program" "$tmp/bin/calico-datastore"
PATH=$tmp/bin:$PATH
export RELEASE=$release

# json FILE: prints a YAML file of examples/ as JSON
json() {
	"$BUILD/tests/yaml-json" "examples/$1"
}

all_are_listed() {
	local file
	for file in examples/*; do
		[ "$file" = examples/README.md ] || grep -qF "(${file#examples/})" examples/README.md || { echo "not listed: $file"; return 1; }
	done
}

yaml_is_read() {
	local file
	for file in examples/*.yaml; do
		json "${file#examples/}" >"$tmp/out" && holds 'length == 1' || return 1
	done
}

# step JOB: runs the script of a workflow's job, as a runner does
step() {
	export RUNNER_TEMP=$tmp/runner GITHUB_STEP_SUMMARY=$tmp/summary KUBECONFIG_TEXT
	KUBECONFIG_TEXT=$(cat "$KUBECONFIG")
	rm -rf "$RUNNER_TEMP" && mkdir "$RUNNER_TEMP" && : >"$GITHUB_STEP_SUMMARY"
	json github-actions.yaml | jq -r ".[0].jobs.$1.steps[0].run" >"$tmp/step"
	env -u KUBECONFIG bash -e "$tmp/step"
}

# script JOB: the same for GitLab
script() {
	json gitlab-ci.yaml | jq -r ".[0].$1.script[]" >"$tmp/step"
	(cd "$tmp" && bash -e "$tmp/step")
}

github_plans() {
	step plan && says "$tmp/summary" '23 to create' && [ "$(stat -c %a "$tmp/runner/kubeconfig")" = 600 ]
}

gitlab_plans() {
	script plan && says "$tmp/plan.md" '23 to create'
}

plans_that_fail_fail() {
	! RELEASE=v9 step plan && ! RELEASE=v9 script plan
}

github_installs() {
	step install >"$tmp/out" && printed '23 created' && step plan && says "$tmp/summary" '23 unchanged'
}

gitlab_installs() {
	script install >"$tmp/out" && printed '23 unchanged'
}

terraform_installs() {
	sed -n '/<<-EOT/,/EOT$/p' examples/terraform.tf | sed '1d; $d' >"$tmp/step" && [ "$(wc -l <"$tmp/step")" -ge 6 ] &&
		sh "$tmp/step" >"$tmp/out" && printed '^nothing to do$' &&
		kubectl delete crd ippools.crd.projectcalico.org >"$tmp/log" && sh "$tmp/step" >"$tmp/out" &&
		printed '/ippools.crd.projectcalico.org created$' && ! RELEASE=v9 sh "$tmp/step" >"$tmp/out" 2>&1
}

# play ARGUMENT...: runs the playbook and prints what Ansible counts for the host
play() {
	ANSIBLE_HOME=$tmp/ansible ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false LC_ALL=C.UTF-8 \
		ansible-playbook -c local "$@" examples/ansible.yaml >"$tmp/out" 2>"$tmp/err"
}

ansible_reports_changes() {
	play && printed 'ok=1 *changed=0 ' && kubectl delete crd ippools.crd.projectcalico.org >"$tmp/log" &&
		play --check && printed 'ok=1 *changed=1 ' && ! kubectl get crd ippools.crd.projectcalico.org >"$tmp/log" 2>&1 &&
		play && printed 'ok=1 *changed=1 ' && play --check && printed 'ok=1 *changed=0 ' && ! play -e release=v9 &&
		printed 'failed=1'
}

# is_the_job FILE: the file is the Job that the program prints, plus notes for the tool
is_the_job() {
	run job $release --no-rbac -o json
	json "$1" | jq -S '.[0] | del(.metadata.annotations)' |
		diff - <(jq -S '.items[0] | del(.spec.ttlSecondsAfterFinished)' "$tmp/out") &&
		kubectl apply --dry-run=server -f "examples/$1"
}

# Runs the container's command line with the service account that "rbac check" makes.
waits() {
	local arguments
	kubectl apply --dry-run=server -f examples/init-container.yaml || return 1
	mapfile -t arguments < <(json init-container.yaml | jq -r '.[0].spec.template.spec.initContainers[0].args[]')
	"$program" rbac check -n default | kubectl apply -f - >"$tmp/log" &&
		kubectl config view --raw --minify --flatten -o json |
		jq --arg t "$(kubectl create token calico-datastore-check)" '.users[0].user = {token: $t}' >"$tmp/sa.kubeconfig" &&
		run "${arguments[@]}" --kubeconfig "$tmp/sa.kubeconfig" && ended 0
}

systemd_reads_the_units() {
	local unit
	for unit in service timer; do
		sed "s|/usr/bin/calico-datastore|$program|" "examples/calico-datastore-check.$unit" >"$tmp/calico-datastore-check.$unit"
	done
	systemd-analyze verify --man=no "$tmp/calico-datastore-check.service" "$tmp/calico-datastore-check.timer" 2>"$tmp/err" &&
		! grep calico-datastore-check "$tmp/err"
}

# Each command has every option that the command lines use.
command_lines_are_understood() {
	local line lines=0
	while read -r line; do
		# shellcheck disable=SC2086 # words
		run ${line%%[>|]*} --help && ended 0 || { echo "$line"; return 1; }
		lines=$((lines + 1))
	done < <(grep -hoE 'calico-datastore (plan|install|check|rbac)[^|`]*' examples/*.y* examples/*.tf examples/*.service examples/README.md |
		sed 's/^calico-datastore //')
	[ "$lines" -ge 10 ]
}

claim 'every_example_is_listed' all_are_listed
claim 'every_yaml_file_is_yaml' yaml_is_read
claim 'command_lines_are_understood' command_lines_are_understood
start_cluster
claim 'github_shows_the_plan' github_plans
claim 'gitlab_shows_the_plan' gitlab_plans
claim 'a_plan_that_fails_fails_the_job' plans_that_fail_fail
claim 'github_installs' github_installs
claim 'gitlab_installs' gitlab_installs
claim 'terraforms_command_installs_what_differs' terraform_installs
if command -v ansible-playbook >/dev/null; then
	claim 'ansible_reports_what_changed' ansible_reports_changes
else
	skip 'ansible_reports_what_changed' 'no ansible-playbook, and only root may install it'
fi
claim 'argo_cd_gets_the_job_of_the_program' is_the_job argocd-presync.yaml
claim 'helm_gets_the_job_of_the_program' is_the_job helm-hook.yaml
claim 'the_init_container_waits_with_the_rights_of_check' waits
if command -v systemd-analyze >/dev/null; then
	claim 'systemd_reads_the_units' systemd_reads_the_units
else
	skip 'systemd_reads_the_units' 'no systemd-analyze here'
fi
finish
