# make demo   builds and pushes the example, and shows the result
# make test   installs what is missing, then lint, types and every test, the ones on real engines too
.PHONY: demo test lint clean

VENV := .venv
BIN := $(VENV)/bin
# GStreamer's binding belongs to the system's interpreter, where that is new enough.
PYTHON := $(shell /usr/bin/python3 -c 'import sys; print("/usr/bin/python3" if sys.version_info >= (3, 10) else "python3")' 2>/dev/null || echo python3)

demo: $(BIN)/azdacli
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/demo

# No test of a marked group is skipped here: a missing tool is a failure. For less, run pytest itself.
test: tools $(BIN)/azdacli
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest --no-skips-of engine,registry,emulation,podman,gstreamer,broker $(PYTEST)

lint: $(BIN)/azdacli
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: tools
tools:
	scripts/install-test-tools

$(BIN)/azdacli: pyproject.toml
	$(PYTHON) -m venv --system-site-packages $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[simulator]' --group dev
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
