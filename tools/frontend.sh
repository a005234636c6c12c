#!/usr/bin/env bash
# Builds the screens when their sources are newer than the last build. Node comes from the machine if it is recent enough,
# else from the locked package in .venv.
set -euo pipefail
cd "$(dirname "$0")/../web/frontend"
# Two lanes of tests ask at the same time: the second waits, and finds them built.
exec 9<package-lock.json
flock 9
say() { printf '==> %s\n' "$*" >&2; }

fits() { command -v "$1" >/dev/null && "$1" -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>22||(a===22&&b>=12)||(a===20&&b>=19)?0:1)'; }
if ! fits node || ! command -v npm >/dev/null; then
    PATH="$(cd ../.. && pwd)/.venv/bin:$PATH"
    export PATH
fi

stamp=node_modules/.fernamt-built
inputs=$(find . -path ./node_modules -prune -o -path ./dist -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
if [ -f dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$inputs" ]; then
    exit 0
fi
started=$SECONDS
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say "front-end packages, each checked by its hash (node $(node --version))"
    npm ci --no-audit --no-fund --loglevel=error >&2
fi
say "screens"
npm run build --silent -- --logLevel warn >&2
say "screens are built after $((SECONDS - started)) s"
printf '%s\n' "$inputs" >"$stamp"
