# The only door: every target sets up what it needs, and a second call starts at once. Bare `make` prints this help.
VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= python3
RUN := $(VENV)/.run-installed
TEST := $(VENV)/.test-installed
SPEED ?= 1
DRIVERS ?= 300
CITY_SEED ?= 7

.DEFAULT_GOAL := help
.PHONY: help demo test check fmt lock torture clean

help: ## this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(RUN) ## a whole city, live: real Kafka, Postgres and Redis, and one URL (SPEED=1 DRIVERS=300 CITY_SEED=7)
	@$(VENV)/bin/track up --speed $(SPEED) --drivers $(DRIVERS) --seed $(CITY_SEED)

test: $(TEST) ## every test but the long ones, on real servers, with coverage
	@$(PY) -m pytest -q -m "not torture" --cov --cov-report=
	@$(VENV)/bin/coverage report --skip-covered --fail-under=90
	@$(VENV)/bin/coverage report --include='models/*' --fail-under=100 >/dev/null \
		|| { $(VENV)/bin/coverage report --include='models/*' -m --skip-covered; exit 1; }

check: $(TEST) ## lint, types, walls, sizes
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/codespell
	@$(PY) -m pytest -q tests/house -p no:cacheprovider

torture: $(TEST) ## the kill matrix on a recorded day: about half an hour
	@$(PY) -m pytest tests/torture -m torture -s -q

fmt: $(TEST) ## format
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

lock: $(TEST) ## the three lock files anew, from pyproject.toml
	@$(PY) -m pip install --quiet uv
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-header pyproject.toml -o requirements.lock
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-header pyproject.toml --extra test \
		-c requirements.lock -o requirements-test.lock
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-header pyproject.toml --extra notebooks \
		-c requirements.lock -o requirements-notebooks.lock

clean: ## remove what was made: the environment and the state of the embedded servers
	rm -rf $(VENV) .track .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* *.egg-info build

# uv is used where it is; pip alone does it too. The project itself cannot be hashed, so it comes second.
define install
	@test -x $(PY) || { $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; set PYTHON=python3.11"; exit 1; }; $(PYTHON) -m venv $(VENV); }
	@echo "installing $(1)"
	@if command -v uv >/dev/null; \
		then uv pip install --quiet --python $(PY) --require-hashes -r $(1) && uv pip install --quiet --python $(PY) --no-deps -e .; \
		else $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) \
			&& $(PY) -m pip install --quiet --disable-pip-version-check --no-deps -e .; fi
endef

$(RUN): requirements.lock pyproject.toml
	$(call install,requirements.lock)
	@touch $@

$(TEST): requirements-test.lock pyproject.toml
	$(call install,requirements-test.lock)
	@touch $@ $(RUN)
