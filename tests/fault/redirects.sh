#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program follows no redirect, so no other server gets a request or the token.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

start_server server <<<'on * *'
other_port=$server_port
other_log=$server_log

for code in 301 302 303 307 308; do
	for url in "https://127.0.0.1:$other_port/elsewhere" "https://localhost:$other_port/" \
		"http://127.0.0.1:$other_port/"; do
		serve <<-SCRIPT
			on * *
			status $code
			header Location: $url
		SCRIPT
		met get ippools
		claim "redirect_${code}_to_${url%%:*}_is_refused ($url)" ended 8 "redirected ($code) to $url, " \
			'log-in page' 'server in cluster "fault"'
		stop_server
	done
done
serve <<SCRIPT
on * *
status 307
header Location: https://127.0.0.1:$other_port/
SCRIPT
met get ippools
claim "redirect_is_named_for_reads" ended 8 "to https://127.0.0.1:$other_port/"
stop_server
serve <<-SCRIPT
	on * *
	status 302
	header Location: https://me:hidden@127.0.0.1:$other_port/login?state=hidden#hidden
SCRIPT
met get ippools
claim "redirect_is_named_without_what_may_be_secret" ended 8 "to https://127.0.0.1:$other_port/login," '!hidden'
stop_server
serve <<-SCRIPT
	on * *
	status 307
	header Location: https://127.0.0.1:$other_port/
SCRIPT
met install v3.29.1
claim "install_does_not_follow_a_redirect" ended 8 307
claim "install_writes_nothing_after_a_redirect" asked '^P[OU]' 0

server_log=$other_log
claim "target_of_redirects_got_no_request" asked . 0
finish
