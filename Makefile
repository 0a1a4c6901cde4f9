# What a person types. Every target sets the machine up first; a second run finds that done.
SHELL := /bin/bash
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)
PYTHON_ENV := $(CURDIR)/.venv/bin/python
CXX_FILES := '*.cc' '*.h'
CONFIGURE := cmake -S . -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSLUICE_PYTHON=$(PYTHON_ENV)

.PHONY: help setup configure build program wheel test demo clients bench soak asan tsan fuzz tidy format \
        check-format check-includes clean

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 18

setup: .venv/.ready ## Installs what is missing: packages (root or sudo), .venv, .venv-official
.venv/.ready: scripts/setup.sh scripts/apt-packages.txt scripts/requirements.txt \
              scripts/requirements-official.txt scripts/requirements-spark.txt \
              scripts/requirements-source.txt scripts/requirements-stores.txt \
              scripts/setup_spark.sh scripts/spark-jars.xml scripts/setup_stores.sh \
              tests/stores/azurite/package-lock.json tests/stores/identity/package-lock.json
	@scripts/setup.sh

configure: setup
	@test -f build/build.ninja || $(CONFIGURE) -B build

program: configure
	cmake --build build -j $(JOBS)

wheel: program
	scripts/build_wheel.sh

build: program wheel ## Builds build/bin/sluice, the tests and the wheel in dist/, installed in .venv

test: build ## Every test; the last line is 'N passed, N failed'
	@$(PYTHON_ENV) scripts/run_tests.py

demo: build ## Writes a table of a million rows, shares it, loads it with both clients, compares
	@$(PYTHON_ENV) scripts/demo.py

bench: build ## The benchmarks beside their peers
	$(CONFIGURE) -B build -DSLUICE_BENCH=ON >/dev/null
	cmake --build build -j $(JOBS)
	$(PYTHON_ENV) bench/run.py

clients: ## The programs in Rust and Go (cargo 1.82, go 1.23) that `make test` then loads tables with
	@scripts/build_clients.sh

soak: build ## Readers of a table that never rests, for SECONDS (600); `make test` runs it for some
	$(PYTHON_ENV) tests/e2e/soak.py --seconds $(or $(SECONDS),600)

asan: setup ## C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer, in build/asan
	@scripts/sanitize.sh asan

tsan: setup ## C++ tests under ThreadSanitizer, in build/tsan
	@scripts/sanitize.sh tsan

fuzz: setup ## Every fuzz target under libFuzzer for SECONDS_EACH (60) each, in build/fuzz
	@scripts/fuzz.sh

tidy: setup ## clang-tidy over everything (.ci/run: over what changed)
	@scripts/tidy.sh --all

format: setup ## clang-format over every C++ file
	@git ls-files -co --exclude-standard $(CXX_FILES) | xargs clang-format -i

check-format: setup
	@git ls-files $(CXX_FILES) | xargs clang-format --dry-run --Werror

check-includes: ## The include rule of docs/architecture.md
	@python3 scripts/check_includes.py

clean: ## Removes what was built; the environments stay
	rm -rf build build-wheel dist
