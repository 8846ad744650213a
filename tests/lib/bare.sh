# shellcheck shell=bash disable=SC2154 # variables of shell.sh
# SPDX-License-Identifier: Apache-2.0
# Sourced after shell.sh and run.sh: a bare Debian with a clone of this tree in /src.
#   start_bare RELEASE     makes a fresh one     bare COMMAND...     runs there, in /src, as root

debian_root=$root/tests/lib/debian-root
bare_cache=${XDG_CACHE_HOME:-$HOME/.cache}/calico-datastore/debian
bare_work=

reason=
if [ "$(id -u)" != 0 ]; then
	reason='only root may make one'
elif ! scripts/deps bare; then
	reason='debootstrap cannot be installed'
elif ! unshare --mount --pid --fork --propagation private true 2>/dev/null; then
	reason='namespaces are not permitted here'
fi
if [ -n "$reason" ]; then
	skip 'a_bare_debian_builds_and_tests' "$reason"
	finish
fi

end_bare() {
	[ -z "$bare_work" ] || rm -rf "$bare_work"
	bare_work=
}
at_exit end_bare

# Go's caches stay after the run. The project's scripts build everything, but not each time from
# nothing.
start_bare() {
	end_bare
	release=$1
	"$debian_root" make "$release" >/dev/null && mkdir -p "$bare_cache/go" "$bare_cache/go-build" &&
		bare_work=$(mktemp -d "$bare_cache/work.XXXXXX") && copy_tree
}

copy_tree() {
	if [ -e .git ]; then
		git clone -q --no-hardlinks . "$bare_work/src"
	else
		mkdir "$bare_work/src" && tar --exclude=./build -cf - . | tar -xf - -C "$bare_work/src"
	fi
}

bare() {
	BIND="$bare_work/src:/src $bare_cache/go:/root/go $bare_cache/go-build:/root/.cache/go-build ${BIND-}" \
		"$debian_root" enter "$release" "$bare_work" sh -c 'cd /src && exec "$@"' sh "$@"
}
