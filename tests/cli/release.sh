#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What make release packs: archives, packages, an image, for both architectures. The tools of their
# users read and run each of them. cli/dist claims that the program has the same bytes wherever it
# is built.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh

: "${BUILD:=build}"
version=$("$program" version | sed -n '1s/.* //p')
name=calico-datastore-$version
url=https://example.com/releases/v$version
export SOURCE_DATE_EPOCH=1790000000

if [ "$(id -u)" != 0 ]; then
	skip 'a_release_is_packed_and_read' 'only root may install packages and enter the root of an image'
	finish
fi
if ! CC=aarch64-linux-gnu-gcc CROSS_TARGET=aarch64-linux-gnu scripts/deps dist || ! scripts/deps release ||
	! scripts/deps packages; then
	skip 'a_release_is_packed_and_read' 'packages cannot be installed'
	finish
fi

keys() {
	minisign -G -W -f -p "$tmp/key.pub" -s "$tmp/key" </dev/null
}

packs() {
	make --no-print-directory release RELEASE_URL=$url RELEASE_KEY="$tmp/key" >"$tmp/out" 2>"$tmp/err" ||
		{ cat "$tmp/err"; return 1; }
	[ ! -s "$tmp/err" ] || { cat "$tmp/err"; return 1; }
	rm -rf "$tmp/release" && cp -r "$BUILD/release" "$tmp/release" && cp -r scripts/release "$tmp/packers"
}

# Packs the same programs in another directory, with another umask, time zone and language.
packs_the_same_again() {
	mkdir -p "$tmp/tree" && cp -r Makefile LICENSE README.md CHANGELOG.md docs installer scripts "$tmp/tree" &&
		(umask 077 && cd "$tmp/tree" && TZ=Asia/Tokyo LC_ALL=C.UTF-8 RELEASE_URL=$url RELEASE_KEY=$tmp/key \
			scripts/release/all "$version" again "$program" "$root/$BUILD/static/calico-datastore" \
			"$root/$BUILD/aarch64-linux-gnu/static/calico-datastore" >"$tmp/out") &&
		diff -r "$release" "$tmp/tree/again"
}

has_all() {
	local file
	for file in $name-linux-x86_64.tar.gz $name-linux-aarch64.tar.gz calico-datastore_${version}_amd64.deb \
		calico-datastore_${version}_arm64.deb $name-1.x86_64.rpm $name-1.aarch64.rpm $name-oci.tar calico-datastore.krew.yaml \
		calico-datastore.rb $name-linux-x86_64.spdx.json $name-linux-aarch64.spdx.json SHA256SUMS SHA256SUMS.minisig; do
		[ -s "$release/$file" ] || { echo "no $file"; return 1; }
	done
	[ "$(find "$release" -type f | wc -l)" = 13 ]
}

sums_hold() {
	(cd "$release" && sha256sum -c --strict --quiet SHA256SUMS && [ "$(wc -l <SHA256SUMS)" = 11 ]) &&
		minisign -V -p "$tmp/key.pub" -m "$release/SHA256SUMS" | grep -q "calico-datastore $version timestamp:1790000000"
}

# The packing stops early; only its messages are tested.
says_what_it_does_not_know() {
	"$tmp/packers/all" "$version" "$tmp/none" "$program" /dev/null >"$tmp/out" 2>"$tmp/err"
	says "$tmp/err" 'RELEASE_URL is not set' && says "$tmp/err" 'NOT SIGNED' || return 1
	SOURCE_DATE_EPOCH='' "$tmp/packers/all" "$version" "$tmp/none" "$program" >"$tmp/out" 2>"$tmp/err" && return 1
	says "$tmp/err" 'set SOURCE_DATE_EPOCH' && [ ! -e "$tmp/none" ]
}

