#!/bin/bash
# nginx from Debian's packages, where this user may install one; else its tests skip and say so.
set -euo pipefail
PATH=$PATH:/usr/sbin
command -v nginx >/dev/null && exit 0
if ! command -v apt-get >/dev/null; then
	echo "nginx is missing and there is no apt-get; its tests will be skipped"
elif [ "$(id -u)" = 0 ]; then
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nginx-light >/dev/null || echo "nginx could not be installed; its tests will be skipped"
elif sudo -n true 2>/dev/null; then
	sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nginx-light >/dev/null || echo "nginx could not be installed; its tests will be skipped"
else
	echo "nginx is missing and this user may not install it; its tests will be skipped"
fi
