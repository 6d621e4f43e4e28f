# Two commands for everyone: `make demo` and `make test`. `make help` lists the rest.
.PHONY: help demo test fast lint fix wheel docs clean

PORT ?= 8000
# The tests start many processes: where bytecode is never kept, each compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
# A file's tests stay in one worker, which makes once what they share; in the files' order the short ones come last.
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: ## a fictitious company with a month of history, served on PORT (default 8000)
	@scripts/setup.sh demo
	@$(BIN)/clew demo --port $(PORT)

test: ## every test: the scripts' parts in Node, then all on SQLite, PostgreSQL, Redis and a real browser (COV=--cov: with coverage)
	@scripts/setup.sh test
	@node --test tests/js/*.test.js
	@$(BIN)/pytest $(PARALLEL) $(COV) -m "not bench and not alone"
	@$(BIN)/pytest -m "bench or alone"

fast: ## the quick tests on SQLite, for while you work
	@scripts/setup.sh test
	@node --test tests/js/*.test.js
	@$(BIN)/pytest -x -q $(PARALLEL) --ignore tests/bench --ignore tests/faults -m "not slow and not browser and not postgres"

lint: ## ruff, mypy, the import contracts, djlint, biome and shellcheck
	@scripts/setup.sh test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@mkdir -p .venv/src && ln -sfn ../.. .venv/src/clew # the root is the package: mypy wants a folder of its name
	@MYPYPATH=.venv/src $(BIN)/mypy -p clew
	@$(BIN)/lint-imports
	@$(BIN)/djlint admin/templates --lint --quiet
	@npm run --silent lint
	@$(BIN)/shellcheck scripts/*.sh .ci/run

fix: ## let ruff and biome mend what they can
	@scripts/setup.sh test
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@npm run --silent fix

wheel: ## the package to install elsewhere, in dist/
	@scripts/setup.sh test
	@$(BIN)/python -m build --no-isolation >.venv/build.log 2>&1 || { tail -n 20 .venv/build.log >&2; exit 1; }
	@ls dist/clew-*.whl

docs: ## make docs/api.md anew from the API's OpenAPI document
	@scripts/setup.sh test
	@$(BIN)/python -m clew.core.cli.api_reference

clean: ## forget the environment and the demo's data
	rm -rf .venv node_modules var build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage*
