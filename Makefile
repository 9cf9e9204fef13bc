# make run: install everything and run a real search.  make test: install and check everything.
# make inspector: fetch the MCP Inspector (needs node), with which tests drive the MCP server.
# make tour: take the pictures of docs/tour.md again (needs Chromium).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

.PHONY: run test lint inspector tour clean
.DELETE_ON_ERROR:

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(f"illuminas needs Python 3.11 or newer, this is {sys.version.split()[0]}: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing illuminas into $(VENV), a few minutes the first time"
	$(BIN)/python -m pip install -c constraints.txt -e .
	@touch $@

$(INSTALLED_DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -c constraints.txt -e '.[dev]'
	@touch $@ $(INSTALLED)

run: $(INSTALLED)
	$(BIN)/illuminas models pull default --optional
	$(BIN)/illuminas search

test: lint
	$(BIN)/pytest

lint: $(INSTALLED_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# a real MCP client for tests/server/mcp/test_clients.py, which skip without it
inspector:
	npm install --prefix .inspector --no-save --no-audit --no-fund @modelcontextprotocol/inspector@2.12.0

tour: $(INSTALLED_DEV)
	$(BIN)/python docs/tour.py

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache
