# DocSpot's commands; `make help` lists them. It takes Python 3.11 or newer, make and git.

PORT ?= 8000
# Processes for the tests: one a processor, but no more than four, which start in less time than they save.
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 4 ] && n=4; echo $$n)
# More for pytest: make test-quick ARGS="-k cancel"
ARGS ?=
# How many random sequences `make prove` runs on each database.
SEQUENCES ?= 10000

VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/ready-to-run
DEV_READY := $(VENV)/ready-to-develop
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest --dist worksteal
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --strip-extras \
	--no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help run test test-quick test-sqlite test-postgresql test-thorough prove prove-mails bench lint format types check lock vendor clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Run

# Only here, and for nothing else, DEBUG is on.
run: export DEBUG := true
run: export PYTHONUNBUFFERED := 1
run: export SITE_URL ?= http://127.0.0.1:$(PORT)
run: $(RUN_READY) ## Serve DocSpot at http://127.0.0.1:8000 (another port: PORT=8080)
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py create_demo_logins
	@echo "DocSpot starts at http://127.0.0.1:$(PORT) (Ctrl-C ends it)"
	@$(BIN)/python manage.py work & trap "kill $$! 2>/dev/null" EXIT; \
	$(BIN)/gunicorn docspot.wsgi --bind 127.0.0.1:$(PORT) --threads 8 --reload --no-control-socket --log-level warning

# --- Test

test: $(DEV_READY) ## Run the tests, on SQLite and then on PostgreSQL
	@lines=$$(mktemp); trap 'echo; cat $$lines; rm -f $$lines' EXIT; export CLOSING_LINES=$$lines; failed=0; \
	$(MAKE) --no-print-directory test-sqlite || failed=1; \
	$(MAKE) --no-print-directory test-postgresql || failed=1; \
	exit $$failed

test-quick: $(DEV_READY) ## Run the tests on SQLite, without races and browser
	@env -u DATABASE_URL $(PYTEST) -n $(JOBS) -m "not race and not thorough" --ignore docspot/tests/e2e --durations 5 $(ARGS)

test-sqlite: $(DEV_READY) ## Run the tests on SQLite, all but the thorough ones
	@env -u DATABASE_URL $(PYTEST) -n $(JOBS) -m "not thorough" $(ARGS)

# What asks no database is not asked twice; pages are drawn on SQLite, and on both by `make test-thorough`.
PURE := $(addprefix docspot/tests/test_,api_schema.py architecture.py benchmarks.py checks.py environment.py logs.py mails.py templates.py) \
	$(addprefix accounts/tests/test_,ages.py sheets_files.py) \
	$(addprefix doctors/tests/test_,availability.py availability_oracle.py availability_rules.py clashes.py fitting.py holidays.py photos.py wall_clock.py) \
	$(addprefix appointments/tests/test_,calendar.py dashboard_capacity.py dashboard_charts.py waiting_wishes.py)
PAGES := $(wildcard */tests/test_*pages.py */tests/test_*admin.py */tests/test_views.py */tests/test_desk_*.py \
	*/tests/test_practice*.py) $(addprefix docspot/tests/test_,access.py api_problems.py canary.py roles.py site.py)

test-postgresql: $(DEV_READY) ## Run the tests on PostgreSQL (a throw-away server, or that of DATABASE_URL), without pages
	@$(PYTEST) --postgresql -n $(JOBS) -m "not browser and not thorough" $(addprefix --ignore ,$(PURE) $(PAGES)) $(ARGS)

test-thorough: $(DEV_READY) ## Run every test on both databases: each state of each page in a browser, all rounds of the races, pages on PostgreSQL
	@env -u DATABASE_URL $(PYTEST) -n $(JOBS) $(ARGS)
	@$(PYTEST) --postgresql -n $(JOBS) -m "not browser" $(ARGS)

# --- Measure

prove: $(DEV_READY) ## Prove the book by random sequences of all that can happen, then that no mail is lost, on both databases (SEQUENCES=10000)
	@failed=0; proof="docspot/tests/proof/batches.py -p docspot.tests.proof.tally -p no:randomly -n 2 -q --sequences $(SEQUENCES)"; \
	env -u DATABASE_URL $(PYTEST) $$proof $(ARGS) || failed=1; \
	$(PYTEST) --postgresql $$proof $(ARGS) || failed=1; \
	$(MAKE) --no-print-directory prove-mails || failed=1; \
	exit $$failed

