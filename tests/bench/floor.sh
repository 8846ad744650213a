# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by run: the same work with curl and ready-made requests, the least that the network
# allows. All transfers of one curl process share one HTTP/2 connection.
# shellcheck disable=SC2154 # what run sets

# prepare RELEASE: writes its manifest, and the requests as paths and bodies, to $tmp/RELEASE/
prepare() {
	local dir=$tmp/$1
	mkdir "$dir"
	"$program" show "$1" >"$dir/crds.yaml"
	"$program" show "$1" -o json >"$dir/crds.json"
	jq -r '.items[].metadata.name | "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/\(.)"' \
		"$dir/crds.json" >"$dir/paths.crds"
	jq -r '[.items[].spec | "/apis/\(.group)", "/apis/\(.group)/\(.versions[].name)"] |
		unique | .[]' "$dir/crds.json" >"$dir/paths.discovery"
	jq -r '"/api/v1/nodes?limit=500", (.items[].spec | .group as $group | .names.plural as $plural |
		.versions[] | select(.served) | "/apis/\($group)/\(.name)/\($plural)?limit=500")' \
		"$dir/crds.json" >"$dir/paths.lists"
	jq -r '.items[].spec | .group as $group | .names.plural as $plural | .versions[] |
		select(.served) | "\($group)/\(.name) \($plural)"' "$dir/crds.json" >"$dir/served"
	jq -c '.items[]' "$dir/crds.json" | split --lines=1 - "$dir/body."
}

# For a client named curl the server indents its answers, which takes the server time.
connection() {
	printf '%s\n' http2 "cacert = $tmp/ca" "header = \"Authorization: Bearer $token\"" \
		'user-agent = bench' 'header = "Accept: application/json"'
}

# gets <PATHS: prints a curl configuration that gets them all
gets() {
	local path n=0
	connection
	while read -r path; do
		printf 'url = "%s"\noutput = "%s"\n' "$server$path" "$tmp/answer.$((n++))"
	done
}

# posts PATH FILE...: prints a curl configuration that posts these files to PATH
posts() {
	local path=$1 file next=
	shift
	for file in "$@"; do
		printf '%s' "$next"
		next=$'next\n'
		connection
		printf '%s\n' fail 'header = "Content-Type: application/json"' "data-binary = @$file" \
			"url = \"$server$path\"" 'output = /dev/null'
	done
}

together() {
	curl --no-progress-meter --parallel --parallel-max 300 --config "$1"
}

# all_served RELEASE: the last discovery lists every plural of every served version
all_served() {
	local version plural i
	local -A listed
	for ((i = 0; i < polled; i++)); do
		version=$(<"$tmp/answer.$i")
		[[ $version =~ \"groupVersion\":\"([^\"]*)\" ]] && listed[${BASH_REMATCH[1]}]=$version
	done
	while read -r version plural; do
		[[ ${listed[$version]-} == *"\"name\":\"$plural\""* ]] || return 1
	done <"$tmp/$1/served"
}

# floor_prepare RELEASE: writes configurations for the server in use; this is not timed
floor_prepare() {
	local dir=$tmp/$1
	posts /apis/apiextensions.k8s.io/v1/customresourcedefinitions "$dir"/body.* >"$dir/create"
	cut -d' ' -f1 "$dir/served" | sort -u | sed 's|^|/apis/|' >"$dir/paths.polled"
	gets <"$dir/paths.polled" >"$dir/poll"
	polled=$(wc -l <"$dir/paths.polled")
	{
		echo fail
		gets <<-'PATHS'
			/api/v1/nodes?limit=500
			/apis/crd.projectcalico.org/v1/ippools?limit=500
		PATHS
	} >"$dir/reads"
	{
		echo fail
		cat "$dir"/paths.{crds,discovery,lists} | gets
	} >"$dir/second"
}

floor_cold() {
	local deadline=$((SECONDS + 30))
	together "$tmp/$1/create" || return
	until together "$tmp/$1/poll" && all_served "$1"; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			echo "the server does not serve $1 within 30 s" >&2
			return 1
		fi
		sleep 0.01
	done
	together "$tmp/$1/reads"
}

floor_second() {
	together "$tmp/$1/second"
}
