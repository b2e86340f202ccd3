#!/bin/bash
# Fetch the servers that the live tests run against: every install_*.sh beside this file. One that cannot says why, and its tests skip.
set -euo pipefail
for script in "$(dirname "$0")"/install_*.sh; do
	echo "$(basename "$script") ..."
	"$script"
done
