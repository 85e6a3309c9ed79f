#!/bin/sh
# Builds the Worker into build/ with the tools that the set-up installed. Does nothing where the
# result is newer than all that it is made from.
set -eu
cd "$(dirname "$0")/.."
. tools/env.sh

if [ -f build/index.js ] && [ -z "$(find src assets .cargo .dev.vars.example Cargo.toml Cargo.lock tools/build.sh tools/bundle.mjs -newer build/index.js -print -quit)" ]; then
  exit 0
fi
echo "building the Worker"
target=wasm32-unknown-unknown
made=target/worker
cargo build --locked --quiet --profile worker --lib --target "$target"
rm -rf "$made" && mkdir -p "$made" build
wasm-bindgen --target web --no-typescript --experimental-reset-state-function --remove-name-section \
  --out-dir "$made" "target/$target/worker/checkout_guard.wasm"
cp src/edge/*.js "$made"
node tools/bundle.mjs "$made" build
