#!/usr/bin/env bash
# Sees to it that the programs the tests need are there: real phones, a load generator, a database, a browser, a packet sniffer.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/debian.sh

missing=()
need() { local package=$1 name; shift; for name in "$@"; do command -v "$name" >/dev/null && return; [ -e "$name" ] && return; done; missing+=("$package"); }
PATH=$PATH:/usr/sbin:/usr/local/sbin
need baresip-core baresip
need sip-tester sipp
need tshark tshark
need chromium chromium chromium-browser google-chrome
need postgresql postgres /usr/lib/postgresql/*/bin/postgres
need iproute2 ip
# The browser's driver brings a Node of its own, which needs this library.
need libatomic1 /usr/lib/*/libatomic.so.1 /lib/*/libatomic.so.1
if [ ${#missing[@]} -gt 0 ]; then
    need_packages "${missing[@]}"
fi
