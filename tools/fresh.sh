#!/usr/bin/env bash
# Proves that README.md is right: in an empty Debian with git, make, curl and Python only, `make test` and `make run` work.
# Needs root and mmdebstrap. Mirror, certificates and package indexes are those of this machine.
#   tools/fresh.sh [SUITE]...          default: bookworm trixie
#   STEPS="test run"                   what to prove: test, run, unit (the fast tests only)
set -euo pipefail
cd "$(dirname "$0")/.."
suites=("${@:-bookworm}")
[ $# -gt 0 ] || suites=(bookworm trixie)
steps=${STEPS:-test run}
source=$PWD

stop() { printf 'error: %s\nway out: %s\n' "$1" "$2" >&2; exit 1; }
say() { printf '==> %s\n' "$*"; }
[ "$(id -u)" = 0 ] || stop "a chroot needs root" "sudo make fresh"
command -v mmdebstrap >/dev/null || stop "mmdebstrap is missing" "apt-get install -y mmdebstrap"
[ -z "$(git status --porcelain --untracked-files=no)" ] || say "uncommitted changes are not part of what is proven"

mirror=${FERNAMT_DEBIAN_MIRROR:-$(sed -n -e 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)}
mirror=${mirror:-$(sed -n -e 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list 2>/dev/null | head -n 1)}
[ -n "$mirror" ] || stop "this machine's apt sources name no Debian mirror" "FERNAMT_DEBIAN_MIRROR=ADDRESS make fresh"

root=
leave() {
    [ -n "$root" ] || return 0
    for inner in dev proc; do
        if mountpoint -q "$root/$inner"; then umount -R -l "$root/$inner"; fi
    done
    if mountpoint -q "$root/dev" || mountpoint -q "$root/proc"; then
        say "$root is still in use and stays"
    else
        rm -rf --one-file-system "$root"
    fi
}
trap leave EXIT

# What a person would have set up on a machine in this network: resolver, certificates, indexes.
take_along() {
    local file
    for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt /etc/pip.conf /etc/npmrc "$HOME/.config/pip/pip.conf" "$HOME/.npmrc"; do
        [ -f "$file" ] || continue
        case $file in "$HOME"/*) install -D -m 600 "$file" "$root/root/${file#"$HOME"/}" ;; *) install -D -m 644 "$file" "$root$file" ;; esac
    done
    if [ -n "${PIP_FIND_LINKS:-}" ] && [ -d "$PIP_FIND_LINKS" ]; then
        mkdir -p "$root$PIP_FIND_LINKS" && cp -r "$PIP_FIND_LINKS/." "$root$PIP_FIND_LINKS/"
    fi
}

inside() {
    local bundle=/etc/ssl/certs/ca-certificates.crt
    env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        SSL_CERT_FILE=$bundle PIP_CERT=$bundle NODE_EXTRA_CA_CERTS=$bundle GIT_SSL_CAINFO=$bundle CURL_CA_BUNDLE=$bundle \
        ${PIP_FIND_LINKS:+PIP_FIND_LINKS="$PIP_FIND_LINKS"} ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} CI=true \
        chroot "$root" /bin/bash -euo pipefail -c "cd /srv/fernamt && $1"
}

for suite in "${suites[@]}"; do
    root=$(mktemp -d "${TMPDIR:-/tmp}/fernamt-fresh-$suite.XXXXXX")
    say "$suite: an empty Debian"
    mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --variant=minbase \
        --include=python3,python3-venv,make,git,curl,ca-certificates,procps "$suite" "$root" "deb $mirror $suite main"
    mount --bind /proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --make-rslave "$root/dev"
    take_along
    git clone --quiet --no-hardlinks "$source" "$root/srv/fernamt"
    for step in $steps; do
        started=$SECONDS
        case $step in test | unit) inside "make $step" ;; run) inside "python3 tools/prove_run.py" ;; *) stop "there is no step $step" "STEPS='test run'" ;; esac
        say "$suite: make $step is proven after $((SECONDS - started)) s"
    done
    leave
    root=
done
