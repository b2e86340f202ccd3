#!/bin/bash
# Fetch a local AT Protocol network (npm package @atproto/dev-env: PLC directory and PDS) into .venv/live/atproto for the live tests.
# Says why where it cannot, and leaves that in a file for the test to repeat when it skips.
set -euo pipefail
cd "$(dirname "$0")/../.."
into="$PWD/.venv/live/atproto"
wanted="tests/live/atproto/package.json"
[ -e "$into/installed" ] && cmp -s "$wanted" "$into/package.json" && exit 0
mkdir -p "$into"

cannot() {
	echo "$1" | tee "$into/why-not.txt" >&2
	exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || cannot "the AT Protocol network needs Node.js 20 or later and npm, which are not here"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || cannot "the AT Protocol network needs Node.js 20 or later; here is $(node --version)"
cp "$wanted" "$into/package.json"
rm -f "$into/installed"
(cd "$into" && timeout 900 npm install --no-package-lock --no-audit --no-fund) >"$into/install.log" 2>&1 ||
	cannot "npm could not install @atproto/dev-env: $(grep -m1 -iE 'error' "$into/install.log" || tail -1 "$into/install.log")"
rm -f "$into/why-not.txt"
touch "$into/installed"
