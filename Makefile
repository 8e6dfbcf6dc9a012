# make demo    reads text in a video on the simulated DeepStream; where Docker runs, builds the example's image
# make check   lint, types, and every test that needs no root, no engine and no long run: under three minutes
# make test    installs what is missing, then lint, types and every test, the ones on real engines too
.PHONY: demo check test lint clean

VENV := .venv
BIN := $(VENV)/bin
# GStreamer's binding belongs to the system's interpreter, where that is new enough.
PYTHON := $(shell /usr/bin/python3 -c 'import sys; print("/usr/bin/python3" if sys.version_info >= (3, 10) else "python3")' 2>/dev/null || echo python3)

demo: $(VENV)/simulator-installed
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/demo

# What needs no root, no engine, no GStreamer and no network once it is set up. The two go side by side.
WORLD := engine or registry or podman or broker or azurite or emulation or gstreamer or native or browser or fresh_root or pythons or models
check: $(BIN)/azdacli
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target --keep-going lint fast

# The tests start some hundred programs in Python: without bytecode each compiles all that it imports.
.PHONY: fast
fast: $(BIN)/azdacli
	PYTHONDONTWRITEBYTECODE= AZDA_FUZZ_EXAMPLES=20 $(BIN)/python -m pytest -q --numprocesses=auto --dist=worksteal \
		--hypothesis-profile="few inputs" -m "not ($(WORLD) or slow)" $(PYTEST)

# No test of a marked group is skipped here: a missing tool is a failure. For less, run pytest itself.
# What fails is run once more, and the summary names it: see CONTRIBUTING.md.
# Each test is in one of four runs, of which three go side by side; each shows what it printed when it ends.
ENGINES := engine or registry or podman or broker or azurite
RUNS := test-emulation test-engines test-rest test-fresh-roots
test: tools $(BIN)/azdacli
	$(MAKE) --no-print-directory lint
	@echo "Four runs of tests: emulated builds; engines, registries, brokers and blob storage; all the rest; roots where nothing is installed."
	$(MAKE) --no-print-directory --jobs=3 --output-sync=target --keep-going $(RUNS)

test-emulation: MARKS := emulation
test-engines: MARKS := ($(ENGINES)) and not emulation
test-rest: MARKS := not ($(ENGINES) or emulation or fresh_root)
test-fresh-roots: MARKS := fresh_root
.PHONY: $(RUNS)
$(RUNS):
	$(BIN)/python -m pytest -m "$(MARKS)" \
		--reruns 1 -rafER --no-skips-of engine,registry,emulation,podman,gstreamer,native,browser,broker,azurite,fresh_root $(PYTEST)

lint: $(BIN)/azdacli
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Ten thousand hostile twins against a running `serve`: an hour at most.
.PHONY: fuzz-twins
fuzz-twins: $(BIN)/azdacli
	AZDA_FUZZ_ROUNDS=$${AZDA_FUZZ_ROUNDS:-10000} $(BIN)/python -m pytest tests/simulate/test_hostile_twins.py -q

# Mutated inputs for everything that reads bytes of others: an hour or more. CI does the same with 60 inputs a reader.
.PHONY: fuzz
fuzz: $(BIN)/azdacli
	AZDA_FUZZ_EXAMPLES=$${AZDA_FUZZ_EXAMPLES:-20000} $(BIN)/python -m pytest tests/fuzz tests/oci/test_documents.py -q --timeout 0

# The same readers, guided by the lines that an input reaches (atheris): make fuzz-lines READERS='twin ELF' SECONDS_EACH=600.
# What reaches something new is kept in build/fuzz for the next run; an input that fails is written there, too.
READERS ?= archive "image documents" "key file" YAML "protobuf text" "ONNX header" ELF twin .env template redaction
.PHONY: fuzz-lines
fuzz-lines: $(BIN)/azdacli
	$(BIN)/python -m pip install --quiet --group fuzzing
	mkdir -p build/fuzz
	cd build/fuzz && for each in $(READERS); do \
		$(CURDIR)/$(BIN)/python $(CURDIR)/scripts/fuzz "$$each" $${SECONDS_EACH:-55} "corpus/$$each" || exit 1; done

# Changes the code in one place after the other, and counts what the fast tests notice: make mutants PACKAGE=auth SAMPLE=60.
.PHONY: mutants
mutants: $(BIN)/azdacli
	$(BIN)/python -m pip install --quiet --group mutation --group coverage
	AZDA_FUZZ_EXAMPLES=20 $(BIN)/python scripts/mutants $${PACKAGE:?auth, image, publish, dsconfig, metadata, log or supervisor} \
		--sample $${SAMPLE:-60} --skip $${SKIP:-0} --seed $${SEED:-1} --minutes $${MINUTES:-60} --marks "not ($(WORLD) or slow)"

# Which lines the fast tests run, as information: no figure is asked for.
.PHONY: coverage
coverage: $(BIN)/azdacli
	$(BIN)/python -m pip install --quiet --group coverage
	$(BIN)/python -m coverage run --branch --source azdacli,docker-build -m pytest -q -m "not ($(WORLD) or slow)" $(PYTEST)
	$(BIN)/python -m coverage report --skip-covered --sort=cover

# Known vulnerabilities of what we depend on; with IMAGES="tag ..." of what is in images, too. Needs the network.
.PHONY: audit
audit: $(BIN)/azdacli
	test -x $(VENV)/audit/bin/pip-audit || { $(PYTHON) -m venv $(VENV)/audit && \
		$(VENV)/audit/bin/python -m pip install --quiet 'pip-audit>=2.9,<3'; }
	scripts/audit $(IMAGES)

.PHONY: tools
tools:
	scripts/install-test-tools

# Debian packs `venv` apart from Python.
$(VENV)/simulator-installed: pyproject.toml
	@$(PYTHON) -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
		echo "error: $(PYTHON) is missing, older than 3.10, or has no venv" >&2; \
		echo "hint: as root on Debian or Ubuntu: apt-get update && apt-get install --yes python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --system-site-packages $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[simulator]'
	touch $@

$(BIN)/azdacli: $(VENV)/simulator-installed
	$(BIN)/python -m pip install --quiet --editable '.[simulator]' --group dev
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
