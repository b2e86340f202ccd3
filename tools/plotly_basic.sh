#!/bin/bash
# Fetch the small build of plotly.js (npm package plotly.js-basic-dist-min, MIT; lines, bars and pies) into dashboard/assets, a quarter of
# the script that comes with the Python package. Charts work without it: they load the large one then. Says why where it cannot.
set -euo pipefail
cd "$(dirname "$0")/.."
package="plotly.js-basic-dist-min"
version="4.1.1" # that of the plotly in requirements.lock (a test holds them together)
sha512="d68345f0f790c7686fff2eeda84556283dc91b09ff30610c43c98bf47530b1aa86f451b2fce539147507bf3a9bab13789a7c19188f5a6d3884efbe42e2492331"
into="dashboard/assets/plotly-basic.min.js"
[ -e "$into" ] && head -c 200 "$into" | grep -q " v$version\$" && exit 0

without() {
	echo "Charts load the large plotly.js, 1 MB more on the first page: $1" >&2
	exit 0
}

command -v npm >/dev/null || without "the small one is fetched with npm, which is not here"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
(cd "$work" && timeout 60 npm pack --silent --fetch-retries=0 --fetch-timeout=20000 "$package@$version" >/dev/null 2>npm.log) ||
	without "npm could not fetch $package $version"
archive="$work/$package-$version.tgz"
echo "$sha512  $archive" | sha512sum --check --status || without "what npm fetched is not the $package $version that is known here; it was thrown away"
tar -xzf "$archive" -C "$work" package/plotly-basic.min.js
mv "$work/package/plotly-basic.min.js" "$into"
