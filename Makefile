# Set-up, checks and the demo. `make demo` and `make test` do everything that is needed first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: help demo test lint format lock clean

help:
	@echo "make demo    set up and train Yin-Yang on the simulated chip (scenarios/yinyang-demo.toml)"
	@echo "make test    set up and run all checks and tests"
	@echo "make lint    formatting, ruff, mypy and import contracts alone"
	@echo "make format  let ruff format the code"
	@echo "make lock    renew requirements-dev.lock (needs uv on the PATH)"
	@echo "make clean   remove $(VENV) and caches"
	@echo "PYTHON=...   the Python (3.11 or newer) that $(VENV) is made with, now: $(PYTHON)"

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is missing or older than Python 3.11; name a newer one: make PYTHON=python3.11 ..." >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

demo: $(READY)
	$(BIN)/spinn2sim run scenarios/yinyang-demo.toml

test: lint
	$(BIN)/pytest -q -n 2 --dist loadfile

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:
	uv pip compile pyproject.toml --extra dev --extra perfetto --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-emit-index-url --custom-compile-command "make lock" --quiet --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path "./.git/*" -prune -exec rm -rf {} +
