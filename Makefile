# The whole of it: `make dev` to run, `make test` to check. Both set up what they need first.

.PHONY: help setup setup-test build dev test api-test deploy doctor release fuzz chaos simulate visits visits-held-out visits-edge prove mutants bench bench-growth \
	bench-tail bench-latency rows fmt lint clean

help:
	@echo "make dev     the Worker on http://localhost:8787, a fake Stripe, example links"
	@echo "make test    every test"
	@echo "make deploy  the Worker to Cloudflare, with all that it needs (FLAGS=--dry-run: only says what it would do)"
	@echo "make doctor  what is wrong with a deployed Worker, and what to do: URL=https://…"
	@echo "make release dist/: the built Worker, with what deploys it by Node.js alone"
	@echo "make visits  how the requests in FILE= are classified, beside other classifiers"
	@echo "make chaos   long storms of requests, faults and kills in workerd, and the database after them"
	@echo "make simulate  the built Worker whole, in made-up worlds of clubs, payers and trouble: SEEDS=, SEED= (one, told),"
	@echo "             HOURS=; MUTANTS=1: that bad code is caught"
	@echo "make prove   every interleaving within bounds, millions of states;  make mutants: that bad code is caught"
	@echo "             (NAME=: only the configuration, or the mutant, of that name)"
	@echo "make bench   speed, CPU and calls beside a JavaScript peer;  make bench-growth: as the database grows;"
	@echo "             make bench-tail: while Stripe hangs;  make bench-latency: how long a parent waits (see bench/README.md)"
	@echo "make rows    how many rows D1 writes for what a club does"
	@echo "make build   the Worker into build/"
	@echo "make fmt     format;  make lint: formatting, clippy (native and wasm32), links of the docs"

setup:
	@sh tools/setup.sh

setup-test:
	@sh tools/setup.sh test

build: setup
	@sh tools/build.sh

dev: setup
	@node_modules/.bin/node tools/dev.mjs

test: setup-test
	@sh tools/test.sh

# Requests made up from openapi.json, sent to the Worker in workerd
api-test: setup-test build
	@. tools/env.sh && cargo build --locked --quiet --package fake-stripe
	@node_modules/.bin/node --disable-warning=ExperimentalWarning --test tests/edge/api.test.mjs

deploy: setup
	@node_modules/.bin/node tools/deploy.mjs $(FLAGS)

doctor: setup
	@node_modules/.bin/node tools/doctor.mjs $(URL)

release: setup build
	@node_modules/.bin/node tools/release.mjs

prove: setup
	@NAME="$(NAME)" sh tools/prove.sh exploration

mutants: setup
	@NAME="$(NAME)" sh tools/prove.sh mutants

fmt:
	@. tools/env.sh && cargo fmt --all

lint: setup
	@. tools/env.sh && cargo fmt --all --check
	@. tools/env.sh && cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
	@. tools/env.sh && cargo clippy --locked --target wasm32-unknown-unknown --lib --test wasm --quiet -- -D warnings
	@. tools/env.sh && RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --quiet

clean:
	@rm -rf build target .wrangler

# How the visits of a file are classified, beside other classifiers: make visits FILE=requests.jsonl[.gz]
visits: setup
	@. tools/env.sh && cargo build --locked --quiet --release --package visits
	@target/release/visits $(FILE)
	@node_modules/.bin/node tools/visits/compare.mjs $(FILE)

# The same on requests that the tables were not drawn from: FLAGS=--errors lists the wrong ones,
# FLAGS=--no-machine-names classifies without any machine's name
visits-held-out: setup
	@. tools/env.sh && node tools/visits/held-out.mjs $(FLAGS) $(FILE)

# The same requests sent to the Worker in workerd: the verdicts must be the same, the database untouched
visits-edge: setup build
	@. tools/env.sh && cargo build --locked --quiet --release --package visits && cargo build --locked --quiet --package fake-stripe
	@node_modules/.bin/node --disable-warning=ExperimentalWarning tools/visits/replay.mjs $(FILE)

# Long storms, and a table of what came of them: SEED=, RUNS=, CHARGES=, REQUESTS=, KILLS=
chaos: setup build
	@. tools/env.sh && cargo build --locked --quiet --package fake-stripe
	@node_modules/.bin/node --disable-warning=ExperimentalWarning tests/chaos/long.mjs

# How many rows D1 writes for what a club does: a table in docs/performance.md
rows: setup build
	@. tools/env.sh && cargo build --locked --quiet --package fake-stripe
	@$(BENCH) bench/rows.mjs

# The built Worker in simulated worlds: SEEDS= how many, SEED= the first, or that one alone; HOURS=, JOBS=; MUTANTS=1 with NAME=;
# REPORT=1 writes docs/proof.md, and fails if something was never seen; OLD= begins with an older version's build/ and migrations/
simulate: setup build
	@sh tools/simulator/build.sh
	@node_modules/.bin/node --disable-warning=ExperimentalWarning tools/simulator/main.mjs

# Coverage-guided fuzzing of one target of fuzz/targets; needs the nightly compiler and cargo-fuzz
fuzz:
	@cargo +nightly fuzz run $(TARGET) -- -max_total_time=$(or $(SECONDS),60)

# Speed, CPU and calls, side by side with a JavaScript peer: ROUNDS=, PATHS=, SIZES=, SECONDS=
BENCH = node_modules/.bin/node --disable-warning=ExperimentalWarning
bench bench-growth bench-tail bench-latency: setup build
	@. tools/env.sh && cargo build --locked --quiet --release --package load --package fake-stripe
	@$(BENCH) bench/$(if $(filter bench,$@),main,$(@:bench-%=%)).mjs
