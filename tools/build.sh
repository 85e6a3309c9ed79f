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
# Named here, worker-build downloads none of them.
ESBUILD_BIN="$PWD/node_modules/.bin/esbuild" \
WASM_OPT_BIN="$PWD/node_modules/.bin/wasm-opt" \
WASM_BINDGEN_BIN="$PWD/.tools/bin/wasm-bindgen" \
  worker-build --release --quiet
touch build/index.js
