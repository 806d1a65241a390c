# Everything is run through here. `make demo` and `make test` need Python 3.11, git and make, nothing else.

PYTHON ?= python3.11
BIN := .venv/bin
CHROMIUM ?= /usr/bin/chromium
WEBKIT := /usr/bin/WebKitWebDriver
FIREFOX := /usr/bin/firefox-esr
POSTGRES := $(firstword $(wildcard /usr/lib/postgresql/*/bin/postgres) /usr/lib/postgresql/15/bin/postgres)
REDIS := /usr/bin/redis-server
OFFICE := /usr/bin/soffice
PROVIDER := tests/browser/provider/node_modules/.package-lock.json
FRONT := /usr/sbin/nginx /usr/bin/caddy /usr/sbin/pgbouncer
export PYTHONUNBUFFERED := 1
PORT ?= 8000
SANDBOX_PORT ?= 8001
export PORT SANDBOX_PORT

.PHONY: demo demo-password serve production observing check test lint types unit services whole browser soak bench screens house lock format

demo: .venv/demo.stamp
	@$(BIN)/python -m dashboard.demo

demo-password: .venv/demo.stamp
	@$(BIN)/python -m dashboard.demo password

# PostgreSQL's driver and Redis's, for a DATABASE_URL or a CACHE_URL that names them
production: .venv/production.stamp

# what sends errors to Sentry and traces by OpenTelemetry, for a SENTRY_DSN or an OTEL_EXPORTER_OTLP_ENDPOINT
observing: .venv/observing.stamp

serve: .venv/serve.stamp
	@$(BIN)/python -m dashboard.serve

check: .venv/test.stamp
	$(BIN)/python -m tests.deploy_check

# lint and types first, since they are quick to fail; browser tests in a pytest of their own. What each may take is in
# CONTRIBUTING.md
test: .venv/test.stamp lint types check unit services browser

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check --target-version 5.2 $$(find templates -name '*.html')
	$(BIN)/python -m tests.long_lines
	$(BIN)/python -m tests.words

types: .venv/test.stamp
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/mypy
	DJANGO_SETTINGS_MODULE=apps.sandbox.settings $(BIN)/mypy --config-file apps/sandbox/mypy.ini apps/sandbox

unit: .venv/test.stamp $(POSTGRES) $(REDIS)
	$(BIN)/pytest tests --ignore tests/browser --ignore tests/soak -n 2 --dist loadgroup -q --cov --cov-report= --cov-fail-under=0

# on a PostgreSQL and a Redis of their own: the tests that meet locks, the queue, limits or caches; `whole`: all tests
# there, and those in browsers, with all cases of what `make test` samples (tests/sampling.py)
ON_SERVICES := $(BIN)/python -m tests.services $(BIN)/pytest tests --ignore tests/browser --ignore tests/soak -n 2 --dist loadgroup -q

services: .venv/test.stamp $(POSTGRES) $(REDIS)
	$(ON_SERVICES) --meets-services --cov --cov-append --cov-report=term:skip-covered

# Firefox once did not end; then, and only then, it is tried again
whole: .venv/test.stamp $(POSTGRES) $(REDIS) $(CHROMIUM) $(WEBKIT) $(FIREFOX) $(PROVIDER)
	WHOLE=1 $(ON_SERVICES)
	WHOLE=1 $(IN_BROWSERS)
	$(IN_FIREFOX) || { [ $$? = 124 ] && $(IN_FIREFOX); }

IN_BROWSERS := CHROMIUM=$(CHROMIUM) DJANGO_ALLOW_ASYNC_UNSAFE=true $(BIN)/pytest tests/browser -n 2 --dist loadgroup -q

IN_FIREFOX := BROWSER=firefox FIREFOX=$(FIREFOX) DJANGO_ALLOW_ASYNC_UNSAFE=true timeout --kill-after=10 1200 $(BIN)/pytest tests/browser --ignore tests/browser/test_webkit.py -n 2 --dist loadgroup -q

browser: .venv/test.stamp $(CHROMIUM) $(WEBKIT) $(FIREFOX) $(PROVIDER)
	$(IN_BROWSERS)
	$(IN_FIREFOX) -m every_engine

# what takes longer: the list against a plain Python filter over 100,000 rows; an outage of a minute, a hanging tenant,
# 500 faulted pages; every fault on every page; 100,000 hostile bodies; 1,000 random filter sets against the sandbox's
# ledger; a worker killed at 14 points beside 4 lost answers, 1,120 cases, and 500 interleavings of editors; 360 hostile
# texts in Chromium; 200 random sequences of acts while the API answers; 160 loads of lists, journeys and popovers in WebKit;
# all pages of every list in every order; a megabyte of each hostile text; PostgreSQL away for 30 s and Redis for 60; nginx,
# Caddy and PgBouncer with the files of deploy/; clients that leave, hang or do not read among 16 who do; a server killed 200
# times while it answers; a worker killed 20 times; two workers killed 200 times while they make exports, on SQLite and on
# PostgreSQL; 200 exports while rows move; 50 mailing lists against a plain join, and 50 views against their files; 300 formulas
# in every column, in LibreOffice; 200 random histories of access and 200 of texts against the tables; each statement of each page over a million publications; the whole browser suite in Firefox
soak: .venv/test.stamp $(CHROMIUM) $(WEBKIT) $(FIREFOX) $(PROVIDER) $(POSTGRES) $(REDIS) $(FRONT) $(OFFICE)
	SOAK=1 $(BIN)/pytest tests/soak -q -s
	SOAK=1 $(BIN)/python -m tests.services $(BIN)/pytest tests/soak/test_worker_kills.py tests/operations/test_scale.py -q -s
	SOAK=1 $(BIN)/python -m tests.services $(BIN)/pytest tests/soak/test_export_kills.py -q -s
	SOAK=1 TEST_DATABASE_FILE=$$(mktemp -u) $(BIN)/pytest tests/soak/test_export_kills.py -q -s
	EXPORT_RUNS=200 WHOLE=1 $(BIN)/pytest tests/exports/test_moving_at_random.py tests/exports/test_mailing.py tests/exports/test_agreement.py tests/exports/test_formulas.py -n 2 -q -s
	for seed in 1 2 3 4; do SANDBOX_SEED=$$seed WHOLE=1 $(BIN)/pytest tests/overview/test_agreement.py -n 2 -q -s || exit 1; done
	WHOLE=1 $(BIN)/pytest tests/evidence/test_as_of.py -n 2 -q
	SOAK=1 $(BIN)/pytest tests/faults/test_matrix.py -n 2 -q
	SOAK=1 $(BIN)/pytest tests/dashboard/test_services.py tests/dashboard/test_under_fire.py -q -s
	HOSTILE_BODIES=100000 $(BIN)/pytest tests/faults/test_hostile_bodies.py -q
	FILTER_SETS=1000 $(BIN)/pytest tests/listing/test_queries.py -q
	SOAK=1 $(BIN)/pytest tests/listing/test_walks.py tests/disclaimers/test_rendering.py -n 2 -q
	SANDBOX_ROWS=100000 WHOLE=1 $(BIN)/pytest tests/investments/test_against_data.py -q
	SOAK=1 $(BIN)/pytest tests/disclaimers/test_crashes.py -n 2 -q
	SOAK=1 CHROMIUM=$(CHROMIUM) DJANGO_ALLOW_ASYNC_UNSAFE=true $(BIN)/pytest tests/browser/test_hostile_texts.py tests/browser/test_second_act.py tests/browser/test_webkit.py tests/browser/test_webkit_journeys.py -n 2 --dist loadgroup -q
	$(IN_FIREFOX)

# page and direct call in one run, as ratios; BENCH="--pairs 300", BENCH="--rows 100000"; in turn with another checkout:
# BENCH="--against DIR"; beside Django's admin and Datasette: BENCH="--peers"; files: BENCH="--exports"; sums: BENCH="--overview"; the log: BENCH="--audit"
bench: .venv/test.stamp $(POSTGRES) $(REDIS)
	@$(BIN)/python -m tests.bench.run $(BENCH)
	@[ -n "$(BENCH)" ] || $(BIN)/python -m tests.bench.scale

screens: .venv/test.stamp $(CHROMIUM)
	@rm -rf screens && mkdir screens
	SCREENS=screens WHOLE=1 CHROMIUM=$(CHROMIUM) DJANGO_ALLOW_ASYNC_UNSAFE=true $(BIN)/pytest tests/browser/test_places.py -n 2 -q
	@echo "Pictures: screens/"

# the shape of the code; BEFORE=<commit> puts that one's figures beside it
house: .venv/test.stamp
	@$(BIN)/python -m tests.house --before "$(BEFORE)"

format: .venv/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $$(find templates -name '*.html')

# Locks hold hashes and no registry addresses; uv.lock names hosts and is not committed.
lock: .venv/test.stamp
	$(BIN)/uv lock --upgrade
	$(BIN)/uv export --frozen -q --no-emit-project --no-annotate --no-header --no-default-groups -o requirements.lock > /dev/null
	$(BIN)/uv export --frozen -q --no-emit-project --no-annotate --no-header --no-default-groups --group sandbox -o requirements-demo.lock > /dev/null
	$(BIN)/uv export --frozen -q --no-emit-project --no-annotate --no-header --no-default-groups --group production -o requirements-production.lock > /dev/null
	$(BIN)/uv export --frozen -q --no-emit-project --no-annotate --no-header --no-default-groups --group production --group observing -o requirements-observing.lock > /dev/null
	$(BIN)/uv export --frozen -q --no-emit-project --no-annotate --no-header --no-default-groups --all-groups --no-group installer -o requirements-test.lock > /dev/null
	$(BIN)/uv export --frozen -q --no-emit-project --no-annotate --no-header --only-group installer -o requirements-pip.lock > /dev/null

.venv/bin/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python 3.11's venv is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Making .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-pip.lock
	@$(BIN)/pip uninstall --quiet --yes setuptools

.venv/serve.stamp: requirements.lock | .venv/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/production.stamp: requirements-production.lock | .venv/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/observing.stamp: requirements-observing.lock | .venv/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/demo.stamp: requirements-demo.lock | .venv/bin/python
	@echo "Installing what the demo needs"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/test.stamp: requirements-test.lock | .venv/bin/python
	@echo "Installing what the tests need"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(FRONT):
	@echo "Installing Debian's nginx, Caddy and PgBouncer"
	@{ apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx caddy pgbouncer; } > /dev/null 2>&1 || { echo "nginx, Caddy or PgBouncer is missing and could not be installed. On Debian, as root: apt-get install nginx caddy pgbouncer"; exit 1; }

$(POSTGRES) $(REDIS):
	@echo "Installing Debian's PostgreSQL and Redis"
	@{ apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql redis-server; } > /dev/null 2>&1 || { echo "PostgreSQL or Redis is missing and could not be installed. On Debian, as root: apt-get install postgresql redis-server"; exit 1; }

$(CHROMIUM):
	@echo "Installing Debian's Chromium"
	@{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } > /dev/null 2>&1 || { echo "Chromium is missing and could not be installed. On Debian, as root: apt-get install chromium"; exit 1; }

$(OFFICE):
	@echo "Installing Debian's LibreOffice"
	@{ apt-get update -qq && apt-get install -y -qq --no-install-recommends libreoffice-calc; } > /dev/null 2>&1 || { echo "LibreOffice is missing and could not be installed. On Debian, as root: apt-get install libreoffice-calc"; exit 1; }

# without them, the tests that need Firefox, WebKit or Node.js are skipped, and say so
$(FIREFOX):
	@echo "Installing Debian's Firefox"
	@{ apt-get update -qq && apt-get install -y -qq --no-install-recommends firefox-esr; } > /dev/null 2>&1 || echo "Firefox is missing and could not be installed; its tests are skipped. On Debian, as root: apt-get install firefox-esr"

$(WEBKIT):
	@echo "Installing Debian's WebKit"
	@{ apt-get update -qq && apt-get install -y -qq --no-install-recommends webkit2gtk-driver xvfb; } > /dev/null 2>&1 || echo "WebKit is missing and could not be installed; its tests are skipped. On Debian, as root: apt-get install webkit2gtk-driver xvfb"

$(PROVIDER): tests/browser/provider/package-lock.json
	@echo "Installing an identity provider of Node.js"
	@command -v npm > /dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm; } > /dev/null 2>&1 || true
	@(cd tests/browser/provider && npm ci --ignore-scripts --no-audit --no-fund) > /dev/null 2>&1 || echo "npm is missing, or could not install oidc-provider; its tests are skipped. On Debian, as root: apt-get install nodejs npm"
