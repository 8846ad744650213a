#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Temporary faults: the program tries again, but never after its deadline.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

list='on GET *
header Content-Type: application/json
body {"kind":"IPPoolList","apiVersion":"crd.projectcalico.org/v1","metadata":{},"items":[]}'

# get also reads the release. These reads are not counted: only the list has /ippools.

# once CLAIM <DIRECTIVES: the first read of the list gets this answer, all other requests get a list
once() {
	serve < <(printf 'on GET */ippools*\ntimes 1\n' && cat && echo "$list")
	met --timeout 15s get ippools
	claim "$1_is_tried_again" ended 0
	claim "$1_is_tried_again_once" asked /ippools 2
}

once overload_with_a_delay <<'SCRIPT'
status 429
header Retry-After: 1
body Too many requests, please try again later.
SCRIPT
claim "delay_in_seconds_is_honoured" took 1000 2500

once overload_with_a_date <<SCRIPT
status 429
header Date: $(date -u '+%a, %d %b %Y %H:%M:%S GMT')
header Retry-After: $(date -u -d '+3 seconds' '+%a, %d %b %Y %H:%M:%S GMT')
body Too many requests, please try again later.
SCRIPT
claim "delay_as_a_date_is_honoured" took 1500 5000

once overload_with_a_negative_delay <<'SCRIPT'
status 429
header Retry-After: -5
SCRIPT
claim "negative_delay_is_short" took 0 600

once overload_with_a_delay_that_is_no_number <<'SCRIPT'
status 429
header Retry-After: soon
SCRIPT
claim "delay_that_is_no_number_is_short" took 0 600

serve < <(printf 'on GET */ippools*\ntimes 1\nstatus 503\n' && echo "$list")
met --timeout 15s get ippools -v
claim "verbose_shows_the_attempt_that_is_tried_again" ended 0 '^GET .*/ippools?limit=500 503 [0-9]* ms, again in [0-9]* ms$'
claim "verbose_shows_the_second_attempt" ended 0 '^GET .*/ippools?limit=500 200 [0-9]* ms, attempt 2$'

once overload_without_a_delay <<'SCRIPT'
status 429
SCRIPT

once shutdown_with_a_closed_connection <<'SCRIPT'
status 503
header Retry-After: 1
header Connection: close
body apiserver is shutting down
SCRIPT
claim "delay_of_a_shutdown_is_honoured" took 1000 2500

for code in 500 502 503 504; do
	once "status_$code" <<<"status $code"
	claim "status_${code}_is_tried_again_soon" took 0 600
done

once connection_reset_before_the_answer <<<'reset before-answer'
once cut_answer <<'SCRIPT'
body-size 1000
close-after-bytes 100
SCRIPT

# The reads of the release are tried again like any other read. When they fail, one line says which
# release is assumed.

# release <DIRECTIVES: the read of ClusterInformation gets this answer
release() {
	serve < <(printf 'on GET */clusterinformations/default\n' && cat && cat <<-SCRIPT
		on GET */clusterinformations/default
		$json
		body {"kind":"ClusterInformation","metadata":{"name":"default"},"spec":{"calicoVersion":"v3.32.1"}}
		on GET */ippools*
		$json
		body {"kind":"IPPoolList","metadata":{},"items":[{"metadata":{"name":"a"},"spec":{"cidr":"10.0.0.0/8"}}]}
		on * *
		status 503
	SCRIPT
	)
	met --timeout 15s get ippools -o yaml
}
json='header Content-Type: application/json'
release <<<$'times 2\nstatus 503'
claim "read_of_the_release_is_tried_again" asked /clusterinformations/default 3
release_is_known() {
	ended 0 && [ ! -s "$tmp/err" ] && ! grep -q 'creationTimestamp: null' "$tmp/out"
}
claim "release_that_came_late_is_followed" release_is_known
release <<<'status 503'
release_is_not_known() {
	ended 0 '^warning: .*clusterinformations.*503.*so the release is not known, and objects are shown as those of v3.29: --release names another one$' &&
		grep -q 'creationTimestamp: null' "$tmp/out" && [ "$(wc -l <"$tmp/err")" -eq 1 ]
}
claim "release_that_cannot_be_read_is_a_warning" release_is_not_known
met --timeout 15s get ippools --release v3.32.1
claim "release_that_is_given_is_no_warning" test ! -s "$tmp/err"

serve <<'SCRIPT'
on * *
status 429
header Retry-After: 1000000000
SCRIPT
met --timeout 2s get ippools
claim "delay_beyond_the_deadline_ends_with_the_deadline" ended 124
claim "delay_beyond_the_deadline_ends_in_time" took 0 3500

serve <<'SCRIPT'
on * *
status 429
header Retry-After: 99999999999999999999999999
SCRIPT
met --timeout 2s get ippools
claim "delay_beyond_all_numbers_ends_with_the_deadline" ended 124
claim "delay_beyond_all_numbers_ends_in_time" took 0 3500

serve <<<$'on * *\nstatus 503\nbody etcdserver: leader changed'
met --timeout 15s get ippools
claim "status_503_for_good_is_an_error_of_the_server" ended 8 503 'leader changed'
claim "status_503_for_good_is_tried_five_times" asked /ippools 5

serve <<<$'on * *\nreset before-answer'
met --timeout 15s get ippools
claim "connection_reset_for_good_is_an_error_of_the_network" ended 6
claim "connection_reset_for_good_ends_in_time" took 0 10000

serve <<<$'on * *\nstatus 400\nbody bad'
met get ippools
claim "status_400_is_an_error_of_the_server" ended 8 400
claim "status_400_is_not_tried_again" asked /ippools 1

finish
