#!/usr/bin/env bash
# Resolves the lock files anew: for the service, for its build, for tests and checks. Hashed, for every platform.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 "$@"; }
compile pyproject.toml -o requirements.lock
compile pyproject.toml --group dev -o requirements-dev.lock
compile --group build --constraint requirements-dev.lock -o requirements-build.lock
