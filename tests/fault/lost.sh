#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A fault-server breaks single exchanges with a real API server: the answer to a write is lost, a
# write never arrives, an answer ends too early. One run survives each of them.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

start_upstream

api='/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
write="$api*[?]fieldManager=calico-datastore" # the pattern ends here; a dry run's request has more

# still_sound COUNT RELEASE: all CRDs of the release are served; a plan and an install change
# nothing
still_sound() {
	all_established || return
	stop_server
	between <<<''
	met plan "$2" && ended 0 || return
	met install "$2" && ended 0 && lines "$1" " unchanged\$" && asked '^P[OU]' 0
}

# Create

between <<SCRIPT
on POST $write
times 3
pass-then-drop
on POST $write
times 2
reset before-answer
on POST $write
times 1
status 500
body etcdserver: request timed out
on POST $write
times 1
status 429
header Retry-After: 1
body Too many requests, please try again later.
on GET $api/*
times 1
pass
close-after-bytes 20
SCRIPT
met install v3.29.1
claim "install_survives_lost_answers_of_creates" ended 0
claim "lost_answers_were_lost" asked 'POST .* dropped' 3
claim "refused_creates_were_refused" asked 'POST .* \(500\|429\)' 2
claim "lost_requests_were_lost" asked 'POST .* reset' 2
claim "create_whose_answer_was_lost_is_reported_as_created" lines 20 "^$crd/.* created\$"
claim "lost_creates_left_nothing_half_done" still_sound 20 v3.29.1

# Update

between <<SCRIPT
on PUT $write
times 2
pass-then-drop
on PUT $write
times 1
reset before-answer
on PUT $write
times 1
status 500
body etcdserver: leader changed
SCRIPT
met install v3.30.7
claim "update_survives_lost_answers" ended 0
claim "lost_answers_of_updates_were_lost" asked 'PUT .* dropped' 2
claim "lost_updates_were_lost" asked 'PUT .* reset' 1
claim "update_reports_no_failure" lines 0 ' failed'
n=$(grep -c "^$crd/" "$tmp/out") || true
claim "lost_updates_left_nothing_half_done" still_sound "$n" v3.30.7

finish
