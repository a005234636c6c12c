# Fernamt. `make run` shows a working floor, `make test` tests everything; nothing else has to be known.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test unit check format bench mutants unfair diagram fresh build lock clean
PY := .venv/bin/python
ARGS ?=

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build  ## set everything up, then run a working floor until Ctrl-C (ARGS="--listen 192.0.2.7" and so on)
	@exec $(PY) -m fernamt demo $(ARGS)

build:  ## the virtual environment of the service, and the screens
	@tools/setup.sh run
	@tools/frontend.sh

test:  ## every test, in sensible order, with a summary (ONLY=group, ARGS=further pytest arguments)
	@tools/setup.sh dev
	@tools/test_packages.sh
	@tools/frontend.sh
	@$(PY) -m tools.run_tests $(if $(ONLY),--only $(ONLY)) -- $(ARGS)

unit:  ## the fast tests only: no switch, no database server, no browser
	@tools/setup.sh dev
	@$(PY) -m tools.run_tests --only architecture,unit -- $(ARGS)

check:  ## ruff, format, mypy --strict, import-linter, pip-audit
	@tools/setup.sh dev
	@$(PY) -m tools.checks

format:  ## mend what ruff can mend
	@tools/setup.sh dev
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format --quiet .

bench:  ## every benchmark, or one: ONLY=name
	@tools/setup.sh dev
	@tools/test_packages.sh
	@$(PY) -m bench $(ONLY)

mutants:  ## change the rules of recording in small ways, and see whether a test notices (ARGS="--sample 100")
	@tools/setup.sh dev
	@$(PY) -m tools.mutants $(ARGS)

unfair:  ## the tests of whole floors on processors that are shared out unfairly (ARGS="--seed 7 -- tests/e2e/service")
	@tools/setup.sh dev
	@tools/test_packages.sh
	@tools/frontend.sh
	@$(PY) -m tools.unfair $(ARGS)

diagram:  ## draw the state diagrams in ARCHITECTURE.md anew from the tables
	@tools/setup.sh dev
	@$(PY) -m tools.diagram

fresh:  ## prove `make test` and `make run` in an empty Debian (SUITES="bookworm trixie"; needs root and mmdebstrap)
	@tools/fresh.sh $(SUITES)

lock:  ## resolve the lock files anew
	@tools/setup.sh dev
	@tools/lock.sh

clean:  ## remove what was built; what the service keeps in its state folder stays
	rm -rf .venv web/frontend/node_modules web/frontend/dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
