# make demo         analyze a sample benchmark and say where the page is
# make test         everything that must hold: make check, then all tests
# make check        format, lint, types and layers
# make gold         renew the page that tests compare with, after it has been looked at
# make bench        speed and its growth, how honest the numbers are, how often the gate cries wolf
# make bench-peers  speed, the same work and planted regions recovered, beside other tools
# make bench-report what a page takes, up to 10,000,000 rows, beside reports of other tools
#
# Needs Python 3.11 or later and the package registries (PyPI, Debian, npm); the rest is set up
# here, in .venv. Another Python: make test PYTHON=python3.13

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
PYTEST := -m pytest --numprocesses auto --dist worksteal
AXE := .venv/axe/node_modules/axe-core/axe.min.js
LOWEST := .venv/lowest
VERSION_OF_AXE := 4.14.1

SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
INSTALL := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends
# The second try is for a machine whose package lists are missing or old.
apt = { $(INSTALL) $(1) || { $(SUDO) apt-get update -qq && $(INSTALL) $(1); }; } >&2 \
	|| { echo "terrain: could not install $(1); please install it yourself" >&2; exit 1; }

.PHONY: demo test check gold bench bench-peers bench-report format test-pythons test-lowest browser \
	java clean

demo: .venv/.installed
	@mkdir -p demo
	$(BIN)/terrain sample loans -o demo/loans.csv
	$(BIN)/terrain analyze demo/loans.csv --sensitive sex,ethnicity -o demo/loans.html
	@echo "The page: file://$(CURDIR)/demo/loans.html"

test: check browser java
	TERRAIN_TEST_PYTHONS=1 $(BIN)/python $(PYTEST) --ignore=tests/engines
	$(BIN)/python -m pytest tests/engines # clusters, each of several processes: one at a time

gold: .venv/.installed-dev
	TERRAIN_RENEW_GOLD=1 $(BIN)/python -m pytest -q tests/report/test_gold.py
	git diff --stat -- tests/gold

check: .venv/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.installed-dev
	$(BIN)/python benchmarks/run.py

# The other tools get environments of their own, .venv/peers and two beside it.
bench-peers: .venv/.installed-dev
	$(BIN)/python benchmarks/peers/run.py

# Ten million rows take minutes, several GB of memory and, beside the page, of the disk.
bench-report: .venv/.installed-dev browser
	$(BIN)/python benchmarks/report/run.py

format: .venv/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The wheel, with its dependencies, on every other supported Python of this machine.
test-pythons: .venv/.installed-dev
	TERRAIN_TEST_PYTHONS=1 $(BIN)/python $(PYTEST) tests/test_packaging.py -k further_python

# The suite with the lowest versions that pyproject.toml allows.
test-lowest: .venv/.created browser java
	$(PYTHON) -m venv --clear $(LOWEST)
	$(BIN)/python -c 'import tomllib; \
	project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*(each.replace(">=", "==") for each in project["dependencies"]), sep="\n")' \
	> $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip -qq install -c $(LOWEST)/constraints.txt -e '.[test]'
	$(LOWEST)/bin/python $(PYTEST)

clean:
	rm -rf .venv demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.created:
	@command -v $(PYTHON) >/dev/null || { \
	echo "terrain: there is no $(PYTHON) here; name yours: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "terrain needs Python 3.11 or later, $(PYTHON) is $$($(PYTHON) --version 2>&1);" \
	"name another one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
	$(call apt,$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')) \
	&& $(PYTHON) -m venv --clear .venv; }
	@touch $@

.venv/.installed: .venv/.created pyproject.toml
	@echo "Setting up .venv, which takes a minute or two."
	@$(PIP) install -e .
	@touch $@

.venv/.installed-dev: .venv/.created pyproject.toml
	@echo "Setting up .venv, which takes a minute or two."
	@$(PIP) install -e '.[dev]'
	@touch $@

browser: $(AXE)
	@command -v chromium >/dev/null || $(call apt,chromium)

# Spark runs on it.
java:
	@command -v java >/dev/null || $(call apt,default-jre-headless)

$(AXE): | .venv/.created
	@command -v npm >/dev/null || $(call apt,nodejs npm)
	npm install --silent --no-audit --no-fund --prefix .venv/axe axe-core@$(VERSION_OF_AXE)
