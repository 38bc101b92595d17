# The commands of this project. `make run` and `make test` do everything on a fresh machine.
.PHONY: run setup test check bench lint types imports unit

run:
	@scripts/setup
	@.venv/bin/hotline run

setup:
	@scripts/setup
	@echo "make run lets callers in; .venv/bin/hotline call needs no telephone"

test:
	@scripts/setup --test
	@$(MAKE) --no-print-directory lint types imports
	scripts/web test
	.venv/bin/pytest -q -n 2 -m "not calls"
	.venv/bin/pytest -q -n 2 --dist loadfile -m calls --ignore tests/calls
	.venv/bin/pytest -q -m calls tests/calls

check:
	@scripts/setup --test --bare
	@$(MAKE) --no-print-directory -j4 -O lint types imports unit

lint:
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	scripts/web lint

types:
	.venv/bin/mypy
	scripts/web types

imports:
	.venv/bin/lint-imports

unit:
	scripts/web test
	.venv/bin/pytest -q -n 2 -m "not calls and not postgres and not slow" -x

bench:
	@scripts/setup --test
	.venv/bin/python -m bench
