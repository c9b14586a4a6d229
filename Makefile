# Two commands on a fresh machine with Python 3.11, git and make: `make run` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
YEAR ?= 2027
ENTITIES ?= 3000
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run test check faults lock clean

run: $(READY)  ## Make the demonstration county and run its whole year.
	$(BIN)/onevisit demo --year $(YEAR) --entities $(ENTITIES)

test: $(READY)  ## Pass the tests; what this machine lacks is skipped in one visible line.
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

check: $(READY)  ## Style, types and layers.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

faults: $(READY)  ## Kill a county's year at random instants, again and again, and compare: an hour.
	$(BIN)/python tests/faults/harness.py --kills 100

lock:  ## Write requirements.lock anew: versions and hashes, no addresses. Needs uv.
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-annotate --no-header --no-strip-extras --python-version 3.11 -o requirements.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

clean:  ## Remove the environment and the demonstration's data.
	rm -rf .venv data
