# demo: try it on http://127.0.0.1:8000     test: run the tests, docs included     check: lint, types, layers, migrations
# bench: measure     clean: remove what these made. Each makes its own .venv when needed;
# with another Python beside it: make test PYTHON=python3.13 VENV=.venv-3.13

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
WORKERS ?= auto
DRIVER := $(if $(filter postgres%,$(DATABASE_URL)),$(VENV)/postgres-group)$(if $(filter mysql%,$(DATABASE_URL)),$(VENV)/mysql-group)

.PHONY: demo test check bench clean

$(VENV)/base: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) ..."
	@$(PIP) install --upgrade "pip>=25.1"
	@touch $@

$(VENV)/%-group: $(VENV)/base
	@$(PIP) install --editable . --group $*
	@touch $@

demo: $(VENV)/demo-group $(DRIVER)
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py demo
	@$(BIN)/python manage.py runserver 127.0.0.1:8000

test: $(VENV)/test-group $(DRIVER)
	@PYTHONDEVMODE=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) $(PYTEST)

check: $(VENV)/check-group
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py check
	@$(BIN)/python manage.py makemigrations --check --dry-run

bench: $(VENV)/test-group $(DRIVER)
	@for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

clean:
	rm -rf $(VENV) .test-*.sqlite3* db.sqlite3* inbox static_collected htmlcov .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
