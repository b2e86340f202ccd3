#!/bin/bash
# Fetch snac (Debian package snac2), a small ActivityPub server, for the live tests: from the backports of this machine's own Debian
# mirror, unpacked into .venv/live/snac. Nothing is installed on the machine and no root is needed. Says why where it cannot, and
# leaves that in a file for the test to repeat when it skips.
set -euo pipefail
cd "$(dirname "$0")/../.."
into="$PWD/.venv/live/snac"
[ -x "$into/usr/bin/snac" ] && exit 0
mkdir -p "$into"

cannot() {
	echo "$1" | tee "$into/why-not.txt" >&2
	exit 0
}

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || cannot "snac is fetched with apt-get and dpkg-deb, which are not here"
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts" "$work/deb"
key=/usr/share/keyrings/debian-archive-keyring.gpg
suite="$release-backports"
[ "$release" = bookworm ] || suite=$release # Debian 13 and later have snac themselves
apt=(-o "Dir::Etc::SourceList=$work/sources.list" -o "Dir::Etc::SourceParts=$work/parts" -o "Dir::State::Lists=$work/lists"
	-o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::http::Timeout=30)

fetch() { # from the mirror $1
	echo "deb $([ -f $key ] && echo "[signed-by=$key]") $1 $suite main" >"$work/sources.list"
	timeout 300 apt-get "${apt[@]}" update -qq && cd "$work/deb" && timeout 300 apt-get "${apt[@]}" download -qq snac2
}

# The machine's own sources, whether or not their lists were ever fetched; several may name this release (Docker's does).
mirrors=$(apt-get -o "Dir::State::Lists=$work/lists" --print-uris update 2>/dev/null | sed -nE "s#^'(.*)/dists/$release/InRelease'.*#\1#p" || true)
[ -n "$release" ] && [ -n "$mirrors" ] || cannot "this machine has no apt source for Debian, from whose backports snac is fetched"
for mirror in $mirrors; do
	if (fetch "$mirror") >"$work/log" 2>&1; then break; fi
done
ls "$work"/deb/snac2_*.deb >/dev/null 2>&1 || cannot "package snac2 cannot be fetched from $suite: $(tail -1 "$work/log")"
dpkg-deb -x "$work"/deb/snac2_*.deb "$into"
missing=$(ldd "$into/usr/bin/snac" | awk '/not found/ { print $1 }' | tr '\n' ' ')
if [ -n "$missing" ]; then
	rm -rf "$into/usr"
	cannot "snac needs libraries that are not here: $missing"
fi
rm -f "$into/why-not.txt"
