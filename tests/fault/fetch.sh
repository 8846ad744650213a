#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fetch from mirrors that break off, are slow, lie or redirect. Only the exact file is ever written.
# After a refusal no file stays.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

unset CALICO_DATASTORE_MIRROR CURL_CA_BUNDLE SSL_CERT_FILE
file=$tmp/crds.yaml
"$program" show v3.29.1 >"$file"
size=$(stat -c %s "$file")
sum=$(sha256sum "$file" | cut -d' ' -f1)

# get ARGUMENT...: fetches a release that this program does not know; sets milliseconds
get() {
	local start=${EPOCHREALTIME/./}
	rm -rf "$tmp/dir"
	run fetch v9.9.9 --dir "$tmp/dir" --cacert "$certs/ca.crt" \
		--mirror "https://127.0.0.1:$server_port/RELEASE/FILE" --timeout 30s "$@"
	milliseconds=$(((${EPOCHREALTIME/./} - start) / 1000))
}

pinned() {
	get --sha256 "$sum" "$@"
}

whole() {
	ended 0 && cmp "$file" "$tmp/dir/v9.9.9/crds.yaml" && [ "$(find "$tmp/dir" -type f | wc -l)" = 1 ]
}

# refused CODE PATTERN: the run fails and leaves nothing, not even a directory
refused() {
	ended "$1" "$2" && [ ! -e "$tmp/dir" ]
}

# Each answer is cut after 4 KiB; the next answer continues where the last one ended.
cuts() {
	local at=0
	cat <<-SCRIPT
		on GET *
		times 1
		header ETag: "one"
		body-file $file
		content-length $size
		close-after-bytes 4096
	SCRIPT
	for ((at = 4096; at < size; at += 4096)); do
		tail -c "+$((at + 1))" "$file" >"$tmp/rest.$at"
		cat <<-SCRIPT
			on GET *
			times 1
			status 206
			header ETag: "one"
			header Content-Range: bytes $at-$((size - 1))/$size
			body-file $tmp/rest.$at
			content-length $((size - at))
			close-after-bytes 4096
		SCRIPT
	done
}
start_server server < <(cuts)
pinned
claim 'a_download_that_is_cut_at_every_4_KiB_goes_on_and_ends' whole
claim 'each_of_its_requests_asks_for_the_rest' asked '^GET.* 206' $(((size - 1) / 4096))
stop_server

cut="header ETag: \"one\"
body-file $file
content-length $size
close-after-bytes 5000"
start_server server <<SCRIPT
on GET *
times 1
$cut
on GET *
body-file $file
SCRIPT
pinned
claim 'a_server_that_ignores_the_range_is_asked_for_nothing_more' whole
claim 'then_the_second_answer_is_taken_as_a_whole' asked . 2
stop_server

start_server server <<SCRIPT
on GET *
times 1
$cut
on GET *
times 1
status 206
header Content-Range: bytes 17-$((size - 1))/$size
body-file $file
on GET *
body-file $file
SCRIPT
pinned
claim 'another_range_than_asked_for_is_thrown_away_and_all_of_it_asked_again' whole
claim 'that_took_three_requests' asked . 3
stop_server

start_server server <<SCRIPT
on GET *
times 1
$cut
on GET *
times 1
status 206
header ETag: "two"
header Content-Range: bytes 5000-$((size - 1))/$size
body-size $((size - 5000))
on GET *
body-file $file
SCRIPT
pinned
claim 'the_rest_of_another_version_is_thrown_away' whole
stop_server

start_server server <<SCRIPT
on GET *
times 1
$cut
on GET *
status 206
header ETag: "one"
header Content-Range: bytes 5000-$((size - 1))/$size
body-size $((size - 5000))
SCRIPT
pinned
claim 'a_wrong_rest_is_refused_by_the_digest' refused 5 "not $sum"
stop_server

start_server server <<SCRIPT
on GET *
status 206
header Content-Range: bytes 0-$((size - 1))/$size
body-file $file
SCRIPT
pinned
claim 'a_range_that_nobody_asked_for_is_refused' refused 6 'another range'
stop_server

start_server server <<SCRIPT
on GET *
body-file $file
content-length $size
close-after-bytes 5000
SCRIPT
pinned
claim 'without_an_entity_tag_a_cut_download_starts_anew_and_is_given_up' refused 6 .
claim 'after_five_attempts' asked . 5
stop_server

start_server server <<SCRIPT
on GET *
times 2
status 500
on GET *
times 1
$cut
on GET *
times 1
status 503
on GET *
body-file $file
SCRIPT
pinned
claim 'a_fault_of_the_server_that_passes_does_no_harm' whole
stop_server

for code in 404 403 500 204 416; do
	start_server server <<-SCRIPT
		on GET *
		status $code
		body-file $file
	SCRIPT
	pinned
	claim "an_answer_of_${code}_is_no_file" refused 6 "$code"
	stop_server
done

