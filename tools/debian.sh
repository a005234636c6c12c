# To be sourced: Debian packages are named, and installed only by root in CI=true.

as_root() { [ "$(id -u)" = 0 ] || printf sudo; }

# need_packages PACKAGE...: installs them where CI=true and we are root; else names the command and stops.
need_packages() {
    local command="apt-get install -y --no-install-recommends $*"
    if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        printf '==> Debian packages: %s\n' "$*" >&2
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq >&2
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
        return
    fi
    local prefix
    prefix=$(as_root)
    printf 'error: these Debian packages are missing: %s\nway out: %s\n' "$*" "${prefix:+$prefix }$command" >&2
    exit 1
}
