#!/bin/sh
# Builds the fake Stripe as a wasm module into target/simulator, where the simulator loads it. The Worker itself is built by
# tools/build.sh, and taken as it is.
set -eu
cd "$(dirname "$0")/../.."
. tools/env.sh

made=target/simulator
if [ -f "$made/simulated_stripe.js" ] && [ -z "$(find tools/fake-stripe/src tools/simulator/stripe Cargo.lock -newer "$made/simulated_stripe.js" -print -quit)" ]; then
  exit 0
fi
echo "building the simulator's Stripe"
target=wasm32-unknown-unknown
cargo build --locked --quiet --release --package simulated-stripe --target "$target"
wasm-bindgen --target web --no-typescript --out-dir "$made" "target/$target/release/simulated_stripe.wasm"
