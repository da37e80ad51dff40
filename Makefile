# The only door: every target sets up what it needs, and a second call starts at once. Bare `make` prints this help.
VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= python3
RUN := $(VENV)/.run-installed
TEST := $(VENV)/.test-installed
UV := $(or $(shell command -v uv),$(VENV)/bin/uv)
SPEED ?= 1
DRIVERS ?= 300
CITY_SEED ?= 7
MINUTES ?= 30
FAULT ?= bridge-closed:at=+60s:for=10m kitchen-meltdown:at=+60s:for=45m

.DEFAULT_GOAL := help
.PHONY: help demo test check prove prove-all soak fmt lock torture clean

help: ## this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(RUN) ## a whole city, live: real Kafka, Postgres and Redis, and one URL (SPEED=1 DRIVERS=300 CITY_SEED=7 FAULT=)
	@$(VENV)/bin/track up --speed $(SPEED) --drivers $(DRIVERS) --seed $(CITY_SEED) $(foreach one,$(FAULT),--fault $(one))

test: $(TEST) ## every test but the long ones, on real servers, with coverage
	@$(PY) -m pytest -q -m "not torture" -n 2 --dist loadfile --cov --cov-report=
	@$(VENV)/bin/coverage report --skip-covered --fail-under=90
	@$(VENV)/bin/coverage report --include='models/*' --fail-under=100 >/dev/null \
		|| { $(VENV)/bin/coverage report --include='models/*' -m --skip-covered; exit 1; }

check: $(TEST) ## lint, types, walls, sizes, the compose file and its image
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/codespell
	@$(VENV)/bin/hadolint infra/docker/Dockerfile
	@POSTGRES_PASSWORD=any VALKEY_PASSWORD=any $(VENV)/bin/docker-compose --env-file /dev/null --profile '*' config --quiet
	@$(PY) -m pytest -q tests/house -p no:cacheprovider

torture: $(TEST) ## the kill matrix on a recorded day: about half an hour
	@$(PY) -m pytest tests/torture -m torture -s -q

prove: $(TEST) ## every promise of docs/PROMISES.md, and its figures anew (ONLY=word: the lines that have it)
	@$(PY) -m infra.prove $(if $(ONLY),--only "$(ONLY)")

prove-all: $(TEST) ## likewise with the long ones: about an hour and a half
	@$(PY) -m infra.prove --all $(if $(ONLY),--only "$(ONLY)")

soak: $(TEST) ## cities with every fault, one after another: does memory grow, does anything lag or drift? (MINUTES=30 HOURS=)
	@$(VENV)/bin/track bench soak --minutes $(if $(HOURS),$$(($(HOURS) * 60)),$(MINUTES)) $(if $(JSON),--json $(JSON))

fmt: $(TEST) ## format
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

lock: $(TEST) ## the three lock files anew, from pyproject.toml
	@test -x $(UV) || $(PY) -m pip install --quiet uv
	@$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-strip-extras pyproject.toml -o requirements.lock
	@$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-strip-extras pyproject.toml --extra test \
		-c requirements.lock -o requirements-test.lock
	@$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-strip-extras pyproject.toml --extra notebooks \
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
