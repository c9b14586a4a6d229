# Two commands on a fresh machine with Python 3.11, git and make: `make run` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
YEAR ?= 2027
ENTITIES ?= 3000
SPOILT ?= 20000
KILLS ?= 100
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run test check faults pages lock spark clean

run: $(READY)  ## Make the demonstration county and run its whole year.
	$(BIN)/onevisit demo --year $(YEAR) --entities $(ENTITIES)

test: $(READY)  ## Pass the tests; what this machine lacks is skipped in one visible line.
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

check: $(READY)  ## Style, dangerous calls, types, layers, and packages that fit together.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/python -m pip check

faults: $(READY)  ## Spoil filings, tamper with records and kill a county's year, again and again: two hours.
	$(BIN)/python -m tests.fuzz.inbox --count $(SPOILT)
	$(BIN)/python -m tests.faults.tamper
	$(BIN)/python -m tests.faults.reproduce
	$(BIN)/python tests/faults/harness.py --kills $(KILLS)

pages: $(READY)  ## Write the pages anew that are made from the code: the data dictionary, the graph.
	$(BIN)/python -m pipelines.handbook

lock:  ## Write both lock files anew: versions and hashes, no addresses. Needs uv.
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-annotate --no-header --no-strip-extras --python-version 3.11 -o requirements.lock
	echo pyspark==4.3.0 | uv pip compile - --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 -o requirements-spark.lock

spark: $(READY)  ## Add what counties on Spark need, into the environment; Java 17 besides.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --require-hashes -r requirements-spark.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

clean:  ## Remove the environment and the demonstration's data.
	rm -rf .venv data
