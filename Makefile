# Two commands are all the set-up there is: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
INSTALL = VIRTUAL_ENV=$(CURDIR)/$(VENV) UV_COMPILE_BYTECODE=1 $(UV) pip

.PHONY: help demo test test-all check format docs lock system serve clean

help:            ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "dangol needs Python 3.11 or newer, found " + sys.version.split()[0] + ": make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv

$(VENV)/.demo: $(UV) requirements.lock pyproject.toml
	$(INSTALL) install --quiet -r requirements.lock
	$(INSTALL) install --quiet --no-deps -e .
	@touch $@

$(VENV)/.dev: $(UV) requirements-dev.lock pyproject.toml
	$(INSTALL) sync --quiet requirements-dev.lock
	$(INSTALL) install --quiet uv
	$(INSTALL) install --quiet --no-deps -e .
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo   ## the whole loop on real data (Complete Journey) and on a simulated Korean company
	$(BIN)/python -m dangol.faces.demo demo

serve: $(VENV)/.demo  ## look at the demo in the browser
	$(BIN)/dangol serve --folder demo/complete-journey

test: $(VENV)/.dev    ## all tests but the slow ones
	$(BIN)/python -m pytest -n 2 -m "not slow" --dist loadfile

test-all: $(VENV)/.dev  ## all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.dev   ## lint, types, layers, docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate --quiet src/dangol

format: $(VENV)/.dev  ## mend what can be mended by machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev    ## write the reference pages from the code
	$(BIN)/python -m dangol.faces.reference docs/reference

lock: $(UV)           ## resolve the lock files again
	$(INSTALL) compile --quiet --upgrade pyproject.toml --extra demo --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	$(INSTALL) compile --quiet --upgrade pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock

system:               ## what tests need of the system (Debian): Chromium, a Korean font, PostgreSQL, Java
	.ci/system

clean:
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .hypothesis
