# Two commands to start with: `make serve` and `make test`. Nothing here needs root.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
STAMP := $(VENV)/.installed

.PHONY: serve test check fix bench conformance clients operator-test api-fuzz tools clean \
	console console-check console-schema console-test

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	MOORAGE_SKIP_CONSOLE=1 $(BIN)/pip install --quiet -e '.[dev]'
	touch $(STAMP)

serve: $(STAMP) console  ## the registry with its embedded default on http://127.0.0.1:8080
	exec $(BIN)/moorage serve --data data

console: $(STAMP)  ## the web console, built when its sources have changed; needs Node
	$(BIN)/python hatch_build.py

SCHEMA := console/src/api/schema.d.ts
console-schema: $(STAMP)  ## the types of the console's API client, from the server's own document
	$(BIN)/python -m moorage.web.api.document | node console/plugins/schema.mjs > $(SCHEMA).new
	mv $(SCHEMA).new $(SCHEMA)

console-check: $(STAMP)  ## the console: install, types, lint, tests, build within budgets
	cd console && npm ci --ignore-scripts --no-audit --no-fund
	$(BIN)/python -m moorage.web.api.document | node console/plugins/schema.mjs | \
	  diff -q - $(SCHEMA) || { echo 'the API has changed: run make console-schema'; exit 1; }
	cd console && npm run types && npm run lint && npm test && npm run build

console-test: $(STAMP) console  ## the console in a real browser: journeys, axe, screenshots
	$(BIN)/pytest tests/console

SEED ?= 4118311803
test: $(STAMP)  ## all tests, on PostgreSQL too when a server can be started; SEED=n: another order
	$(BIN)/pytest --randomly-seed=$(SEED)

check: $(STAMP)  ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

tools:  ## the clients and the conformance suite, built once outside of the checkout
	$(PYTHON) tools/install.py

conformance: $(STAMP)  ## the official suite: anything but zero fail and zero skip is red
	$(BIN)/python tests/conformance/run.py

api-fuzz: $(STAMP)  ## schemathesis against /api/v1/discovery, on each database; three minutes
	$(BIN)/pytest -s tests/api/test_fuzzing.py

CLIENTS ?= tests/clients
clients: $(STAMP)  ## real clients over HTTPS in a network namespace; needs root and `make tools`
	$(BIN)/pytest -p no:randomly $(CLIENTS)

operator-test: $(STAMP)  ## charts and operator on a real Kubernetes API server; needs `make tools`
	$(BIN)/pytest -p no:randomly tests/operator

clean:
	rm -rf $(VENV) build dist

BENCH ?= --rounds 5
bench: $(STAMP)  ## moorage beside docker-registry, distribution v3 and nginx; needs `make tools`
	$(BIN)/python -m benchmarks $(BENCH)
