# Everything happens in .venv; the system Python is only used to make it.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install quickstart test test-slow test-oldest messages fuzz docs lint bench clean

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "spectra needs Python 3.11 or newer; run make PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

quickstart: install
	$(BIN)/spectra run experiments/quickstart.toml
	$(BIN)/spectra report experiments/quickstart.toml

# Files are dealt to a few processes; one thread each, or they would slow each other.
test: install
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n logical --maxprocesses 4 --dist loadfile

# With the engines and sinks that are extras: their tests need them.
test-slow: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,ray,wandb,docs]'
	$(BIN)/python -m pytest -q -m slow

# With the oldest versions that pyproject.toml admits, in an environment of their own.
test-oldest:
	test -x .venv-oldest/bin/python || $(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-oldest.txt --editable '.[dev]'
	OMP_NUM_THREADS=1 .venv-oldest/bin/python -m pytest -q -n logical --maxprocesses 4 --dist loadfile

# Brings docs/messages.csv up to date from the tests that are run: make messages TESTS="tests/cli tests/docs -m slow"
TESTS ?= tests
messages: install
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n logical --maxprocesses 4 --dist loadfile -p tests.messages.recorder $(TESTS)

# Inputs of each target; TARGETS="curve pack" for some of them.
INPUTS ?= 10000
fuzz: install
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz.campaign --inputs $(INPUTS) $(if $(TARGETS),--targets $(TARGETS))

docs: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs]'
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx -W -q -b html docs docs/_build/html

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# benchmarks/README.md lists the others: make bench BENCHMARKS="misses warm_starts"
BENCHMARKS ?= curvature
bench: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	for name in $(BENCHMARKS); do $(BIN)/python benchmarks/$$name.py || exit 1; done

clean:
	rm -rf .venv .venv-oldest .pytest_cache .mypy_cache .ruff_cache docs/_build docs/gallery docs/reference
