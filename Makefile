# `make demo` and `make test` are all that a newcomer needs; both make everything they need themselves.
PY := .venv/bin/python
AV1_DEMO_PORT ?= 8080
MINUTES ?= 30
PAGES := $(shell find remote_app/web -path '*/node_modules' -prune -o -type f -print)
SOURCES := protocol robot_agent remote_app hardware_sim
CHECKED := $(SOURCES) tests bench tools

.PHONY: help demo test lint bench bench-memory bench-heap bench-page lock generate clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: .build/demo ## a small course with three simulated robots; prints the links (AV1_DEMO_PORT=8080, AV1_DEMO_ONE=1: one robot)
	@exec .venv/bin/av1-demo --port $(AV1_DEMO_PORT) $(if $(AV1_DEMO_ONE),--one-robot)

test: .build/test lint ## everything that is proved, in a real browser (installs Debian packages)
	@$(PY) -m pytest -n 3 --no-loadscope-reorder

lint: .build/test ## formatting, lint, types
	@$(PY) -m ruff check $(CHECKED)
	@$(PY) -m ruff format --check --quiet $(CHECKED)
	@$(PY) -m mypy --no-error-summary

bench: .build/test ## the table of latency and load, side by side with Chromium
	@$(PY) -m bench

bench-memory: .build/test ## memory over a long run with 50 changes of session (MINUTES=30)
	@$(PY) -m bench.memory --minutes $(MINUTES)

bench-heap: .build/test ## heap of the patient's page over a long stay in the room (MINUTES=30)
	@$(PY) -m bench.heap --minutes $(MINUTES)

bench-page: .build/test ## the patient's page with a quarter of the processor: first paint, first picture, tap to pan, weight
	@$(PY) -m bench --only page --sender ours

lock: .build/test ## take the newest versions that pyproject.toml allows
	.venv/bin/uv pip compile pyproject.toml --universal --all-extras --group dev --group bench --generate-hashes --no-annotate \
		--no-header --quiet --upgrade --output-file requirements.lock

generate: .build/test ## JSON Schema and TypeScript types from protocol/
	@$(PY) -m protocol.generate

.build/demo .build/test: .build/%: pyproject.toml requirements.lock tools/bootstrap.sh tools/web_build.py $(PAGES)
	@tools/bootstrap.sh $*

clean: ## remove everything that was made
	rm -rf .venv .build remote_app/static remote_app/web/node_modules bench/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
