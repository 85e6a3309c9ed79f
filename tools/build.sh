#!/bin/sh
# Builds the Worker into build/ with the tools that the set-up installed. Does nothing where the
# result is newer than all that it is made from.
set -eu
cd "$(dirname "$0")/.."
. tools/env.sh

if [ -f build/index.js ] && [ -z "$(find src assets Cargo.toml Cargo.lock tools/build.sh -newer build/index.js -print -quit)" ]; then
  exit 0
fi
echo "building the Worker"
target=wasm32-unknown-unknown
made=target/worker
cargo build --quiet --profile worker --lib --target "$target"
rm -rf "$made" && mkdir -p "$made" build
wasm-bindgen --target web --no-typescript --experimental-reset-state-function --remove-name-section \
  --out-dir "$made" "target/$target/worker/checkout_guard.wasm"
cp src/edge/entry.js "$made"
# Only what every engine has had for years: workerd need not know the newest encodings.
wasm-opt -Oz --strip-debug --strip-producers \
  --enable-bulk-memory --enable-multivalue --enable-mutable-globals --enable-nontrapping-float-to-int \
  --enable-reference-types --enable-sign-ext \
  "$made/checkout_guard_bg.wasm" -o build/checkout_guard_bg.wasm
esbuild "$made/entry.js" --bundle --minify --format=esm --target=es2022 --log-level=warning \
  --external:./checkout_guard_bg.wasm --outfile=build/index.js
touch build/index.js
