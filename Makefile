# make serve   build the graph and answer SPARQL at http://127.0.0.1:8000/sparql
# make test    run the tests that a bare machine can run, a few minutes; ARGS="-k word" for some of them
# make test-all  run every test, with those that take long or drive other programs
# make check   lint, types, imports and formatting
# make bench   measure, and print the figures
# make lock    choose the locked versions anew
.POSIX:
.PHONY: serve build test test-all check format bench lock clean

PYTHON = python3
HOST = 127.0.0.1
PORT = 8000

VENV = .venv
BIN = $(VENV)/bin
# More than there are processors: much of the time tests wait for processes and clocks.
JOBS = 3
# Without compiled modules each process that a test starts would compile what it imports.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check
TURTLE = ontology/*.ttl ontology/schemes/*.ttl

serve: build
	@exec $(BIN)/opsc serve --host $(HOST) --port $(PORT)

build: $(VENV)/installed
	@$(BIN)/opsc build

test: $(VENV)/installed-dev
	$(PYTEST) -n $(JOBS) --dist worksteal -m "not slow and not engines and not timing" $(ARGS)

test-all: $(VENV)/installed-dev
	$(PYTEST) -n $(JOBS) --dist worksteal --hypothesis-profile=all -m "not timing" $(ARGS)
	$(PYTEST) -m timing $(ARGS) || [ $$? -eq 5 ]

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m ontology.formatting --check $(TURTLE)

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m ontology.formatting $(TURTLE)

bench: $(VENV)/installed-dev
	$(BIN)/python -m bench

$(BIN)/python:
	@tools/make-venv $(PYTHON) $(VENV)

$(VENV)/installed: $(BIN)/python requirements.lock pyproject.toml
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

lock: $(BIN)/python
	$(PIP) install uv
	$(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --upgrade --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group build --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --upgrade --quiet -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv .venv-newer dist .import_linter_cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