lintian_is_silent() {
	lintian --allow-root --fail-on none "$release"/*.deb >"$tmp/out" 2>&1
	[ ! -s "$tmp/out" ] || { cat "$tmp/out"; return 1; }
}

# in_deb ARGUMENT...: runs the program of the package that is installed in a directory
in_deb() {
	chroot "$tmp/deb" /usr/bin/calico-datastore "$@"
}

deb_installs() {
	mkdir -p "$tmp/deb/var/lib/dpkg/info" "$tmp/deb/var/lib/dpkg/updates" && : >"$tmp/deb/var/lib/dpkg/status" &&
		dpkg --root="$tmp/deb" --force-script-chrootless --force-architecture --log=/dev/null \
			-i "$release/calico-datastore_${version}_amd64.deb" &&
		dpkg-query --admindir="$tmp/deb/var/lib/dpkg" -W -f '${Status} ${Version}' calico-datastore |
		grep -qx "install ok installed $version" && [ "$(in_deb version | sed -n 1p)" = "calico-datastore $version" ] &&
		zcat "$tmp/deb/usr/share/man/man1/calico-datastore.1.gz" | cmp - installer/calico-datastore.1 &&
		"$program" completion zsh | cmp - "$tmp/deb/usr/share/zsh/vendor-completions/_calico-datastore"
}

deb_goes_away() {
	dpkg --root="$tmp/deb" --force-script-chrootless --log=/dev/null -P calico-datastore &&
		[ -z "$(find "$tmp/deb/usr" -name '*calico*' 2>/dev/null)" ]
}

# The real kubectl finds the plugin by its name, and gets completions from the other program.
is_a_plugin() {
	local bin=$tmp/deb/usr/bin kubectl
	kubectl=$(scripts/control-plane tools)/kubectl || return 1
	PATH=$bin:$PATH "$kubectl" calico-datastore help >"$tmp/out" && says "$tmp/out" '"kubectl calico-datastore COMMAND --help"' &&
		PATH=$bin:$PATH "$kubectl" calico-datastore help check >"$tmp/out" &&
		says "$tmp/out" '^Usage: kubectl calico-datastore check' && says "$tmp/out" '^  kubectl calico-datastore check' &&
		! PATH=$bin:$PATH "$kubectl" calico-datastore instal 2>"$tmp/err" && says "$tmp/err" '"kubectl calico-datastore help"' &&
		PATH=$bin:$PATH "$kubectl" calico-datastore show v3.29.1 ippools | cmp - <("$program" show v3.29.1 ippools) &&
		PATH=$bin:$PATH "$kubectl" __complete calico-datastore ins 2>/dev/null >"$tmp/out" &&
		says "$tmp/out" '^install	' && [ "$(tail -n 1 "$tmp/out")" = :4 ] &&
		PATH=$bin:$PATH "$kubectl" __complete calico-datastore plan -f '' 2>/dev/null | tr '\n' ' ' | grep -qx 'yaml yml json :8 ' &&
		PATH=$bin:$PATH "$kubectl" __complete calico-datastore fetch -d '' 2>/dev/null | grep -qx ':16'
}

# program_of MACHINE: unpacks the program in the archive
program_of() {
	tar -xzOf "$release/$name-linux-$1.tar.gz" "$name-linux-$1/calico-datastore"
}

rpm_holds_the_same() {
	local machine file=
	for machine in x86_64 aarch64; do
		file=$release/$name-1.$machine.rpm
		rpm --dbpath "$tmp/rpmdb" -qlp "$file" >"$tmp/out" 2>"$tmp/err" && says "$tmp/out" '^/usr/bin/calico-datastore$' &&
			says "$tmp/out" '^/usr/bin/kubectl-calico_datastore$' && says "$tmp/out" '^/usr/share/man/man1/calico-datastore.1.gz$' &&
			says "$tmp/out" '^/usr/share/licenses/calico-datastore/LICENSE$' &&
			[ "$(rpm -qp --qf '%{ARCH} %{VERSION}' "$file" 2>/dev/null)" = "$machine $version" ] &&
			! rpm -qp --requires "$file" 2>/dev/null | grep -v '^rpmlib(' &&
			rpm2cpio "$file" | cpio -i --to-stdout --quiet ./usr/bin/calico-datastore >"$tmp/program" &&
			program_of "$machine" | cmp - "$tmp/program" || return 1
	done
}

image=oci-archive:$PWD/none
image_has_both() {
	skopeo inspect --raw "$image" >"$tmp/out" && [ "$(jq -r '.manifests[].platform | .os + "/" + .architecture' "$tmp/out" |
		paste -sd' ')" = 'linux/amd64 linux/arm64' ] && skopeo inspect --config "$image" >"$tmp/out" &&
		holds '.config.User == "65532:65532" and .config.Entrypoint == ["/usr/bin/calico-datastore"]'
}

# unpack ARCHITECTURE: unpacks the image's root with the tools of registry users
unpack() {
	skopeo --override-arch "$1" copy -q "$image" "oci:$tmp/oci:$1" && umoci --log=error unpack --image "$tmp/oci:$1" "$tmp/$1" &&
		[ "$(cd "$tmp/$1/rootfs" && find . -type f | sort | paste -sd' ')" = \
			'./etc/group ./etc/passwd ./etc/ssl/certs/ca-certificates.crt ./usr/bin/calico-datastore' ]
}

image_runs() {
	unpack amd64 && program_of x86_64 | cmp - "$tmp/amd64/rootfs/usr/bin/calico-datastore" &&
		chroot --userspec=65532:65532 "$tmp/amd64/rootfs" /usr/bin/calico-datastore list | cmp - <("$program" list) &&
		! chroot --userspec=65532:65532 "$tmp/amd64/rootfs" /usr/bin/calico-datastore fetch v3.29.1 -d /etc \
			--mirror https://127.0.0.1:1/RELEASE/FILE 2>"$tmp/err" && says "$tmp/err" '127.0.0.1:1'
}

image_runs_on_arm64() {
	unpack arm64 && qemu-aarch64 "$tmp/arm64/rootfs/usr/bin/calico-datastore" list | cmp - <("$program" list)
}

arm64_packages_run() {
	dpkg-deb -x "$release/calico-datastore_${version}_arm64.deb" "$tmp/arm" &&
		[ "$(qemu-aarch64 "$tmp/arm/usr/bin/calico-datastore" version | sed -n 1p)" = "calico-datastore $version" ] &&
		dpkg-deb -f "$release/calico-datastore_${version}_arm64.deb" Architecture | grep -qx arm64
}

krew_names_the_archives() {
	"$BUILD/tests/yaml-json" "$release/calico-datastore.krew.yaml" >"$tmp/out" &&
		holds ".[0] | .kind == \"Plugin\" and .metadata.name == \"calico-datastore\" and .spec.version == \"v$version\"" || return 1
	local arch machine sum
	for arch in amd64 arm64; do
		machine=$([ $arch = amd64 ] && echo x86_64 || echo aarch64)
		sum=$(sha256sum <"$release/$name-linux-$machine.tar.gz" | cut -d' ' -f1)
		holds "[.[0].spec.platforms[] | select(.selector.matchLabels.arch == \"$arch\")] | length == 1 and
			.[0].uri == \"$url/$name-linux-$machine.tar.gz\" and .[0].sha256 == \"$sum\"" || return 1
		jq -r '.[0].spec.platforms[] | select(.selector.matchLabels.arch == "'$arch'") | .files[].from' "$tmp/out" |
			xargs tar -tzf "$release/$name-linux-$machine.tar.gz" || return 1
	done
}

formula_names_the_archives() {
	local machine
	for machine in x86_64 aarch64; do
		grep -qF "url \"$url/$name-linux-$machine.tar.gz\"" "$release/calico-datastore.rb" &&
			grep -qF "$(sha256sum <"$release/$name-linux-$machine.tar.gz" | cut -d' ' -f1)" "$release/calico-datastore.rb" || return 1
	done
}

# dpkg has every library of the document in the same version.
sbom_names_the_libraries() {
	cp "$release/$name-linux-x86_64.spdx.json" "$tmp/out" &&
		holds '.spdxVersion == "SPDX-2.3" and ([.packages[].name] | contains(["calico-datastore", "curl", "openssl", "jansson",
			"libyaml", "libarchive", "glibc", "zlib"])) and ([.packages[].licenseDeclared] | all(. != "NOASSERTION"))' &&
		holds '([.packages[].SPDXID] | sort) == ([.relationships[].relatedSpdxElement] | sort)' &&
		holds ".packages[] | select(.name == \"curl\") | .versionInfo == \"$(dpkg-query -W -f '${source:Version}' libcurl4-openssl-dev:amd64)\"" &&
		holds ".packages[0].checksums[0].checksumValue == \"$(program_of x86_64 | sha256sum | cut -d' ' -f1)\""
}

keys >"$tmp/claim.log" 2>&1 || { cat "$tmp/claim.log"; exit 1; }
claim 'make_release_packs_for_both_architectures' packs
[ -d "$tmp/release" ] || finish
release=$tmp/release
image=oci-archive:$release/$name-oci.tar:$version
claim 'everything_that_a_release_has_is_there' has_all
claim 'packed_again_elsewhere_it_is_the_same_bytes' packs_the_same_again
claim 'sums_hold_and_their_signature_verifies' sums_hold
claim 'a_key_an_address_and_a_date_that_are_not_set_are_said' says_what_it_does_not_know
claim 'lintian_finds_nothing_in_the_packages' lintian_is_silent
claim 'the_deb_installs_and_its_program_runs' deb_installs
claim 'kubectl_runs_and_completes_it_as_a_plugin' is_a_plugin
claim 'the_deb_leaves_nothing_behind' deb_goes_away
claim 'the_rpm_has_the_program_and_needs_nothing' rpm_holds_the_same
claim 'the_image_has_both_architectures_in_one_index' image_has_both
claim 'the_program_runs_in_the_root_of_the_image_as_its_user' image_runs
claim 'the_image_for_arm64_runs_under_qemu' image_runs_on_arm64
claim 'the_deb_for_arm64_runs_under_qemu' arm64_packages_run
claim 'krews_manifest_names_the_archives' krew_names_the_archives
claim 'the_formula_names_the_archives' formula_names_the_archives
if command -v ruby >/dev/null; then
	claim 'the_formula_is_ruby' ruby -c "$release/calico-datastore.rb"
else
	skip 'the_formula_is_ruby' 'no ruby here'
fi
claim 'the_document_of_libraries_is_whole' sbom_names_the_libraries
finish