prove-mails: $(DEV_READY) ## Prove that no mail is lost: kill the worker 100 times, take the mail server away for 5 minutes
	@failed=0; proof="docspot/tests/proof/mails.py -n 0 -q"; \
	env -u DATABASE_URL $(PYTEST) $$proof || failed=1; \
	$(PYTEST) --postgresql $$proof || failed=1; \
	exit $$failed

bench: $(DEV_READY) ## Measure the speed, against a bare Django (ARGS="--quick", --postgresql, --keep DIR, --help)
	@$(BIN)/python -m docspot.benchmarks $(ARGS)

# --- Check

lint: $(DEV_READY) ## Check style and common mistakes, in code and templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --output-format concise .
	@$(BIN)/djlint templates --lint --quiet

format: $(DEV_READY) ## Format the code, and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(DEV_READY) ## Check types
	@$(BIN)/mypy

check: $(DEV_READY) ## Check the migrations, and the settings of a clinic on the internet
	@DJANGO_SETTINGS_MODULE=docspot.tests.settings $(BIN)/python manage.py makemigrations --check
	@env -u DATABASE_URL -u JWT_SIGNING_KEY DEBUG=false BEHIND_TLS=true \
		SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		SITE_URL=https://clinic.example ALLOWED_HOSTS=clinic.example CSRF_TRUSTED_ORIGINS=https://clinic.example \
		CORS_ALLOWED_ORIGINS= EMAIL_URL=smtp+tls://docspot:secret@mail.example:587 \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

# --- Upkeep

lock: $(DEV_READY) ## Renew the lock files from requirements*.txt
	@$(PIP_COMPILE) --upgrade --output-file requirements.lock requirements.txt
	@$(PIP_COMPILE) --upgrade --constraint requirements.lock --output-file requirements-dev.lock requirements-dev.txt

vendor: ## Fetch again what package.json names: Bootstrap, and axe-core for the tests (needs npm)
	@set -e; from=$$(mktemp -d); trap 'rm -rf $$from' EXIT; cp package.json $$from; \
	npm install --prefix $$from --ignore-scripts --no-package-lock --no-audit --no-fund --legacy-peer-deps --loglevel error; \
	bootstrap=static/vendor/bootstrap; axe=docspot/tests/e2e/vendor/axe-core; mkdir -p $$bootstrap $$axe; \
	cd $$from/node_modules; \
	cp bootstrap/dist/css/bootstrap.min.css bootstrap/dist/css/bootstrap.min.css.map bootstrap/LICENSE "$(CURDIR)/$$bootstrap"; \
	cp axe-core/axe.min.js axe-core/LICENSE "$(CURDIR)/$$axe"

clean: ## Remove what these commands made, all but the database
	@rm -rf $(VENV) staticfiles test-results .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- The virtual environment, in .venv

$(RUN_READY): requirements.lock | $(BIN)/python
	@echo "Installing what DocSpot needs (once)"
	@$(PIP_INSTALL) --requirement requirements.lock
	@touch $@

# What DocSpot needs to run is part of requirements-dev.lock.
$(DEV_READY): requirements-dev.lock requirements.lock | $(BIN)/python
	@echo "Installing what working on DocSpot needs (once)"
	@$(PIP_INSTALL) --requirement requirements-dev.lock
	@touch $@ $(RUN_READY)

# A name that is there may still not run, so each is tried. One given as PYTHON= is the only one tried.
$(BIN)/python:
	@for python in $(or $(PYTHON),python3.14 python3.13 python3.12 python3.11 python3); do \
		version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
		seen="$$seen $$python is Python $$version."; \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' && found=$$python && break; \
	done; \
	if [ -z "$$found" ]; then \
		echo "DocSpot needs Python 3.11 or newer.$${seen:- None was found.} Name one: make PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	$$found -m venv --clear $(VENV) || { \
		rm -rf $(VENV); \
		echo "This Python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python$$version-venv" >&2; \
		exit 1; \
	}
