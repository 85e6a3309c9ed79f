#!/bin/sh
# Every test, in the order of how fast it fails.
set -eu
cd "$(dirname "$0")/.."
. tools/env.sh
# The same cases in every run, so that a run that fails can be run again. `PROPTEST_RNG_SEED=random` looks further.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-26}"
say() { printf '\ntest: %s\n' "$*"; }

say "the core, natively"
cargo test --locked --workspace --quiet

say "what exists only in wasm"
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
  cargo test --locked --target wasm32-unknown-unknown --test wasm

sh tools/build.sh
cargo build --locked --quiet --package fake-stripe --package visits

say "the Worker in simulated worlds"
sh tools/simulator/build.sh
SEEDS=${SEEDS:-150} node --disable-warning=ExperimentalWarning tools/simulator/main.mjs

say "the fake Stripe against Stripe's SDK, the visits against other classifiers, the Worker in workerd, the pages in Chromium"
FAKE_STRIPE_BIN="$PWD/target/debug/fake-stripe" VISITS_BIN="$PWD/target/debug/visits" \
  node --disable-warning=ExperimentalWarning --test --test-concurrency=2 "tests/**/*.test.mjs"
