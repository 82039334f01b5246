# Set-up, checks and the demo. `make demo` installs what running needs, `make test` what tests need besides.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
DEV_READY := $(VENV)/dev-ready
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# What is run with kernels that are compiled otherwise, or not at all.
KERNEL_TESTS := tests/firmware_models/jit tests/firmware_models/test_fixedpoint.py tests/firmware_models/test_learning.py \
  tests/firmware_models/test_neurons.py
COMPILED_TESTS := $(KERNEL_TESTS) tests/laws/engine_equality/test_machines.py tests/mirror/test_guards.py
UNCOMPILED_TESTS := $(KERNEL_TESTS) tests/firmware_models/test_wakes.py tests/mirror/test_guards.py tests/mirror/test_fixed.py \
  tests/mirror/test_readout.py
NUMBA_VENV := .venv-numba
DOCS_VENV := .venv-docs

.PHONY: help demo test lint lanes coverage numba firmware docs format lock clean

help:
	@echo "make demo    set up and train Yin-Yang on the simulated chip (the scenario yinyang-demo)"
	@echo "make test    set up and run all checks and tests"
	@echo "make lint    formatting, ruff, mypy and import contracts alone"
	@echo "make lanes   a part of the tests with plain numba and bounds checks, and with kernels as plain Python"
	@echo "make numba VERSION=0.61.0   the kernels' tests with another numba, in $(NUMBA_VENV)"
	@echo "make coverage  the tests, and what part of the code they ran (half as slow again as make test)"
	@echo "make firmware  build the firmware image (needs arm-none-eabi-gcc), and compare it with one that clang builds"
	@echo "make docs    the documentation as a site, in site/; only the first time needs a network, for its tools, in $(DOCS_VENV)"
	@echo "make format  let ruff format the code"
	@echo "make lock    renew requirements-dev.lock and requirements.lock (needs uv on the PATH)"
	@echo "make clean   remove $(VENV) and caches"
	@echo "PYTHON=...   the Python (3.11 or newer) that $(VENV) is made with, now: $(PYTHON)"

# What running needs.
$(READY): requirements.lock pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is missing or older than Python 3.11; name a newer one: make PYTHON=python3.11 ..." >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	touch $(READY)

# And what checks and tests need, in the same place.
$(DEV_READY): requirements-dev.lock $(READY)
	$(INSTALL) --require-hashes -r requirements-dev.lock
	touch $(DEV_READY)

demo: $(READY)
	$(BIN)/spinn2sim run yinyang-demo

# What tests need is compiled once before them, not by each of their processes. A process that a test ends is replaced only once.
test: lint lanes
	$(BIN)/spinn2sim warm-up
	$(BIN)/pytest -q -n 2 --dist loadfile --max-worker-restart 1

coverage: $(DEV_READY)
	NUMBA_DISABLE_JIT=1 $(BIN)/pytest -q -n 2 --dist loadfile -W ignore::RuntimeWarning --cov --cov-report= $(UNCOMPILED_TESTS)
	$(BIN)/pytest -q -n 2 --dist loadfile --cov --cov-append --cov-report=
	$(BIN)/python tools/least_covered.py

lanes: $(DEV_READY)
	SPINN2SIM_PLAIN_NUMBA=1 NUMBA_BOUNDSCHECK=1 $(BIN)/pytest -q -n 2 --dist loadfile $(COMPILED_TESTS) -k 'not float64'
	NUMBA_DISABLE_JIT=1 $(BIN)/pytest -q -n 2 --dist loadfile -W ignore::RuntimeWarning $(UNCOMPILED_TESTS)

numba:
	rm -rf $(NUMBA_VENV)
	$(PYTHON) -m venv $(NUMBA_VENV)
	$(NUMBA_VENV)/bin/pip install --quiet --disable-pip-version-check "numba==$(VERSION)" "hypothesis>=6.100" "pytest>=9.0" -e .
	$(NUMBA_VENV)/bin/pytest -q $(COMPILED_TESTS)

lint: $(DEV_READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

firmware: $(DEV_READY)
	$(INSTALL) "ziglang==0.17.1"
	$(BIN)/python tools/firmware.py build
	$(BIN)/python tools/firmware.py check

format: $(DEV_READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(DEV_READY)
	uv pip compile pyproject.toml --extra dev --extra perfetto --extra nir --extra sweep --extra dask --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-emit-index-url --custom-compile-command "make lock" --quiet --output-file requirements-dev.lock
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(BIN)/python tools/runtime_lock.py

clean:
	rm -rf $(VENV) $(NUMBA_VENV) $(DOCS_VENV) site build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -not -path "./.git/*" -prune -exec rm -rf {} +
