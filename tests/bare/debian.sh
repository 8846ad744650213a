#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The two commands of CONTRIBUTING.md on a Debian that has git, make and ca-certificates, and
# nothing else. As root they install every package. A user has to need only one line for apt.
# BARE="bookworm trixie" selects the releases. Needs root and debootstrap.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh
# shellcheck source=tests/lib/bare.sh
. tests/lib/bare.sh

demo_as_root() {
	bare make demo >"$tmp/out" 2>"$tmp/err" && says "$tmp/out" 'calico-datastore check' &&
		says "$tmp/err" 'deps: installing .*nettle-dev'
}

# There is no server program here. The script says what it will do, how long it takes, and the other
# way.
says_how_the_control_plane_comes() {
	says "$tmp/err" 'built$' && says "$tmp/err" 'about 5 minutes' && says "$tmp/err" 'KUBEBUILDER_ASSETS'
}

demo_again_installs_nothing() {
	bare make demo >"$tmp/out" 2>"$tmp/err" && ! grep -E 'deps:|building' "$tmp/err"
}

tests_as_root() {
	bare make test SUITE='unit/test_plan cli/commands cluster/install' >"$tmp/out" 2>&1
	says "$tmp/out" '^[0-9]* passed, 0 failed'
}

keep_the_programs() {
	mkdir "$tmp/$release" &&
		BIND="$tmp/$release:/kept" bare sh -c 'cp "$(scripts/control-plane tools)"/* /kept' &&
		[ -x "$tmp/$release/kube-apiserver" ]
}

as_user() {
	BIND="$tmp/$release:/assets" WITH=KUBEBUILDER_ASSETS=/assets bare setpriv --reuid 1000 --regid 1000 \
		--clear-groups env HOME=/home/user "$@"
}

user_is_told_one_line() {
	bare sh -c 'useradd --create-home --uid 1000 user && chown -R user: /src' &&
		! as_user make demo >"$tmp/out" 2>"$tmp/err" && says "$tmp/err" 'on Debian: sudo apt-get' &&
		[ "$(grep -c sudo "$tmp/err")" = 1 ] && ! grep golang "$tmp/err"
}

that_line_is_enough() {
	sed -n 's/.*on Debian: //p' "$tmp/err" | sed 's/sudo //g' >"$tmp/line" &&
		bare sh -c "$(cat "$tmp/line")" && as_user make demo >"$tmp/out" 2>&1 && says "$tmp/out" 'calico-datastore check'
}

for release in ${BARE:-bookworm trixie}; do
	start_bare "$release" || exit 1
	claim "make_demo_succeeds_as_root_on_a_bare_$release" demo_as_root
	claim "and_says_how_the_control_plane_comes_on_$release" says_how_the_control_plane_comes
	claim "make_demo_again_installs_and_builds_nothing_on_$release" demo_again_installs_nothing
	claim "make_test_succeeds_as_root_on_$release" tests_as_root
	claim "the_control_plane_of_${release}_can_be_kept" keep_the_programs
	start_bare "$release" || exit 1
	claim "a_user_is_told_one_line_on_$release" user_is_told_one_line
	claim "that_line_is_enough_on_$release" that_line_is_enough
done
finish
