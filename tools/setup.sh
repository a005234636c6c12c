#!/usr/bin/env bash
# Makes .venv what the lock files say: `tools/setup.sh run` for the service, `tools/setup.sh dev` for tests and checks too.
# Needs no root. What is missing of the machine is named with the command that brings it.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=${1:?run or dev}
locks=(requirements.lock requirements-build.lock)
[ "$wanted" = dev ] && locks+=(requirements-dev.lock)

say() { printf '==> %s\n' "$*" >&2; }
stop() { printf 'error: %s\nway out: %s\n' "$1" "$2" >&2; exit 1; }

. tools/debian.sh

find_python() {
    local name
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python3.14; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    stop "no Python 3.11 or later was found" "install one (on Debian 12 or later: $(as_root) apt-get install -y python3 python3-venv), or name it: make PYTHON=/path/to/python3"
}

stamp=.venv/.set-up-$wanted
inputs=$(cat "${locks[@]}" pyproject.toml tools/setup.sh | sha256sum | cut -d' ' -f1)
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$inputs $PWD" ]; then
    exit 0
fi

python=$(find_python)
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    need_packages python3-venv
fi
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    say "virtual environment of $("$python" --version) in .venv"
    "$python" -m venv --clear .venv
fi

started=$SECONDS
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_NO_WARN_SCRIPT_LOCATION=1 PIP_ROOT_USER_ACTION=ignore
for lock in "${locks[@]}"; do
    say "$(grep -c '==' "$lock") Python packages of $lock, each checked by its hash"
    .venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r "$lock" \
        || .venv/bin/python -m pip install --quiet --require-hashes -r "$lock"
done
say "fernamt itself"
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
say "Python is ready after $((SECONDS - started)) s"
printf '%s %s\n' "$inputs" "$PWD" >"$stamp"
