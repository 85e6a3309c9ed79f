#!/bin/sh
# Builds the Worker into build/: index.js and checkout_guard_bg.wasm, which are deployed as they are. Does nothing
# if the result is newer than all that it is made from.
set -eu
cd "$(dirname "$0")/.."
. tools/env.sh

if [ -f build/index.js ] && [ -z "$(find src assets .cargo .dev.vars.example Cargo.toml Cargo.lock tools/build.sh -newer build/index.js -print -quit)" ]; then
  exit 0
fi
echo "building the Worker"
target=wasm32-unknown-unknown
# Not target/worker: cargo keeps there what it built for this machine with the profile of that name.
made=target/bundle
cargo build --locked --quiet --profile worker --lib --target "$target"
rm -rf "$made" && mkdir -p "$made" build
wasm-bindgen --target web --no-typescript --experimental-reset-state-function --remove-name-section \
  --out-dir "$made" "target/$target/worker/checkout_guard.wasm"

# A long function that is called once is not inlined: its caller would have more locals, and more to compile when it is
# first called. A short one is: each function costs something of its own when an isolate starts.
# The features are those that the compiler uses; workerd need not know newer ones.
wasm-opt -Oz --one-caller-inline-max-function-size=200 --strip-debug --strip-producers \
  --enable-bulk-memory --enable-multivalue --enable-mutable-globals --enable-nontrapping-float-to-int \
  --enable-reference-types --enable-sign-ext \
  "$made/checkout_guard_bg.wasm" -o build/checkout_guard_bg.wasm

# wasm-bindgen copied runtime.js and imports its copy. entry.js must import the same module, for its state: esbuild
# takes a link for what it leads to.
cp src/edge/entry.js "$made"
(cd "$made" && ln -s snippets/*/src/edge/runtime.js runtime.js)
esbuild "$made/entry.js" --bundle --minify --format=esm --target=es2022 "--external:*.wasm" --log-level=warning \
  --outfile=build/index.js