start_server server <<<"on GET *
body kind: Other"
pinned
claim 'wrong_bytes_are_refused' refused 5 "not $sum"
run fetch v3.29.1 v3.32.1 --dir "$tmp/dir" --cacert "$certs/ca.crt" \
	--mirror "https://127.0.0.1:$server_port/RELEASE/FILE" -o json
claim 'a_file_of_another_length_than_the_known_one_is_refused' refused 5 'bytes came, not the'
claim 'the_report_has_a_row_for_each_refused_file' holds \
	'.changed == false and .ok == false and (.items | length) == 2 and all(.items[]; .outcome == "failed" and .error.kind == "verify" and .verifiedBy == null)'
claim 'no_request_carries_credentials' asked authorization 0
stop_server

start_server server <<<'on GET *
endless'
pinned
claim 'an_endless_body_ends_at_the_ceiling' refused 4 'larger than the limit'
run fetch v3.29.1 --dir "$tmp/dir" --cacert "$certs/ca.crt" \
	--mirror "https://127.0.0.1:$server_port/RELEASE/FILE"
claim 'an_endless_body_ends_at_the_known_length' refused 5 'more than the [0-9]* bytes'
stop_server

start_server server <<<"on GET *
body-file $file
slow 200"
pinned
claim 'a_server_below_the_floor_is_given_up' refused 124 .
claim 'after_ten_seconds' took 9000 16000
pinned --timeout 1s
claim 'the_deadline_holds_for_downloads' refused 124 .
claim 'and_is_kept' took 900 3000
stop_server

start_server server <<<"on GET *
stall"
pinned --timeout 2s
claim 'a_server_that_says_nothing_is_given_up' refused 124 .
stop_server

# Redirects

start_server - <<<"on GET *
body-file $file"
plain_log=$server_log
plain=http://127.0.0.1:$server_port
plain_port=$server_port
start_server server <<<"on GET *
body-file $file"
elsewhere=https://127.0.0.1:$server_port
start_server server <<SCRIPT
on GET */crds.yaml
times 1
status 302
header Location: $elsewhere/there
on GET */crds.yaml
times 1
status 302
header Location: $plain/there
on GET */crds.yaml
times 1
status 307
header Location: file://$file
on GET *
status 302
header Location: /v9.9.9/again.yaml
SCRIPT
pinned
claim 'a_redirect_to_https_is_followed' whole
pinned
claim 'a_redirect_to_http_is_refused' refused 6 'not https'
pinned
claim 'a_redirect_to_a_file_is_refused' refused 6 'not https'
pinned
claim 'a_redirect_loop_is_refused' refused 6 'more than 5 redirects'
stop_server
server_log=$plain_log
claim 'the_http_server_got_no_request' asked . 0

server_port=$plain_port
get --sha256 "$sum" --mirror "$plain/RELEASE/FILE"
claim 'a_mirror_with_http_is_refused' refused 2 'http is refused'
get --sha256 "$sum" --mirror "$plain/RELEASE/FILE" --insecure-mirror
claim 'unless_insecure_mirror_is_given' whole
run show --url "$plain/crds.yaml"
claim 'show_takes_no_http_url_without_a_digest' ended 2 'http is refused'
run show --url "$plain/crds.yaml" --sha256 "$sum" -o name
claim 'show_takes_an_http_url_with_its_digest' printed '^ippools'
claim 'http_is_said_to_be_no_proof' ended 0

# Certificates

for cert in expired wrong-host stranger; do
	start_server "$cert" <<<"on GET *
body-file $file"
	pinned
	claim "a_mirror_with_the_certificate_${cert}_is_refused" refused 6 'certificate is refused'
	claim "no_field_of_a_kubeconfig_is_advised (mirror, $cert)" ended 6 '!tls-server-name'
	stop_server
done
start_server server <<<"on GET *
body-file $file"
run fetch v9.9.9 --dir "$tmp/dir" --mirror "https://127.0.0.1:$server_port/RELEASE/FILE" --sha256 "$sum"
claim 'a_mirror_of_an_unknown_authority_is_refused' refused 6 'certificate is refused'
for variable in CURL_CA_BUNDLE SSL_CERT_FILE; do
	rm -rf "$tmp/dir"
	export "$variable=$certs/ca.crt"
	run fetch v9.9.9 --dir "$tmp/dir" --mirror "https://127.0.0.1:$server_port/RELEASE/FILE" --sha256 "$sum"
	unset "$variable"
	claim "${variable}_names_the_authorities" whole
done
printf 'machine 127.0.0.1\nlogin me\npassword it\n' >"$tmp/.netrc"
HOME=$tmp pinned
claim 'a_netrc_is_not_read' asked authorization 0
run show --url "https://127.0.0.1:$server_port/crds.yaml" --cacert "$certs/ca.crt" -o name
claim 'show_takes_a_url' printed '^ippools'
run verify --url "https://127.0.0.1:$server_port/crds.yaml" --cacert "$certs/ca.crt"
claim 'verify_takes_a_url' printed 'the API of v3.29.1; descriptions'
claim 'and_tells_it_by_its_exit_code' ended 1
finish
